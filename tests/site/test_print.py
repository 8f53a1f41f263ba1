"""Print: everything is there, whether the reader has been near it or not, and nothing is distorted."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from browsing import SITE, Served, hrefs
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

TITLES = """() => [...document.querySelectorAll("rl-figure")].filter((figure) => !figure.closest("rl-lab"))
  .map(({ source: { layout } }) => Object.keys(layout).filter((name) => /^[xy]axis/.test(name))
    .map((name) => (layout[name].title?.text ?? "").replace(/<[^>]*>/g, "")))"""
# The longest run of text between two formulas, whose signs a PDF may hold in another order.
WORDS = """(nodes) => nodes.map((node) => [...node.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE)
  .map(({ data }) => data).reduce((long, text) => (text.length > long.length ? text : long), ""))"""
PAGES = [href for href in hrefs(SITE) if href.startswith("chapters/")]
LABS = [href for href in hrefs(SITE) if "<rl-lab" in (SITE / href).read_text(encoding="utf-8")]


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=request.param)
    yield context.new_page()
    context.close()


def squeezed(text: str) -> str:
    """Letters and digits alone: a PDF knows no spaces between words."""
    return re.sub(r"[^\w]", "", text)


@pytest.mark.parametrize("href", PAGES)
def test_a_page_prints_whole_although_nobody_has_scrolled(page: Page, served_book: Served, href: str) -> None:
    page.goto(served_book.address + href)
    if page.locator("rl-figure").count():
        page.wait_for_function("() => window.Plotly", timeout=20_000)  # comes when the page has nothing else to do
    sheets = [squeezed(sheet.extract_text()) for sheet in PdfReader(io.BytesIO(page.pdf())).pages]
    begins = "[...document.querySelectorAll('main h1, main p')].slice(0, 3).map((node) => node.innerText).join()"
    opening = squeezed(page.evaluate(begins))  # number, title and question, which do not stand alone on a sheet
    assert len(sheets) == 1 or len(sheets[0]) > len(opening) + 30
    printed = "".join(sheets)
    titles: list[list[str]] = page.evaluate(TITLES)
    lost = [title for figure in titles for title in figure if title and squeezed(title) not in printed]
    assert lost == []
    blank = page.evaluate(
        """() => [...document.querySelectorAll("rl-figure")].filter((figure) => !figure.closest("rl-lab"))
          .filter((figure) => figure.querySelectorAll(".main-svg :is(path, image, text)").length < 10)
          .map((figure) => figure.closest("[id]").id)"""
    )
    assert blank == []
    summaries = page.locator("main details > summary").all_text_contents()
    proofs: list[str] = page.locator("main details.proof > p:last-child").evaluate_all(WORDS)
    assert len(summaries) >= len(proofs)
    for text in proofs:
        word = re.search(r"[A-Za-z]{3,7}", text)  # a sentence may go on on the next page
        assert word
        assert word[0] in printed


@pytest.mark.parametrize("href", LABS)
def test_labs_print_undistorted_with_their_legends(page: Page, served_book: Served, href: str) -> None:
    page.goto(served_book.address + href)
    page.locator("rl-lab[data-ready]").first.wait_for()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    drawings = page.locator("rl-lab .rl-lab-print svg")
    shown = [drawing for drawing in drawings.all() if drawing.is_visible()]
    assert len(shown) >= 2
    for drawing in shown:
        stretch = drawing.evaluate(
            """node => { const { width, height } = node.getBoundingClientRect(), box = node.viewBox.baseVal;
              return (width / height) / (box.width / box.height); }"""
        )
        assert stretch == pytest.approx(1, abs=0.02)
    assert not any(canvas.is_visible() for canvas in page.locator("rl-lab canvas").all())
    for panel in ("axis", "map"):
        swatches = page.locator(f"rl-lab [data-panel={panel}] .rl-lab-swatch")
        assert swatches.count() > 1
        assert swatches.first.is_visible()
        exact = swatches.first.evaluate("node => getComputedStyle(node).printColorAdjust")
        assert exact == "exact"  # else browsers leave backgrounds out
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 29, 33)"
    text = page.locator("rl-lab .rl-lab-print text").first.get_attribute("fill")
    assert text in ("#5f6368", "#1c1d21")  # ink on white, also where the screen is dark
