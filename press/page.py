"""What the page template shows around a chapter: navigation, contents, links, citation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize
from urllib.parse import quote

from lxml import html
from markupsafe import Markup, escape

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


SPACED = {"p", "li", "div", "h2", "h3", "h4", "td", "th", "pre", "figcaption"}
SILENT = {"script", "style", "noscript", "annotation"}
UNHEARD = {"katex-html", "screen-reader-only"}


def words_in(node: Any, formula: bool = False, accent: bool = False) -> Iterator[str]:
    """The words of an element; formulas count once, by the signs that a reader sees, in one line."""
    if not isinstance(node.tag, str) or node.tag in SILENT or UNHEARD & set(node.get("class", "").split()):
        return
    formula = formula or node.tag == "math"
    text = (node.text or "").replace(APPLY, "")
    yield " " * (node.tag in SPACED) + (ACCENTS.get(text, text) if accent else text)
    for i, child in enumerate(node, 1):
        yield JOINTS.get((node.tag, i), "") if formula else ""
        yield from words_in(child, formula, node.tag == "mover" and i == 2)
        yield (child.tail or "").replace(APPLY, "")


def plain_text(fragment: str) -> str:
    """The words of a piece of HTML."""
    found = "".join(words_in(html.fragment_fromstring(fragment, create_parent="body")))
    words = normalize("NFC", " ".join(found.split()))
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
    return Markup(f'<span id="{escape(anchor)}" class="quarto-section-identifier">{page.title}</span>')
