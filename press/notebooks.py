"""An executed Jupyter notebook for each chapter, for those who want to change things: `chapters/notebooks/*.ipynb`.

A notebook repeats: no dates, no random names, counts in order. Text that Quarto would number is numbered, inline
expressions are values, references are words, and figures are Plotly's own, live in Jupyter.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import tempfile
from pathlib import Path
from typing import Any

from press import pandoc
from press.cache import Cache, digest
from press.cells import Stitched
from press.chapter import Draft, Source
from press.config import Book
from press.drafts import drafts_of
from press.errors import BuildError, Fault
from press.execute import Result, runs
from press.labels import Label, collect, known_keys, seen_from
from press.progress import Progress
from press.render import Citations, citeproc, read_citations
from press.source import Cell
from press.together import together

PLOTLY = "application/vnd.plotly.v1+json"


def wanted(source: Source) -> bool:
    """Chapters that live in a folder have a notebook; the book's own pages (preface, references) have none."""
    return "/" in source.chapter.source and any(isinstance(part, Cell) for part in source.parts)


def source_digest(source: Source) -> str:
    """Digest of the chapter's source, which its notebook carries to tell whether it is current."""
    lines = [line.text for part in source.parts for line in (part.code if isinstance(part, Cell) else part.lines)]
    options = [part.options for part in source.parts if isinstance(part, Cell)]
    return digest(json.dumps([source.front, lines, options], default=str))[:32]


def content_digest(data: dict[str, Any]) -> str:
    """Digest of a notebook's cells, but for what its figures draw: their last digits differ between processors."""

    def without_figures(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without_figures(item) for key, item in value.items() if key != PLOTLY}
        return [without_figures(item) for item in value] if isinstance(value, list) else value

    return digest(json.dumps(without_figures(data["cells"]), sort_keys=True))[:32]


def is_untouched(path: Path) -> bool:
    """Whether a notebook is as press wrote it, and so press's to replace."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return not path.is_symlink() and data["metadata"]["rlgeo"]["content"] == content_digest(data)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def check_places(book: Book, sources: list[Source]) -> None:
    """Raise a `BuildError` for every notebook that would be written over somebody else's file."""
    paths = [book.root / source.chapter.notebook for source in sources if wanted(source)]
    cause = "press did not write this file, or it was changed since: move it elsewhere, and press writes its own"
    taken = [path for path in paths if os.path.lexists(path) and not is_untouched(path)]
    if taken:
        raise BuildError([Fault(path.relative_to(book.root).as_posix(), 0, cause) for path in taken])


def add_marker(defaults: dict[str, Any], out: Stitched, cell: Cell, position: int, outputs: list[Any]) -> None:
    """In place of a cell, a div that `notebook.lua` turns into a break between cells (and a numbered caption)."""
    kind = cell.label.partition("-")[0]
    caption = cell.options.get({"fig": "fig-cap", "tbl": "tbl-cap"}.get(kind, ""), "")
    label = f"#{cell.label} " if kind in ("fig", "tbl") else ""
    lab = any("<rl-lab" in str(output.get("data", {}).get("text/markdown")) for output in outputs)
    attributes = f'{label}.press-cell cell="{position}" lab="{str(lab).lower()}"'
    words = f"\n\n{' '.join(str(caption).split())}" if label else ""
    if not runs(cell, defaults):
        out.add(f"\n```python\n{cell.source}\n```\n", cell.line, cell.indent)
        return
    out.add(f"\n::: {{{attributes}}}\n`-`{{=html}}\n{words}\n:::\n", cell.line, cell.indent)


def address(book: Book, source: Source) -> str:
    """Where the chapter's page is, or an empty string."""
    site = str(book.book.get("site-url") or "").rstrip("/")
    return site and f"{site}/{source.chapter.href}"


def pieces(book: Book, made: Draft, labels: dict[str, Label], citations: Citations, links: dict[str, str]) -> list[Any]:
    """The chapter as Markdown texts and positions of code cells."""
    chapter = made.source.chapter
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "labels.json")
        known = seen_from(chapter.href, labels.values())
        book_of = {"labels": known, "links": links, "folder": posixpath.dirname(chapter.source)}
        table.write_text(json.dumps(book_of), encoding="utf-8")
        out = Path(folder, "pieces.json")
        given = {
            "press-labels": table,
            "press-pieces": out,
            "press-chapter": chapter.number,
            "press-page": address(book, made.source),
        }
        arguments = ["-f", "json", "-t", "markdown", *pandoc.metadata(given)]
        if citations.files and made.index["citations"]:
            arguments += citeproc(citations, folder)
        pandoc.pandoc(made.document, [*arguments, *pandoc.lua("notebook")], book.root)
        found: list[Any] = json.loads(out.read_text(encoding="utf-8"))
        return found


def install_cell(book: Book) -> dict[str, Any]:
    """The first cell: install the package where it is missing, as on Colab, or say what to do."""
    url = str(book.book.get("repo-url") or "")
    where = f"repository ({url})" if url else "repository"
    cure = f"rlgeo cannot be installed from here: download the book's {where} and open this notebook in it"
    lines = ["try:", "    import rlgeo", "except ModuleNotFoundError:"]
    if url:
        lines += [f'    %pip install --quiet "rlgeo @ git+{url}"', "    try:", "        import rlgeo"]
        lines += ["    except ModuleNotFoundError:", f'        raise ModuleNotFoundError("{cure}") from None']
    else:
        lines += [f'    raise ModuleNotFoundError("{cure}") from None']
    return code_cell("install", "\n".join(lines), [], [])


def code_cell(name: str, source: str, outputs: list[Any], tags: list[str]) -> dict[str, Any]:
    """A code cell in notebook format 4.5."""
    metadata: dict[str, Any] = {"tags": tags} if tags else {}
    lines = source.splitlines(keepends=True)
    cell = {"cell_type": "code", "execution_count": None, "id": name, "metadata": metadata}
    return cell | {"outputs": outputs, "source": lines}


def stored(output: dict[str, Any], count: int) -> dict[str, Any]:
    """An output as notebooks store it: sorted, with its count, without a kernel's own notes and pages' markup."""
    kept = {
        key: value for key, value in output.items() if key in ("output_type", "name", "text", "data", "ename", "evalue")
    }
    if output["output_type"] in ("display_data", "execute_result"):
        kept["metadata"] = {}
    if PLOTLY in output.get("data", {}):
        kept["data"] = {mime: output["data"][mime] for mime in (PLOTLY, "text/plain") if mime in output["data"]}
    if output["output_type"] == "execute_result":
        kept["execution_count"] = count
    if output["output_type"] == "error":
        kept["traceback"] = [f"{output['ename']}: {output['evalue']}"]
    return kept


def notebook(book: Book, source: Source, parts: list[Any], result: Result) -> str:
    """The notebook's JSON."""
    cells = [part for part in source.parts if isinstance(part, Cell)]
    made: list[dict[str, Any]] = [install_cell(book)]
    count = 0
    for i, piece in enumerate(parts):
        if "markdown" in piece:
            text = piece["markdown"].splitlines(keepends=True)
            made.append({"cell_type": "markdown", "id": f"text-{i}", "metadata": {}, "source": text})
            continue
        cell, count = cells[piece["cell"]], count + 1
        outputs = [stored(output, count) for output in result["outputs"][piece["cell"]]]
        name = re.sub(r"[^\w-]", "-", cell.label or f"code-{i}")[:64]
        drawn = any(PLOTLY in output.get("data", {}) for output in outputs)
        tags = ["nbval-ignore-output"] * drawn + ["raises-exception"] * bool(cell.options.get("error"))
        made.append(code_cell(name, cell.source, outputs, tags) | {"execution_count": count})
        if not cell.options.get("echo", True) or not cell.options.get("include", True):
            made[-1]["metadata"]["jupyter"] = {"source_hidden": True}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    own = {"source": source_digest(source), "content": content_digest({"cells": made})}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}, "rlgeo": own}
    return dump({"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def dump(data: dict[str, Any]) -> str:
    """JSON laid out as Jupyter does, but each figure on one line: a third of the size, and quiet diffs."""
    figures: list[Any] = []

    def apart(value: Any) -> Any:
        if isinstance(value, list):
            return [apart(item) for item in value]
        if isinstance(value, dict):
            figures.extend([value[PLOTLY]] if PLOTLY in value else [])
            return {key: f"figure {len(figures)}" if key == PLOTLY else apart(value[key]) for key in value}
        return value

    text = json.dumps(apart(data), ensure_ascii=False, indent=1, sort_keys=True)
    for i, figure in enumerate(figures, 1):
        line = json.dumps(figure, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        text = text.replace(f'"{PLOTLY}": "figure {i}"', f'"{PLOTLY}": {line}', 1)
    return text + "\n"


def make_notebooks(book: Book, sources: list[Source], progress: Progress) -> dict[Path, str]:
    """Execute every chapter that has a notebook and put it together; numbers are those of the whole book."""
    cache = Cache(book.work / "cache")
    chosen = [source for source in sources if wanted(source)]

    drafts = drafts_of(book, sources, progress, "notebook", put=add_marker)
    labels = collect(drafts, known_keys(book))
    citations = read_citations(book, drafts, cache)

    def links(here: str) -> dict[str, str]:
        """Where links to the book's chapters lead from a notebook."""
        pages = {source.chapter.source: address(book, source) for source in sources if address(book, source)}
        return pages | {
            source.chapter.source: posixpath.relpath(source.chapter.notebook, posixpath.dirname(here))
            for source in chosen
        }

    def write(made: Draft) -> tuple[Path, str]:
        source = made.source
        parts = pieces(book, made, labels, citations, links(source.chapter.notebook))
        return book.root / source.chapter.notebook, notebook(book, source, parts, made.result)

    return dict(together(write, [made for made in drafts if wanted(made.source)]))


def check_notebooks(book: Book, sources: list[Source]) -> None:
    """Raise a `BuildError` for every notebook that is missing or was made from another state of its chapter."""
    faults = []
    for source in filter(wanted, sources):
        path = book.root / source.chapter.notebook
        name = path.relative_to(book.root).as_posix()
        if not path.is_file():
            faults.append(Fault(source.chapter.source, 0, f"has no notebook {name}; run `python -m press notebooks`"))
            continue
        data = json.loads(path.read_text(encoding="utf-8"))
        code = ["".join(cell["source"]) for cell in data["cells"][1:] if cell["cell_type"] == "code"]
        own = [part.source for part in source.parts if isinstance(part, Cell) and runs(part, source.defaults)]
        if code != own or data["metadata"].get("rlgeo", {}).get("source") != source_digest(source):
            cause = f"is out of step with {source.chapter.source}; run `python -m press notebooks`"
            faults.append(Fault(name, 0, cause))
        elif data["cells"][0]["source"] != install_cell(book)["source"] or address(book, source) not in str(
            data["cells"][1]
        ):
            cause = "leads to another address than _quarto.yml; run `python -m press notebooks`"
            faults.append(Fault(name, 0, cause))
    if faults:
        raise BuildError(faults)
