"""What the page template shows around a chapter: navigation, contents, links, citation."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from unicodedata import normalize
from urllib.parse import quote

from markupsafe import Markup

from press.chapter import Draft
from press.config import Book, Chapter

TITLE = re.compile(r'<div id="press-chapter-title">\s*(.*?)\s*</div>\s*', re.DOTALL)
SECTION = re.compile(r'<section id="([^"]+)" class="level([2-6])([^"]*)"[^>]*>\s*<h\2[^>]*>(.*?)</h\2>', re.DOTALL)
NUMBER = re.compile(r'<span class="header-section-number">([^<]*)</span>\s*')
LINKS = re.compile(r"</?a\b[^>]*>")
NOTE = re.compile(r'<a href="#fn\d+"[^>]*>.*?</a>', re.DOTALL)


@dataclass
class Page:
    """A rendered chapter."""

    chapter: Chapter
    draft: Draft
    title: str
    plain: str
    body: str


APPLY = "\u2061"
"""What MathML puts between a function and its argument, and nobody sees."""


JOINTS = {("mfrac", 2): "/", ("msup", 2): "^", ("msubsup", 3): "^"}
"""What stands in one line for a place above or below it."""
ACCENTS = {"^": "\u0302", "ˉ": "\u0304", "~": "\u0303", "˙": "\u0307"}
RAISED = {"^2": "²", "^3": "³", "^⋆": "*", "^★": "*", "^∗": "*", "^′": "′"}


class PlainText(HTMLParser):
    """Collect the words of a piece of HTML; formulas count once, by the signs that a reader sees."""

    VOID = frozenset({"br", "img", "hr", "input", "meta", "link", "wbr", "source", "col"})

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.skipped: list[str] = []
        self.open: list[list[Any]] = []
        """Elements of MathML that are open, with the number of children so far."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Skip scripts, the visual half of formulas, and their source."""
        names = (dict(attrs).get("class") or "").split()
        if not self.skipped:
            self.join()
            if tag == "math" or self.open:
                self.open.append([tag, 0])
        if (
            self.skipped
            or tag in ("script", "style", "noscript")
            or "katex-html" in names
            or "screen-reader-only" in names
        ):
            if tag not in self.VOID:
                self.skipped.append(tag)
        elif tag == "annotation":
            self.skipped.append(tag)
        elif tag in ("p", "li", "div", "h2", "h3", "h4", "td", "th", "pre", "figcaption"):
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """Close what was skipped."""
        if self.skipped and self.skipped[-1] == tag:
            self.skipped.pop()
        if not self.skipped and self.open and self.open[-1][0] == tag:
            self.open.pop()

    def join(self) -> None:
        """Put the sign that stands for its place before the second child of a fraction or the exponent of a power."""
        if self.open:
            parent = self.open[-1]
            parent[1] += 1
            self.words.append(JOINTS.get((parent[0], parent[1]), ""))

    def handle_data(self, data: str) -> None:
        """Keep words outside what is skipped."""
        if not self.skipped:
            accent = len(self.open) > 1 and self.open[-2] == ["mover", 2]
            self.words.append(ACCENTS.get(data, data) if accent else data.replace(APPLY, ""))


def plain_text(fragment: str) -> str:
    """The words of a piece of HTML."""
    parser = PlainText()
    parser.feed(fragment)
    parser.close()
    words = normalize("NFC", " ".join("".join(parser.words).split()))
    for source, sign in RAISED.items():
        words = words.replace(source, sign)
    return words


def make_page(draft: Draft, rendered: str) -> Page:
    """Split the rendered chapter into title and body."""
    match = TITLE.search(rendered)
    assert match is not None
    return Page(draft.source.chapter, draft, match[1], plain_text(match[1]), TITLE.sub("", rendered, count=1))


def contents(body: str, depth: int) -> list[dict[str, Any]]:
    """The page's headings down to a level, nested."""
    top: list[dict[str, Any]] = []
    stack: list[tuple[int, list[dict[str, Any]]]] = [(1, top)]
    for identifier, level_text, classes, heading in SECTION.findall(body):
        level = int(level_text)
        if level > depth or "unlisted" in classes:
            continue
        number = NUMBER.match(heading)
        title = LINKS.sub("", NOTE.sub("", NUMBER.sub("", heading, count=1)))
        entry: dict[str, Any] = {"id": identifier, "title": Markup(title), "number": number[1] if number else ""}
        entry["children"] = []
        while stack[-1][0] >= level:
            stack.pop()
        stack[-1][1].append(entry)
        stack.append((level, entry["children"]))
    return top


def sidebar(pages: list[Page], root: str, active: Page | None) -> list[dict[str, Any]]:
    """Parts with their chapters, links prefixed by the way to the site's root; appendices are a part of that name."""
    parts: list[dict[str, Any]] = []
    for page in pages:
        title = page.chapter.part or ("Appendices" if page.chapter.appendix else None)
        if not parts or parts[-1]["title"] != title:
            parts.append({"title": title, "chapters": []})
        parts[-1]["chapters"].append(nav_entry(page, root) | {"active": page is active})
    return parts


def nav_entry(page: Page, root: str) -> dict[str, Any]:
    """A link to a page from where ``root`` leads to the site's root."""
    return {"href": root + page.chapter.href, "title": Markup(LINKS.sub("", page.title)), "number": page.chapter.number}


def description(page: Page, book: Mapping[str, Any]) -> str:
    """The chapter's own description (the book's for its first page), else the first paragraph in at most about 160
    characters; else its title."""
    given = page.draft.source.front.get("description") or (page.chapter.href == "index.html" and book["description"])
    if given:
        return str(given)
    first = re.search(r"<p>(.*?)</p>", page.body, re.DOTALL)
    words = plain_text(first[1]) if first else f"{page.plain} – {book['title']}"
    return words if len(words) <= 160 else words[:157].rsplit(" ", 1)[0] + "…"


def authors(section: Mapping[str, Any]) -> list[str]:
    """The names under `author:`, which is a name, a list of names, or a list of `name:` and more."""
    given = section.get("author") or []
    entries = given if isinstance(given, list) else [given]
    return [str(entry["name"]) if isinstance(entry, dict) else str(entry) for entry in entries]


def citation(book: dict[str, Any], page: Page) -> dict[str, str]:
    """How to cite a chapter, as text and as BibTeX."""
    year = book["date"][:4]
    names = authors(page.draft.source.front) or book["authors"]
    who = ", ".join(names) or book["title"]
    address = f"{book['site_url'].rstrip('/')}/{page.chapter.href}" if book["site_url"] else ""
    text = f"{who} ({year}). {page.plain}. In {book['title']}." + (f" {address}" if address else "")
    key = re.sub(r"\W+", "-", page.chapter.id).strip("-")
    fields = {
        "author": " and ".join(names),
        "title": page.plain,
        "booktitle": book["title"],
        "year": year,
        "url": address,
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return {"text": text, "bibtex": f"@incollection{{{key},\n{lines}}}"}


def repository_links(book: Book, chapter: Chapter) -> dict[str, str | None]:
    """Addresses of the chapter's source and notebook where the book names its repository."""
    url = str(book.book.get("repo-url") or "").rstrip("/")
    branch = book.book.get("repo-branch", "main")
    links: dict[str, str | None] = dict.fromkeys(("colab", "source_url", "edit_url", "issue_url"))
    if not url.startswith("https://github.com/"):
        return links
    path = f"{url.removeprefix('https://github.com/')}/blob/{branch}/{chapter.notebook}"
    links["colab"] = f"https://colab.research.google.com/github/{path}"
    known = {"source": "blob/{}/{}", "edit": "edit/{}/{}", "issue": "issues/new?title={2}"}
    for action, way in known.items():
        if action in (book.book.get("repo-actions") or ()):
            links[f"{action}_url"] = f"{url}/{way.format(branch, chapter.source, quote(chapter.source + ': '))}"
    return links


def title_html(page: Page) -> Markup:
    """The chapter's title with the anchor that references to the chapter use."""
    anchor = page.draft.index["id"]
    if not anchor:
        return Markup(page.title)
    return Markup(f'<span id="{html.escape(anchor)}" class="quarto-section-identifier">{page.title}</span>')
