"""The Quarto options that press knows: a name, and the kind of value it takes.

A name that is not here stops the build: better than a page that silently differs from Quarto's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from press.errors import Fault

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
    "jupyter": ("python3",),
    "page-layout": ("article", "full"),
    "engine": ("jupyter",),
    "execute": (dict,),
    "code-fold": FOLD,
    "code-summary": TEXT,
    "toc": YES_NO,
    "toc-depth": (int,),
    "number-depth": (int,),
}


PROJECT_SETTINGS: dict[str, tuple[Any, ...]] = {
    "type": TEXT,
    "output-dir": (str, type(None)),
    "pre-render": (str, list),
    "post-render": (str, list),
    "resources": (str, list),
    "execute-dir": ("project", "file"),
    "preview": (dict,),
}
BOOK_SETTINGS: dict[str, tuple[Any, ...]] = {
    "title": (str, int, float, type(None)),
    "subtitle": TEXT,
    "author": (str, list, dict),
    "description": TEXT,
    "chapters": (list,),
    "appendices": (list, type(None)),
    "repo-url": TEXT,
    "repo-branch": TEXT,
    "repo-actions": (list, str),
    "site-url": TEXT,
    "page-footer": TEXT,
    "open-graph": (True,),
    "twitter-card": (True,),
    "search": (True,),
    "sidebar": ({"id": "book"},),
    "page-navigation": (True,),
    "favicon": ("_extensions/rlgeo/dist/favicon.svg",),
    "image": ("/_extensions/rlgeo/dist/card.png",),
    "image-alt": TEXT,
}
TOP_SETTINGS: dict[str, tuple[Any, ...]] = {
    "project": (dict,),
    "book": (dict,),
    "format": (dict, str),
    "bibliography": (str, list),
    "csl": TEXT,
    "filters": (["quarto", "rlgeo"],),
    "execute": (dict,),
    "jupyter": ("python3",),
    "lang": (re.compile(r"en(-\w+)*"),),
    "number-sections": YES_NO,
    "number-depth": (int,),
    "toc": YES_NO,
    "toc-depth": (int,),
    "link-citations": (True,),
    "code-fold": FOLD,
    "code-summary": TEXT,
}
HTML_SETTINGS: dict[str, tuple[Any, ...]] = {
    **{key: TOP_SETTINGS[key] for key in ("number-sections", "number-depth", "toc", "toc-depth")},
    **{key: TOP_SETTINGS[key] for key in ("code-fold", "code-summary")},
    "theme": (dict, list, str),
    "respect-user-color-scheme": (True,),
    "html-math-method": ("katex",),
    "code-copy": (True,),
    "code-link": (False,),
    "anchor-sections": (True,),
    "toc-title": ("On this page",),
    "citations-hover": (True,),
    "crossrefs-hover": (False,),
    "link-external-newwindow": (False,),
    "canonical-url": (True,),
}
"""The theme is Quarto's matter: press's pages have the same look from the bundle."""


def fits(value: Any, kind: Any) -> bool:
    """Whether a value is of a kind: a type, a pattern, or that very value."""
    if isinstance(kind, re.Pattern):
        return isinstance(value, str) and kind.fullmatch(value) is not None
    if isinstance(kind, type):
        return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    return bool(value == kind)


def named(kind: Any) -> str:
    """How a message calls a kind."""
    if isinstance(kind, re.Pattern):
        return "English (en, en-GB), the language of its own words; the Quarto CLI has others"
    return kind.__name__ if isinstance(kind, type) else str(kind).lower() if isinstance(kind, bool) else repr(kind)


def check_options(
    given: Mapping[str, Any],
    known: Mapping[str, tuple[Any, ...]],
    what: str,
    file: str,
    line: int | Callable[[str], int],
) -> list[Fault]:
    """A fault for each name not in ``known`` and each value of the wrong kind."""
    faults = []
    for key, value in given.items():
        at = line if isinstance(line, int) else line(str(key))
        if key not in known:
            faults.append(Fault(file, at, f"{what} `{key}` is not supported (known: {', '.join(sorted(known))})"))
        elif not any(fits(value, kind) for kind in known[key]):
            kinds = " or ".join(map(named, known[key]))
            faults.append(Fault(file, at, f"{what} `{key}` is {value!r}; press does only {kinds}"))
    return faults
