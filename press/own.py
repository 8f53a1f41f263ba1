"""What press may replace or remove: folders that it made itself, and that hold nothing of anybody else's.

A site carries the list of its files with their digests, in the form of `sha256sum`: a folder without that list is not
press's, and a file that the list does not name, or names with another digest, is the reader's. The folder of caches
needs no list, as its files are named after digests.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from press.config import Book
from press.errors import BuildError, stop

MADE = ".made-by-press"
OF_DESKTOPS = {".DS_Store", "Thumbs.db", "desktop.ini"}
CACHED = re.compile(r"(cache|stills)/(.*[-/])?[0-9a-f]{32}(\.\d+)?\.(json|pdf|partial)|reload|main\.typ")
STAGE = re.compile(r"\.press-(\d+)-\w+")


def things_in(folder: Path) -> Iterator[Path]:
    """Every file and link below a folder."""
    for place, folders, files in os.walk(folder):
        yield from (Path(place, name) for name in files)
        yield from (Path(place, name) for name in folders if Path(place, name).is_symlink())


def is_cached(path: Path, work: Path) -> bool:
    """Whether a file has one of the names that press gives to files of its folder of caches."""
    return CACHED.fullmatch(path.relative_to(work).as_posix()) is not None


def digest_of(path: Path) -> str:
    """SHA-256 of a file; empty for a link, and for what cannot be read."""
    try:
        return "" if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def seal(folder: Path) -> None:
    """Write the list of a finished folder's files into it."""
    files = sorted(path.relative_to(folder).as_posix() for path in things_in(folder) if path.name != MADE)
    lines = [f"{digest_of(folder / name)}  {name}\n" for name in files]
    (folder / MADE).write_text("".join(lines), encoding="utf-8", newline="\n")


def strangers(folder: Path) -> list[str] | None:
    """What lies in a sealed folder and is not as press left it; None where the folder carries no list."""
    if not (folder / MADE).is_file():
        return None
    lines = (folder / MADE).read_text(encoding="utf-8").splitlines()
    made = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    found = [path for path in things_in(folder) if path.name not in {MADE, *OF_DESKTOPS}]
    names = {path.relative_to(folder).as_posix(): path for path in found}
    return sorted(name for name, path in names.items() if not made.get(name) or made[name] != digest_of(path))


def some(names: list[str]) -> str:
    """The first few of several names."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def refuse(book: Book, why: str, cure: str) -> BuildError:
    """The fault that the site's folder is not press's to replace."""
    line = book.lines.get("project.output-dir", book.lines.get("project", 0))
    given = book.data["project"].get("output-dir", book.output.name)
    return stop(f"`output-dir: {given}` {why}; {cure}", "_quarto.yml", line)


def check_output(book: Book) -> None:
    """Raise a `BuildError` unless the site's folder is press's own, or nothing."""
    output, root, name = book.output, book.root.resolve(), "name a folder for the site alone, such as _site"
    place = output.resolve()
    if root.is_relative_to(place):
        raise refuse(book, "is the book's own folder, or one that holds it", name)
    if book.work.resolve() in (place, *place.parents):
        raise refuse(book, "is the folder of press's caches", name)
    if output.is_symlink():
        raise refuse(book, "is a symbolic link, which a new site would replace", "name the folder that it leads to")
    if not next(path for path in (output, *output.parents) if path.exists()).is_dir():
        raise refuse(book, "is a file, or leads through one", name)
    if not output.exists() or not next(things_in(output), None):
        return
    cure = "move it elsewhere, or name another folder"
    others = strangers(output)
    if others is None:
        index = output / "index.html"
        quarto = index.is_file() and 'content="quarto-' in index.read_text(encoding="utf-8", errors="replace")
        why = "is a site that the Quarto CLI made" if quarto else "is a folder that press did not make"
        raise refuse(book, why, "delete it, or name another folder" if quarto else cure)
    if others:
        why = f"holds what press did not write, or what was changed since: {some(others)}"
        raise refuse(book, why, "move it elsewhere (files that belong to the site go under `project: resources:`)")


def check_own(book: Book) -> None:
    """Raise a `BuildError` unless all that a build or a clean may replace or remove is press's own."""
    check_output(book)
    work = book.work
    if work.is_symlink() or (work.exists() and not work.is_dir()):
        raise stop(f"{work.name} is not a folder; press keeps its caches in one of this name: move it elsewhere")
    found = [path for path in things_in(work) if path.name not in OF_DESKTOPS and not is_cached(path, work)]
    if others := sorted(path.relative_to(work).as_posix() for path in found):
        raise stop(f"{work.name} is the folder of press's caches, and holds {some(others)}: move it elsewhere")


def stages(folder: Path) -> Path:
    """The folder in which a stage for another folder stands: the nearest one above it that exists."""
    return next(path for path in folder.parents if path.is_dir())


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """A place beside a folder, where a new one grows and the old one goes; it ends with the build."""
    stage = Path(tempfile.mkdtemp(prefix=f"{folder.name}.press-{os.getpid()}-", dir=stages(folder)))
    try:
        yield stage
    finally:
        end(stage, folder)


def end(stage: Path, folder: Path) -> None:
    """Remove a stage; what was about to be replaced, and was not, goes back to its place."""
    if (stage / "old").exists() and not folder.exists():
        (stage / "old").rename(folder)
    shutil.rmtree(stage, ignore_errors=True)


def recover(folder: Path) -> None:
    """End the stages of builds that were killed."""
    for stage in stages(folder).glob(f"{glob.escape(folder.name)}.press-*"):
        found = STAGE.fullmatch(stage.name.removeprefix(folder.name))
        if found and not alive(int(found[1])) and {path.name for path in stage.iterdir()} <= {"new", "old", "gone"}:
            end(stage, folder)


def alive(process: int) -> bool:
    """Whether a process may be running."""
    try:
        os.kill(process, 0) if os.name == "posix" else None
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def swap(book: Book, new: Path) -> None:
    """Put a finished folder, which lies in a stage, in the place of the site."""
    seal(new)
    new.chmod(0o755)
    check_output(book)
    output = book.output
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        if output.exists():
            output.rename(new.with_name("old"))
        new.rename(output)
    except OSError as error:
        raise refuse(book, f"cannot be replaced ({error})", "see to its permissions") from None


def clean(book: Book) -> None:
    """Remove the site and the caches."""
    check_own(book)
    for folder in (book.output, book.work):
        recover(folder)
        if folder.exists():
            with staging(folder) as stage:
                folder.rename(stage / "gone")
