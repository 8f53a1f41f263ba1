"""Nothing is replaced or removed that press did not make: it stops before anything moves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.press.conftest import ROOT, SmallBook, write_book

CELL = "# A\n\n```{python}\nprint(1)\n```\n"
FOLDER = "name a folder for the site alone"


def tree(folder: Path) -> dict[str, bytes | str]:
    """Everything below a folder, but for press's caches and the project's extension."""
    found: dict[str, bytes | str] = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "_extensions" and (name != ".press" or "mine" in place)]
        for name in (*files, *(name for name in folders if Path(place, name).is_symlink())):
            path = Path(place, name)
            link = path.is_symlink()
            found[path.relative_to(folder).as_posix()] = os.readlink(path) if link else path.read_bytes()
    return found


@pytest.fixture
def outer(tmp_path: Path) -> SmallBook:
    """A book in a folder that holds other things as well, with its reader's own files in and beside it."""
    (tmp_path / "outer/book").mkdir(parents=True)
    made = write_book(tmp_path / "outer/book", {"chapters/a.qmd": "# A\n"})
    for name in ("notes.txt", "mine/precious", "../sibling", "../_site.old/precious", "_site.old/precious"):
        made.write(name, "mine\n")
    return made


def outputs_to(made: SmallBook, folder: str) -> None:
    config = made.root / "_quarto.yml"
    config.write_text(config.read_text().replace("output-dir: _site", f"output-dir: {folder}"))


def refused(made: SmallBook, capsys: pytest.CaptureFixture[str], message: str) -> None:
    """Every command that replaces or removes stops, says why, and leaves everything in its place."""
    before = tree(made.root.parent)
    for command in ("build", "clean", "pdf"):
        assert made.main(command) == 1
        said = capsys.readouterr().err
        assert message in said
        assert "Traceback" not in said
        assert tree(made.root.parent) == before


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("./", "is the book's own folder, or one that holds it"),
        (".", FOLDER),
        ("..", FOLDER),
        ("../../outer/book", FOLDER),
        ("chapters/..", FOLDER),
        ("mine", "`output-dir: mine` is a folder that press did not make"),
        ("chapters", "is a folder that press did not make"),
        ("../_site.old", "is a folder that press did not make"),
        ("notes.txt", "is a file, or leads through one"),
        ("notes.txt/site", "is a file, or leads through one"),
        (".press", "is the folder of press's caches"),
        (".press/site", "is the folder of press's caches"),
        ("link", "is a symbolic link"),
        ("dangling", "is a symbolic link"),
        ("link/..", FOLDER),
    ],
)
def test_a_folder_that_is_not_presss(
    outer: SmallBook, capsys: pytest.CaptureFixture[str], folder: str, message: str
) -> None:
    (outer.root / "link").symlink_to("mine")
    (outer.root / "dangling").symlink_to("nowhere")
    outputs_to(outer, folder)
    refused(outer, capsys, message)
    assert outer.main("build") == 1
    assert "error: _quarto.yml:3: `output-dir: " in capsys.readouterr().err


def test_a_site_that_quarto_made(outer: SmallBook, capsys: pytest.CaptureFixture[str]) -> None:
    outer.write("_site/index.html", '<meta name="generator" content="quarto-1.9.2">\n')
    refused(outer, capsys, "is a site that the Quarto CLI made; delete it")


def add(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine\n")


def change(path: Path) -> None:
    path.write_text(path.read_text() + "<!-- mine -->\n")


def replace_by_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("../notes.txt")


def link_folder(path: Path) -> None:
    path.symlink_to("../mine")


@pytest.mark.parametrize(
    ("name", "do"),
    [
        ("CNAME", add),
        ("chapters/draft/mine.html", add),
        (".git/HEAD", add),
        ("chapters/a.html", change),
        ("index.html", replace_by_link),
        ("folder", link_folder),
        (".made-by-press", lambda path: path.write_text("")),
        (".made-by-press", Path.unlink),
    ],
)
def test_what_a_reader_put_into_the_site(
    outer: SmallBook, capsys: pytest.CaptureFixture[str], name: str, do: Callable[[Path], None]
) -> None:
    assert outer.main("build") == 0
    do(outer.root / "_site" / name)
    refused(
        outer,
        capsys,
        "" if name == ".made-by-press" else f"holds what press did not write, or what was changed since: {name}",
    )


def test_what_desktops_leave_behind_does_not_count(outer: SmallBook) -> None:
    assert outer.main("build") == 0
    for name in (".DS_Store", "chapters/.DS_Store", "Thumbs.db"):
        outer.write(f"_site/{name}", "")
    assert outer.main("build") == 0
    assert outer.main("clean") == 0
    assert not (outer.root / "_site").exists()


def test_a_readers_folder_named_as_presss(outer: SmallBook, capsys: pytest.CaptureFixture[str]) -> None:
    outer.write(".press/todo.md", "print a poster\n")
    for command in ("build", "clean", "pdf"):
        assert outer.main(command) == 1
        assert ".press is the folder of press's caches, and holds todo.md" in capsys.readouterr().err
    outer.write(".press/cache/letter.json", "{}")
    assert outer.main("clean") == 1
    assert (outer.root / ".press/todo.md").read_text() == "print a poster\n"
    assert (outer.root / ".press/cache/letter.json").exists()


def test_old_files_that_are_no_results_are_not_swept(outer: SmallBook) -> None:
    assert outer.main("build") == 0
    for name in ("cache/old.txt", "notes/old.txt"):
        os.utime(outer.write(f".press/{name}", "mine"), (0, 0))
    outer.main("build")
    assert (outer.root / ".press/cache/old.txt").exists()
    assert (outer.root / ".press/notes/old.txt").exists()


def test_neighbours_stay(outer: SmallBook) -> None:
    names = [
        "_site.old/precious",
        "../_site.old/precious",
        "_site.partial",
        "_site.press-1-mine",
        ".press.old/precious",
    ]
    for name in names:
        outer.write(name, "mine\n")
    outer.write(f"_site.press-{2**22}-mine/precious", "mine\n")
    before = tree(outer.root.parent)
    for command in ("build", "build", "clean"):
        assert outer.main(command) == 0
    assert tree(outer.root.parent) == before


def test_a_deep_output_folder(outer: SmallBook) -> None:
    outputs_to(outer, "build/html/site")
    outer.write("build/mine", "mine")
    for _ in range(2):
        assert outer.main("build") == 0
        assert (outer.root / "build/html/site/index.html").exists()
    assert outer.main("clean") == 0
    assert sorted(path.name for path in (outer.root / "build").rglob("*")) == ["html", "mine"]


@pytest.mark.parametrize("name", ["../sibling.qmd", "/tmp/no/a.qmd", "chapters/../../sibling.qmd", "./chapters/a.qmd"])
def test_a_chapter_outside_of_the_book(outer: SmallBook, capsys: pytest.CaptureFixture[str], name: str) -> None:
    outer.write("../sibling.qmd", "# S\n")
    outer.write("../sibling.html", "mine\n")
    config = outer.root / "_quarto.yml"
    config.write_text(config.read_text().replace("chapters/a.qmd", name))
    refused(outer, capsys, "a chapter is named by its path in the book")


def test_a_cell_label_that_is_a_path(outer: SmallBook, capsys: pytest.CaptureFixture[str]) -> None:
    picture = "from IPython.display import SVG\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')"
    label = "fig-a/../../../../../mine/precious"
    outer.write("chapters/a.qmd", f'# A\n\n```{{python}}\n#| label: {label}\n#| fig-alt: "x"\n{picture}\n```\n')
    before = tree(outer.root)
    assert outer.main("build") == 1
    assert "chapters/a.qmd:3: the cell label" in capsys.readouterr().err
    assert tree(outer.root) == before


NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def test_a_readers_notebooks_stay(outer: SmallBook, capsys: pytest.CaptureFixture[str]) -> None:
    folder = outer.root / "chapters/notebooks"
    outer.write("chapters/a.qmd", CELL)
    outer.write("chapters/b.qmd", CELL.replace("# A", "# B"))
    outer.write("chapters/notebooks/my-experiment.ipynb", NOTEBOOK)
    config = outer.root / "_quarto.yml"
    both = config.read_text().replace("chapters/a.qmd", "chapters/a.qmd, chapters/b.qmd")
    config.write_text(both)
    assert outer.main("notebooks") == 0
    mine = json.loads((folder / "b.ipynb").read_text())
    mine["cells"][-1]["source"] = ["print('mine')"]
    outer.write("chapters/notebooks/b-mine.ipynb", json.dumps(mine))
    config.write_text(both.replace(", chapters/b.qmd", ""))
    outer.write("chapters/a.qmd", CELL.replace("print(1)", "print(2)"))
    assert outer.main("notebooks") == 0
    assert sorted(path.name for path in folder.iterdir()) == ["a.ipynb", "b-mine.ipynb", "my-experiment.ipynb"]
    assert (folder / "my-experiment.ipynb").read_text() == NOTEBOOK
    capsys.readouterr()


@pytest.mark.parametrize("kind", ["another", "edited", "link"])
def test_a_notebook_is_not_written_over_a_readers(
    outer: SmallBook, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    path = outer.root / "chapters/notebooks/a.ipynb"
    outer.write("chapters/a.qmd", CELL)
    if kind == "another":
        outer.write("chapters/notebooks/a.ipynb", NOTEBOOK)
    elif kind == "link":
        path.parent.mkdir()
        path.symlink_to("../../notes.txt")
    else:
        assert outer.main("notebooks") == 0
        path.write_text(path.read_text().replace("print(1)", "print(11)"))
    before = tree(outer.root)
    assert outer.main("notebooks") == 1
    assert "error: chapters/notebooks/a.ipynb: press did not write this file" in capsys.readouterr().err
    assert tree(outer.root) == before


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_a_build_that_is_killed_loses_nothing(outer: SmallBook) -> None:
    assert outer.main("build") == 0
    before = tree(outer.root)
    outer.write("slow.py", "import time\ntime.sleep(60)\n")
    config = outer.root / "_quarto.yml"
    whole = config.read_text()
    wait = "import os, time; open('stage', 'w').write(str(os.listdir('.'))); time.sleep(60)"
    script = f"import press.build as b, press.own as o\nfrom pathlib import Path\no.seal = lambda new: exec({wait!r})\n"
    script += f"b.build(Path({str(outer.root)!r}), quiet=True)\n"
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=outer.root, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    while not (outer.root / "stage").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (stage,) = outer.root.glob("_site.press-*")
    assert {name: data for name, data in tree(outer.root).items() if name in before} == before
    (outer.root / "_site").rename(stage / "old")  # as if it had been killed a moment later
    config.write_text(whole)
    outer.write("chapters/a.qmd", "# A\n\n@fig-none\n")
    assert outer.main("build") == 1
    assert not list(outer.root.glob("_site.press-*"))
    assert tree(outer.root / "_site") == {name[6:]: data for name, data in before.items() if name.startswith("_site/")}


def test_make_clean_leaves_what_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    for name in ("_site/mine", "environment/mine"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("mine")
    command = ["make", "clean", "VENV=environment"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode
    assert "press, which knows its own files in _site" in done.stdout
    assert (tmp_path / "_site/mine").exists()
    (tmp_path / "_site/mine").unlink()
    (tmp_path / "_site").rmdir()
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert (tmp_path / "environment/mine").exists()
