"""Results of earlier builds, kept under a name that says everything they depend on."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from press.own import is_cached, things_in

DIGITS = 32
SKIPPED = {"__pycache__", "node_modules", "dist"}


def digest(*parts: str | bytes) -> str:
    """SHA-256 of several texts, each with its length, so that no two lists of texts agree by chance."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(f"{len(data)}:".encode() + data)
    return total.hexdigest()


def tree_digest(folder: Path, suffixes: Iterable[str] = ()) -> str:
    """Digest of the files below a folder: names and contents."""
    found = tuple(suffixes)
    files = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not SKIPPED & set(path.parts) and (not found or path.suffix in found)
    ]
    return digest(*(part for path in files for part in (path.relative_to(folder).as_posix(), path.read_bytes())))


@cache
def versions() -> str:
    """Every installed distribution with its version: the lock that a result was made with."""
    pairs = {f"{d.metadata['Name']}=={d.version}" for d in importlib.metadata.distributions()}
    return "\n".join(sorted(pairs))


def store(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    partial.write_bytes(data)
    partial.replace(path)


class Cache:
    """JSON results in files below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.used: set[Path] = set()

    def _path(self, name: str, key: str) -> Path:
        return self.folder / f"{name.replace('/', '+')}-{key[:DIGITS]}.json"

    def get(self, name: str, key: str, make: Callable[[], Any]) -> Any:
        """The stored result of that name and key; made and stored where there is none, or a torn one."""
        path = self._path(name, key)
        self.used.add(path)
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
            path.touch()
        except (FileNotFoundError, ValueError):
            text = json.dumps(make())
            store(path, text.encode())
            value = json.loads(text)
        return value

    def has(self, name: str, key: str) -> bool:
        """Whether a result of that name and key is stored."""
        return self._path(name, key).is_file()

    def latest(self, name: str) -> Any:
        """The result of that name that was made or used last, whatever its key; None where there is none."""
        last = next(iter(self._stored(name)), None)
        return json.loads(last.read_text(encoding="utf-8")) if last and last.stat().st_size else None

    def _stored(self, name: str) -> list[Path]:
        """Files of a name, the last used first."""
        begins = f"{name.replace('/', '+')}-"
        found = (path for path in self.folder.glob("*.json") if path.stem[:-DIGITS] == begins)
        return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)

    def prune(self, name: str, keep: int = 4) -> None:
        """Forget all but the last used results of a name (and never one of this build)."""
        for path in self._stored(name)[keep:]:
            if path not in self.used:
                path.unlink(missing_ok=True)


def sweep(folder: Path, days: float = 30) -> None:
    """Forget what no build has used for so many days: results of chapters that are gone, old pictures of figures."""
    oldest = time.time() - days * 86400
    for path in things_in(folder):
        if is_cached(path, folder) and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
