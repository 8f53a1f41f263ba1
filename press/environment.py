"""The environment of the programs that press starts: kernels, pandoc with its filters, pre-render commands."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def declared(root: Path) -> dict[str, str]:
    """Variables of the file `_environment`, which Quarto sets while it renders."""
    file = root / "_environment"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}


def environment(root: Path, **more: str) -> dict[str, str]:
    """This process's variables, the book's own, and ``more``.

    The hash seed is fixed so that sets print alike; programs that pip installed, Node among them, come after the
    machine's own.
    """
    own = str(Path(sys.executable).parent)
    path = os.pathsep.join(filter(None, [os.environ.get("PATH"), own]))
    return {"PYTHONHASHSEED": "0"} | dict(os.environ) | {"PATH": path, "LC_ALL": "C.UTF-8"} | declared(root) | more
