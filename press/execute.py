"""Run the code of one chapter in a Jupyter kernel, as Quarto does, and keep what it printed.

A chapter's result is plain data (JSON): for each cell its outputs, for each inline expression its value.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from press.errors import BuildError, Fault, stop
from press.kernels import HALTED, LONGEST_CELL, Kernel, started
from press.source import Cell, Text
from press.terminal import ESCAPE
from press.trace import place

INLINE = re.compile(r"(^|[^`])`\{python\}[ \t]([^`]+)`", re.MULTILINE)

OF_IPYTHON = re.compile(r" \(\d+\.py, line \d+\)$")
"""What IPython says of the place of a syntax error: a file that nobody has."""

SLOW = 30
"""Seconds after which a cell is named that still runs."""
MOST_LINES, MOST_SIGNS = 2000, 200_000
"""What of a cell's printed output is kept."""

Result = dict[str, Any]


def inline_expressions(text: Text) -> list[tuple[str, int]]:
    """The inline expressions of a stretch of text, each with the index of the line where it ends."""
    found: list[tuple[str, int]] = []
    for start, end in plain_runs(text):
        block = "\n".join(line.text for line in text.lines[start:end])
        found += [(m[2].strip(), start + block.count("\n", 0, m.end())) for m in INLINE.finditer(block)]
    return found


def plain_runs(text: Text) -> list[tuple[int, int]]:
    """Ranges of consecutive lines outside fenced blocks."""
    runs: list[tuple[int, int]] = []
    for i, plain in enumerate(text.plain):
        if plain and runs and runs[-1][1] == i:
            runs[-1] = (runs[-1][0], i + 1)
        elif plain:
            runs.append((i, i + 1))
    return runs


def runs(cell: Cell, defaults: dict[str, Any]) -> bool:
    """Whether the cell is executed."""
    return bool(cell.options.get("eval", defaults.get("eval", True)))


def needs_kernel(parts: list[Text | Cell], defaults: dict[str, Any]) -> bool:
    """Whether the chapter has anything to execute."""
    if defaults.get("enabled") is False:
        return False
    return any(runs(p, defaults) if isinstance(p, Cell) else bool(inline_expressions(p)) for p in parts)


def shortened(text: str) -> str:
    """What a cell printed, up to a limit, and how much was left out."""
    lines = text[:MOST_SIGNS].split("\n")
    if len(text) <= MOST_SIGNS and len(lines) <= MOST_LINES:
        return text
    kept = "\n".join(lines[:MOST_LINES])
    rest = text[len(kept) :]
    return f"{kept}\n[{len(rest):,} more signs in {rest.strip().count(chr(10)) + 1:,} lines are left out]\n"


def merge_streams(outputs: list[Any]) -> list[Any]:
    """Join what a cell printed in several pieces, so that the result does not depend on buffering; shorten it."""
    merged: list[Any] = []
    for output in outputs:
        if output["output_type"] == "stream":
            same = [o for o in merged if o["output_type"] == "stream" and o["name"] == output["name"]]
            if same and merged[-1]["output_type"] == "stream":
                same[-1]["text"] += output["text"]
                continue
        merged.append(output)
    for output in merged:
        if output["output_type"] == "stream":
            output["text"] = shortened(output["text"])
        elif "text/plain" in output.get("data", {}):
            output["data"] = {**output["data"], "text/plain": shortened(output["data"]["text/plain"])}
    return merged


async def execute(
    parts: list[Text | Cell],
    defaults: dict[str, Any],
    root: Path,
    folder: Path,
    variables: dict[str, str],
    tick: Callable[[], None],
) -> Result:
    """Execute a chapter's cells and inline expressions in order; call ``tick`` after each cell.

    ``root`` is the book's folder. The kernel works in ``folder`` and has ``variables`` as its environment.

    Raises
    ------
    BuildError
        A cell or an expression raised; the fault names the chapter's line.
    """
    cells = [part for part in parts if isinstance(part, Cell)]
    nodes = [nbformat.v4.new_code_cell(cell.source) for cell in cells]  # type: ignore[no-untyped-call]
    book = nbformat.v4.new_notebook(cells=nodes)  # type: ignore[no-untyped-call]
    position = 0
    values: list[list[dict[str, Any]]] = []
    async with started(book, root, folder, variables) as client:
        for part in parts:
            if isinstance(part, Text):
                values.append([await inline_value(client, part, *found) for found in inline_expressions(part)])
                continue
            await run_cell(client, book.cells[position], position, part, defaults)
            position += 1
            tick()
    # Only now, as a cell may change what an earlier one shows.
    outputs = [merge_streams([dict(output) for output in node.outputs]) for node in book.cells]
    return {"outputs": outputs, "values": values}


async def run_cell(client: Kernel, node: Any, position: int, cell: Cell, defaults: dict[str, Any]) -> None:
    """Run one cell; its outputs gather in ``node``."""
    if not runs(cell, defaults):
        return
    if cell.source.strip():
        client.done[len(client.done) + 1] = cell
    allowed = cell.options.get("error", defaults.get("error", False))
    where = f"{cell.line.file}:{cell.line.number}"
    notice = asyncio.get_running_loop().call_later(
        SLOW,
        lambda: print(
            f"{where}: this cell has run for {SLOW} s and goes on (Ctrl-C stops)", file=sys.stderr, flush=True
        ),
    )
    node.metadata["tags"] = ["raises-exception"] if allowed else []
    try:
        await client.async_execute_cell(node, position)
    except CellExecutionError as error:
        line, way = place(ESCAPE.sub("", error.traceback), cell, client.done, client.root)
        cause = f"{error.ename}: {OF_IPYTHON.sub('', ESCAPE.sub('', error.evalue))}{way}"
        raise BuildError([Fault(cell.line.file, line, cause)]) from None
    except DeadKernelError:
        what = "was stopped" if HALTED.is_set() else "died"
        raise stop(f"the Python kernel {what} in this cell", cell.line.file, cell.line.number) from None
    except CellTimeoutError:
        raise stop(f"this cell has not ended in {LONGEST_CELL} s", cell.line.file, cell.line.number) from None
    finally:
        notice.cancel()


async def inline_value(client: Kernel, text: Text, expression: str, line: int) -> dict[str, Any]:
    """MIME bundle of one inline expression."""
    result = await client.evaluate(expression)
    if result["status"] == "ok":
        data: dict[str, Any] = result["data"]
        return data
    where = text.lines[line]
    cause = f"{result['ename']}: {result['evalue']} (inline expression {expression!r})"
    raise BuildError([Fault(where.file, where.number, cause)])
