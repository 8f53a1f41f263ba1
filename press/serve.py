"""Rebuild what changed while someone writes, and reload the page in the browser."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import livereload.server
from livereload.server import LiveScriptInjector, Server
from watchfiles import watch

from press.build import build
from press.config import load
from press.errors import BuildError
from press.kernels import halt

IGNORED = {".git", ".venv", ".press", "node_modules", "__pycache__", "dist", "generated", "notebooks", "tests"}
SUFFIXES = {".qmd", ".yml", ".py", ".lua", ".bib", ".html", ".js", ".mjs", ".css", ".scss", ".svg", ".png", ".json"}


class FileInjector(LiveScriptInjector):  # type: ignore[misc]
    """Name livereload's script as a file of this server: the pages' security policy allows no inline script."""

    def transform_first_chunk(self, status: int, headers: Any, chunk: bytes, finishing: bool) -> Any:
        self.script = b'<script src="/livereload.js" defer></script>'
        return super().transform_first_chunk(status, headers, chunk, finishing)


def matters(root: Path, output: Path, path: Path) -> bool:
    """Whether a change of this file can change the site."""
    if path.suffix not in SUFFIXES or not path.is_relative_to(root):
        return False
    parts = path.relative_to(root).parts
    return not IGNORED & set(parts) and not parts[0].startswith(output.name)


def rebuild(root: Path) -> bool:
    """Build once more; say what is wrong instead of stopping."""
    try:
        build(root)
    except BuildError as error:
        for fault in error.faults:
            print(f"error: {fault}", flush=True)
        print("press: the page shows the last good build; waiting for the next change", flush=True)
        return False
    return True


def serve(root: Path, port: int) -> None:
    """Build, serve the site on this machine only, and rebuild on every change until interrupted."""
    rebuild(root)
    output = load(root).output
    stop = threading.Event()

    def follow() -> None:
        changes = watch(root, watch_filter=lambda _, path: matters(root, output, Path(path)), stop_event=stop)
        for changed in changes:
            names = ", ".join(sorted({Path(path).relative_to(root).as_posix() for _, path in changed}))
            print(f"changed: {names}", flush=True)
            rebuild(root)

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    livereload.server.LiveScriptInjector = FileInjector
    server = Server()
    server.watch(str(output / "index.html"), delay=0)
    print(f"press: http://127.0.0.1:{port}/ (Ctrl-C stops)", flush=True)
    try:
        server.serve(root=str(output), host="127.0.0.1", port=port, open_url_delay=None)
    finally:
        stop.set()
        halt()
        thread.join()
