"""What a terminal would show of a program's output: without escapes, and with the last state of each line."""

from __future__ import annotations

import re

ESCAPE = re.compile(r"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|\[[0-?]*[ -/]*[@-~]|[ -/]*[0-Z\\-~])")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def overwritten(line: str) -> str:
    """A line after its carriage returns: each piece covers the beginning of the one before."""
    shown = ""
    for piece in line.rstrip("\r").split("\r"):
        shown = piece + shown[len(piece) :]
    return shown


def shown(text: str) -> str:
    """Text as a terminal leaves it."""
    text = ESCAPE.sub("", text)
    while "\b" in text and (fewer := re.sub(r"[^\n\b]\x08", "", text)) != text:
        text = fewer
    return CONTROL.sub("", "\n".join(map(overwritten, text.split("\n"))))
