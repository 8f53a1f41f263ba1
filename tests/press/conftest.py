"""Small books on disk, made from a few strings."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from press.__main__ import main

ROOT = Path(__file__).parents[2]
CONFIG = """
project:
  type: book
  output-dir: _site
book:
  title: A Test Book
  author: Ann Author
  site-url: https://example.org/book
  chapters: [{chapters}]
  appendices: [{appendices}]
bibliography: references.bib
number-sections: true
number-depth: 3
{more}"""
BIBLIOGRAPHY = """
@article{doe2020, author = {Doe, Jane}, title = {On things}, journal = {J. Tests}, year = {2020}}
@book{roe2021, author = {Roe, Rich}, title = {A book}, publisher = {P}, year = {2021}}
"""


class SmallBook:
    """A book in a temporary folder; `main` runs a command of press on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "_extensions").symlink_to(ROOT / "_extensions")
        self.write("references.bib", BIBLIOGRAPHY)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def main(self, *words: str) -> int:
        return main(["--root", str(self.root), "--quiet", *words])

    def page(self, name: str) -> str:
        return (self.root / "_site" / name).read_text(encoding="utf-8")


def write_book(root: Path, files: dict[str, str], *, listed: list[str] | None = None, more: str = "") -> SmallBook:
    """Write a book: its chapters by file name; those that begin with `A-` are appendices."""
    made = SmallBook(root)
    files = {"index.qmd": "# Preface {.unnumbered}\n\nHello.\n", **files}
    for name, text in files.items():
        made.write(name, text)
    names = listed if listed is not None else [name for name in files if name.endswith(".qmd")]
    appendices = [name for name in names if Path(name).name.startswith("A-")]
    chapters = [name for name in names if name not in appendices]
    made.write("_quarto.yml", CONFIG.format(chapters=", ".join(chapters), appendices=", ".join(appendices), more=more))
    return made


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., SmallBook]:
    """`write_book` in a folder of the test's own, on a fixed date."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    return partial(write_book, tmp_path)


@pytest.fixture(scope="session")
def bundle() -> None:
    """The web bundle, built where that is possible: formulas need its KaTeX."""
    if not (ROOT / "_extensions/rlgeo/dist/katex-render.cjs").is_file():
        done = subprocess.run([sys.executable, str(ROOT / "web/prebuild.py")], capture_output=True, check=False)
        if done.returncode:
            pytest.skip("the web bundle is not built and cannot be built here")
