"""What is drawn: a figure's picture depends on its state alone, never on the way there.

``RLGEO_WALKS`` is the number of walks over every figure and scheme, and ``RLGEO_WIDTHS`` are the windows' widths.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from browsing import SITE, Served, hrefs
from pictures import afresh, difference, figures, layers, name, picture, walk
from playwright.sync_api import Browser, Page

TOLERATED = 0.001
"""Of the pixels: lines that are smoothed differently. A lost map is a third of the picture."""

WALKS = int(os.environ.get("RLGEO_WALKS", "1"))
WIDTHS = [int(width) for width in os.environ.get("RLGEO_WIDTHS", "1280").split(",")]

PAGES = [href for href in hrefs(SITE) if "<rl-figure" in (SITE / href).read_text(encoding="utf-8")]


@pytest.fixture(scope="module")
def judge(browser: Browser) -> Iterator[Page]:
    """An empty page, to compare pictures in."""
    page = browser.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("seed", range(WALKS))
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("href", PAGES)
def test_a_picture_after_a_walk_is_the_picture_drawn_afresh(
    browser: Browser, judge: Page, served_book: Served, href: str, scheme: str, width: int, seed: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(served_book.address + href)
    found = figures(page)
    firsts = [layers(figure) for figure in found]
    walk(page, found, seed=len(href) + 100 * seed)
    wrong = []
    for figure, first in zip(found, firsts, strict=True):
        walked, kept = picture(figure), layers(figure)
        twin = afresh(page, figure)
        share = difference(judge, walked, picture(twin))
        if share > TOLERATED or kept != layers(twin) or kept.keys() < first.keys():
            wrong.append(f"{name(figure)}: {share:.2%} of the pixels differ; layers {first}, now {kept}")
        twin.evaluate("node => node.remove()")
        figure.evaluate("node => (node.style.display = '')")
    context.close()
    assert not wrong, "\n".join(wrong)


def test_no_frame_of_a_film_lacks_the_map(browser: Browser, judge: Page, served_book: Served) -> None:
    """While a map itself changes, every picture on the way has it: nothing flashes."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(served_book.address + "chapters/10-destinations.html")
    page.evaluate(
        """() => { window.least = Infinity;
          const look = () => {
            for (const figure of document.querySelectorAll("rl-figure[data-ready]"))
              least = Math.min(least, figure.querySelectorAll("[class*=contourlayer] path").length);
            requestAnimationFrame(look);
          };
          window.watch = () => requestAnimationFrame(look); }"""
    )
    drawn = figures(page)[0]
    for other in page.query_selector_all("rl-figure[data-ready]")[1:]:
        other.evaluate("node => node.remove()")
    before = picture(drawn)
    page.evaluate("watch()")
    slider = drawn.evaluate(
        "node => node.source.layout.meta.controls.findIndex((control) => control.kind === 'slider')"
    )
    for value in range(4):
        drawn.evaluate("(node, [slider, value]) => node.controls.set(slider, value)", [slider, value])
        page.wait_for_timeout(40)
    assert page.evaluate("least") > 3
    assert difference(judge, before, picture(drawn)) > TOLERATED  # the test has seen something move
    context.close()
