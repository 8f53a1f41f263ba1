"""The book's package with some of its files changed by a reader, traced again."""

from __future__ import annotations

import importlib
import json
import linecache
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from inside import derivative

BOOK = Path("/book")


def trace(files: dict[str, str]) -> dict[str, Any]:
    """``text``, the module that the lab runs on, of rlgeo with these files, and ``warnings`` about their gradients.

    Or ``error``, with rlgeo as it was.
    """
    before = {path: read(path) for path in files}
    known = forget()
    try:
        write(files)
        live = importlib.import_module("rlgeo.live.module")
        live.sobol = partial(sobol, live.sobol)
        return {"text": live.javascript(), "warnings": derivative.warnings()}
    except Exception as error:
        write(before)
        forget()
        sys.modules.update(known)
        return {"error": said(error, files)}


def sobol(compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Sobol's direction numbers, from those that were written down when the machine was made.

    Those of fewer dimensions are the first of them. For more, or for other groups, they are computed, for which all of
    ``scipy.stats`` has to come.
    """
    known = json.loads((BOOK / "inside" / "sobol.json").read_text(encoding="utf-8"))
    grpo = importlib.import_module("rlgeo.methods.grpo")
    dimension = int(grpo.GRPO.parameters()["group_size"].high) - 1
    if known["count"] != grpo.GROUPS or dimension > len(known["directions"]):
        return compute()
    return known | {"replicates": grpo.REPLICATES, "directions": known["directions"][:dimension]}


def read(path: str) -> str | None:
    """A file of the book; None where there is none."""
    return (BOOK / path).read_text(encoding="utf-8") if (BOOK / path).exists() else None


def write(files: dict[str, str | None]) -> None:
    """Files of the book as given; those that are None are removed."""
    for path, text in files.items():
        if text is None:
            (BOOK / path).unlink(missing_ok=True)
        else:
            (BOOK / path).write_text(text, encoding="utf-8")
    for place, finder in sys.path_importer_cache.items():
        if place.startswith(str(BOOK)) and finder is not None:  # not the library's, which would be fetched for it
            finder.invalidate_caches()
    linecache.clearcache()


def forget() -> dict[str, Any]:
    """Take rlgeo's modules out of Python, so that the next import reads the files."""
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "rlgeo"}


def said(error: BaseException, files: dict[str, str]) -> dict[str, Any]:
    """``path`` and ``line`` of the reader's files where the error comes from, as far as it does, and its ``message``.

    The tracer wraps what went wrong into an error of its own: the first cause counts.
    """
    own = {str(BOOK / path): path for path in files}
    path, line = None, None
    first = error
    while error is not None:
        first = error
        if isinstance(error, SyntaxError) and error.filename in own:
            return {
                "path": own[error.filename],
                "line": error.lineno,
                "message": f"{type(error).__name__}: {error.msg}",
            }
        frame = error.__traceback__
        while frame is not None:
            if frame.tb_frame.f_code.co_filename in own:
                path, line = own[frame.tb_frame.f_code.co_filename], frame.tb_lineno
            frame = frame.tb_next
        error = error.__cause__
    return {"path": path, "line": line, "message": f"{type(first).__name__}: {first}"}
