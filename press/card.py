"""The social card: a picture that links to the book show where they are shared, 1200 × 630 pixels.

``python -m press.card FILE`` writes it into the web bundle, from which both renderers take it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typst

from press.config import Book, load
from press.page import authors

SOURCE = Path(__file__).with_suffix(".typ")


def card(book: Book, sign: Path) -> bytes:
    """The card as PNG: the book's sign, its title, the subtitle and the authors."""
    section = book.book
    words = {"title": str(section["title"]), "subtitle": str(section.get("subtitle") or "")}
    given = {**words, "authors": ", ".join(authors(section)), "sign": "/" + sign.relative_to(book.root).as_posix()}
    look = {"format": "png", "ppi": 72, "ignore_system_fonts": True}
    made: bytes = typst.compile(SOURCE.read_bytes(), root=book.root, sys_inputs=given, **look)  # type: ignore[call-overload]
    return made


if __name__ == "__main__":
    target = Path(sys.argv[1]).resolve()
    target.write_bytes(card(load(Path.cwd()), target.with_name("favicon.svg")))
