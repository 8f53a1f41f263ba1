"""One chapter from its source to a numbered pandoc document: read, execute, stitch, number."""

from __future__ import annotations

import asyncio
import json
import posixpath
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from press import pandoc
from press.cache import Cache, digest, tree_digest, versions
from press.cells import Stitched, add_cell
from press.config import Book, Chapter
from press.environment import declared, environment
from press.errors import BuildError, Fault
from press.execute import Result, execute, inline_expressions, needs_kernel
from press.options import CHAPTER_OPTIONS, EXECUTE_OPTIONS, check_options
from press.source import Cell, Text, front_matter, read_lines, split
from press.stitch import stitch

UNCLOSED = re.compile(r"Div at line (\d+) column \d+ unclosed")
LABEL = re.compile(r"[\w.:-]+")
STRAY = re.compile(r'\{"t":"Str","c":"(:{3,})"\}')


@dataclass
class Source:
    """A chapter as read: front matter, parts, and the execution options that hold where a cell gives none."""

    chapter: Chapter
    front: dict[str, Any]
    parts: list[Text | Cell]
    defaults: dict[str, Any]

    @property
    def stored_as(self) -> str:
        """The name of its results in the cache."""
        return f"run/{self.chapter.id}"


@dataclass
class Draft:
    """A chapter executed and numbered: its pandoc document (JSON) and what `number.lua` found in it."""

    source: Source
    result: Result
    stitched: Stitched
    document: str
    index: dict[str, Any]


def read(book: Book, chapter: Chapter) -> Source:
    """Read and split a chapter."""
    lines = list(read_lines(book.root, chapter.source))
    front, body = front_matter(lines)
    faults = check_options(front, CHAPTER_OPTIONS, "front matter key", chapter.source, 1)
    defaults = dict(book.setting("execute") or {}) | dict(front.get("execute") or {})
    faults += check_options(defaults, EXECUTE_OPTIONS, "execute option", chapter.source, 1)
    parts = split(body)
    seen: dict[str, int] = {}
    for cell in (part for part in parts if isinstance(part, Cell) and part.label):
        if not LABEL.fullmatch(cell.label):  # it names files too
            cause = f"the cell label {cell.label!r} has signs other than letters, digits, and _ - . :"
            faults.append(Fault(cell.line.file, cell.line.number, cause))
        if cell.label in seen:
            cause = f"the cell label {cell.label} is already used on line {seen[cell.label]}"
            faults.append(Fault(cell.line.file, cell.line.number, cause))
        seen.setdefault(cell.label, cell.line.number)
    if faults:
        raise BuildError(faults)
    return Source(chapter, front, parts, defaults)


RENDERERS = "book+stored"
"""The names under which `rlgeo.figures` draws for pages and print, and for notebooks: one execution serves all."""


def code_key(book: Book, source: Source) -> str:
    """Digest of all that a chapter's results depend on: its code, all of rlgeo, the versions, the environment."""
    code = [
        ["cell", part.source, part.options.get("eval"), part.options.get("error")]
        if isinstance(part, Cell)
        else ["text", *(expression for expression, _ in inline_expressions(part))]
        for part in source.parts
    ]
    folder = (book.root / source.chapter.source).parent
    local = [path.read_text(encoding="utf-8") for path in sorted({*folder.glob("*.py"), *book.root.glob("*.py")})]
    package = tree_digest(book.root / "rlgeo") if (book.root / "rlgeo").is_dir() else ""
    setup = [source.chapter.source, source.defaults, sorted(declared(book.root).items()), RENDERERS]
    return digest(json.dumps([code, setup]), package, versions(), *local)


def is_fresh(book: Book, source: Source, cache: Cache) -> bool:
    """Whether the cache has the results of the chapter's code as it stands, or the chapter has none to run."""
    stored = cache.has(source.stored_as, code_key(book, source))
    return stored or not needs_kernel(source.parts, source.defaults)


def fits(result: Result, source: Source) -> bool:
    """Whether results have as many cells and inline values as the chapter, so that they can stand in for its own."""
    cells = sum(isinstance(part, Cell) for part in source.parts)
    values = [len(inline_expressions(part)) for part in source.parts if isinstance(part, Text)]
    return len(result["outputs"]) == cells and [len(v) for v in result["values"]] == values


def results(
    book: Book, source: Source, cache: Cache, tick: Callable[[], None] = lambda: None, *, stale: bool = False
) -> Result:
    """Outputs of a chapter's code, from the cache where nothing it depends on has changed.

    With ``stale``, earlier outputs will do where they fit.
    """
    if not needs_kernel(source.parts, source.defaults):
        cells = [part for part in source.parts if isinstance(part, Cell)]
        return {"outputs": [[] for _ in cells], "values": [[] for p in source.parts if isinstance(p, Text)]}
    folder = book.root
    if book.data["project"].get("execute-dir") != "project":
        folder = (book.root / source.chapter.source).parent
    variables = environment(book.root, RLGEO_RENDERER=RENDERERS)
    name, key = source.stored_as, code_key(book, source)
    if stale and not cache.has(name, key) and (old := cache.latest(name)) and fits(old, source):
        return dict(old)
    result: Result = cache.get(
        name, key, lambda: asyncio.run(execute(source.parts, source.defaults, book.root, folder, variables, tick))
    )
    cache.prune(name)
    return result


def draft(
    book: Book, source: Source, result: Result, cache: Cache, to: str = "html", put: Callable[..., None] | None = None
) -> Draft:
    """Stitch a chapter's results into its text (cells by ``put``), parse it and number its labels."""
    meta = book.data | source.front
    images = f"{posixpath.basename(source.chapter.id)}_files/figure-html"
    stitched = stitch(
        source.parts, result, meta, partial(put, source.defaults) if put else partial(add_cell, source.defaults, images)
    )
    title = {key: source.front[key] for key in ("title", "subtitle", "author", "abstract") if key in source.front}
    if "abstract" in title:
        title["abstract"] = f"{title['abstract']}\n"  # pandoc reads a text that ends so as paragraphs
    depth = source.front.get("number-depth", book.setting("number-depth", 6))
    if not book.setting("number-sections", True):
        depth = 0
    values = {"press-chapter": source.chapter.number, "press-format": to, "press-depth": depth}

    def make() -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            index = Path(folder, "index.json")
            front = Path(folder, "front.json")
            front.write_text(json.dumps(title), encoding="utf-8")
            given = [*pandoc.metadata(values | {"press-index": index}), "--metadata-file", str(front)]
            arguments = ["-f", "markdown", "-t", "json", *pandoc.lua("number"), *given]
            try:
                document = pandoc.pandoc(stitched.text, arguments, book.root)
            except pandoc.PandocError as error:
                raise BuildError([explain(stitched, str(error))]) from None
            return {"document": document, "index": json.loads(index.read_text(encoding="utf-8"))}

    filters = "".join((pandoc.HERE / f"{name}.lua").read_text(encoding="utf-8") for name in ("number", "common"))
    name = f"number-{to}/{source.chapter.id}"
    made = cache.get(name, digest(stitched.text, json.dumps([values, title]), filters, pandoc.version()), make)
    cache.prune(name)
    faults = [Fault(*stitched.locate(error["where"]), error["message"]) for error in made["index"]["errors"] or []]
    if stray := STRAY.search(made["document"]):
        places = [
            place for text, place in zip(stitched.lines, stitched.origin, strict=True) if text.strip() == stray[1]
        ]
        file, number = (places[-1].file, places[-1].number) if places else (source.chapter.source, 0)
        faults.append(Fault(file, number, f"{stray[1]} closes a div that is not open"))
    if faults:
        raise BuildError(faults)
    return Draft(source, result, stitched, made["document"], made["index"])


def explain(stitched: Stitched, message: str) -> Fault:
    """What pandoc says about a chapter's Markdown, at the chapter's line."""
    if unclosed := UNCLOSED.search(message):
        place = stitched.origin[int(unclosed[1]) - 1]
        return Fault(place.file, place.number, "the div that begins here is never closed")
    return Fault(stitched.origin[0].file, 0, f"pandoc: {message}")
