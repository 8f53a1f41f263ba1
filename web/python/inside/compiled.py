"""Compile no source twice: after a change, the files that are as they were only run again."""

from __future__ import annotations

from importlib.machinery import SourceFileLoader
from types import CodeType
from typing import Any

KNOWN: dict[str, tuple[bytes, CodeType]] = {}
"""Path → its source, and what that compiled to."""


def remember() -> None:
    """Keep what every source file compiles to."""
    usual = SourceFileLoader.source_to_code

    def source_to_code(self: Any, data: bytes, path: str, *more: Any, **options: Any) -> CodeType:
        if path not in KNOWN or KNOWN[path][0] != data:
            KNOWN[path] = data, usual(self, data, path, *more, **options)
        return KNOWN[path][1]

    SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign,assignment]
