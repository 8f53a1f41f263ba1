"""Rebuild what changed while someone writes, and reload the page in the browser.

A change of `rlgeo` makes every chapter's results old. The page in the browser comes first, in seconds; the others
are executed while nobody writes.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any

import livereload.server
from livereload.server import LiveScriptInjector, Server
from watchfiles import watch

from press.build import build
from press.cache import Cache
from press.chapter import is_fresh
from press.config import load
from press.drafts import read_all
from press.errors import BuildError
from press.kernels import halt
from press.together import WORKERS

IGNORED = {".git", ".venv", ".press", "node_modules", "__pycache__", "dist", "generated", "notebooks", "tests"}
SUFFIXES = {".qmd", ".yml", ".py", ".lua", ".bib", ".html", ".js", ".mjs", ".css", ".scss", ".svg", ".png", ".json"}
IDLE = 300
"""Milliseconds without a change after which older work goes on."""


class Injector(LiveScriptInjector):  # type: ignore[misc]
    """Note which page is asked for, and have it load livereload's script."""

    page = "index.html"

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        if request.path.endswith((".html", "/")):
            Injector.page = (request.path + "index.html" * request.path.endswith("/")).lstrip("/")

    def transform_first_chunk(self, status: int, headers: Any, chunk: bytes, finishing: bool) -> Any:
        """Name the script as a file of this server: the pages' security policy allows no inline script."""
        self.script = b'<script src="/livereload.js" defer></script>'
        return super().transform_first_chunk(status, headers, chunk, finishing)


def matters(root: Path, output: Path, path: Path) -> bool:
    """Whether a change of this file can change the site."""
    if path.suffix not in SUFFIXES or not path.is_relative_to(root):
        return False
    parts = path.relative_to(root).parts
    return not IGNORED & set(parts) and not path.is_relative_to(output) and ".press-" not in str(path)


def rebuild(root: Path, only: Collection[str] | None = None) -> list[str] | None:
    """Build once more, and name the chapters whose results are older than the code.

    What is wrong is said instead of raised; then there is no new site, and None.
    """
    try:
        build(root, only=only)
        book = load(root)
        cache = Cache(book.work / "cache")
        return [source.chapter.source for source in read_all(book) if not is_fresh(book, source, cache)]
    except BuildError as error:
        for fault in error.faults:
            print(f"error: {fault}", flush=True)
        print("press: the page shows the last good build; waiting for the next change", flush=True)
        return None


def follow(root: Path, output: Path, signal: Path, stop: threading.Event) -> None:
    """Rebuild on every change; touch ``signal`` when the page in the browser is worth loading again."""
    old: list[str] | None = None
    changes = watch(
        root,
        watch_filter=lambda _, path: matters(root, output, Path(path)),
        stop_event=stop,
        rust_timeout=IDLE,
        yield_on_timeout=True,
    )
    for changed in changes:
        if changed:
            names = sorted({Path(path).relative_to(root).as_posix() for _, path in changed})
            print(f"changed: {', '.join(names)}", flush=True)
            old = rebuild(root, [*names, Path(Injector.page).with_suffix(".qmd").as_posix()])
            if old is not None:
                signal.touch()
        elif old:
            print(f"press: {len(old)} chapters show results of the code before", flush=True)
            old = rebuild(root, old[:WORKERS])


def serve(root: Path, port: int) -> None:
    """Build, serve the site on this machine only, and rebuild on every change until interrupted."""
    rebuild(root)
    book = load(root)
    signal, stop = book.work / "reload", threading.Event()
    signal.parent.mkdir(parents=True, exist_ok=True)
    signal.touch()
    thread = threading.Thread(target=follow, args=(root, book.output, signal, stop), daemon=True)
    thread.start()
    livereload.server.LiveScriptInjector = Injector
    server = Server()
    server.watch(str(signal), delay=0)
    print(f"press: http://127.0.0.1:{port}/ (Ctrl-C stops)", flush=True)
    try:
        server.serve(root=str(book.output), host="127.0.0.1", port=port, open_url_delay=None)
    finally:
        stop.set()
        halt()
        thread.join()
