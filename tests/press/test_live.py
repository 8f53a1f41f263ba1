"""Programs that run until someone stops them: the server that rebuilds, and a build that is interrupted."""

from __future__ import annotations

import os
import random
import resource
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
    """Then the other pages, and the page's own Python, which a command before rendering makes, last."""
    cell = "# {0}\n\n```{{python}}\nimport pathlib, time, rule\n{1}print('it is', rule.value)\n```\n"
    waits = "while rule.value == 'new' and not pathlib.Path('go').exists(): time.sleep(0.1)\n"
    made = book({"a.qmd": cell.format("Alpha", waits), "b.qmd": cell.format("Beta", ""), "rule.py": "value = 'old'\n"})
    made.write("note.py", "import os\nopen('made', 'a').write(os.environ['RLGEO_PAGE_PYTHON'] + ' ')\n")
    config = made.root / "_quarto.yml"
    config.write_text(config.read_text().replace("  type: book", "  type: book\n  pre-render: python note.py"))
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
        assert "yes" not in (made.root / "made").read_text()
        until(lambda: shows("a", "new"))
        until(lambda: "yes" in (made.root / "made").read_text())


def test_a_cell_without_end_is_stopped_when_its_chapter_is_saved(book: Make) -> None:
    made = book({"a.qmd": "# Alpha\n\n```{python}\nopen('begun', 'w')\nwhile True: pass\n```\n"})
    port = free_port()
    with running(made, "serve", "--port", str(port)) as server:
        until((made.root / "begun").exists)
        made.write("a.qmd", "# Alpha\n\nThe end.\n")
        until(lambda: (made.root / "_site/a.html").exists() and "The end." in made.page("a.html"), 20)
        server.send_signal(signal.SIGINT)
        said, _ = server.communicate(timeout=30)
    assert "error: a.qmd:3: the Python kernel was stopped in this cell" in said
    assert "Traceback" not in said


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


ROUGH = {
    "a.qmd": "# A\n\n```{python}\nprint(sum(range(10)))\n```\n\n$x^2$ and [b](b.qmd)\n",
    "b.qmd": "# B\n\n![Dot](dot.svg){#fig-dot}\n",
    "dot.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>',
    "notes/mine.txt": "mine\n",
    "_site.old/mine.txt": "mine\n",
}


def sources(made: SmallBook) -> dict[str, bytes]:
    found = (path for path in made.root.rglob("*") if path.is_file() and not path.is_relative_to(made.root / ".press"))
    names = {path.relative_to(made.root).as_posix(): path for path in found}
    return {name: path.read_bytes() for name, path in names.items() if not name.startswith("_site")} | {
        name: names[name].read_bytes() for name in ROUGH
    }


def site(made: SmallBook) -> dict[str, bytes]:
    folder = made.root / "_site"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("bundle")
def test_a_build_that_is_cut_off_anywhere_loses_nothing(book: Make) -> None:
    """Killed at random moments, without Node, without room on the disk: all is there, and the next build is right."""
    made = book(ROUGH)
    assert made.main("build") == 0
    plain = site(made)
    assert made.main("pdf") == 0
    whole, written = site(made), sources(made)
    moments = random.Random(7)
    for words in (["pdf"], ["clean"], ["pdf"], ["build"], ["clean"], ["build"]):
        with running(made, *words) as process:
            time.sleep(moments.uniform(0.4, 1.6))
            process.kill()
        assert sources(made) == written
        assert site(made) in (whole, plain, {})
    command = [sys.executable, "-m", "press", "--root", str(made.root), "--quiet", "pdf"]
    assert made.main("pdf") == 0
    assert site(made) == whole
    made.write("a.qmd", ROUGH["a.qmd"].replace("x^2", "x^3 + `{python} 1`"))
    (made.root / "dot.svg").write_text(ROUGH["dot.svg"].replace('r="4"', 'r="3"'))
    written = sources(made)

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    for env, limit in (({"RLGEO_NODE": "/no/such/node"}, None), ({}, no_room)):
        env = {**os.environ, **env}
        done = subprocess.run(command, cwd=ROOT, env=env, preexec_fn=limit, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "error: " in done.stderr
        assert "Traceback" not in done.stderr
        assert site(made) == whole
        assert sources(made) == written
    assert made.main("pdf") == 0
    assert not list(made.root.glob("*.press-*"))
    assert site(made)["b.html"] == whole["b.html"]
    assert site(made)["a.html"] != whole["a.html"]
    assert site(made)["dot.svg"] != whole["dot.svg"]
