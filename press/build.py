"""Build the whole book into a temporary folder and put it in place of the old site when everything is right."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from press import pandoc
from press.bundle import pre_render
from press.cache import Cache
from press.chapter import Draft, Source, draft, read, results, set_environment
from press.config import Book, load
from press.errors import BuildError, Fault
from press.labels import collect
from press.links import check_links
from press.page import Page, make_page
from press.progress import Progress
from press.render import cited_keys, read_citations, render
from press.site import TEMPLATES, write_site
from press.source import Cell

WORKERS = 2

Item = TypeVar("Item")
Made = TypeVar("Made")


def together(function: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
    """Map in parallel; when some fail, let the others finish and report all faults at once."""
    faults: list[Fault] = []
    made: list[Made] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for future in [pool.submit(function, item) for item in items]:
            try:
                made.append(future.result())
            except BuildError as error:
                faults.extend(error.faults)
    if faults:
        raise BuildError(faults)
    return made


def read_all(book: Book) -> list[Source]:
    """Read every chapter."""
    return together(lambda chapter: read(book, chapter), book.chapters)


def drafts_of(book: Book, sources: list[Source], progress: Progress, to: str = "html") -> list[Draft]:
    """Execute and number every chapter."""
    cache = Cache(book.work / "cache")

    def one(source: Source) -> Draft:
        name = source.chapter.source
        progress.start(name, sum(isinstance(part, Cell) for part in source.parts))
        made = draft(book, source, results(book, source, cache, lambda: progress.tick(name)), cache, to)
        progress.done(name)
        return made

    return together(one, sources)


def known_keys(book: Book) -> set[str]:
    """Citation keys of the bibliography files."""
    faults, files = [], []
    for name in book.files("bibliography"):
        files.append(book.root / name)
        if not files[-1].is_file():
            faults.append(
                Fault("_quarto.yml", book.lines.get("bibliography", 0), f"the bibliography {name} does not exist")
            )
    if faults:
        raise BuildError(faults)
    try:
        return pandoc.bibliography_keys(files, book.root)
    except pandoc.PandocError as error:
        raise BuildError([Fault(", ".join(book.files("bibliography")), 0, str(error))]) from None


def pages_of(book: Book, drafts: list[Draft]) -> list[Page]:
    """Resolve references and render every chapter."""
    labels = collect(drafts, known_keys(book))
    cache = Cache(book.work / "cache")
    citations = read_citations(book, drafts, cache)
    keys = cited_keys(drafts)
    return together(lambda made: make_page(made, render(book, made, labels, citations, keys, cache)), drafts)


def build(root: Path, *, templates: Path = TEMPLATES, quiet: bool = False, pdf: bool = False) -> Path:
    """Render the book in ``root`` into its output folder; the old one stays untouched if anything is wrong.

    Raises
    ------
    BuildError
        With everything that is wrong, each with its file and line.
    """
    began = time.monotonic()
    book = load(root)
    set_environment(root)
    with Progress(len(book.chapters), quiet) as progress:
        pre_render(book)
        sources = read_all(book)
        drafts = drafts_of(book, sources, progress)
        progress.say("setting pages")
        pages = pages_of(book, drafts)
        out = Path(tempfile.mkdtemp(prefix=f"{book.output.name}.", dir=root))
        try:
            if pdf:
                from press.pdf import write_pdf

                write_pdf(book, sources, out, progress)
            write_site(book, pages, out, pdf=pdf, templates=templates)
            check_links(book, pages, out)
            swap(out, book.output)
        finally:
            shutil.rmtree(out, ignore_errors=True)
        progress.say(f"built {len(pages)} pages in {time.monotonic() - began:.1f} s: {book.output / 'index.html'}")
    return book.output


def swap(new: Path, old: Path) -> None:
    """Put a finished folder in the place of another."""
    new.chmod(0o755)
    aside = old.with_name(f"{old.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if old.exists():
        old.rename(aside)
    new.rename(old)
    shutil.rmtree(aside, ignore_errors=True)
