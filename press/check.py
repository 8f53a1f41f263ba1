"""The judge of a finished site, whoever rendered it: what a reader would find broken, and what Quarto only warns of.

``python -m press check _site``; Quarto runs it after rendering (`post-render`), and a build of press before it replaces
the old site.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from press.errors import Fault

LOADED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
}
RELATIONS = {"stylesheet", "preload", "modulepreload", "icon", "manifest", "preconnect", "dns-prefetch"}
UNSEEN = {"script", "style", "code", "pre", "annotation", "textarea", "template", "title"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
TEX = re.compile(r"\\(?:begin\{|end\{|frac\b|mathbb\b|mathrm\b|theta\b|left[(\[]|\(|\[)|\$\$")
LEFT_OVER = re.compile(r"^\s*:{3,}|\{\{<|\{#[a-z]+-[\w-]+\}|`?\{python\}", re.MULTILINE)
MISSING = re.compile(r"\?@[\w-]+")
LABEL = re.compile(r"(?:fig|tbl|lst|eq|thm|lem|cor|prp|cnj|def|exm|exr|rem|sol|nte|tip|wrn|imp|cau|sec)-.+")
OUTSIDE = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])((?:https?:)?//[^"')\s]+)""")


class Page(HTMLParser):
    """What the judge needs of a page: names, links, what it loads, its words, and faults seen on the way."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.words: list[str] = []
        self.faults: list[tuple[str, str]] = []
        self.stack: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element names, leads to, loads and lacks."""
        values = {name: value or "" for name, value in attrs}
        names = values.get("class", "").split()
        if name := values.get("id") or (values.get("name", "") if tag == "a" else ""):
            self.ids[name] += 1
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "link" and RELATIONS & set(values.get("rel", "").split()):
            self.loads.append(values.get("href", ""))
        if LOADED.get(tag, "") in values:
            self.loads.append(values[LOADED[tag]])
        if tag == "img" and "alt" not in values and values.get("role") != "presentation":
            self.faults.append((values.get("src", ""), f"the picture {values.get('src', '')} has no alt text"))
        if tag == "rl-figure" and not values.get("aria-label"):
            self.faults.append(("", "a figure has no alt text"))
        if "quarto-unresolved-ref" in names:
            self.faults.append(("", "a reference is not resolved"))
        if tag == "span" and names[:1] == ["math"]:
            self.faults.append(("", "a formula is not rendered"))
        if tag not in VOID:
            self.stack.append((tag, values.get("data-cites", "")))

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and those that were left open in it."""
        if any(tag == name for name, _ in self.stack):
            while self.stack.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Keep words that are neither code nor the source of a formula."""
        tags = [tag for tag, _ in self.stack]
        if not UNSEEN & set(tags):
            self.words.append(data)
            cited = self.stack[-2][1] if tags[-1:] == ["strong"] and len(tags) > 1 else ""
            if cited and data.endswith("?") and data[:-1] in cited.split():
                self.faults.append(("@" + data[:-1], f"the bibliography has no entry {data[:-1]}"))


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
    text = "".join(page.words)
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
