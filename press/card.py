"""The social card: a picture that links to the book show where they are shared, 1200 × 630 pixels."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import typst

from press.config import Book
from press.render import BUNDLE

SOURCE = Path(__file__).with_suffix(".typ")
NAME = "site_libs/card.png"


def card(book: Book, values: dict[str, Any]) -> bytes:
    """The card as PNG: the favicon, where the bundle has one, the title, the subtitle and the authors."""
    sign = book.root / BUNDLE / "dist/favicon.svg"
    words = {"title": str(values["title"]), "subtitle": values["subtitle"], "authors": ", ".join(values["authors"])}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copyfile(SOURCE, folder / "card.typ")
        if sign.is_file():
            shutil.copyfile(sign, folder / "sign.svg")
        given = words | {"sign": "sign.svg" if sign.is_file() else ""}
        made: bytes = typst.compile(
            folder / "card.typ", root=folder, format="png", ppi=72, ignore_system_fonts=True, sys_inputs=given
        )
    return made
