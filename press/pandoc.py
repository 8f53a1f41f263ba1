"""Run pandoc (the program that comes with `pypandoc_binary`)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pypandoc

from press.environment import environment

HERE = Path(__file__).parent
WRONG = ("Could not convert TeX math", "closing implicitly")
"""Warnings of pandoc that leave something wrong on the page."""


@cache
def program() -> str:
    """Path of the pandoc executable."""
    return str(pypandoc.get_pandoc_path())


@cache
def version() -> str:
    """Version of pandoc."""
    return str(pypandoc.get_pandoc_version())


class PandocError(Exception):
    """pandoc or one of its filters stopped."""


def pandoc(source: str, arguments: Iterable[str | Path], folder: Path) -> str:
    """Convert ``source`` in ``folder``; return pandoc's output or raise `PandocError` with what it said."""
    command = [program(), *map(str, arguments)]
    env = environment(folder)
    done = subprocess.run(
        command, input=source, capture_output=True, encoding="utf-8", cwd=folder, env=env, check=False
    )
    if done.returncode or any(words in done.stderr for words in WRONG):
        raise PandocError(done.stderr.strip())
    return done.stdout


def lua(name: str) -> list[str]:
    """Arguments that run one of press's Lua filters."""
    return ["--lua-filter", str(HERE / f"{name}.lua")]


def metadata(values: dict[str, Any]) -> list[str]:
    """Arguments that set metadata fields; empty ones are left out."""
    return [part for key, value in values.items() if value not in (None, "") for part in ("-M", f"{key}={value}")]


def bibliography_keys(files: Iterable[Path], folder: Path) -> set[str]:
    """Citation keys that the bibliography defines."""
    keys: set[str] = set()
    for file in files:
        kind = {".json": "csljson", ".yaml": "markdown"}.get(file.suffix, "biblatex")
        entries = json.loads(pandoc(file.read_text(encoding="utf-8"), ["-f", kind, "-t", "csljson"], folder))
        keys |= {str(entry["id"]) for entry in entries}
    return keys
