"""Check that every link, anchor and image of the site leads somewhere, and bring linked local files along."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from press.config import Book
from press.errors import BuildError, Fault
from press.page import Page
from press.site import copy_file

IDS = re.compile(r'\s(?:id|name)="([^"]+)"')
TARGETS = re.compile(r'<(?:a|img|source|video|iframe)\b[^>]*?\s(?:href|src)="([^"]*)"')


def check_links(book: Book, pages: list[Page], out: Path) -> None:
    """Raise a `BuildError` that lists every link and image that leads nowhere."""
    anchors = {page.chapter.href: page_anchors(page) for page in pages}
    faults: list[Fault] = []
    for page in pages:
        for target in dict.fromkeys(TARGETS.findall(page.body)):
            cause = broken(book, page, target.replace("&amp;", "&"), anchors, out)
            if cause:
                faults.append(Fault(*place(page, target), cause))
    if faults:
        raise BuildError(faults)


def page_anchors(page: Page) -> set[str]:
    """The names that links to a page may point at."""
    return {*IDS.findall(page.body), page.draft.index["id"], "main", "quarto-document-content", ""}


def broken(book: Book, page: Page, target: str, anchors: dict[str, set[str]], out: Path) -> str | None:
    """Why a link leads nowhere, or None."""
    address = urlsplit(target)
    if address.scheme or address.netloc:
        return None
    here = posixpath.dirname(page.chapter.href)
    path = unquote(address.path)
    href = posixpath.normpath(posixpath.join(here, path)) if path else page.chapter.href
    if path.startswith("/") or href.startswith(".."):
        return f"the link {target} leaves the book"
    if href in anchors:
        if unquote(address.fragment) in anchors[href]:
            return None
        return f"there is nothing named #{address.fragment} in {href.removesuffix('.html')}.qmd"
    if (out / href).is_file():
        return None
    if (book.root / href).is_file() and not href.endswith((".qmd", ".html")):
        copy_file(book.root / href, out / href)
        return None
    if href.endswith(".html"):
        return f"the link leads to {href.removesuffix('.html')}.qmd, which is not a chapter of the book"
    return f"the file {href} does not exist"


def place(page: Page, target: str) -> tuple[str, int]:
    """Where the chapter names a target."""
    path, _, anchor = target.partition("#")
    names = [target, path, path.replace(".html", ".qmd"), unquote(path), "#" + anchor]
    for name in names:
        file, line = page.draft.stitched.locate(name) if name.strip("#") else ("", 0)
        if line:
            return file, line
    return page.chapter.source, 0
