"""A code cell and its outputs as Markdown, in the form that Quarto's Jupyter engine writes: `::: {.cell}` around the
code and `::: {.cell-output}` around each output."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import Any

from press.errors import BuildError, Fault
from press.options import EXECUTE_OPTIONS
from press.source import Cell, Line
from press.terminal import shown

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
    indent = cell.margin
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
        seen = [o for o in outputs if not (o.get("name") == "stderr" and not opts.get("warning", True))]
        seen = [o for o in seen if not is_name_of_plot(o)]
        blocks = [output_block(out, cell, output, asis, f"{images}/{cell.label or f'cell-{position + 1}'}-{i}", opts)
                  for i, output in enumerate(seen, 1)]  # fmt: skip
        out.add("\n\n".join(captioned(cell, blocks, opts)), cell.line, indent)
    out.add("::::\n", cell.line, indent)


def captioned(cell: Cell, blocks: list[str], opts: dict[str, Any]) -> list[str]:
    """Wrap the outputs of a figure or a table in a float that carries label, caption and alt text.

    Without a label that begins with `fig-` or `tbl-` it has no number.
    """
    kind = cell.label.partition("-")[0]
    labeled = kind in ("fig", "tbl")
    if not labeled:
        kind = next((name for name in ("fig", "tbl") if f"{name}-cap" in opts), "fig" if "fig-alt" in opts else "")
    caption = opts.get(f"{kind}-cap")
    if not kind:
        return blocks
    if not blocks:
        cause = f"the cell {cell.label} has no output to show" if labeled else "this cell has no output to caption"
        raise BuildError([Fault(cell.line.file, cell.line.number, cause)])
    name = f"#{cell.label}" if labeled else f'.press-plain kind="{kind}"'
    alt = f" fig-alt={quoted(opts['fig-alt'])}" if "fig-alt" in opts else ""
    column = f" .column-{opts['column']}" if "column" in opts else ""
    words = [" ".join(str(caption).split())] if caption else []
    return [f"::::: {{{name}{column}{alt}}}", *blocks, *words, ":::::"]


PLOT = re.compile(r"[\[({]*(<(matplotlib|seaborn|ggplot)[.:]|Text\()")


def is_name_of_plot(output: dict[str, Any]) -> bool:
    """Whether an output is only the name of a plot that the cell has drawn; Quarto leaves it out as well."""
    plain = output.get("data", {}).get("text/plain") if output["output_type"] == "execute_result" else None
    return plain is not None and len(output["data"]) == 1 and PLOT.match(plain) is not None


def output_block(
    out: Stitched, cell: Cell, output: dict[str, Any], asis: bool, image: str, opts: dict[str, Any]
) -> str:
    """Markdown of one output."""
    kind = output["output_type"]
    if kind == "stream":
        text = shown(output["text"]).rstrip("\n")
        if asis and output["name"] == "stdout":
            return text
        return f"::: {{.cell-output .cell-output-{output['name']}}}\n{fence(text, '')}\n:::"
    if kind == "error":
        text = shown(f"{output['ename']}: {output['evalue']}")
        return f"::: {{.cell-output .cell-output-error}}\n{fence(text, '')}\n:::"
    body = display(out, cell, output["data"], image)
    markdown = " .cell-output-markdown" if "text/markdown" in output["data"] else ""
    return body if asis else f"::: {{.cell-output .cell-output-display{markdown}}}\n{body}\n:::"


PLOTLY = "application/vnd.plotly.v1+json"
DRAWN = {
    "bar", "box", "contour", "heatmap", "histogram", "histogram2d", "histogram2dcontour", "image", "pie", "scatter",
    "scatterternary", "violin",
}  # fmt: skip
"""What Plotly's cartesian bundle, which the pages load, can draw."""


MOST_MARKDOWN = 1_000_000
"""Signs of Markdown that a cell may display; pandoc takes minutes for a few times as many."""


def unshowable(data: dict[str, Any]) -> str | None:
    """Why an output cannot be on the page, or None."""
    if len(data.get("text/markdown", "")) > MOST_MARKDOWN:
        return f"the cell displays {len(data['text/markdown']):,} signs of Markdown; a page takes {MOST_MARKDOWN:,}"
    if PLOTLY in data:
        kinds = {trace.get("type", "scatter") for trace in data[PLOTLY].get("data", [])} - DRAWN
        if kinds:
            return f"the pages' Plotly (its cartesian bundle) does not draw {', '.join(sorted(kinds))}"
        if "text/markdown" not in data:
            return "a Plotly figure is shown before `rlgeo.figures` is imported, which draws figures for these pages"
    if "text/html" in data or (
        any(name.startswith("application/vnd") for name in data) and "text/markdown" not in data
    ):
        return "the output is HTML, for which Quarto loads scripts from another host; display Markdown instead"
    return None


def display(out: Stitched, cell: Cell, data: dict[str, Any], image: str) -> str:
    """Markdown of a MIME bundle, in Quarto's order of preference."""
    if why := unshowable(data):
        raise BuildError([Fault(cell.line.file, cell.line.number, why)])
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
        return fence(shown(str(data["text/plain"])), "")
    raise BuildError([Fault(cell.line.file, cell.line.number, f"cannot show {', '.join(data)}")])
