"""How long ``press`` takes, cold, warm and after an edit, in a copy of the sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.row import Row

ROOT = Path(__file__).resolve().parent.parent


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "book"
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            text=True,
            check=True,
            capture_output=True,
        )
        for name in listed.stdout.splitlines():
            if (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, copy / name)
        # Downloading packages is not part of a build.
        shutil.copytree(ROOT / "web" / "node_modules", copy / "web" / "node_modules", symlinks=True)
        cold = _build(copy)
        warm = _build(copy)
        chapter = copy / "chapters" / "02-landscape.qmd"
        chapter.write_text(chapter.read_text() + "\nOne more sentence.\n")
        edited = _build(copy)
        method = copy / "rlgeo" / "methods" / "grpo.py"
        method.write_text(method.read_text().replace("return (behind", "return 1.01 * (behind"))
        viewed = _build(copy, "from press.build import build; build(root, only=['chapters/06-grpo.qmd'])")
    return [
        Row("book from nothing", cold, "s", at_most=90),
        Row("book, nothing changed", warm, "s", at_most=15),
        Row("book, one sentence changed", edited, "s", at_most=15),
        Row("page in view of make serve, one formula changed", viewed, "s", at_most=15),
    ]


def _build(copy: Path, program: str = "from press.build import build; build(root)") -> float:
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", f"from pathlib import Path; root = Path.cwd(); {program}"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - start
