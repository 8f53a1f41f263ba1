"""The Quarto options that press knows: a name, and the kind of value it takes.

A name that is not here stops the build: better than a page that silently differs from Quarto's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from press.errors import Fault

DIST = "_extensions/rlgeo/dist"
Kinds = dict[str, tuple[Any, ...]]


def each(names: str, *kinds: Any) -> Kinds:
    """The same kinds for several names."""
    return dict.fromkeys(names.split(), kinds)


CODE = each("code-summary", str) | each("code-fold", bool, "show")
CONTENTS = each("toc", bool) | each("toc-depth number-depth", int)
RUNS = each("echo eval include warning error", bool) | each("output", bool, "asis")
CELL_OPTIONS = RUNS | CODE | each("label fig-cap fig-alt tbl-cap lst-label lst-cap filename column", str)
CELL_OPTIONS |= each("classes", str, list) | each("tags", list)
EXECUTE_OPTIONS = RUNS | each("enabled cache", bool) | each("freeze", bool, "auto") | each("daemon", bool, int)
JUPYTER, NUMBERED = each("jupyter", "python3"), each("number-sections", bool)
CHAPTER_OPTIONS = CODE | CONTENTS | JUPYTER | each("title subtitle abstract description", str) | each("execute", dict)
CHAPTER_OPTIONS |= each("author", str, list, dict) | each("page-layout", "article", "full") | each("engine", "jupyter")

PROJECT_SETTINGS = each("type", str) | each("output-dir", str, type(None)) | each("execute-dir", "project", "file")
PROJECT_SETTINGS |= each("pre-render post-render resources", str, list) | each("preview", dict)
BOOK_SETTINGS = each("subtitle description repo-url repo-branch site-url page-footer image-alt", str)
BOOK_SETTINGS |= each("title", str, int, float, type(None)) | each("author", str, list, dict)
BOOK_SETTINGS |= each("chapters", list) | each("appendices", list, type(None)) | each("repo-actions", list, str)
BOOK_SETTINGS |= each("open-graph twitter-card search page-navigation", True) | each("sidebar", {"id": "book"})
BOOK_SETTINGS |= each("favicon", "_extensions/rlgeo/dist/favicon.svg") | each(
    "image", "/_extensions/rlgeo/dist/card.png"
)
TOP_SETTINGS = CODE | CONTENTS | NUMBERED | JUPYTER | each("project book execute", dict) | each("format", dict, str)
TOP_SETTINGS |= each("bibliography", str, list) | each("csl", str) | each("link-citations", True)
TOP_SETTINGS |= each("filters", ["quarto", "rlgeo"]) | each("lang", re.compile(r"en(-\w+)*"))
HTML_SETTINGS = CODE | CONTENTS | NUMBERED | each("theme", dict, list, str) | each("html-math-method", "katex")
HTML_SETTINGS |= each("respect-user-color-scheme code-copy anchor-sections citations-hover canonical-url", True)
HTML_SETTINGS |= each("code-link crossrefs-hover link-external-newwindow", False) | each("toc-title", "On this page")
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
