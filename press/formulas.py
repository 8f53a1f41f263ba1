"""Inline expressions inside formulas: Quarto escapes text for Markdown, and TeX reads what it escapes as commands."""

from __future__ import annotations

import re
from typing import Any

from press.errors import Fault
from press.execute import INLINE, inline_expressions, plain_runs
from press.source import Text

MARK = "\ue000"
NUMBER = re.compile(r"-?\d+(\.\d+)?")
SPANS = re.compile(
    r"(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)|\\."
    r"|(?P<formula>\$\$.+?\$\$|\$(?=\S).+?(?<=[^\s\\])\$(?!\d))",
    re.DOTALL,
)
ESCAPED = re.compile(r"([\\`*_{}\[\]()>#+\-.!])")


def inline_markdown(data: dict[str, Any]) -> str:
    """Markdown for the value of an inline expression; plain strings are escaped as Quarto escapes them."""
    if "text/markdown" in data:
        return str(data["text/markdown"])
    plain = str(data.get("text/plain", ""))
    if plain[:1] in "'\"" and plain[:1] == plain[-1:] and len(plain) > 1:
        return ESCAPED.sub(r"\\\1", plain[1:-1])
    return plain


def in_formulas(block: str) -> list[bool]:
    """For each inline expression of a stretch of text, whether it stands inside a formula."""
    found: list[bool] = []
    for paragraph in re.split(r"\n[ \t]*\n", INLINE.sub(lambda match: match[1] + MARK, block)):
        spans = [match.span() for match in SPANS.finditer(paragraph) if match["formula"]]
        places = [match.start() for match in re.finditer(MARK, paragraph)]
        found += [any(start < place < end for start, end in spans) for place in places]
    return found


def faults_in_formulas(text: Text, values: list[dict[str, Any]]) -> list[Fault]:
    """A fault for each inline expression in a formula whose value would not arrive there as the number it is."""
    inside: list[bool] = []
    for start, end in plain_runs(text):
        inside += in_formulas("\n".join(line.text for line in text.lines[start:end]))
    faults = []
    for (expression, line), data, formula in zip(inline_expressions(text), values, inside, strict=True):
        shown = inline_markdown(data)
        if formula and "text/markdown" not in data and not NUMBER.fullmatch(shown):
            cause = f"the inline expression {expression!r} would put {shown!r} into a formula"
            cure = 'display Markdown(f"…"), or a plain number, or set it outside the dollars'
            faults.append(Fault(text.lines[line].file, text.lines[line].number, f"{cause}; {cure}"))
    return faults
