"""The book's own pages: each visible cell, run in the page, prints what the page shows.

Two chapters by default; RLGEO_PAGE_CELLS=all takes every one (some minutes).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from agreeing import MADE, RUN_ALL, SITE, agree, chapters, differences
from playwright.sync_api import Browser, Locator, Page
from serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("page cells")]  # one worker starts Python once for all


def test_what_counts_as_the_same() -> None:
    assert agree("error 8e-16, J −0.5", "error  3e-15, J −0.5")
    assert agree("at (-0.000, 1)", "at (0.000, 1)")
    assert agree("[-0. -0.]", "[ 0. -0.]")
    assert not agree("J 0.5", "J 0.6")
    assert not agree("J 0.5", "K 0.5")
    assert not agree("1 2", "1")


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One page for all tests: Python starts once for those of a chapter."""
    if not MADE.exists():
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
    """Open a chapter, if it is not open."""
    address = f"{site}chapters/{name}.html"
    if page.url != address:
        page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")


def finished(bar: Locator, seconds: float = 120) -> str:
    last = time.monotonic() + seconds
    while True:
        said = bar.locator(".rl-cell-said").inner_text()
        if re.search(r"has run in|Stopped|fails|could not|did not|left out", said):
            return said
        assert time.monotonic() < last, said
        time.sleep(0.05)


OUTPUT = """bar => [...bar.closest(".cell").querySelectorAll(".cell-output:not([hidden], [hidden] *) pre")]
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
    ran = page.evaluate(RUN_ALL)
    if not ran:
        pytest.skip("the chapter shows no code")
    assert differences(name, ran) == []
    assert f"{len(ran)} of the {len(ran)} cells that the page shows have run" in ran[-1][0]
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
    assert cell.locator(".rl-cell-yours").count() == 1
    editor.fill("print('begun')\nwhile True: pass")
    editor.press("Control+Enter")
    cell.get_by_text("begun", exact=True).last.wait_for()  # what it prints is there while it runs
    page.locator(".rl-cell-bar", has_text="Running").first.wait_for()
    begun = time.monotonic()
    bar.get_by_role("button", name="Stop").click()
    assert "Stopped" in finished(bar)
    assert time.monotonic() - begun < 5  # a second on a machine that does nothing else
    assert "has run" in run("print('again')")
    bar.get_by_role("button", name="The book’s cell").click()
    assert not page.locator(".rl-cell-editor").count()
    assert bar.evaluate(OUTPUT) not in ("again", "")


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


HOSTILE = [
    "import urllib.request\nurllib.request.urlopen('http://example.org')",
    "import socket\nsocket.create_connection(('example.org', 80))",
    "from IPython.display import Markdown\nMarkdown('<img src=http://example.org/a.png onerror=alert(1)>')",
    "from IPython.display import Markdown\nMarkdown('![a](http://example.org/b.png) [b](javascript:alert(1))')",
    """import plotly.graph_objects as go
go.Figure(layout={
    "images": [{"source": "http://example.org/c.png"}], "title": {"text": "<a href='javascript:alert(1)'>x</a>"}
})""",
]


def test_hostile_code_does_no_more_than_the_page(page: Page, site: str) -> None:
    """No request leaves, no script of its own runs, nothing is stored."""
    visit(page, "02-landscape", site)
    asked: list[str] = []
    alerts: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    stored = "[...Object.keys(localStorage), ...Object.keys(sessionStorage), document.cookie].join()"
    before = page.evaluate(stored)
    bar = page.locator(".cell .rl-cell-bar").first
    bar.get_by_role("button", name="Edit", exact=True).click()
    editor = page.locator(".rl-cell-editor .cm-content").first
    editor.wait_for()
    for text in HOSTILE:
        editor.fill(text)
        editor.press("Control+Enter")
        page.wait_for_timeout(100)
        finished(bar)
    page.wait_for_timeout(300)
    left = [url for url in asked if not url.startswith((site, "blob:", "data:"))]
    assert (left, alerts) == ([], [])
    assert page.locator("[src*=example], [href^=javascript]").count() == 0
    assert page.evaluate(stored) == before
