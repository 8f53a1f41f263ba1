"""A chapter is read in one sitting: 25 minutes without what is folded and without its exercises.

230 words a minute, half a minute for each displayed formula, figure and table, and three seconds for each visible
line of code. Proofs, solutions and the code of checks are folded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypandoc
import pytest

CHAPTERS = sorted((Path(__file__).parents[2] / "chapters").glob("[01]*.qmd"))
WORDS_A_MINUTE, LOOK, LINE = 230, 0.5, 0.05


def parts(node: Any) -> Iterator[tuple[str, Any]]:
    """Every element of pandoc's tree that is read, as (type, content): what is folded is left out."""
    if isinstance(node, dict) and "t" in node:
        kind, content = node["t"], node.get("c")
        if kind == "Div" and (["collapse", "true"] in content[0][2] or {"proof", "fold"} & set(content[0][1])):
            return
        yield kind, content
        yield from parts(content)
    elif isinstance(node, list | dict):
        for child in node.values() if isinstance(node, dict) else node:
            yield from parts(child)


def without_exercises(blocks: list[Any]) -> list[Any]:
    """The blocks outside of the section *Tinker*."""
    kept, inside = [], False
    for block in blocks:
        if block["t"] == "Header" and block["c"][0] == 2:
            inside = block["c"][1][0].endswith("-tinker")
        if not inside:
            kept.append(block)
    return kept


def code_minutes(content: Any) -> float:
    """Of a cell: its visible lines, its caption, and what it draws."""
    lines = content[1].splitlines()
    options = "\n".join(line for line in lines if line.startswith("#|"))
    if "include: false" in options:
        return 0.0
    hidden = "echo: false" in options or "code-fold: true" in options
    code = 0 if hidden else sum(not line.startswith("#|") for line in lines)
    captions = re.findall(r"(?:-cap|code-summary): (.*)", options)
    drawn = bool(re.search(r"label: (fig|tbl)-", options))
    return LINE * code + sum(len(caption.split()) for caption in captions) / WORDS_A_MINUTE + LOOK * drawn


def minutes(path: Path) -> float:
    """How long a chapter is read."""
    source = path.read_text(encoding="utf-8").replace("```{python}", "```{.python}")
    tree = json.loads(pypandoc.convert_text(source, "json", format="markdown"))
    words = looks = 0
    cells = 0.0
    for kind, content in parts(without_exercises(tree["blocks"])):
        if kind in ("Str", "Code") or (kind == "Math" and content[0]["t"] == "InlineMath"):
            words += 1
        elif kind == "Math" or kind == "Table":
            looks += 1
        elif kind == "CodeBlock":
            cells += code_minutes(content)
    return words / WORDS_A_MINUTE + LOOK * looks + cells


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_takes_at_most_25_minutes(path: Path) -> None:
    assert 8 < minutes(path) <= 25


def test_what_is_folded_or_an_exercise_does_not_count(tmp_path: Path) -> None:
    plain = "word " * 230 + "\n\n"
    page = tmp_path / "page.qmd"
    page.write_text(plain)
    alone = minutes(page)
    assert alone == pytest.approx(1, abs=0.02)
    folded = '::: {.callout-tip collapse="true"}\n## Solution\n' + plain + ":::\n\n::: {.proof}\n" + plain + ":::\n\n"
    page.write_text(plain + folded + "## Tinker {#sec-a-tinker}\n\n" + plain + "```{python}\nx = 1\n```\n")
    assert minutes(page) == alone
    page.write_text(plain + "$$x$$\n\n```{python}\nx = 1\n```\n\n## B {#sec-b}\n")
    assert minutes(page) == pytest.approx(alone + LOOK + LINE, abs=0.01)
