"""Rebuild what changed while someone writes, and reload the page in the browser.

A change of `rlgeo` makes every chapter's results old. The page in the browser comes first, in seconds; the others
are executed while nobody writes.
"""

from __future__ import annotations

import os
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
from press.kernels import go_on, halt
from press.own import check_own
from press.together import WORKERS

IGNORED = {".git", ".venv", ".press", "node_modules", "__pycache__", "dist", "generated", "notebooks", "tests"}
SUFFIXES = {".qmd", ".yml", ".py", ".lua", ".bib", ".html", ".js", ".mjs", ".css", ".scss", ".svg", ".png", ".json"}
PYTHON = "RLGEO_PAGE_PYTHON"
"""Whether pages run Python: ``no``, ``yes``, or the one that is there (``keep``)."""
IDLE = 0.3
"""Seconds without a change after which older work goes on."""


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
    except (BuildError, OSError) as error:
        for fault in getattr(error, "faults", [error]):
            print(f"error: {fault}", flush=True)
        print("press: the page shows the last good build; waiting for the next change", flush=True)
        return None


class Changes:
    """What has changed since the last build began. A change stops the cells that run: they are old already."""

    def __init__(self, root: Path, output: Path) -> None:
        self.root, self.output = root, output
        self.names: set[str] = set()
        self.news, self.end, self.lock = threading.Event(), threading.Event(), threading.Lock()

    def collect(self) -> None:
        """Follow the files until the server ends."""

        def heed(_: Any, path: str) -> bool:
            return matters(self.root, self.output, Path(path))

        for changed in watch(self.root, watch_filter=heed, stop_event=self.end):
            with self.lock:
                self.names |= {Path(path).relative_to(self.root).as_posix() for _, path in changed}
                halt()
                self.news.set()

    def take(self, seconds: float | None) -> list[str]:
        """Wait for changes, and take them."""
        self.news.wait(seconds)
        with self.lock:
            self.news.clear()
            taken, self.names = sorted(self.names), set()
            if not self.end.is_set():
                go_on()
        return taken


def follow(changes: Changes, signal: Path) -> None:
    """Rebuild on every change; touch ``signal`` when the page in the browser is worth loading again.

    The page's own Python, which takes longest to make, comes after everything else.
    """
    old, late = rebuild(changes.root), False
    signal.touch()
    while not changes.end.is_set():
        names = changes.take(IDLE if old or late else None)
        if changes.end.is_set():
            break
        if names:
            print(f"changed: {', '.join(names)}", flush=True)
            late = os.environ.get(PYTHON) == "keep" and (late or any(name.endswith(".py") for name in names))
            old = rebuild(changes.root, [*names, Path(Injector.page).with_suffix(".qmd").as_posix()])
            if old is not None:
                signal.touch()
        elif old:
            print(f"press: {len(old)} chapters show results of the code before", flush=True)
            old = rebuild(changes.root, old[:WORKERS])
        elif late:
            os.environ[PYTHON], late = "yes", False
            old = rebuild(changes.root, [])
            os.environ[PYTHON] = "keep"


def serve(root: Path, port: int) -> None:
    """Build, serve the site on this machine only, and rebuild on every change until interrupted."""
    book = load(root)
    check_own(book)
    os.environ.setdefault(PYTHON, "keep")  # to make it again takes longer than the page
    signal, changes = book.work / "reload", Changes(root, book.output)
    signal.parent.mkdir(parents=True, exist_ok=True)
    signal.touch()
    threads = [threading.Thread(target=changes.collect), threading.Thread(target=follow, args=(changes, signal))]
    for thread in threads:
        thread.start()
    livereload.server.LiveScriptInjector = Injector
    server = Server()
    server.watch(str(signal), delay=0)
    print(f"press: http://127.0.0.1:{port}/ (Ctrl-C stops)", flush=True)
    try:
        server.serve(root=str(book.output), host="127.0.0.1", port=port, open_url_delay=None)
    finally:
        changes.end.set()
        halt()
        changes.news.set()
        for thread in threads:
            thread.join()
