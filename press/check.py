"""The judge of a finished site, whoever rendered it: what a reader would find broken, and what Quarto only warns of.

``python -m press check _site``; Quarto runs it after rendering (`post-render`), and a build of press before it replaces
the old site.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import html

from press.errors import Fault

LOADED = ("script", "img", "iframe", "source", "video", "audio", "embed")
RELATIONS = {"stylesheet", "preload", "modulepreload", "icon", "manifest", "preconnect", "dns-prefetch"}
UNSEEN = ("script", "style", "code", "pre", "annotation", "textarea", "template", "title")
SEEN = f"//text()[not({' or '.join(f'ancestor::{name}' for name in UNSEEN)})]"
TEX = re.compile(r"\\(?:begin\{|end\{|frac\b|mathbb\b|mathrm\b|theta\b|left[(\[]|\(|\[)|\$\$")
LEFT_OVER = re.compile(r"^\s*:{3,}|\{\{<|\{#[a-z]+-[\w-]+\}|`?\{python\}", re.MULTILINE)
MISSING = re.compile(r"\?@[\w-]+")
LABEL = re.compile(r"(?:fig|tbl|lst|eq|thm|lem|cor|prp|cnj|def|exm|exr|rem|sol|nte|tip|wrn|imp|cau|sec)-.+")
OUTSIDE = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])((?:https?:)?//[^"')\s]+)""")


class Page:
    """What the judge needs of a page: names, links, what it loads, its words, and faults of its elements."""

    def __init__(self, text: str) -> None:
        tree = html.document_fromstring(text if text.strip() else "<p>")
        elements = [element for element in tree.iter() if isinstance(element.tag, str)]
        names = [element.get("id") or (element.tag == "a" and element.get("name")) for element in elements]
        self.ids: Counter[str] = Counter(filter(None, names))
        self.links: list[str] = tree.xpath("//a/@href")
        styles = [element for element in tree.iter("link") if RELATIONS & set(element.get("rel", "").split())]
        self.loads: list[str] = [element.get("href", "") for element in styles]
        self.loads += [element.get("src") for element in tree.iter(*LOADED) if element.get("src") is not None]
        self.words = "".join(tree.xpath(SEEN))
        self.faults = [fault for element in elements for fault in of_element(element)]


def of_element(element: Any) -> Iterator[tuple[str, str]]:
    """What is wrong with one element of a page: where it is named in the source, and the cause."""
    source, names = element.get("src", ""), element.get("class", "").split()
    if element.tag == "img" and element.get("alt") is None and element.get("role") != "presentation":
        yield source, f"the picture {source} has no alt text"
    if element.tag == "rl-figure" and not element.get("aria-label"):
        yield "", "a figure has no alt text"
    if "quarto-unresolved-ref" in names:
        yield "", "a reference is not resolved"
    if element.tag == "span" and names[:1] == ["math"]:
        yield "", "a formula is not rendered"
    words = element.text or ""
    if (
        element.tag == "strong"
        and words.endswith("?")
        and words[:-1] in element.getparent().get("data-cites", "").split()
    ):
        yield "@" + words[:-1], f"the bibliography has no entry {words[:-1]}"


def check(site: Path, root: Path) -> list[Fault]:
    """Everything that is wrong with a site; places are those of the book in ``root``, where it has them."""
    files = {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}
    pages = {name: Page(path.read_text(encoding="utf-8")) for name, path in files.items() if name.endswith(".html")}
    found: list[tuple[str, str, str]] = []
    for name, page in pages.items():
        found += [
            (name, needle, cause) for needle, cause in dict.fromkeys([*page.faults, *of_words(page), *of_ids(page)])
        ]
        for target in dict.fromkeys([*page.links, *page.loads]):
            if cause := broken(name, target, pages, set(files), loaded=target in page.loads):
                found.append((name, target, cause))
    found += repeated(pages)
    faults = [Fault(*place(root, name, needle), cause) for name, needle, cause in found]
    for name, path in files.items():
        if name.endswith(".css"):
            addresses = dict.fromkeys(OUTSIDE.findall(path.read_text(encoding="utf-8", errors="replace")))
            faults += [Fault(name, 0, f"loads {address} from another host") for address in addresses]
    return faults


def of_words(page: Page) -> list[tuple[str, str]]:
    """Faults that a page's words show: references and TeX that nothing has turned into what they stand for."""
    text = page.words
    faults = [(found[1:], f"the reference {found[1:]} is not resolved") for found in MISSING.findall(text)]
    for pattern, what in ((TEX, "TeX is shown as text"), (LEFT_OVER, "Markdown is shown as text")):
        if match := pattern.search(text):
            shown = " ".join(text[max(match.start() - 20, 0) : match.end() + 20].split())
            faults.append((match[0].strip(), f"{what}: “{shown}”"))
    return faults


def of_ids(page: Page) -> list[tuple[str, str]]:
    """A fault for each label that a page has twice."""
    twice = [name for name, count in page.ids.items() if count > 1 and LABEL.fullmatch(name)]
    return [("#" + name, f"the label {name} stands twice on the page") for name in twice]


def repeated(pages: dict[str, Page]) -> list[tuple[str, str, str]]:
    """A fault for each label that is defined on several pages."""
    first: dict[str, str] = {}
    found = []
    for name, page in pages.items():
        for label in filter(LABEL.fullmatch, page.ids):
            if label in first and not label.endswith("-caption"):
                found.append((name, "#" + label, f"the label {label} is already defined in {first[label]}"))
            first.setdefault(label, name)
    return found


def broken(name: str, target: str, pages: dict[str, Page], files: set[str], *, loaded: bool) -> str | None:
    """Why a link or what a page loads leads nowhere, or None."""
    address = urlsplit(target)
    if address.netloc or address.scheme in ("http", "https"):
        return f"loads {target} from another host" if loaded else None
    if address.scheme or (address.path.startswith("/") and name == "404.html"):
        return None
    path = unquote(address.path)
    href = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
    if path.startswith("/") or href.startswith(".."):
        return f"the link {target} leaves the book"
    if f"{href}/index.html".removeprefix("./") in pages and href not in files:
        return None
    source = href.removesuffix(".html") + ".qmd"
    if href in pages:
        anchor = unquote(address.fragment)
        lost = anchor and "=" not in anchor and anchor not in pages[href].ids  # with "=" it is a state of the lab
        return f"there is nothing named #{address.fragment} in {source}" if lost else None
    if href in files:
        return None
    if href.endswith((".html", ".qmd")):
        return f"the link leads to {source.replace('.qmd.qmd', '.qmd')}, which is not a chapter of the book"
    return f"the file {href} does not exist"


def place(root: Path, name: str, needle: str) -> tuple[str, int]:
    """File and line where a chapter has what is wrong on its page; else the page."""
    source = root / Path(name).with_suffix(".qmd")
    if not source.is_file():
        return name, 0
    path, _, anchor = needle.partition("#")
    wanted = [needle, path, path.replace(".html", ".qmd"), unquote(path), "#" + anchor]
    lines = source.read_text(encoding="utf-8", errors="replace").split("\n")
    for word in (word for word in wanted if word.strip("#")):
        whole = re.compile(re.escape(word) + (r"(?![\w-])" if word[-1:].isalnum() else ""))
        if number := next((i for i, line in enumerate(lines, 1) if whole.search(line)), 0):
            return source.relative_to(root).as_posix(), number
    return source.relative_to(root).as_posix(), 0
