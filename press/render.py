"""From numbered pandoc documents to the HTML of each page's body."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, relpath
from typing import Any

from press import pandoc
from press.cache import Cache, digest
from press.chapter import Draft
from press.config import Book
from press.errors import BuildError, Fault, stop
from press.labels import Label, seen_from

BUNDLE = "_extensions/rlgeo"
FILTERS = ["fold.lua", "katex.lua"]
"""Of the extension, for pages; its others are for Quarto and for print."""
FORMULA = re.compile(r"KaTeX cannot read a formula: (.*)\n  formula: (.*)")
CODE = re.compile(r'<div class="(sourceCode[^"]*)"([^>]*)><pre\s+class="(sourceCode[^"]*)">')
HEADING = re.compile(r'(<section id="([^"]+)"[^>]*>\s*)<h([2-6])((?:(?! class=)[^>])*)(?: class="([^"]*)")?([^>]*)>')


@dataclass
class Citations:
    """The book's bibliography: files, style, the page with the list, and the entries as plain text by key."""

    files: list[Path]
    style: list[Path]
    page: str
    entries: dict[str, str]


def references_page(book: Book, drafts: list[Draft]) -> Draft | None:
    """The chapter with the list of references, needed where something is cited."""
    page = next((draft for draft in drafts if '"refs"' in draft.document and "#refs" in draft.stitched.text), None)
    cited = next((draft for draft in drafts if draft.index["citations"]), None)
    if cited and not page:
        key = cited.index["citations"][0]
        raise stop(
            "cites, but no chapter holds the list of references, `::: {#refs}`", *cited.stitched.locate("@" + key)
        )
    return page


def cited_keys(drafts: list[Draft]) -> list[str]:
    """All keys cited in the book."""
    return sorted({key for draft in drafts for key in draft.index["citations"] or []})


def read_citations(book: Book, drafts: list[Draft], cache: Cache) -> Citations:
    """Format the list of references once, so that every page can show an entry beside its citation."""
    page = references_page(book, drafts)
    files = [book.root / name for name in book.files("bibliography")]
    style = [book.root / name for name in book.files("csl")]
    keys = cited_keys(drafts)
    citations = Citations(files, style, page.source.chapter.href if page else "", {})
    if not keys:
        return citations

    def make() -> dict[str, str]:
        with tempfile.TemporaryDirectory() as folder:
            entries = Path(folder, "entries.json")
            body = "::: {#refs}\n:::\n"
            arguments = ["-f", "markdown", "-t", "html5", *citeproc(citations, folder, keys), *pandoc.lua("cites")]
            pandoc.pandoc(body, [*arguments, *pandoc.metadata({"press-entries": entries})], book.root)
            read: dict[str, str] = json.loads(entries.read_text(encoding="utf-8"))
            return read

    contents = [path.read_bytes() for path in (*files, *style)]
    citations.entries = cache.get("entries", digest(*keys, *contents, pandoc.version()), make)
    cache.prune("entries")
    return citations


def citeproc(citations: Citations, folder: str, keys: list[str] | None = None) -> list[str]:
    """Arguments for pandoc's citation processor; ``keys`` are listed although the text does not cite them."""
    meta = Path(folder, "citations.json")
    values: dict[str, Any] = {"link-citations": True, "bibliography": [str(file) for file in citations.files]}
    if citations.style:
        values["csl"] = str(citations.style[0])
    if keys:
        values["nocite"] = ", ".join(f"@{{{key}}}" for key in keys)
    meta.write_text(json.dumps(values), encoding="utf-8")
    return ["--metadata-file", str(meta), "--citeproc"]


def render(
    book: Book, draft: Draft, labels: dict[str, Label], citations: Citations, keys: list[str], cache: Cache
) -> str:
    """HTML of a chapter: its title in `div#press-chapter-title`, then its body."""
    chapter = draft.source.chapter
    table = json.dumps(seen_from(chapter.href, labels.values()), sort_keys=True)
    lists = chapter.href == citations.page
    link = "" if lists or not citations.page else relpath(citations.page, dirname(chapter.href) or ".")
    own = {key: citations.entries.get(key, "") for key in sorted(set(draft.index["citations"] or []))}
    values = {
        "press-references": link,
        "press-fold": fold_setting(draft.source.front.get("code-fold", book.setting("code-fold"))),
        "press-summary": draft.source.front.get("code-summary", book.setting("code-summary")),
    }

    def make() -> str:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "labels.json").write_text(table, encoding="utf-8")
            Path(folder, "titles.json").write_text(json.dumps(own), encoding="utf-8")
            given = values | {"press-labels": f"{folder}/labels.json", "press-titles": f"{folder}/titles.json"}
            arguments = ["-f", "json", "-t", "html5", "--section-divs", "--wrap=none", *pandoc.metadata(given)]
            arguments += pandoc.lua("book")
            if citations.files and (own or lists):
                arguments += [*citeproc(citations, folder, keys if lists else None), *pandoc.lua("cites")]
            for name in FILTERS:
                arguments += ["--lua-filter", str(book.root / BUNDLE / name)]
            return finish(pandoc.pandoc(draft.document, arguments, book.root))

    filters = [(pandoc.HERE / f"{name}.lua").read_text(encoding="utf-8") for name in ("book", "cites", "common")]
    styles = [path.read_bytes() for path in citations.style] if own or lists else []
    entries = json.dumps(citations.entries if lists else own, sort_keys=True)
    inputs: list[str | bytes] = [
        draft.document,
        table,
        json.dumps(values),
        entries,
        *filters,
        *styles,
        katex_digest(book),
    ]
    try:
        name = f"html/{chapter.id}"
        html: str = cache.get(name, digest(pandoc.version(), Path(__file__).read_bytes(), *inputs), make)
        cache.prune(name)
    except pandoc.PandocError as error:
        raise BuildError(explain(draft, str(error))) from None
    return html


def fold_setting(value: Any) -> str:
    """`code-fold` as the filter reads it."""
    return "" if value is None else str(value).lower()


def katex_digest(book: Book) -> str:
    """Digest of the extension's filters and the program that sets formulas."""
    files = [book.root / BUNDLE / name for name in (*FILTERS, "dist/katex-render.cjs")]
    return digest(*(path.read_bytes() for path in files if path.is_file()))


def explain(draft: Draft, message: str) -> list[Fault]:
    """Turn what pandoc said into faults with their places."""
    faults = []
    for cause, formula in FORMULA.findall(message):
        tex = json.loads(formula)
        faults.append(Fault(*draft.stitched.locate(tex), f"{cause.strip()} in the formula {' '.join(tex.split())}"))
    return faults or [Fault(draft.source.chapter.source, 0, f"pandoc: {message}")]


def finish(html: str) -> str:
    """Give code blocks and headings the classes that Quarto's page has."""

    def code(match: re.Match[str]) -> str:
        names = [name for name in match[3].split() if name != "cell-code"]
        outer = match[1] + (" cell-code" if "cell-code" in match[3].split() else "")
        return f'<div class="{outer}"{match[2]}><pre class="{" ".join(names)} code-with-copy">'

    html = CODE.sub(code, html)

    def heading(match: re.Match[str]) -> str:
        before, name, level, more, classes, rest = match.groups()
        classes = " ".join(filter(None, [classes, "anchored"]))
        return f'{before}<h{level}{more}{rest} class="{classes}" data-anchor-id="{name}">'

    html = HEADING.sub(heading, html)
    return html.replace("<table>", '<table class="caption-top table">')
