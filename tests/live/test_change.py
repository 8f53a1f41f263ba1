"""Edit rlgeo, and the lab has changed: in temporary copies, by the same build and no other edit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pages as make
import pytest
from pages import opened
from parity import ROOT

pytestmark = pytest.mark.slow

METHOD = '''"""A seventh method: policy gradient without a baseline."""

from dataclasses import dataclass
from typing import ClassVar

from rlgeo.methods.pg import PG
from rlgeo.arguments.parameters import hyperparameter


@dataclass(frozen=True)
class Bare(PG):
    """REINFORCE: rewards as they come."""

    name: ClassVar[str] = "BARE"
    offset: float = hyperparameter(0.0, "o", (-1, 1), 0.1, "subtracted from every reward", allowed="(-inf, inf)")

    def advantages(self, state, batch):
        """r_i minus a constant."""
        return batch.rewards - self.offset
'''


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the bundle is made from."""
    for name in ("rlgeo", "web"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("node_modules", "generated", "__pycache__")
        )
    shutil.copytree(ROOT / "chapters", tmp_path / "chapters", ignore=shutil.ignore_patterns("notebooks"))
    for path in (ROOT / "_quarto.yml", *ROOT.glob("*.qmd")):  # the card for link previews tells of the book
        shutil.copy(path, tmp_path)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def python(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the copy's rlgeo."""
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def bundle(root: Path) -> None:
    (root / "web" / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    environment = {**os.environ, "RLGEO_PAGE_PYTHON": "no"}  # which is not looked at here, and takes its time
    command = [sys.executable, "web/prebuild.py"]
    built = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (root / "dist").symlink_to(root / "_extensions" / "rlgeo" / "dist")


@pytest.mark.browser
def test_a_changed_formula_is_seen_in_the_browser(copy: Path, pages: Path, browser: Any) -> None:
    numbers = "lab => { for (let i = 0; i < 9; i++) lab.act('step'); return lab.run.state.policy.mean; }"
    with opened(browser, make.write(pages, "grpo", {"seed": 1})) as lab:
        usual, drawn = lab.do(numbers), lab.picture()
    edit(
        copy / "rlgeo" / "methods" / "grpo.py",
        "ddof=1, keepdims=True) + std_offset",
        "ddof=0, keepdims=True) + std_offset",
    )
    bundle(copy)
    with opened(browser, make.write(copy, "grpo", {"seed": 1})) as lab:
        assert lab.do(numbers) != usual
        assert lab.picture() != drawn


IN_PYTHON = """
from rlgeo import METHODS, Problem, compare, figures
from rlgeo.figures import tables
assert list(METHODS)[-1] == "BARE", list(METHODS)
assert ["BARE", "$o$", "`offset`"] in [row[:3] for row in tables.hyperparameters().rows]
trained = compare(Problem(), steps=3)
assert "BARE" in trained
assert "BARE" in [row[0] for row in figures.cost_table(Problem(), trained).rows]
assert "BARE" in [trace.name for trace in figures.lab("compare").data]
"""


@pytest.mark.browser
def test_a_new_method_appears_by_itself(copy: Path, browser: Any) -> None:
    (copy / "rlgeo" / "methods" / "bare.py").write_text(METHOD, encoding="utf-8")
    package = copy / "rlgeo" / "methods" / "__init__.py"
    listed = next(line for line in package.read_text(encoding="utf-8").splitlines() if line.startswith("METHODS:"))
    edit(package, listed, listed.replace(")}", ", Bare)}"))
    edit(package, "from rlgeo.methods.base", "from rlgeo.methods.bare import Bare\nfrom rlgeo.methods.base")
    done = python(copy, "-c", IN_PYTHON)
    assert done.returncode == 0, done.stderr
    bundle(copy)
    with opened(browser, make.write(copy)) as lab:
        lab.page.get_by_role("radio", name="BARE", exact=True).check()
        for _ in range(5):
            lab.press("Step")
        assert lab.policy() != {"mean": 0, "std": 1}
        assert lab.page.locator("input[data-name=offset]").is_visible()
        lab.drawer("Batch and traces")
        assert lab.page.locator("[data-panel=advantages]").is_visible()
        lab.page.get_by_role("radio", name="Compare").check()
        assert lab.page.locator(".rl-lab-toggles input[data-name=BARE]").is_checked()


def test_what_cannot_be_traced_stops_the_build_with_its_place(copy: Path) -> None:
    path = copy / "rlgeo" / "methods" / "pg.py"
    old = "return batch.rewards - np.mean(batch.rewards, axis=-1, keepdims=True)"
    edit(path, old, "return batch.rewards if batch.rewards.sum() > 0 else -batch.rewards")
    line = next(i for i, text in enumerate(path.read_text().splitlines(), 1) if "if batch.rewards.sum()" in text)
    done = python(copy, "-m", "rlgeo.live")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "PG.advantages" in done.stderr
    assert f"methods/pg.py:{line}" in done.stderr.replace(os.sep, "/")
    assert "Traceback" not in done.stderr
