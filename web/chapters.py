"""Every chapter's cells, hidden ones too, as scripts that a page loads when its reader runs one of them.

    python web/chapters.py FOLDER     write FOLDER/<page>.js for every chapter that has cells

The pages themselves show only what is to be read; what runs before it is here, for both renderers alike.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from press.chapter import Source  # noqa: E402
from press.config import load  # noqa: E402
from press.drafts import read_all  # noqa: E402
from press.errors import BuildError  # noqa: E402
from press.execute import runs  # noqa: E402
from press.source import Cell  # noqa: E402


def cells(source: Source) -> list[dict[str, Any]]:
    """``text`` of each cell that runs, and whether the page shows it."""

    def shown(cell: Cell) -> bool:
        options = source.defaults | cell.options
        return bool(options.get("echo", True) and options.get("include", True))

    found = (part for part in source.parts if isinstance(part, Cell) and runs(part, source.defaults))
    return [{"text": cell.source, "shown": shown(cell)} for cell in found if cell.source]


def write(folder: Path) -> None:
    """Write what differs from what is there, and remove the pages that are gone."""
    try:
        sources = read_all(load(ROOT))
    except BuildError:
        return  # the renderer, which comes next, says what is wrong
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {}
    for source in sources:
        if given := cells(source):
            wanted[f"{Path(source.chapter.href).stem}.js"] = f"rlgeoCells = {json.dumps(given, ensure_ascii=False)};\n"
    for path in folder.glob("*.js"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
