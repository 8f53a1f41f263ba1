"""The page's Python without anything around it: it starts, traces, fails in words, stops, and goes on."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from rlgeo.live import javascript

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
GRPO = "rlgeo/methods/grpo.py"


def ask(page: Page, name: str, **value: Any) -> Any:
    return page.evaluate("([name, value]) => python.ask(name, value)", [name, value])


def source(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def library(page: Page) -> int:
    """How often a server was asked for the library."""
    return sum(url.endswith("/library.zip") for url in page.asked)  # type: ignore[attr-defined]


NUMBER = re.compile(r"-?\b\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def same(one: str, other: str) -> bool:
    """Byte for byte, but for constants that are computed while tracing: exp and log differ in their last digit between
    the C libraries of two machines, that of WebAssembly among them."""
    if NUMBER.sub("#", one) != NUMBER.sub("#", other):
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return all(a == b or abs(float(a) - float(b)) <= 4e-15 * abs(float(b)) for a, b in pairs)


def test_what_counts_as_the_same() -> None:
    assert same("const c5 = [6.770849057815983e-12]", "const c5 = [6.770849057815984e-12]")
    assert not same("const c5 = [6.770849057815e-12]", "const c5 = [6.770849057816e-12]")
    assert not same("const c5 = 1", "const c6 = 1")


def test_the_page_traces_what_the_build_traces(page: Page) -> None:
    come = page.evaluate("come")
    assert come[-1][0] == come[-1][1]  # what was announced is what came
    assert same(ask(page, "trace", files={GRPO: source(GRPO)})["text"], javascript())
    assert library(page) == 0  # nothing was fetched that was not announced


def test_a_wider_group_needs_the_library(page: Page) -> None:
    """Numbers that were not written down when the machine was made are computed."""
    wider = source(GRPO).replace('"G", (2, 64)', '"G", (2, 80)')
    assert wider != source(GRPO)
    text = ask(page, "trace", files={GRPO: wider})["text"]
    assert text.count("\n") > javascript().count("\n")
    assert library(page) == page.url.startswith("http")
    assert same(ask(page, "trace", files={GRPO: source(GRPO)})["text"], javascript())


def test_a_change_is_traced_and_taken_back(page: Page) -> None:
    changed = source(GRPO).replace("/ np.where(scale > 0, scale, 1.0)\n", "\n")
    assert changed != source(GRPO)
    text = ask(page, "trace", files={GRPO: changed})["text"]
    assert not same(text, javascript())
    assert same(ask(page, "trace", files={GRPO: source(GRPO)})["text"], javascript())


TRACED = {
    "rlgeo/methods/clipped.py": "    return np.minimum(ratio * advantages",
    "rlgeo/toy/gaussian.py": "        return -0.5 *",
    "rlgeo/toy/reward.py": "    return weight * np.exp(",
}
"""A line of each file that is run when the methods are traced."""


@pytest.mark.parametrize("path", TRACED)
def test_an_error_is_told_at_its_line(page: Page, path: str) -> None:
    lines = source(path).splitlines(keepends=True)
    inside = next(i for i, line in enumerate(lines) if line.startswith(TRACED[path]))
    indent = " " * (len(lines[inside]) - len(lines[inside].lstrip()))
    wrong = [*lines[:inside], f"{indent}nonsense\n", *lines[inside:]]
    error = ask(page, "trace", files={path: "".join(wrong)})["error"]
    assert (error["path"], error["line"]) == (path, inside + 1), error
    assert error["message"] == "NameError: name 'nonsense' is not defined"
    broken = [*lines[:inside], f"{indent}return (\n", *lines[inside:]]
    error = ask(page, "trace", files={path: "".join(broken)})["error"]
    assert error["path"] == path
    assert "SyntaxError" in error["message"]
    # and what had been there is there again
    assert same(ask(page, "trace", files={})["text"], javascript())


def test_a_loop_without_end_is_stopped(page: Page) -> None:
    took = page.evaluate(
        """async ([path, text]) => {
          const running = python.ask("trace", { files: { [path]: text } }).catch((error) => error.message);
          await new Promise((resume) => setTimeout(resume, 300));
          const begun = performance.now();
          await python.stop();
          return { took: performance.now() - begun, said: await running };
        }""",
        [GRPO, "while True: pass\n"],
    )
    assert took["said"] == "stopped"
    assert took["took"] < 3000  # a second on a machine that does nothing else
    assert same(ask(page, "trace", files={})["text"], javascript())


def test_what_was_left_out_is_told_and_python_goes_on(page: Page) -> None:
    said = page.evaluate(
        """async ([path, text]) => python.ask("trace", { files: { [path]: text } }).catch((error) => error.message)""",
        [GRPO, "import sqlite3\nsqlite3.connect(':memory:')\n"],
    )
    assert "left out" in (said if isinstance(said, str) else json.dumps(said))
    assert same(ask(page, "trace", files={})["text"], javascript())


def test_the_download_keeps_to_its_budget(folder: Path) -> None:
    sizes = json.loads((folder / "dist" / "python" / "sizes.json").read_text(encoding="utf-8"))
    assert sum(sizes.values()) < 28e6
    # and every script that carries bytes for pages opened from a file carries those
    for name in [*sizes, "library.zip"]:
        carried = (folder / "dist" / "python" / f"{name}.js").read_text(encoding="ascii")
        data = re.fullmatch(r'\(globalThis\.rlgeoCarried\?\?=\{\}\)\["([^"]+)"\]="([^"]*)";\n', carried)
        assert data is not None
        assert data[1] == name
        assert base64.b64decode(data[2]) == (folder / "dist" / "python" / name).read_bytes()
