"""What keeps a page short and whole: folds, tables that go on, a search that knows the text."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from browsing import SITE, Served, hrefs
from playwright.sync_api import Browser, BrowserContext, Page, expect

SCREENS = {(1280, 800): 10, (390, 844): 16}
"""How many screens a chapter may have before its exercises."""
FOLDED = [href for href in hrefs(SITE) if "data-fold" in (SITE / href).read_text(encoding="utf-8")]
INTO_VIEW = "node => scrollTo({ top: node.getBoundingClientRect().top + scrollY - 120, behavior: 'instant' })"
WIDE = [href for href in hrefs(SITE) if "<table" in (SITE / href).read_text(encoding="utf-8")]


@pytest.mark.parametrize("href", FOLDED)
def test_proofs_and_checks_are_one_line_each(context: BrowserContext, served_book: Served, href: str) -> None:
    """Each is closed, says what it is, and nothing moves while it is being closed."""
    page = context.new_page()
    page.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => { for (const entry of list.getEntries()) shift += entry.value; })
          .observe({ type: "layout-shift", buffered: true });"""
    )
    page.goto(served_book.address + href)
    page.wait_for_timeout(300)
    folds = page.locator("main :is(details.rl-fold, details.code-fold)")
    assert folds.count() > 0
    for fold in folds.all():
        assert fold.get_attribute("open") is None
        words = (fold.locator("summary").first.text_content() or "").strip()
        assert words
        if fold.locator(":scope > .cell-output").count():
            assert words.startswith("Check")
            assert re.search(r"\d|equal|every|each", words), f"says not how exactly: {words}"
    assert page.evaluate("shift") <= 0.01
    exercises = page.locator("main section[id$='-tinker']")
    assert exercises.count() == bool(re.match(r"chapters/\d", href))
    for (width, height), most in SCREENS.items() if exercises.count() else ():
        page.set_viewport_size({"width": width, "height": height})
        screens = exercises.evaluate("node => (node.getBoundingClientRect().top + scrollY) / innerHeight")
        assert screens <= most, f"{screens:.1f} screens of {width} x {height} before the exercises"


def test_a_link_opens_what_it_leads_into(context: BrowserContext, served_book: Served) -> None:
    page = context.new_page()
    page.goto(served_book.address + "chapters/C-reference.html")
    inner = page.locator("details.rl-fold section[id]").first
    anchor = inner.get_attribute("id")
    expect(inner).not_to_be_visible()
    page.goto(f"{served_book.address}chapters/C-reference.html#{anchor}")
    expect(inner).to_be_in_viewport()


def test_a_reference_into_a_fold_opens_it_every_time(context: BrowserContext, served_book: Served) -> None:
    page = context.new_page()
    page.goto(served_book.address + "chapters/06-grpo.html")
    page.wait_for_function("() => customElements.get('rl-figure')")
    hidden = page.locator("#fig-grpo-phase")
    link = page.locator("main a[href$='#fig-grpo-paths']").first
    expect(hidden).not_to_be_visible()
    page.evaluate("location.hash = '#fig-grpo-phase'")
    expect(hidden).to_be_in_viewport()
    figure = hidden.locator("rl-figure[data-ready]")
    figure.wait_for(timeout=15_000)
    assert figure.locator(".main-svg path").count() > 10
    paths = page.locator("#fig-grpo-paths")
    for _ in range(2):
        page.evaluate("document.querySelectorAll('main details').forEach((fold) => (fold.open = false))")
        link.evaluate("node => node.click()")
        expect(paths).to_be_in_viewport()


def test_a_hit_in_a_fold_opens_it_and_is_marked(context: BrowserContext, served_book: Served) -> None:
    """Every hit leads to its words: marked, in sight, and no fold over them closed."""
    page = context.new_page()
    page.goto(served_book.address + "chapters/02-landscape.html")
    page.keyboard.press("/")
    page.locator("#rl-search input").fill("exact gradient trap")
    page.locator(".rl-search-status:not(:empty)").wait_for()
    hits = page.locator(".rl-hits a").evaluate_all("links => links.map((link) => link.href)")
    folded = 0
    for hit in hits[:6]:
        page.goto(hit)
        page.wait_for_load_state()
        mark = page.locator("mark.rl-found").first
        expect(mark).to_be_in_viewport()
        folded += bool(mark.evaluate("node => node.closest('details') !== null"))
        assert "q=" not in page.url
    assert folded, "no hit of this query lies in a fold"


def test_open_without_scripts_and_on_paper(browser: Browser, served_book: Served) -> None:
    bare = browser.new_context(java_script_enabled=False)
    page = bare.new_page()
    page.goto(served_book.address + "chapters/02-landscape.html")
    for fold in page.locator("main :is(details.rl-fold, details.code-fold)").all():
        expect(fold).to_have_attribute("open", "")
    bare.close()
    page = browser.new_page()
    page.goto(served_book.address + "chapters/02-landscape.html")
    shut = page.locator("main details:not([open])")
    closed = shut.count()
    assert closed > 3
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert shut.count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert shut.count() == closed
    page.close()


def edges(page: Page, index: int) -> tuple[bytes, bytes]:
    """The left and the right edge of a table, beside its heading."""
    box = page.locator(".rl-table").nth(index).bounding_box()
    assert box
    clip = {"y": box["y"] + 3, "width": 4, "height": 3}
    left = page.screenshot(clip={**clip, "x": box["x"]})  # type: ignore[typeddict-item]
    return left, page.screenshot(clip={**clip, "x": box["x"] + box["width"] - 4})  # type: ignore[typeddict-item]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_table_that_goes_on_says_so(browser: Browser, served_book: Served, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    page, seen = context.new_page(), 0
    for href in WIDE if scheme == "light" else WIDE[-4:]:
        page.goto(served_book.address + href)
        tables = page.locator(".rl-table")
        for i in range(tables.count()):
            table = tables.nth(i)
            over = table.evaluate("node => node.scrollWidth - node.clientWidth")
            if over < 60 or not table.is_visible():
                continue
            seen += 1
            table.evaluate(INTO_VIEW)
            plain, shaded = edges(page, i)
            assert plain != shaded, f"{href}: nothing shows that table {i} goes on"
            table.evaluate("node => (node.scrollLeft = node.scrollWidth)")
            begun, ended = edges(page, i)
            assert ended == plain, f"{href}: table {i} seems to go on at its end"
            assert begun == shaded or begun != plain, f"{href}: nothing shows that table {i} began before"
    assert seen > 1
    context.close()


def test_the_search_puts_the_text_first(context: BrowserContext, served_book: Served) -> None:
    if served_book.quarto:
        pytest.skip("the search of Quarto's pages is Quarto's")
    page = context.new_page()
    page.goto(f"{served_book.folder.as_uri()}/chapters/02-landscape.html")
    text = (served_book.folder / "chapters/C-reference.html").read_text(encoding="utf-8")
    reference = {f"chapters/C-reference.html#{anchor}" for anchor in re.findall(r'<section id="([^"]+)"', text)}
    for query in ("gaussian", "surrogate", "gradient", "divergence"):
        page.keyboard.press("/")
        page.locator("#rl-search input").fill(query)
        page.locator(".rl-search-status:not(:empty)").wait_for()
        links = page.locator(".rl-hits a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
        found = [str(link).removeprefix("../") for link in links]
        ranks = [
            2 if link in reference else link.startswith(("chapters/A", "chapters/B", "chapters/D")) for link in found
        ]
        assert ranks[0] == 0, query
        first = ranks.index(2) if 2 in ranks else len(ranks)
        assert 0 not in ranks[first:], f"{query}: {found}"
        page.keyboard.press("Escape")
        page.locator("#rl-search").wait_for(state="hidden")


def test_the_search_knows_words_and_no_tex(served_book: Served) -> None:
    if served_book.quarto:
        text = (served_book.folder / "search.json").read_text(encoding="utf-8")
    else:
        source = (served_book.folder / "site_libs/rlgeo-search.js").read_text(encoding="utf-8")
        text = source.removeprefix("window.rlgeoSearch = ").rstrip(";\n")
    entries = json.loads(text)
    assert {entry["href"].partition("#")[0] for entry in entries} == set(hrefs(SITE)) - {"404.html"}
    tex = re.compile(r"\\(?:frac|mathbb|mathrm|theta|sigma|beta|pi\b|log|tag|hat|Vert|operatorname)")
    taught = "chapters/D-tinker.html#sec-tinker-chapter"  # how a formula is written is what this section shows
    found = {entry["href"] for entry in entries if tex.search(entry["text"] + entry["section"])}
    assert found == {taught}


def test_every_figure_keeps_to_its_budget(served_book: Served) -> None:
    """Its numbers and its words, as a server sends them."""
    heavy = {}
    for href in hrefs(served_book.folder):
        text = (served_book.folder / href).read_text(encoding="utf-8")
        for i, figure in enumerate(re.findall(r"<rl-figure.*?</rl-figure>", text, re.DOTALL)):
            if (kilobytes := len(gzip.compress(figure.encode())) / 1e3) > 25:
                heavy[f"{href}, figure {i + 1}"] = kilobytes
    assert heavy == {}
