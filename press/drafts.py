"""Every chapter of the book read, executed and numbered."""

from __future__ import annotations

from collections.abc import Callable, Collection

from press.cache import Cache
from press.chapter import Draft, Source, draft, read, results
from press.config import Book
from press.progress import Progress
from press.source import Cell
from press.together import together


def read_all(book: Book) -> list[Source]:
    """Read every chapter."""
    return together(lambda chapter: read(book, chapter), book.chapters)


def drafts_of(
    book: Book,
    sources: list[Source],
    progress: Progress,
    to: str = "html",
    *,
    only: Collection[str] | None = None,
    put: Callable[..., None] | None = None,
) -> list[Draft]:
    """Execute and number every chapter, its cells written by ``put``.

    Where ``only`` names chapters, the others keep the results of their last execution if they can.
    """
    cache = Cache(book.work / "cache")

    def one(source: Source) -> Draft:
        name = source.chapter.source
        progress.start(name, sum(isinstance(part, Cell) for part in source.parts))
        stale = only is not None and name not in only
        result = results(book, source, cache, lambda: progress.tick(name), stale=stale)
        made = draft(book, source, result, cache, to, put)
        progress.done(name)
        return made

    # The longest first, so that none is left running alone at the end; before them the start page, which in few
    # cells may show the whole book at work.
    order = sorted(range(len(sources)), key=lambda i: (i > 0, -len(sources[i].parts)))
    made = dict(zip(order, together(one, [sources[i] for i in order]), strict=True))
    return [made[i] for i in range(len(sources))]
