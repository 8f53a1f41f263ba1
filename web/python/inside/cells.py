"""A chapter's cells, run one after another in one namespace."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import linecache
import sys
import time
import traceback
import warnings
from typing import Any

from inside.notebook import SHOWN, install, output

SPACE: dict[str, Any] = {}
FIGURES = ("figures", "tables")
"""What a hidden cell ends with only to show it is not worth waiting for."""


def begin() -> None:
    """An empty namespace, as at the top of a chapter."""
    install()
    SPACE.clear()
    SPACE["__name__"] = "__main__"
    warnings.simplefilter("ignore")  # as the book is executed


def cell(number: int, text: str, shown: bool) -> dict[str, Any]:
    """``outputs`` of the cell in their order, and ``error`` with its ``line`` where it failed."""
    if not SPACE:
        begin()
    name = f"<cell {number}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    SHOWN.clear()
    error = None
    with contextlib.redirect_stdout(Printed()):
        try:
            evaluate(text, name, shown)
        except BaseException as failure:
            error = said(failure, name)
    return {"outputs": list(SHOWN), "error": error}


def evaluate(text: str, name: str, shown: bool) -> None:
    """Run the statements, and show the value of a last expression, as Jupyter does."""
    tree = ast.parse(text, name)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not text.rstrip().endswith(";"):
        last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, name, "exec"), SPACE)
    if last is None or (not shown and is_picture(last.body)):
        return
    value = eval(compile(last, name, "eval"), SPACE)
    if value is not None:
        SHOWN.append(output(value))


def is_picture(expression: ast.expr) -> bool:
    """Whether an expression is a call ``figures.…(…)`` or ``tables.…(…)``."""
    call = expression.func if isinstance(expression, ast.Call) else None
    return isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name) and call.value.id in FIGURES


PAUSE = 0.1
"""Seconds between two reports of what a running cell has printed."""


class Printed(io.StringIO):
    """What is printed, as outputs between those that are shown; the page hears of it while the cell runs."""

    told, untold = 0.0, ""

    def write(self, text: str) -> int:
        self.untold += text
        if time.monotonic() > self.told + PAUSE:
            print("\x01" + json.dumps({"printed": self.untold}), file=sys.__stdout__, flush=True)
            self.told, self.untold = time.monotonic(), ""
        if SHOWN and "printed" in SHOWN[-1]:
            SHOWN[-1]["printed"] += text
        elif text:
            SHOWN.append({"printed": text})
        return len(text)


def said(error: BaseException, name: str) -> dict[str, Any]:
    """The line of the cell that failed, and the error in words."""
    if isinstance(error, SyntaxError) and error.filename == name:
        return {"line": error.lineno, "message": f"{type(error).__name__}: {error.msg}"}
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
    return {"line": lines[-1] if lines else None, "message": f"{type(error).__name__}: {error}"}
