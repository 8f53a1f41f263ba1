"""What must hold for every page: quiet, self-contained, drawn, accessible, narrow enough, linked to what exists."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import html5lib
import pytest
from browsing import Served, Visit, draw_figures, listen
from playwright.sync_api import BrowserContext

FIGURE = re.compile(r'(<script type="application/json">).*?(</script>)', re.DOTALL)


def test_nothing_in_the_console(visit: Visit) -> None:
    assert visit.noise == []


def test_no_request_to_another_host(visit: Visit) -> None:
    assert visit.foreign == []


def test_figures_are_drawn_and_described(visit: Visit) -> None:
    for figure in visit.figures:
        assert len(figure["alt"]) > 20
        assert figure["rows"] > 0
        assert figure["drawn"] > 10
        assert figure["unnamed"] == 0


def test_every_slider_changes_what_is_drawn(visit: Visit) -> None:
    assert visit.still == []


def test_accessible_in_both_schemes_and_widths(visit: Visit) -> None:
    assert {where: found for where, found in visit.violations.items() if found} == {}


def test_no_sideways_scrolling_at_360(visit: Visit) -> None:
    assert visit.overflow == []


def test_no_formula_is_parted_from_its_punctuation(visit: Visit) -> None:
    assert visit.parted == []


def test_quiet_when_served(place: tuple[str, str], request: pytest.FixtureRequest, context: BrowserContext) -> None:
    """The visit opens the page as a file; a server must please it, too."""
    site: Served = request.getfixturevalue(f"served_{place[0]}")
    visit, page = Visit(place[1]), context.new_page()
    listen(page, visit, site.address)
    page.goto(site.address + place[1])
    drawn = draw_figures(page, most=1)
    assert visit.noise == []
    assert visit.foreign == []
    assert all(figure["drawn"] > 10 for figure in drawn)


def test_the_search_finds_something(visit: Visit) -> None:
    assert visit.found > 0


class Anchors(HTMLParser):
    """Links and targets of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.policy = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids and addresses."""
        values = dict(attrs)
        self.ids += [values["id"] or ""] if "id" in values else []
        if tag == "meta" and values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values.get("content") or ""
        self.links += [values[key] or "" for key in ("href", "src") if key in values]


@cache
def read(path: Path) -> Anchors:
    return Anchors(path.read_text(encoding="utf-8"))


def test_links_and_anchors_exist(place: tuple[str, str], request: pytest.FixtureRequest) -> None:
    site: Served = request.getfixturevalue(f"served_{place[0]}")
    page = site.folder / place[1]
    broken = []
    for link in read(page).links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = page
        if parts.path.startswith("/"):
            target = site.folder / unquote(parts.path.removeprefix(site.prefix))
        elif parts.path:
            target = (page.parent / unquote(parts.path)).resolve()
        anchor = unquote(parts.fragment) if target.suffix == ".html" else ""
        # with "=" it is a state of the lab, which the lab's own tests follow
        target = target / "index.html" if target.is_dir() else target
        if not target.is_file() or (anchor and "=" not in anchor and anchor not in read(target).ids):
            broken.append(link)
    assert broken == []


def test_ids_are_unique_and_scripts_restricted(place: tuple[str, str], request: pytest.FixtureRequest) -> None:
    site: Served = request.getfixturevalue(f"served_{place[0]}")
    page = read(site.folder / place[1])
    twice = {name for name in page.ids if page.ids.count(name) > 1}
    assert twice - ({"quarto-bootstrap", "quarto-text-highlighting-styles"} if site.quarto else set()) == set()
    if site.quarto:
        pytest.skip("Quarto's pages have scripts of their own in the page")
    assert "default-src 'none'" in page.policy
    scripts = re.search(r"script-src ([^;]*)", page.policy)
    assert scripts is not None
    assert "unsafe" not in scripts[1].replace("'wasm-unsafe-eval'", "")  # lets WebAssembly in, and no text


def test_the_html_is_valid(place: tuple[str, str], request: pytest.FixtureRequest) -> None:
    site: Served = request.getfixturevalue(f"served_{place[0]}")
    if site.quarto:
        pytest.skip("the frame of Quarto's pages is Quarto's")
    text = (site.folder / place[1]).read_text(encoding="utf-8")
    parser = html5lib.HTMLParser()
    parser.parse(FIGURE.sub(r"\1{}\2", text))
    assert parser.errors == []


def test_a_shared_link_shows_a_picture(place: tuple[str, str], request: pytest.FixtureRequest) -> None:
    site: Served = request.getfixturevalue(f"served_{place[0]}")
    text = (site.folder / place[1]).read_text(encoding="utf-8")
    found = dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):[a-z:_]+)" content="([^"]*)">', text))
    assert {"og:title", "og:description", "og:type", "og:site_name", "og:url", "og:image", "twitter:card"} <= set(found)
    base = found["og:url"].removesuffix(place[1])
    picture = (site.folder / found["og:image"].removeprefix(base)).read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert [int.from_bytes(picture[at : at + 4]) for at in (16, 20)] == [1200, 630]
