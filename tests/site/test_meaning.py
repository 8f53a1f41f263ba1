"""What every label and link of a page means, said once from the book's own settings, and compared with the page.

A page that is whole, valid and accessible may still say "Next" and lead back; these tests are for such faults. They are
asked of whichever renderer made the pages; what only press's frame has is asked at the end, of press alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from posixpath import normpath
from typing import Any
from urllib.parse import urljoin

import pytest
from browsing import ROOT, SAMPLE, Served
from frame import PRESS, QUARTO, Frame
from lxml import html
from playwright.sync_api import Browser, Page

from press.config import Book, Chapter, load
from rlgeo.figures import theme

NUMBERED = re.compile(r"(?:(?:Chapter )?(\d+)|Appendix ([A-Z]))(?: — | |$)")
"""How a number stands in a heading of Quarto's, or above one of press's."""
PAPER = dict(zip(("light", "dark"), theme.PALETTE["paper"], strict=True))


@dataclass(frozen=True)
class Meaning:
    """A page, the chapter that it must be, and its neighbors."""

    site: Served
    book: Book
    chapter: Chapter
    before: Chapter | None
    after: Chapter | None
    tree: Any

    @property
    def address(self) -> str:
        """Where it is published."""
        return home(self.book) + self.chapter.href

    @property
    def frame(self) -> Frame:
        """Where its renderer puts things."""
        return frame_of(self.site)

    def one(self, path: str) -> Any:
        found = self.tree.xpath(path)
        assert len(found) == 1, f"{path}: {len(found)}"
        return found[0]

    def meta(self, name: str) -> str:
        return str(self.one(f"//meta[@property='{name}' or @name='{name}']").get("content"))

    def leads_to(self, link: Any) -> str:
        """The page in the site that a link leads to."""
        return urljoin(f"https://x/{self.chapter.href}", link.get("href")).removeprefix("https://x/")


def words(node: Any) -> str:
    """The text of an element as a reader sees it, a formula once."""
    copy = html.fromstring(html.tostring(node, with_tail=False))
    for hidden in copy.xpath(
        ".//*[contains(@class, 'katex-html') or local-name() = 'annotation' or @aria-hidden='true']"
    ):
        hidden.drop_tree()
    return " ".join(copy.text_content().replace("\u2061", "").split())


def home(book: Book) -> str:
    """The address of the whole site, with the slash that its setting may lack."""
    return str(book.book["site-url"]).rstrip("/") + "/"


@cache
def chapters(root: Any) -> Book:
    return load(root)


@cache
def parsed(path: Any) -> Any:
    return html.parse(str(path))


def frame_of(site: Served) -> Frame:
    """Where the renderer of a site puts things."""
    return QUARTO if site.quarto else PRESS


def title_of(site: Served, chapter: Chapter) -> str:
    """What the chapter calls itself: the heading of its page; the first page has the book's title there."""
    heading = words(parsed(site.folder / chapter.href).xpath(frame_of(site).heading)[0])
    return NUMBERED.sub("", heading, count=1) if chapter.number else heading


@pytest.fixture
def page(place: tuple[str, str], request: pytest.FixtureRequest) -> Meaning:
    kind, href = place
    site: Served = request.getfixturevalue(f"served_{kind}")
    book = chapters(SAMPLE if kind == "sample" else ROOT)
    listed = book.chapters
    position = next((i for i, chapter in enumerate(listed) if chapter.href == href), None)
    if position is None:
        pytest.skip("not a chapter")
    after = listed[position + 1] if position + 1 < len(listed) else None
    before = listed[position - 1] if position else None
    return Meaning(site, book, listed[position], before, after, parsed(site.folder / href))


def test_it_says_which_chapter_it_is(page: Meaning) -> None:
    chapter = page.chapter
    found = [NUMBERED.match(words(node)) for node in page.tree.xpath(page.frame.number)]
    shown = [(match[2] if chapter.appendix else match[1]) for match in found if match]
    assert shown == ([chapter.number] if chapter.number else [])
    heading = title_of(page.site, chapter)
    title = words(page.one("//title"))
    if chapter.href == "index.html":
        assert heading == title == page.book.book["title"]
    else:
        assert NUMBERED.sub("", title) == f"{page.meta('og:title')} – {page.book.book['title']}"
        assert heading == page.meta("og:title")
    text = (page.book.root / chapter.source).read_text(encoding="utf-8")
    source = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    given = re.search(r"^#\s+(.*?)(?:\s*\{.*\})?\s*$", source, re.M) or re.search(
        r'^title:\s*"?(.*?)"?\s*$', source, re.M
    )
    assert given
    if "$" not in given[1] and chapter.href != "index.html":
        assert heading == given[1].replace("'", "’").replace('"', "")


@pytest.mark.parametrize("way", ["prev", "next"])
def test_previous_and_next_are_the_neighbors(page: Meaning, way: str) -> None:
    wanted, path = (page.before, page.frame.previous) if way == "prev" else (page.after, page.frame.next)
    links = page.tree.xpath(path)
    related = page.tree.xpath(f"//*[@rel='{way}']")
    assert len(links) == len(related) == (wanted is not None)
    for link in links + related:
        assert page.leads_to(link) == wanted.href  # type: ignore[union-attr]
    for link in links if wanted and wanted.href != "index.html" else ():
        assert words(link).endswith(title_of(page.site, wanted))


def test_the_sidebar_lists_the_chapters_in_order(page: Meaning) -> None:
    links = page.tree.xpath(page.frame.chapters)
    assert [page.leads_to(link) for link in links] == [chapter.href for chapter in page.book.chapters]
    assert [page.leads_to(link) for link in page.tree.xpath(page.frame.active)] == [page.chapter.href]
    for link, chapter in zip(links, page.book.chapters, strict=True):
        number = [words(node) for node in link.xpath(page.frame.chapter_number)]
        assert number == ([chapter.number] if chapter.number else [])
        if chapter.href != "index.html":
            assert words(link.xpath(page.frame.chapter_title)[0]) == title_of(page.site, chapter)
        wanted = chapter.part or ("Appendices" if chapter.appendix else None)
        assert [words(node) for node in link.xpath(page.frame.chapter_part)] == ([wanted] if wanted else [])


def test_links_of_the_frame(page: Meaning) -> None:
    brand = page.one(page.frame.brand)
    assert page.leads_to(brand) == "index.html"
    assert words(brand) == page.book.book["title"]
    assert page.one(page.frame.source).get("href") == page.book.book["repo-url"]
    assert page.book.book["page-footer"] in words(page.one(page.frame.footer))


def test_the_contents_name_the_sections(page: Meaning) -> None:
    def unnumbered(node: Any) -> str:
        number = node.xpath(".//span[@class='header-section-number']")
        return words(node).removeprefix(words(number[0]) if number else "").strip()

    links = page.tree.xpath(page.frame.contents)
    for link in links:
        section = page.one(f"//section[@id='{link.get('href')[1:]}']")
        assert unnumbered(link) == unnumbered(section.xpath("./h1 | ./h2 | ./h3 | ./h4")[0])
    order = [link.get("href")[1:] for link in links]
    assert order == [id_ for id_ in page.tree.xpath("//section/@id") if id_ in set(order)]


def test_what_others_are_told_of_it(page: Meaning) -> None:
    """Link previews, search engines, the browser's frame."""
    description = page.meta("description")
    assert len(description) >= 20
    assert page.meta("og:description") == description
    assert page.meta("og:site_name") == page.book.book["title"]
    assert page.meta("og:type") == ("book" if page.chapter.href == "index.html" else "article")
    assert page.meta("og:url") == (canonical := page.one("//link[@rel='canonical']").get("href"))
    assert canonical in (page.address, page.address.removesuffix("index.html"))
    assert page.meta("og:image").startswith(page.book.book["site-url"])
    assert page.meta("author") == page.book.book["author"]
    assert page.one("/html").get("lang") == page.book.data["lang"]
    for scheme, paper in PAPER.items():
        tag = page.one(f"//meta[@name='theme-color'][contains(@media, 'prefers-color-scheme: {scheme}')]")
        assert tag.get("content") == paper


def test_how_to_cite_it(page: Meaning) -> None:
    """The first page says it in its text, for the whole book."""
    if page.chapter.href == "index.html":
        assert page.tree.xpath("//details[contains(@class, 'rl-citation')]") == []
        return
    citation = words(page.one("//details[contains(@class, 'rl-citation')]"))
    bibtex = page.one("//details[contains(@class, 'rl-citation')]//pre").text_content()
    fields = dict(re.findall(r"(\w+) = \{(.*)\}", bibtex))
    assert fields["title"] == page.meta("og:title")
    assert fields["booktitle"] == page.book.book["title"]
    assert fields["author"] == page.book.book["author"]
    assert fields["url"] == page.address
    assert date.fromisoformat(f"{fields['year']}-01-01") <= date.today()
    assert f"({fields['year']})" in citation
    assert page.address in citation


@pytest.mark.parametrize("kind", ["sample", "book"])
def test_the_sitemap_lists_each_page_once(kind: str, request: pytest.FixtureRequest) -> None:
    site: Served = request.getfixturevalue(f"served_{kind}")
    book = chapters(SAMPLE if kind == "sample" else ROOT)
    text = (site.folder / "sitemap.xml").read_text(encoding="utf-8")
    base = home(book)
    listed = re.findall(r"<loc>(.*?)</loc>\s*<lastmod>(.{10})", text)
    pages = [(address, day) for address, day in listed if not address.endswith(".pdf")]  # Quarto lists the book's too
    assert [address for address, _ in pages] == [base + chapter.href for chapter in book.chapters]
    dates = [date.fromisoformat(day) for _, day in pages]
    assert max(dates) <= date.today()
    assert f"Sitemap: {base}sitemap.xml" in (site.folder / "robots.txt").read_text(encoding="utf-8")
    described = [
        html.parse(str(site.folder / c.href)).xpath("//meta[@name='description']/@content")[0] for c in book.chapters
    ]
    assert len(set(described)) == len(described)


@pytest.mark.parametrize("kind", ["sample", "book"])
def test_a_missing_page_leads_home_and_is_no_chapter(kind: str, request: pytest.FixtureRequest) -> None:
    site: Served = request.getfixturevalue(f"served_{kind}")
    tree = html.parse(str(site.folder / "404.html"))
    assert [normpath(href) for href in tree.xpath("//main//a/@href")] == [f"{site.prefix}index.html"]
    for tools in ("rl-use", "rl-citation", "rl-kicker", "rl-links"):
        assert tree.xpath(f"//*[contains(@class, '{tools}')]") == [], tools
    frame = frame_of(site)
    for path in (frame.previous, frame.next, frame.active):
        assert tree.xpath(path) == [], path


# The rest is of press's frame alone: Quarto has no words above its links, no link over the frame, and another search.


def test_the_frame_of_press_says_what_it_does(page: Meaning) -> None:
    if page.site.quarto:
        pytest.skip("the frame of Quarto's pages is Quarto's")
    chapter = page.chapter
    kind = "Appendix" if chapter.appendix else "Chapter"
    shown = [words(node) for node in page.tree.xpath(page.frame.number)]
    assert shown == ([f"{kind} {chapter.number}"] if chapter.number else [])
    for path, word in ((page.frame.previous, "Previous"), (page.frame.next, "Next")):
        assert [node.text for node in page.tree.xpath(f"{path}/small")] == [word] * len(page.tree.xpath(path))
    bar = page.one("//*[@class='rl-bar']/a")
    assert page.leads_to(bar) == "index.html"
    assert words(bar) == page.book.book["title"]
    skip = page.one("//a[@class='rl-skip']")
    assert page.one(f"//*[@id='{skip.get('href')[1:]}']").tag == "main"
    assert words(skip) == "Skip to the text"


def scheme(page: Page) -> str:
    return str(page.evaluate("document.documentElement.dataset.theme"))


def test_the_scheme_is_the_systems_until_the_reader_chooses(browser: Browser, served_sample: Served) -> None:
    context = browser.new_context(color_scheme="light")
    page = context.new_page()
    page.goto(served_sample.address + "chapters/02-short.html")
    assert scheme(page) == "light"
    for system in ("dark", "light", "dark"):
        page.emulate_media(color_scheme=system)  # type: ignore[arg-type]
        page.wait_for_function("wanted => document.documentElement.dataset.theme === wanted", arg=system, timeout=3000)
        color = "getComputedStyle(document.body).backgroundColor"
        channels = [int(PAPER[system][i : i + 2], 16) for i in (1, 3, 5)]
        assert page.evaluate(color) == f"rgb({', '.join(map(str, channels))})"
    for name in ("Light", "Dark"):
        page.get_by_role("radio", name=name).check(force=True)
        assert scheme(page) == name.lower()
        page.emulate_media(color_scheme="dark" if name == "Light" else "light")
        page.wait_for_timeout(100)
        assert scheme(page) == name.lower()
    page.get_by_role("radio", name="Auto").check(force=True)
    assert scheme(page) == "light"
    context.close()


def test_a_hit_leads_to_what_it_names(browser: Browser, served_sample: Served) -> None:
    context = browser.new_context()
    page = context.new_page()
    for query in ("ceiling", "table", "short"):
        page.goto(served_sample.address + "chapters/01-everything.html")
        page.keyboard.press("/")
        page.locator("#rl-search input").fill(query)
        hit = page.locator(".rl-hits a").first
        hit.wait_for()
        parts = [part.strip() for part in hit.locator(".rl-hit-title").inner_text().split("\n") if part.strip()]
        chapter = hit.locator(".rl-hit-chapter")
        named = hit.locator(".rl-hit-title").evaluate("node => node.firstChild.textContent")
        hit.click()
        page.wait_for_load_state()
        anchor = page.url.partition("#")[2]
        heading = page.locator(f"section[id='{anchor}'] > :is(h2, h3, h4)" if anchor else "h1").first
        assert named in heading.inner_text(), parts
        assert chapter.count() == 0 or chapter.inner_text() in page.title()
    context.close()
