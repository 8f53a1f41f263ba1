"""Build the whole book into a temporary folder and put it in place of the old site when everything is right."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

from press.bundle import run_commands
from press.cache import Cache, sweep
from press.chapter import Draft
from press.check import check
from press.config import Book, load
from press.drafts import drafts_of, read_all
from press.errors import BuildError
from press.labels import collect, known_keys
from press.notebooks import check_places, is_untouched, make_notebooks
from press.own import check_own, recover, seal, staging, swap
from press.page import Page, make_page
from press.progress import Progress
from press.render import cited_keys, read_citations, render
from press.site import build_date, write_site
from press.together import together

OPTIONAL = {
    "404.qmd": "the site has no page for addresses that do not exist",
    "_environment": "with the Quarto CLI, the book's figures ask another host for scripts",
}


def pages_of(book: Book, drafts: list[Draft]) -> list[Page]:
    """Resolve references and render every chapter."""
    labels = collect(drafts, known_keys(book))
    cache = Cache(book.work / "cache")
    citations = read_citations(book, drafts, cache)
    keys = cited_keys(drafts)
    return together(lambda made: make_page(made, render(book, made, labels, citations, keys, cache)), drafts)


def build(root: Path, *, quiet: bool = False, pdf: bool = False, only: Collection[str] | None = None) -> Path:
    """Render the book in ``root`` into its output folder; the old one stays untouched if anything is wrong.

    Where ``only`` names chapters, the others keep the results of their last execution if they can.

    Raises
    ------
    BuildError
        With everything that is wrong, each with its file and line.
    """
    began = time.monotonic()
    book = load(root)
    check_own(book)
    recover(book.output)
    recover(book.work)
    build_date(root)  # a wrong one is known before any cell has run
    with Progress(len(book.chapters), quiet) as progress:
        for name, lack in OPTIONAL.items():
            if not (root / name).is_file():
                progress.say(f"note: there is no {name}: {lack}")
        run_commands(book, "pre-render")
        sources = read_all(book)
        drafts = drafts_of(book, sources, progress, only=only)
        progress.say(f"setting {len(drafts)} pages")
        pages = pages_of(book, drafts)
        with staging(book.output) as stage:
            out = stage / "new"
            out.mkdir()
            if pdf:
                from press.pdf import write_pdf

                write_pdf(book, sources, out, progress)
            write_site(book, pages, out, pdf=pdf)
            if faults := check(out, root):
                raise BuildError(faults)
            swap(book, out)
        if book.data["project"].get("post-render"):
            run_commands(book, "post-render")
            seal(book.output)
        sweep(book.work)
        progress.say(f"built {len(pages)} pages in {time.monotonic() - began:.1f} s: {book.output / 'index.html'}")
    return book.output


def write_notebooks(root: Path, quiet: bool = False) -> None:
    """Write every chapter's notebook, and remove those of chapters that are gone; a reader's own ones stay."""
    book = load(root)
    sources = read_all(book)
    check_places(book, sources)
    with Progress(len(book.chapters), quiet) as progress:
        made = make_notebooks(book, sources, progress)
    for path, text in made.items():
        path.parent.mkdir(exist_ok=True)
        for stale in set(path.parent.glob("*.ipynb")) - set(made):
            if is_untouched(stale):
                stale.unlink()
        partial = path.with_name(f".{path.name}.partial")
        partial.write_text(text, encoding="utf-8", newline="\n")
        partial.replace(path)
