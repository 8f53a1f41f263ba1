"""Read `_quarto.yml` into a `Book`: its chapters in order, with parts and numbers, and its settings."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from press.errors import BuildError, Fault, stop
from press.options import BOOK_SETTINGS, HTML_SETTINGS, PROJECT_SETTINGS, TOP_SETTINGS, check_options


@dataclass(frozen=True)
class Chapter:
    """One `.qmd` of the book. ``number`` is "1", "A" or "" (unnumbered)."""

    source: str
    line: int
    part: str | None
    appendix: bool
    number: str

    @property
    def href(self) -> str:
        """Path of the page in the site."""
        return self.source.removesuffix(".qmd") + ".html"

    @property
    def id(self) -> str:
        """What names the chapter where its results are kept and in print: its path without the suffix."""
        return self.source.removesuffix(".qmd")

    @property
    def notebook(self) -> str:
        """Path in the book of the chapter's notebook, in a folder beside the chapter."""
        return posixpath.join(posixpath.dirname(self.source), "notebooks", posixpath.basename(self.id) + ".ipynb")

    @property
    def root(self) -> str:
        """Relative path from the page to the site's root."""
        return "../" * self.source.count("/")


@dataclass(frozen=True)
class Book:
    """A Quarto book project on disk."""

    root: Path
    data: dict[str, Any]
    lines: dict[str, int]
    chapters: list[Chapter] = field(default_factory=list)

    @cached_property
    def book(self) -> dict[str, Any]:
        """The `book:` section."""
        section: dict[str, Any] = self.data["book"]
        return section

    @property
    def output(self) -> Path:
        """Folder of the site."""
        return self.root / str(self.data["project"].get("output-dir") or "_book")

    @property
    def work(self) -> Path:
        """Folder for caches."""
        return self.root / ".press"

    def setting(self, name: str, default: Any = None) -> Any:
        """A setting of the HTML format, else of the whole project."""
        formats = self.data.get("format")
        html = formats.get("html") if isinstance(formats, dict) else None
        return (html if isinstance(html, dict) else {}).get(name, self.data.get(name, default))

    def files(self, name: str) -> list[str]:
        """A setting that is one file or a list of files."""
        value = self.setting(name) or []
        return [value] if isinstance(value, str) else list(value)


def mark_lines(node: yaml.Node | None, prefix: str = "") -> dict[str, int]:
    """Map each key path ("book.chapters.0") of a YAML document to its line."""
    lines = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            lines[f"{prefix}{key.value}"] = key.start_mark.line + 1
            lines |= mark_lines(value, f"{prefix}{key.value}.")
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            lines[f"{prefix}{i}"] = value.start_mark.line + 1
            lines |= mark_lines(value, f"{prefix}{i}.")
    return lines


def is_numbered(text: str) -> bool:
    """Whether a chapter counts: Quarto skips those whose first heading is unnumbered."""
    heading = re.search(r"^# .*?(\{[^{}]*\})?\s*$", text, re.MULTILINE)
    return not (heading and heading[1] and re.search(r"\.unnumbered\b|[{\s]-[\s}]", heading[1]))


def list_chapters(root: Path, data: dict[str, Any], lines: dict[str, int]) -> list[Chapter]:
    """Every chapter and appendix in order, numbered; faults for those that are missing or not understood."""
    chapters: list[Chapter] = []
    faults: list[Fault] = []
    count = {False: 0, True: 0}

    def add(entry: Any, path: str, part: str | None, appendix: bool) -> None:
        line = lines.get(path, 0)
        if isinstance(entry, dict) and "part" in entry:
            title = str(entry["part"])
            if title.endswith(".qmd"):
                faults.append(Fault("_quarto.yml", line, "a part is a title here, not a file"))
            for i, inner in enumerate(entry.get("chapters") or []):
                add(inner, f"{path}.chapters.{i}", title, appendix)
        elif not isinstance(entry, str) or not entry.endswith(".qmd"):
            faults.append(Fault("_quarto.yml", line, f"a chapter is the name of a .qmd file, not {entry!r}"))
        elif posixpath.normpath(entry) != entry or entry.startswith(("/", "..")) or "\\" in entry:
            faults.append(Fault("_quarto.yml", line, f"a chapter is named by its path in the book, not {entry}"))
        elif not (root / entry).is_file():
            faults.append(Fault("_quarto.yml", line, f"lists the chapter {entry}, which does not exist"))
        elif any(chapter.source == entry for chapter in chapters):
            faults.append(Fault("_quarto.yml", line, f"lists the chapter {entry} twice"))
        else:
            numbered = is_numbered((root / entry).read_text(encoding="utf-8-sig", errors="replace"))
            count[appendix] += numbered
            number = chr(64 + count[True]) if appendix else str(count[False])
            chapters.append(Chapter(entry, line, part, appendix, number if numbered else ""))

    for section in ("chapters", "appendices"):
        for i, entry in enumerate(data["book"].get(section) or []):
            add(entry, f"book.{section}.{i}", None, section == "appendices")
    if faults:
        raise BuildError(faults)
    return chapters


def check_settings(data: dict[str, Any], lines: dict[str, int]) -> list[Fault]:
    """A fault for every setting that press does not do as Quarto does."""
    html = (data.get("format") or {}).get("html") if isinstance(data.get("format"), dict) else None
    faults = []
    for path, given, known in (
        ("", data, TOP_SETTINGS),
        ("project.", data["project"], PROJECT_SETTINGS),
        ("book.", data["book"], BOOK_SETTINGS),
        ("format.html.", html if isinstance(html, dict) else {}, HTML_SETTINGS),
    ):

        def line(key: str, path: str = path) -> int:
            return lines.get(path + key, 0)

        faults += check_options(given, known, "the key", "_quarto.yml", line)
    return faults


def load(root: Path) -> Book:
    """Read and check the book in ``root``."""
    path = root / "_quarto.yml"
    if not path.is_file():
        raise stop(f"there is no _quarto.yml in {root}")
    text = path.read_text(encoding="utf-8-sig")
    try:
        data, lines = yaml.safe_load(text), mark_lines(yaml.compose(text))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise stop(f"is not valid YAML: {error.problem or error.context}", "_quarto.yml", line) from None
    faults = []
    if not isinstance(data, dict):
        raise stop("is not a list of keys and values", "_quarto.yml", 1)
    for section in ("project", "book"):
        if not isinstance(data.get(section), dict):
            faults.append(Fault("_quarto.yml", lines.get(section, 1), f"`{section}:` needs keys and values"))
    faults = faults or check_settings(data, lines)
    if faults:
        raise BuildError(faults)
    if data["project"].get("type") != "book":
        raise stop("the project's type is not book", "_quarto.yml", lines.get("project.type", lines["project"]))
    if not data["book"].get("title"):
        raise stop("the book has no title", "_quarto.yml", lines["book"])
    chapters = list_chapters(root, data, lines)
    if not chapters or chapters[0].source != "index.qmd":
        raise stop("the first chapter must be index.qmd", "_quarto.yml", lines.get("book.chapters", lines["book"]))
    return Book(root, data, lines, chapters)
