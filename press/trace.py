"""Where a cell went wrong: the frames of a Python traceback that lie in the chapter or in the book's own modules."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from press.source import Cell

FRAME = re.compile(
    r"^\s*(?:Cell In\[(?P<cell>\d+)\], line |File (?P<file>.+?):)(?P<line>\d+)(?:, in (?P<name>[^\n(]+)|$|,)",
    re.MULTILINE,
)
LONGEST = 4


class Frame(NamedTuple):
    """A place that the error went through."""

    file: str
    line: int
    name: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f" in {self.name}" if self.name else "")


def chapter_line(cell: Cell, offset: int) -> int:
    """The chapter's line of the n-th line of what the kernel got of a cell."""
    code = list(cell.code)
    while code and not code[0].text.strip():
        code.pop(0)
    return code[min(max(offset, 1), len(code)) - 1].number if code else cell.line.number


def frames(trace: str, cells: dict[int, Cell], root: Path) -> list[Frame]:
    """The frames of IPython's traceback, outermost first; ``cells`` are the chapter's by execution count."""
    found = []
    for match in FRAME.finditer(trace):
        line, name = int(match["line"]), (match["name"] or "").strip()
        if match["cell"]:
            cell = cells.get(int(match["cell"]))
            if cell is not None:
                found.append(Frame(cell.line.file, chapter_line(cell, line), name))
            continue
        path = Path(match["file"]).expanduser()
        if path.is_relative_to(root) and not {".venv", "site-packages"} & set(path.parts):
            found.append(Frame(path.relative_to(root).as_posix(), line, name))
    return found


def place(trace: str, cell: Cell, cells: dict[int, Cell], root: Path) -> tuple[int, str]:
    """The cell's line that raised, and the places that it called on the way to the error, one a line."""
    known = frames(trace, cells, root)
    own = {line.number for line in cell.code}
    at = max((i for i, frame in enumerate(known) if frame.file == cell.line.file and frame.line in own), default=-1)
    line = known[at].line if at >= 0 else chapter_line(cell, 1)
    return line, "".join(f"\n    called {frame}" for frame in known[at + 1 :][-LONGEST:])
