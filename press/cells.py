"""A code cell and its outputs as Markdown, in the form that Quarto's Jupyter engine writes: `::: {.cell}` around the
code and `::: {.cell-output}` around each output."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import Any

from press.errors import BuildError, Fault
from press.execute import ANSI
from press.options import EXECUTE_OPTIONS
from press.source import Cell, Line

IMAGES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}


@dataclass
class Stitched:
    """A chapter's Markdown; ``origin[i]`` is where line ``i`` comes from; ``images`` maps file names to contents."""

    lines: list[str] = field(default_factory=list)
    origin: list[Line] = field(default_factory=list)
    images: dict[str, bytes] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The whole Markdown."""
        return "\n".join(self.lines) + "\n"

    def add(self, text: str, origin: Line, indent: str = "") -> None:
        """Append a block of lines that all come from one place."""
        for line in text.split("\n"):
            self.lines.append(indent + line if line else line)
            self.origin.append(origin)

    def locate(self, needle: str, occurrence: int = 0) -> tuple[str, int]:
        """File and line where ``needle`` first stands (or again: ``occurrence`` 1), else the chapter and line 0."""
        first = next((line for line in needle.split("\n") if line.strip()), "").strip()
        whole = re.compile(re.escape(first) + (r"(?![\w-])" if first[-1:].isalnum() else ""))
        lines = zip(self.lines, self.origin, strict=True)
        found = [origin for text, origin in lines if first and whole.search(text)]
        if found:
            origin = found[min(occurrence, len(found) - 1)]
            return origin.file, origin.number
        return (self.origin[0].file, 0) if self.origin else ("", 0)


def fence(code: str, attributes: str) -> str:
    """A fenced code block whose fence is longer than any in the code."""
    ticks = "`" * max([3, *(len(run) + 1 for run in re.findall(r"`{3,}", code))])
    return f"{ticks} {attributes}\n{code}\n{ticks}" if attributes else f"{ticks}\n{code}\n{ticks}"


def quoted(value: Any) -> str:
    """An attribute value in Markdown."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def add_cell(
    defaults: dict[str, Any], images: str, out: Stitched, cell: Cell, position: int, outputs: list[Any]
) -> None:
    """Append a cell: its code, if shown, and its outputs; ``images`` is the folder of its pictures."""
    opts = {key: defaults[key] for key in EXECUTE_OPTIONS if key in defaults} | cell.options
    indent = cell.indent
    if not opts.get("include", True):
        return
    asis = opts.get("output") == "asis"
    classes = opts.get("classes", [])
    names = ["cell", *(classes.split() if isinstance(classes, str) else classes)]
    if "column" in opts:
        names.append(f"column-{opts['column']}")
    identifier = f"#cell-{cell.label} " if cell.label else ""
    out.add(f"\n:::: {{{identifier}{' '.join('.' + name.lstrip('.') for name in names)}}}", cell.line, indent)
    if opts.get("echo", True) and cell.source:
        attributes = f"#{opts['lst-label']} " if "lst-label" in opts else ""
        attributes += ".python .cell-code"
        for key in ("code-fold", "code-summary", "lst-cap", "filename"):
            attributes += f" {key}={quoted(opts[key])}" if key in opts else ""
        out.add(fence(cell.source, f"{{{attributes}}}"), cell.line, indent)
    if opts.get("output", True):
        shown = [o for o in outputs if not (o.get("name") == "stderr" and not opts.get("warning", True))]
        blocks = [output_block(out, cell, output, asis, f"{images}/{cell.label or f'cell-{position + 1}'}-{i}", opts)
                  for i, output in enumerate(shown, 1)]  # fmt: skip
        out.add("\n\n".join(captioned(cell, blocks, opts)), cell.line, indent)
    out.add("::::\n", cell.line, indent)


def captioned(cell: Cell, blocks: list[str], opts: dict[str, Any]) -> list[str]:
    """Wrap the outputs of a cell labeled as figure or table in a float that carries label and caption."""
    kind = cell.label.partition("-")[0]
    caption = opts.get("fig-cap" if kind == "fig" else "tbl-cap")
    if kind not in ("fig", "tbl"):
        return blocks
    if not blocks:
        raise BuildError([Fault(cell.line.file, cell.line.number, f"the cell {cell.label} has no output to show")])
    alt = f" fig-alt={quoted(opts['fig-alt'])}" if "fig-alt" in opts else ""
    column = f" .column-{opts['column']}" if "column" in opts else ""
    words = [" ".join(str(caption).split())] if caption else []
    return [f"::::: {{#{cell.label}{column}{alt}}}", *blocks, *words, ":::::"]


def output_block(
    out: Stitched, cell: Cell, output: dict[str, Any], asis: bool, image: str, opts: dict[str, Any]
) -> str:
    """Markdown of one output."""
    kind = output["output_type"]
    if kind == "stream":
        text = ANSI.sub("", output["text"]).rstrip("\n")
        if asis and output["name"] == "stdout":
            return text
        return f"::: {{.cell-output .cell-output-{output['name']}}}\n{fence(text, '')}\n:::"
    if kind == "error":
        text = ANSI.sub("", f"{output['ename']}: {output['evalue']}")
        return f"::: {{.cell-output .cell-output-error}}\n{fence(text, '')}\n:::"
    body = display(out, cell, output["data"], image)
    markdown = " .cell-output-markdown" if "text/markdown" in output["data"] else ""
    return body if asis else f"::: {{.cell-output .cell-output-display{markdown}}}\n{body}\n:::"


def display(out: Stitched, cell: Cell, data: dict[str, Any], image: str) -> str:
    """Markdown of a MIME bundle, in Quarto's order of preference."""
    plotly = any(name.startswith("application/vnd") for name in data) and "text/markdown" not in data
    if "text/html" in data or plotly:
        message = "the output is HTML, for which Quarto loads scripts from another host; display Markdown instead"
        raise BuildError([Fault(cell.line.file, cell.line.number, message)])
    if "text/markdown" in data:
        return str(data["text/markdown"])
    for mime, suffix in IMAGES.items():
        if mime in data:
            raw = data[mime]
            out.images[f"{image}.{suffix}"] = raw.encode() if suffix == "svg" else base64.b64decode(raw)
            return f"![]({image}.{suffix})"
    if "text/latex" in data:
        return str(data["text/latex"])
    if "text/plain" in data:
        return fence(ANSI.sub("", str(data["text/plain"])), "")
    raise BuildError([Fault(cell.line.file, cell.line.number, f"cannot show {', '.join(data)}")])
