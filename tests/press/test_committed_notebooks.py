"""The committed notebooks: those of the chapters as they stand, small, and the same on every machine."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from press.config import load
from press.drafts import read_all
from press.notebooks import PLOTLY, check_notebooks, make_notebooks
from press.progress import Progress
from tests.press.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "chapters/notebooks").glob("*.ipynb"))
OF_A_MACHINE = re.compile(r"0x[0-9a-f]{6,}|(?<![\w.])/(?:work|tmp|home|root|usr|opt|Users)/|[A-Z]:\\\\|Traceback")

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def without_figures(text: str) -> dict[str, Any]:
    """A notebook without what its figures draw, whose last digits may differ between processors."""
    data: dict[str, Any] = json.loads(text)
    for output in (output for cell in data["cells"] for output in cell.get("outputs", ())):
        if PLOTLY in output.get("data", {}):
            output["data"][PLOTLY] = None
    return data


def test_every_notebook_is_in_step_with_its_chapter() -> None:
    check_notebooks(load(ROOT), read_all(load(ROOT)))


@pytest.mark.slow
def test_notebooks_are_what_the_book_would_write_now() -> None:
    """Every number in their prose too; quick where the book has been built, as its results serve both."""
    book = load(ROOT)
    with Progress(len(book.chapters), quiet=True) as progress:
        made = make_notebooks(book, read_all(book), progress)
    assert sorted(made) == NOTEBOOKS
    for path, text in made.items():
        assert without_figures(path.read_text(encoding="utf-8")) == without_figures(text), f"{path.name} is not current"


@each
def test_a_notebook_is_valid_small_and_of_no_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert len(gzip.compress(text.encode())) < 300_000
    assert not OF_A_MACHINE.findall(text)
    first, *others = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert set(re.findall(r"https?://([\w.-]+)", json.dumps([first, *others]))) == {"github.com"}
    assert "import rlgeo" in first.source
    assert "%pip install" in first.source
    assert [cell.execution_count for cell in others] == list(range(1, len(others) + 1))
    assert not any("execution" in cell.metadata for cell in notebook.cells)


@each
def test_printed_numbers_are_compared(path: Path) -> None:
    """Only cells that do nothing but draw are exempt from nbval's comparison."""
    for cell in nbformat.read(path, as_version=4).cells:
        if "nbval-ignore-output" in cell.metadata.get("tags", ()):
            assert len(cell.outputs) == 1
            assert PLOTLY in cell.outputs[0].data


@each
def test_markdown_is_jupyters(path: Path) -> None:
    """No div, attribute, citation key or inline expression of Quarto's is left over."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"```.*?```|\$\$.*?\$\$|`[^`]*`|(?<=\n\n)(?: {4}.*\n|\n)+", "", cell.source, flags=re.DOTALL)
            assert not re.search(r"^\s*>?\s*:::|\]\{|\{[#.]|\{python\}|(?<!\w)@\w|\?@|<div|<span", prose, re.MULTILINE)
