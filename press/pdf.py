"""The book as a PDF: every chapter through pandoc to Typst, figures as stills, and one call of Typst."""

from __future__ import annotations

import json
import posixpath
import re
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import typst

from press import pandoc
from press.cache import Cache
from press.chapter import Draft, Source
from press.config import Book
from press.drafts import drafts_of
from press.errors import BuildError, Fault, stop
from press.labels import Label, collect, known_keys
from press.progress import Progress
from press.render import BUNDLE, Citations, cited_keys, citeproc, read_citations
from press.site import book_values, pdf_name
from press.stills import draw_figures
from press.together import together

MATH = re.compile(r"Could not convert TeX math (.*?), rendering as TeX:\n(.*?)(?=\n\[WARNING\]|\Z)", re.DOTALL)


def typst_string(text: str) -> str:
    """A Typst string."""
    return json.dumps(text, ensure_ascii=False)


def label_of(draft: Draft) -> str:
    """The label of a chapter: its own, else its path."""
    identifier = str(draft.index["id"])
    return identifier if identifier.startswith("sec-") else draft.source.chapter.id


def to_typst(book: Book, draft: Draft, drafts: list[Draft], labels: dict[str, Label], citations: Citations) -> str:
    """A chapter's title and body in Typst."""
    chapter = draft.source.chapter
    table: dict[str, Any] = {
        "labels": {label.name: {"prefix": label.prefix, "number": label.number} for label in labels.values()},
        "chapters": {other.source.chapter.source: label_of(other) for other in drafts},
        "chapter": label_of(draft),
        "site": str(book.book.get("site-url") or "").rstrip("/"),
        "href": chapter.href,
        "number": chapter.number,
        "kind": "Appendix" if chapter.appendix else "Chapter",
    }
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder, "labels.json")
        given.write_text(json.dumps(table), encoding="utf-8")
        arguments = ["-f", "json", "-t", "typst", "--wrap=none", *pandoc.metadata({"press-labels": given})]
        lists = chapter.href == citations.page
        if citations.files and (draft.index["citations"] or lists):
            arguments += citeproc(citations, folder, cited_keys(drafts) if lists else None)
        for name in ("typst-math.lua", "typst-tables.lua"):
            arguments += ["--lua-filter", str(book.root / BUNDLE / name)]
        arguments += pandoc.lua("typst")
        if not lists:  # the list of references stands at the end of the book
            arguments += ["-M", "suppress-bibliography=true"]
        try:
            return pandoc.pandoc(draft.document, arguments, book.root)
        except pandoc.PandocError as error:
            raise BuildError(explain(draft, str(error))) from None


def explain(draft: Draft, message: str) -> list[Fault]:
    """Faults for the formulas that Typst cannot set, else what pandoc said."""
    faults = []
    for tex, cause in MATH.findall(message):
        reason = next((line.strip() for line in cause.splitlines() if "unexpected" in line), "pandoc cannot read it")
        place = draft.stitched.locate(tex)
        faults.append(Fault(*place, f"no Typst for the formula {' '.join(tex.split())}: {reason}"))
    return faults or [Fault(draft.source.chapter.source, 0, f"pandoc: {message}")]


def assemble(book: Book, drafts: list[Draft], bodies: list[str]) -> str:
    """The whole book in Typst."""
    values = book_values(book, pdf=True)
    year, month, day = (int(part) for part in values["date"].split("-"))
    arguments = ", ".join(
        [
            f"title: {typst_string(values['title'])}",
            f"subtitle: {typst_string(values['subtitle'])}",
            f"authors: ({''.join(typst_string(name) + ', ' for name in values['authors'])})",
            f"date: datetime(year: {year}, month: {month}, day: {day})",
            f"version: {typst_string(values['version'])}",
            f"language: {typst_string(values['language'])}",
        ]
    )
    parts = [f'#import "book.typ": *\n#show: book.with({arguments})\n']
    last: str | None = None
    for draft, body in zip(drafts, bodies, strict=True):
        part = draft.source.chapter.part or ("Appendices" if draft.source.chapter.appendix else None)
        if part and part != last:
            parts.append(f"#part-page[{part}]\n")
        last = part
        parts.append(body)
    return "\n".join(parts)


def put_picture(book: Book, draft: Draft, place: Path, image: str, folder: Path) -> None:
    """Put a picture of a chapter, its cell's or a file, where Typst looks for it."""
    where = draft.stitched.locate(image)
    if urlsplit(image).scheme:
        raise stop(f"the picture {image} is not in the book, and print loads nothing", *where)
    if Path(image).suffix.lower() not in (".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf"):
        raise stop(f"Typst cannot show the picture {image}", *where)
    target = folder / posixpath.normpath(place / image)
    data = draft.stitched.images.get(image)
    if data is None and not (book.root / place / image).is_file():
        raise stop(f"the file {place / image} does not exist", *where)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data if data is not None else (book.root / place / image).read_bytes())


def bad_pictures(drafts: list[Draft], said: str) -> list[Fault]:
    """A fault for each picture that Typst names where it says what it cannot read."""
    found = [
        (draft, name) for draft in drafts for name in draft.index["images"] if f"/{posixpath.basename(name)}" in said
    ]
    return [Fault(*draft.stitched.locate(name), f"Typst cannot read the picture {name}") for draft, name in found]


def check_signs(drafts: list[Draft], text: str) -> None:
    """Raise a `BuildError` for each sign of the printed text that its fonts lack: print would leave a blank."""
    signs = "".join(sorted({sign for sign in text if sign > "\u017f"}))
    query: dict[str, Any] = {"field": "value", "one": True, "ignore_system_fonts": True}
    lacking = json.loads(typst.query(pandoc.HERE / "lacking.typ", "<lacking>", sys_inputs={"signs": signs}, **query))
    faults = []
    for sign in lacking:
        lines = (
            (line, text)
            for draft in drafts
            for text, line in zip(draft.stitched.lines, draft.stitched.origin, strict=True)
        )
        place = next((line for line, text in lines if sign in text), None)
        cause = f"the fonts of the PDF have no {sign} (U+{ord(sign):04X})"
        faults.append(Fault(place.file, place.number, cause) if place else Fault("_quarto.yml", 0, cause))
    if faults:
        raise BuildError(faults)


def write_pdf(book: Book, sources: list[Source], out: Path, progress: Progress) -> Path:
    """Write the PDF into a folder."""
    drafts = drafts_of(book, sources, progress, "typst")
    labels = collect(drafts, known_keys(book))
    citations = read_citations(book, drafts, Cache(book.work / "cache"))
    bodies = together(lambda draft: to_typst(book, draft, drafts, labels, citations), drafts)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        progress.say("drawing figures")
        draw_figures(book, [figure for draft in drafts for figure in draft.index["figures"] or []], folder / "figures")
        for draft in drafts:
            place = Path(draft.source.chapter.source).parent
            for image in draft.index["images"]:
                put_picture(book, draft, place, unquote(image), folder)
        shutil.copyfile(pandoc.HERE / "book.typ", folder / "book.typ")
        text = assemble(book, drafts, bodies)
        check_signs(drafts, text)
        (folder / "main.typ").write_text(text, encoding="utf-8")
        progress.say("setting type")
        target = out / pdf_name(book)
        moment = datetime.fromisoformat(book_values(book, pdf=True)["date"]).replace(tzinfo=UTC)
        try:
            typst.compile(folder / "main.typ", output=target, root=folder, ignore_system_fonts=True, timestamp=moment)
        except typst.TypstError as error:
            if faults := bad_pictures(drafts, error.diagnostic):
                raise BuildError(faults) from None
            shutil.copyfile(folder / "main.typ", book.work / "main.typ")
            raise BuildError([Fault(".press/main.typ", 0, f"{error.message}\n{error.diagnostic}")]) from None
    return target
