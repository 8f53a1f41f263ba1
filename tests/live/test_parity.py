"""The browser's answers are Python's, for every exported function."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import parity
import pytest

from rlgeo.live import Export, exports
from rlgeo.live.graph import Graph

EXPORTS = list(exports(Graph()))
DRAWS = {e.owner: e for e in EXPORTS if e.name == "draw"} | {
    f"{e.owner}.noise": e for e in EXPORTS if e.name == "noise"
}
CALLED = [e for e in EXPORTS if e.name not in ("noise", "integral")]
"""An integral stands on other nodes in the browser: test_rings compares it, and less exactly."""
TOLERANCE = 1e-12


def asked(export: Export) -> tuple[list[Any], list[Any]]:
    """Every case as JSON, and Python's answers."""
    cases, ours = [], []
    for case in range(parity.CASES):
        given = parity.arguments(export, case, DRAWS)
        cases.append([export.owner, export.name, parity.pack(given)])
        with np.errstate(all="ignore"):
            ours.append(export.call(given))
    return cases, ours


def compare(export: Export, ours: list[Any], theirs: list[Any]) -> None:
    for case, (python, browser) in enumerate(zip(ours, theirs, strict=True)):
        for output, error in parity.difference(python, browser).items():
            assert error <= TOLERANCE, f"{export.owner}.{export.name}{output}, case {case}: off by {error:.2g}"


@pytest.fixture(scope="session")
def all_cases() -> list[tuple[Export, list[Any], list[Any]]]:
    return [(export, *asked(export)) for export in CALLED]


@pytest.mark.slow
def test_node_agrees_with_python(all_cases: Any, layout: Path, node: str) -> None:
    answers = iter(parity.node(layout, [case for _, cases, _ in all_cases for case in cases], node))
    for export, cases, ours in all_cases:
        compare(export, ours, [next(answers) for _ in cases])


@pytest.mark.slow
@pytest.mark.browser
def test_chromium_agrees_with_python(all_cases: Any, layout: Path, browser: Any) -> None:
    from playwright.sync_api import Page

    page: Page = browser.new_page()
    (layout / "driver.mjs").write_text(parity.DRIVER, encoding="utf-8")
    (layout / "index.html").write_text("<!doctype html><title>parity</title>", encoding="utf-8")
    kinds = {".js": "text/javascript", ".mjs": "text/javascript", ".html": "text/html"}
    page.route(
        "**/*",
        lambda route: route.fulfill(
            path=layout / route.request.url.split("/", 3)[3],
            content_type=kinds["." + route.request.url.rsplit(".", 1)[1]],
        ),
    )
    page.goto("http://lab.test/index.html")
    for export, cases, ours in all_cases:
        text = page.evaluate(
            "async (cases) => JSON.stringify((await import('/driver.mjs')).answer(JSON.parse(cases)))",
            json.dumps(cases),
        )
        compare(export, ours, [parity.unpack(answer) for answer in json.loads(text)])
    page.close()


def test_every_case_kind_occurs() -> None:
    """The comparison would be empty praise if the arguments never reached the corners."""
    gradient = next(e for e in CALLED if (e.owner, e.name) == ("GRPO", "gradient"))
    given = [parity.arguments(gradient, case, DRAWS) for case in range(parity.CASES)]
    sizes = {np.shape(g["batch"]["actions"])[-1] for g in given}
    assert {2, 256} <= sizes
    assert {np.ndim(g["state"]["policy"]["mean"]) for g in given} == {0, 1}
    assert {0.05, 3.0} <= {g["problem"]["beta"] for g in given}
    assert len({len(g["problem"]["reward"]["weights"]) for g in given}) > 2


def test_difference_sees_what_is_wrong() -> None:
    right = {"a": np.array([1.0, 2.0]), "b": 0.5}
    assert max(parity.difference(right, right).values()) == 0
    assert parity.difference(right, {"a": np.array([1.0, 2.0 + 1e-11]), "b": np.array(0.5)})[".a"] > TOLERANCE
    assert parity.difference(right, {"a": np.array([1.0, 2.0, 3.0]), "b": np.array(0.5)})[".a"] == np.inf
    assert parity.difference(right, {"a": np.array([1.0, np.nan]), "b": np.array(0.5)})[".a"] == np.inf
