"""The book's own pages: each visible cell, run in the page, prints what the page shows.

Two chapters by default; RLGEO_PAGE_CELLS=all takes every one (some minutes).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page
from serving import serving

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("RLGEO_SITE", ROOT / "_site"))
FEW = ("02-landscape", "03-rlhf")
NUMBER = re.compile(r"[-−+]?\d+\.?\d*(?:[eE][-+]?\d+)?")
KNOWN = {("01-one-axis", 5)}
"""Chapter and visible cell of what prints the errors of finite differences, which are rounding errors blown up."""
ROUNDING = 1e-12
"""Numbers smaller than this are rounding errors, which differ between processors: they count as equal."""


def chapters() -> list[str]:
    every = sorted(path.stem for path in (SITE / "chapters").glob("*.html"))
    return every if os.environ.get("RLGEO_PAGE_CELLS") == "all" else [name for name in every if name in FEW]


def agree(one: str, other: str) -> bool:
    """Whether two outputs are the same but for rounding errors, and for the spaces that these move."""
    if re.sub(r"\s+", "", NUMBER.sub("#", one)) != re.sub(r"\s+", "", NUMBER.sub("#", other)):
        return False
    numbers = [[float(n.replace("−", "-")) for n in NUMBER.findall(text)] for text in (one, other)]
    return all(a == b or max(abs(a), abs(b)) < ROUNDING for a, b in zip(*numbers, strict=True))


def test_what_counts_as_the_same() -> None:
    assert agree("error 8e-16, J −0.5", "error  3e-15, J −0.5")
    assert agree("at (-0.000, 1)", "at (0.000, 1)")
    assert agree("[-0. -0.]", "[ 0. -0.]")
    assert not agree("J 0.5", "J 0.6")
    assert not agree("J 0.5", "K 0.5")
    assert not agree("1 2", "1")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    if not (SITE / "site_libs/rlgeo/python/sizes.json").exists():
        pytest.skip("the built site has no Python: install the group page-python and run `make site`")
    held = browser.new_context(viewport={"width": 1280, "height": 900})
    page = held.new_page()
    page.set_default_timeout(60_000)
    page.noise = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.noise.append(str(error)))  # type: ignore[attr-defined]
    yield page
    held.close()
    assert page.noise == []  # type: ignore[attr-defined]


def visit(page: Page, name: str, site: str) -> None:
    page.goto(f"{site}chapters/{name}.html")
    page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")


def finished(bar: Locator, seconds: float = 120) -> str:
    last = time.monotonic() + seconds
    while True:
        said = bar.locator(".rl-cell-said").inner_text()
        if re.search(r"has run;|Stopped|fails|could not|did not|left out", said):
            return said
        assert time.monotonic() < last, said
        time.sleep(0.05)


OUTPUT = """bar => [...bar.closest(".cell").querySelectorAll(".cell-output pre")]
  .map((pre) => pre.textContent).join("\\n")"""


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    with serving(SITE) as address:
        yield address


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", chapters())
def test_every_visible_cell_prints_what_the_page_shows(page: Page, site: str, name: str) -> None:
    visit(page, name, site)
    differ = []
    bars = page.locator(".cell .rl-cell-bar")
    total = bars.count()
    if not total:
        pytest.skip("the chapter shows no code")
    for i in range(total):
        bar = bars.nth(i)
        before = bar.evaluate(OUTPUT)
        bar.get_by_role("button", name="Run", exact=True).click()
        said = finished(bar)
        after = bar.evaluate(OUTPUT)
        if "has run;" not in said or not (agree(before, after) or (name, i + 1) in KNOWN):
            differ.append((i + 1, said, before, after))
    assert differ == []
    assert f"{total} of {total} cells have run" in bars.nth(total - 1).inner_text()
    memory = page.evaluate("globalThis.rlgeoPython.session.memory")
    assert memory < 400e6


def test_a_changed_cell_a_figure_an_error_and_a_stop(page: Page, site: str) -> None:
    visit(page, "02-landscape", site)
    bar = page.locator(".cell .rl-cell-bar").first
    bar.get_by_role("button", name="Edit", exact=True).click()
    editor = page.locator(".rl-cell-editor .cm-content").first
    editor.wait_for()

    def run(text: str) -> str:
        editor.fill(text)
        editor.press("Control+Enter")
        page.wait_for_timeout(100)
        return finished(bar)

    cell = page.locator(".cell", has=page.locator(".rl-cell-editor"))
    assert "has run" in run("print('one')\n6 * 7")
    assert [text.strip() for text in cell.locator("pre:visible").all_inner_texts()] == ["one", "42"]
    run("from rlgeo import Problem, figures\nfigures.beta_landscape(Problem())")
    cell.locator("rl-figure[data-ready]").wait_for()
    run("x = 1\nx.nonsense")
    assert "line 2: AttributeError" in cell.locator(".cell-output-error").inner_text()
    assert cell.locator(".rl-edit-wrong").inner_text() == "x.nonsense"
    editor.fill("while True: pass")
    editor.press("Control+Enter")
    page.wait_for_timeout(300)
    begun = time.monotonic()
    bar.get_by_role("button", name="Stop").click()
    assert "Stopped" in finished(bar)
    assert time.monotonic() - begun < 5  # a second on a machine that does nothing else
    assert "has run" in run("print('again')")


def test_an_exercise_can_be_tried(page: Page, site: str) -> None:
    visit(page, "02-landscape", site)
    page.get_by_role("button", name="Try it here").first.click()
    editor = page.locator(".rl-cell-own .cm-content").first
    editor.wait_for()
    editor.fill("from rlgeo.figures import tables\ntables.experiment()")
    editor.press("Control+Enter")
    finished(page.locator(".rl-cell-own + .rl-cell-bar").first)
    table = page.locator(".rl-cell-own + .rl-cell-bar + .cell-output table").first
    assert table.locator("th").all_inner_texts()[:2] == ["symbol", "name"]
    assert table.locator(".katex").count() > 3


@pytest.mark.parametrize("text", ["fetch", "urllib"])
def test_no_request_leaves(page: Page, site: str, text: str) -> None:
    visit(page, "02-landscape", site)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    bar = page.locator(".cell .rl-cell-bar").first
    bar.get_by_role("button", name="Edit", exact=True).click()
    editor = page.locator(".rl-cell-editor .cm-content").first
    editor.wait_for()
    editor.fill(
        "import urllib.request\nurllib.request.urlopen('http://example.org')"
        if text == "urllib"
        else "from IPython.display import Markdown\nMarkdown('<img src=http://example.org onerror=alert(1)>')"
    )
    editor.press("Control+Enter")
    finished(bar)
    assert [url for url in asked if not url.startswith((site, "blob:"))] == []
    assert page.locator(".rl-body img[src*=example]").count() == 0
    assert sorted(page.evaluate("Object.keys(localStorage)")) == []
