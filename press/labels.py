"""The labels of all chapters together: where each is, how a reference to it reads, and what is wrong with them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from press import pandoc
from press.chapter import Draft
from press.config import Book
from press.errors import BuildError, Fault


@dataclass(frozen=True)
class Label:
    """A labelled thing: its kind's name in a reference, its number, and its place."""

    name: str
    prefix: str
    number: str
    href: str
    chapter: bool


def collect(drafts: list[Draft], keys: set[str]) -> dict[str, Label]:
    """Every label of the book.

    Raises
    ------
    BuildError
        Naming every duplicate label, undefined reference and citation key that the bibliography (``keys``) lacks.
    """
    labels: dict[str, Label] = {}
    faults: list[Fault] = []
    for draft in drafts:
        chapter = draft.source.chapter
        for entry in draft.index["entries"] or []:
            name, top = entry["id"], entry.get("level") == 1
            if name in labels:
                other = labels[name].href
                place = draft.stitched.locate("#" + name, occurrence=int(other == chapter.href))
                cause = f"the label {name} is already defined in {other.removesuffix('.html')}.qmd"
                faults.append(Fault(*place, cause))
            prefix = entry["word"]
            if top:
                prefix = "Appendix" if chapter.appendix else "Chapter"
            labels[name] = Label(name, prefix, entry.get("number") or "", chapter.href, top)
    for draft in drafts:
        for name in dict.fromkeys(draft.index["references"] or []):
            place = draft.stitched.locate("@" + name)
            if name not in labels:
                faults.append(Fault(*place, f"the reference @{name} is not defined in any chapter"))
            elif not labels[name].number:
                faults.append(Fault(*place, f"the reference @{name} is to an unnumbered section"))
        for key in dict.fromkeys(draft.index["citations"] or []):
            if key not in keys:
                faults.append(Fault(*draft.stitched.locate("@" + key), f"the bibliography has no entry {key}"))
    if faults:
        raise BuildError(faults)
    return labels


def seen_from(page: str, labels: Iterable[Label]) -> dict[str, dict[str, str]]:
    """The labels with links relative to a page, as `book.lua` reads them."""
    table = {}
    for label in labels:
        link = "" if label.href == page else posixpath.relpath(label.href, posixpath.dirname(page) or ".")
        if not label.chapter or not link:
            link += "#" + label.name
        table[label.name] = {"prefix": label.prefix, "number": label.number, "href": link}
    return table


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
