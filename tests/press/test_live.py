"""Programs that run until someone stops them: the server that rebuilds, and a build that is interrupted."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.press.conftest import ROOT, SmallBook

Make = Callable[..., SmallBook]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="interrupts with signals")


@contextmanager
def running(made: SmallBook, *words: str) -> Iterator[subprocess.Popen[str]]:
    """press on a book, in a process of its own that never outlives the test."""
    command = [sys.executable, "-m", "press", "--root", str(made.root), *words]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(what: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_the_server_rebuilds_a_chapter_that_changes(book: Make) -> None:
    made = book({"a.qmd": "# Alpha\n\nBefore.\n"})
    address = f"http://127.0.0.1:{free_port()}/a.html"

    def shows(words: str) -> bool:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return words in answer.read().decode()
        except (OSError, HTTPException):  # not there yet, or replaced while it was read
            return False

    with running(made, "serve", "--port", address.split(":")[2].split("/")[0]) as server:
        until(lambda: shows("Before."))
        assert shows("livereload.js")
        made.write("a.qmd", "# Alpha\n\nAfter, @fig-none.\n")
        time.sleep(2)
        assert shows("Before.")
        made.write("a.qmd", "# Alpha\n\nAfter.\n")
        until(lambda: shows("After."))
        server.send_signal(signal.SIGINT)
        said, _ = server.communicate(timeout=30)
        assert "error: a.qmd:3: the reference @fig-none is not defined" in said
        assert "Traceback" not in said


def test_a_changed_formula_reaches_the_page_in_view_first(book: Make) -> None:
    cell = "# {0}\n\n```{{python}}\nimport pathlib, time, rule\n{1}print('it is', rule.value)\n```\n"
    waits = "while rule.value == 'new' and not pathlib.Path('go').exists(): time.sleep(0.1)\n"
    made = book({"a.qmd": cell.format("Alpha", waits), "b.qmd": cell.format("Beta", ""), "rule.py": "value = 'old'\n"})
    port = free_port()

    def shows(page: str, words: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}.html", timeout=10) as answer:
                return f"it is {words}" in answer.read().decode()
        except (OSError, HTTPException):  # not there yet, or replaced while it was read
            return False

    with running(made, "serve", "--port", str(port)):
        until(lambda: shows("b", "old"))
        made.write("rule.py", "value = 'new'\n")
        until(lambda: shows("b", "new"))
        assert (made.root / "_site" / "a.html").read_text().count("it is old") == 1
        made.write("go", "")
        until(lambda: shows("a", "new"))


def alive(process: int) -> bool:
    """Whether a process runs (a dead one that nobody has waited for does not)."""
    state = Path(f"/proc/{process}/stat")
    if state.is_file():
        return state.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return not Path("/proc").is_dir()


def test_an_interrupted_build_leaves_no_kernel_behind(book: Make) -> None:
    slow = (
        "# {0}\n\n```{{python}}\nimport os, time\nopen('{0}.pid', 'w').write(str(os.getpid()))\ntime.sleep(120)\n```\n"
    )
    made = book({f"{name}.qmd": slow.format(name) for name in "abc"})
    pids = [made.root / "a.pid", made.root / "b.pid"]
    with running(made, "build") as build:
        until(lambda: all(path.is_file() and path.read_text() for path in pids))
        build.send_signal(signal.SIGINT)
        said, _ = build.communicate(timeout=30)
        assert build.returncode == 130
    assert said.endswith("press: interrupted.\n")
    assert "Traceback" not in said
    assert not (made.root / "c.pid").exists()
    assert not list(made.root.glob("_site*"))
    until(lambda: not any(alive(int(path.read_text())) for path in pids), 10)
