"""Every chapter of the book read, executed and numbered."""

from __future__ import annotations

from press.cache import Cache
from press.chapter import Draft, Source, draft, read, results
from press.config import Book
from press.progress import Progress
from press.source import Cell
from press.together import together


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

    # The longest first, so that none is left running alone at the end.
    order = sorted(range(len(sources)), key=lambda i: -len(sources[i].parts))
    made = dict(zip(order, together(one, [sources[i] for i in order]), strict=True))
    return [made[i] for i in range(len(sources))]
