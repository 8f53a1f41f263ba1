"""Read a chapter: front matter, includes, and the division of a `.qmd` into text and code cells.

The rules are Quarto's (its `break-quarto-md.ts`): a cell opens with three or more backticks and ``{python}``, perhaps
indented, and ends with a fence of the same length; inside any other fence nothing is a cell.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from press.errors import BuildError, Fault, stop
from press.options import CELL_OPTIONS, check_options

CELL_FENCE = re.compile(r"^(\s*)(`{3,})\s*\{([A-Za-z][\w.]*)( *[ ,].*)?\}\s*$")
FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
INCLUDE = re.compile(r"^\s*\{\{<\s*include\s+(\S+)\s*>\}\}\s*$")
ITEM = re.compile(r" *(?:[-*+:~]|\(?(?:\d+|#|[a-zA-Z]|[ivxIVX]+)[.)]) +(?=\S)")
ESCAPED = re.compile(r"(^\s*`{3,}\s*|`)\{\{(\w+)\}\}")


class Line(NamedTuple):
    """A line of text and where it comes from."""

    text: str
    file: str
    number: int


@dataclass
class Text:
    """Markdown between cells; ``plain[i]`` is false where line ``i`` belongs to a fenced block."""

    lines: list[Line]
    plain: list[bool]


@dataclass
class Cell:
    """A Python cell: its fence's place, its indentation, its options and its code without them.

    ``margin`` is the indentation of the list item that the cell belongs to: a div stands exactly there.
    """

    line: Line
    indent: str
    options: dict[str, Any]
    margin: str = ""
    code: list[Line] = field(default_factory=list)

    @property
    def source(self) -> str:
        """The code that runs."""
        return "\n".join(line.text for line in self.code).strip("\n")

    @property
    def label(self) -> str:
        """The cell's label, or an empty string."""
        return str(self.options.get("label", ""))


def read_lines(root: Path, name: str, seen: tuple[str, ...] = ()) -> Iterator[Line]:
    """The lines of a file, with ``{{< include other.qmd >}}`` replaced by the lines of that file."""
    try:
        text = (root / name).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise stop(f"is not UTF-8 text ({error.reason} at byte {error.start})", name) from None
    # Python's splitlines also splits at signs (U+2028, form feed) that are no line's end in Markdown or Python.
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        include = INCLUDE.match(line)
        if not include:
            yield Line(line, name, number)
            continue
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), include[1]))
        if not (root / target).is_file():
            raise stop(f"includes {include[1]}, which does not exist", name, number)
        if target in (*seen, name):
            raise stop(f"includes {include[1]}, which includes this file again", name, number)
        yield from read_lines(root, target, (*seen, name))


def front_matter(lines: list[Line]) -> tuple[dict[str, Any], list[Line]]:
    """Split off the YAML between the first two ``---``."""
    if not lines or lines[0].text.rstrip() != "---":
        return {}, lines
    first = lines[0]
    end = next((i for i, line in enumerate(lines[1:], 1) if line.text.rstrip() in ("---", "...")), 0)
    if not end:
        raise stop("the front matter has no closing ---", first.file, first.number)
    try:
        data = yaml.safe_load("\n".join(line.text for line in lines[1:end])) or {}
    except yaml.MarkedYAMLError as error:
        row = error.problem_mark.line if error.problem_mark else 0
        raise stop(f"the front matter is not valid YAML: {error.problem}", first.file, row + 2) from None
    if not isinstance(data, dict):
        raise stop("the front matter is not a list of keys and values", first.file, first.number)
    return data, lines[end + 1 :]


def cell_options(cell: Cell, lines: list[Line]) -> int:
    """Read the leading ``#|`` lines of a cell into its options; return how many lines they take."""
    count = 0
    while count < len(lines) and lines[count].text.lstrip().startswith("#|"):
        count += 1
    block = "\n".join(re.sub(r"^\s*#\| ?", "", line.text) for line in lines[:count])
    where = lines[0] if count else cell.line
    try:
        options = yaml.safe_load(block) or {}
    except yaml.MarkedYAMLError as error:
        row = error.problem_mark.line if error.problem_mark else 0
        raise stop(f"the cell options are not valid YAML: {error.problem}", where.file, where.number + row) from None
    if not isinstance(options, dict):
        raise stop("cell options are written `#| key: value`", where.file, where.number)
    if faults := check_options(options, CELL_OPTIONS, "cell option", where.file, where.number):
        raise BuildError(faults)
    cell.options = options
    return count


def margin(before: list[Line], indent: str) -> str:
    """The indentation of the innermost list item that an indented line belongs to."""
    depth = len(indent.expandtabs(4))
    for i in range(len(before) - 1, -1, -1) if depth else ():
        text = before[i].text.expandtabs(4)
        if (item := ITEM.match(text)) and item.end() <= depth:
            return " " * item.end()
        if text[:1].strip() and (not i or not before[i - 1].text.strip()):
            break
    return ""


def split(lines: list[Line]) -> list[Text | Cell]:
    """Divide the lines of a chapter's body into text and cells."""
    parts: list[Text | Cell] = [Text([], [])]
    faults: list[Fault] = []
    cell: Cell | None = None
    fence, opened = "", None
    body: list[Line] = []
    for i, line in enumerate(lines):
        closes = bool(fence) and re.fullmatch(rf"\s*{fence[0]}{{{len(fence)},}}\s*", line.text) is not None
        text = parts[-1]
        if cell is not None:
            if not closes:
                body.append(Line(line.text.removeprefix(cell.indent), line.file, line.number))
                continue
            try:
                cell.code = body[cell_options(cell, body) :]
            except BuildError as error:
                faults.extend(error.faults)
            parts += [cell, Text([], [])]
            cell, body, fence = None, [], ""
            continue
        assert isinstance(text, Text)
        start = None if fence else CELL_FENCE.match(line.text)
        if start and start[3] == "python":
            cell, fence, opened = Cell(line, start[1], {}, margin(lines[:i], start[1])), start[2], line
            if start[4]:
                faults.append(Fault(line.file, line.number, "write cell options as `#| key: value` lines"))
            continue
        if start:
            faults.append(Fault(line.file, line.number, f"only {{python}} cells run, not {{{start[3]}}}"))
        text.plain.append(not fence and not FENCE.match(line.text))
        text.lines.append(line._replace(text=ESCAPED.sub(r"\1{\2}", line.text)) if fence else line)
        if closes:
            fence = ""
        elif not fence and (found := FENCE.match(line.text)) and "`" not in line.text[found.end() :]:
            fence, opened = found[1], line
    if fence and opened:
        faults.append(Fault(opened.file, opened.number, f"the fence {fence} is never closed"))
    if faults:
        raise BuildError(faults)
    return parts
