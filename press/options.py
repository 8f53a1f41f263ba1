"""The Quarto options that press knows: a name, and the kind of value it takes.

A name that is not here stops the build: better than a page that silently differs from Quarto's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from press.errors import BuildError, Fault

YES_NO = (bool,)
TEXT = (str,)
FOLD = (bool, "show")

CELL_OPTIONS: dict[str, tuple[Any, ...]] = {
    "label": TEXT,
    "echo": YES_NO,
    "eval": YES_NO,
    "include": YES_NO,
    "output": (bool, "asis"),
    "warning": YES_NO,
    "error": YES_NO,
    "code-fold": FOLD,
    "code-summary": TEXT,
    "fig-cap": TEXT,
    "fig-alt": TEXT,
    "tbl-cap": TEXT,
    "lst-label": TEXT,
    "lst-cap": TEXT,
    "filename": TEXT,
    "column": TEXT,
    "classes": (str, list),
    "tags": (list,),
}
EXECUTE_OPTIONS = {key: CELL_OPTIONS[key] for key in ("echo", "eval", "include", "output", "warning", "error")}
EXECUTE_OPTIONS |= {"enabled": YES_NO, "freeze": (bool, "auto"), "cache": YES_NO, "daemon": (bool, int)}
CHAPTER_OPTIONS: dict[str, tuple[Any, ...]] = {
    "title": TEXT,
    "subtitle": TEXT,
    "author": (str, list, dict),
    "abstract": TEXT,
    "description": TEXT,
    "jupyter": TEXT,
    "page-layout": ("article", "full"),
    "engine": ("jupyter",),
    "execute": (dict,),
    "code-fold": FOLD,
    "code-summary": TEXT,
    "toc": YES_NO,
    "toc-depth": (int,),
    "number-depth": (int,),
}


def check_options(
    given: Mapping[str, Any], known: Mapping[str, tuple[Any, ...]], what: str, file: str, line: int
) -> None:
    """Raise a `BuildError` for a name not in ``known`` or a value of the wrong kind."""
    faults = []
    for key, value in given.items():
        if key not in known:
            faults.append(Fault(file, line, f"{what} `{key}` is not supported (known: {', '.join(sorted(known))})"))
        elif not any(isinstance(value, kind) if isinstance(kind, type) else value == kind for kind in known[key]):
            kinds = " or ".join(kind.__name__ if isinstance(kind, type) else repr(kind) for kind in known[key])
            faults.append(Fault(file, line, f"{what} `{key}` is {value!r}; it takes {kinds}"))
    if faults:
        raise BuildError(faults)
