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

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("page Python")]  # one worker starts Python once for all
ROOT = Path(__file__).parents[2]
GRPO = "rlgeo/methods/grpo.py"
BOTH = pytest.mark.parametrize("page", ["server", "file"], indirect=True)
"""What differs between a page that may fetch and one that was opened from a file."""


def ask(page: Page, name: str, **value: Any) -> Any:
    return page.evaluate("([name, value]) => python.ask(name, value)", [name, value])


def source(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def library(page: Page) -> int:
    """How often a server was asked for the library."""
    return sum(url.endswith("/library.zip") for url in page.asked)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def built(folder: Path) -> str:
    """What the labs of the built pages run on."""
    return (ROOT / "web" / "generated" / "rlgeo.js").read_text(encoding="utf-8")


def test_the_build_traces_what_python_on_this_machine_does(built: str) -> None:
    """The same functions; exp and log may differ in their last digit between two machines."""
    number = re.compile(r"-?\b\d+(?:\.\d+)?(?:e[-+]?\d+)?")
    here = javascript()
    assert number.sub("#", built) == number.sub("#", here)
    assert [float(n) for n in number.findall(built)] == pytest.approx([float(n) for n in number.findall(here)], 4e-15)


@BOTH
def test_the_page_traces_what_the_build_traces(page: Page, built: str) -> None:
    come = page.evaluate("come")
    assert come[-1][0] == come[-1][1]  # what was announced is what came
    assert ask(page, "trace", files={GRPO: source(GRPO)})["text"] == built
    assert library(page) == 0  # nothing was fetched that was not announced


@BOTH
def test_a_wider_group_needs_the_library(page: Page, built: str) -> None:
    """Numbers that were not written down when the machine was made are computed."""
    wider = source(GRPO).replace('"G", (2, 64)', '"G", (2, 80)')
    assert wider != source(GRPO)
    text = ask(page, "trace", files={GRPO: wider})["text"]
    assert text.count("\n") > built.count("\n")
    assert library(page) == page.url.startswith("http")
    assert ask(page, "trace", files={GRPO: source(GRPO)})["text"] == built


def test_a_change_is_traced_and_taken_back(page: Page, built: str) -> None:
    changed = source(GRPO).replace("/ np.where(scale > 0, scale, 1.0)\n", "\n")
    assert changed != source(GRPO)
    text = ask(page, "trace", files={GRPO: changed})["text"]
    assert text != built
    assert ask(page, "trace", files={GRPO: source(GRPO)})["text"] == built


TRACED = {
    "rlgeo/methods/clipped.py": "    return np.minimum(ratio * advantages",
    "rlgeo/toy/gaussian.py": "        return -0.5 *",
    "rlgeo/toy/reward.py": "    return weight * np.exp(",
}
"""A line of each file that is run when the methods are traced."""


@pytest.mark.parametrize("path", TRACED)
def test_an_error_is_told_at_its_line(page: Page, built: str, path: str) -> None:
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
    assert ask(page, "trace", files={})["text"] == built


@BOTH
def test_a_loop_without_end_is_stopped(page: Page, built: str) -> None:
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
    assert ask(page, "trace", files={})["text"] == built


def test_what_was_left_out_is_told_and_python_goes_on(page: Page, built: str) -> None:
    said = page.evaluate(
        """async ([path, text]) => python.ask("trace", { files: { [path]: text } }).catch((error) => error.message)""",
        [GRPO, "import sqlite3\nsqlite3.connect(':memory:')\n"],
    )
    assert "left out" in (said if isinstance(said, str) else json.dumps(said))
    assert ask(page, "trace", files={})["text"] == built


def test_the_download_keeps_to_its_budget(folder: Path) -> None:
    sizes = json.loads((folder / "dist" / "python" / "sizes.json").read_text(encoding="utf-8"))
    assert sizes["start"] < 28e6
    # and every script that carries bytes for pages opened from a file carries those
    for name in ("python.wasm.gz", "image.gz", "book.gz", "library.zip"):
        carried = (folder / "dist" / "python" / f"{name}.js").read_text(encoding="ascii")
        data = re.fullmatch(r'\(globalThis\.rlgeoCarried\?\?=\{\}\)\["([^"]+)"\]="([^"]*)";\n', carried)
        assert data is not None
        assert data[1] == name
        assert base64.b64decode(data[2]) == (folder / "dist" / "python" / name).read_bytes()
