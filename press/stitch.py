"""Put a chapter together again: its text with inline values, its code cells with what they produced, as one Markdown
text that remembers where each line comes from."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from press.cells import Stitched
from press.errors import BuildError, Fault
from press.execute import INLINE, Result, plain_runs
from press.formulas import faults_in_formulas, inline_markdown
from press.source import Cell, Line, Text

ESCAPED_INLINE = re.compile(r"`\{\{(\w+)\}\}([^`]*)`")
SHORTCODE = re.compile(r"(?<!\{)\{\{<\s*(\S+)\s*(.*?)\s*>\}\}")


EXAMPLE = re.compile(r"\s*\(?@[\w-]+[.)](\s|$)")
LIST = "a paragraph that begins with `@name.` is an example list for pandoc; begin it with another word"

PutCell = Callable[[Stitched, Cell, int, list[Any]], None]
"""Writes a cell (the n-th, with its outputs) at the end of the stitched text."""


def stitch(parts: list[Text | Cell], result: Result, meta: dict[str, Any], put: PutCell) -> Stitched:
    """The Markdown of a chapter: its text with the values of inline expressions, its cells as ``put`` writes them."""
    out = Stitched()
    values, position = iter(result["values"]), 0
    for part in parts:
        if isinstance(part, Text):
            add_text(out, part, list(next(values)), meta)
        else:
            put(out, part, position, result["outputs"][position])
            position += 1
    return out


def add_text(out: Stitched, text: Text, values: list[dict[str, Any]], meta: dict[str, Any]) -> None:
    """Append text with its inline expressions replaced by their values."""
    faults = faults_in_formulas(text, values) + [Fault(line.file, line.number, LIST) for line in lists(text)]
    if faults:
        raise BuildError(faults)
    given = iter(values)
    lines = [line.text for line in text.lines]

    def value(match: re.Match[str]) -> str:
        return match[1] + inline_markdown(next(given))

    for start, end in plain_runs(text):
        block = "\n".join(lines[start:end])
        if len(INLINE.findall(block)) == sum(len(INLINE.findall(line)) for line in lines[start:end]):
            lines[start:end] = [INLINE.sub(value, line) for line in lines[start:end]]
        else:  # an expression goes over a line's end: its value stands where it begins
            fresh = INLINE.sub(value, block).split("\n")
            lines[start:end] = ["\n".join(fresh), *[""] * (end - start - 1)]
        for i in range(start, end):
            line = ESCAPED_INLINE.sub(r"`{\1}\2`", lines[i])
            line = SHORTCODE.sub(partial(shortcode, text.lines[i], meta), line)
            lines[i] = line.replace("{{{<", "{{<").replace(">}}}", ">}}")
    for line, source in zip(lines, text.lines, strict=True):
        out.add(line, source)


def lists(text: Text) -> list[Line]:
    """Lines that look like a reference and are an example list: Quarto shows "(1)" in place of the words."""
    starts = [i for i in range(len(text.lines)) if not i or not text.lines[i - 1].text.strip()]
    return [text.lines[i] for i in starts if text.plain[i] and EXAMPLE.match(text.lines[i].text)]


def shortcode(line: Line, meta: dict[str, Any], match: re.Match[str]) -> str:
    """The value of a shortcode in the text."""
    if match[1] == "meta":
        value: Any = meta
        for key in match[2].split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            raise BuildError([Fault(line.file, line.number, f"there is no metadata `{match[2]}`")])
        return str(value)
    if match[1] == "pagebreak":
        return "\n```{=typst}\n#pagebreak(weak: true)\n```\n"
    raise BuildError([Fault(line.file, line.number, f"the shortcode `{match[1]}` is not supported here")])
