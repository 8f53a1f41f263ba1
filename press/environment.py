"""The environment of the programs that press starts: kernels, pandoc with its filters, pre-render commands."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def declared(root: Path) -> dict[str, str]:
    """Variables of the file `_environment`, which Quarto sets while it renders."""
    file = root / "_environment"
    lines = file.read_text(encoding="utf-8-sig").split("\n") if file.is_file() else []
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}


OF_THE_READER = {"PYTHONOPTIMIZE", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONWARNINGS", "MPLBACKEND", "PLOTLY_RENDERER"}
"""Habits of a machine that would change what the book's code prints, or skip what it asserts."""


def environment(root: Path, **more: str) -> dict[str, str]:
    """This process's variables, the book's own, and ``more``.

    The hash seed is fixed so that sets print alike; programs that pip installed, Node among them, come after the
    machine's own. A copy of the book computes with its own package, wherever its virtual environment came from.
    """
    given = {name: value for name, value in os.environ.items() if name not in OF_THE_READER}
    path = os.pathsep.join(filter(None, [given.get("PATH"), str(Path(sys.executable).parent)]))
    fixed = {"PATH": path, "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}
    if (root / "rlgeo").is_dir():
        fixed["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), given.get("PYTHONPATH")]))
    return given | fixed | declared(root) | more
