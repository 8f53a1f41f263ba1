"""The splitter: what is a cell, what is text, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from press.errors import BuildError
from press.execute import inline_expressions
from press.formulas import in_formulas
from press.source import Cell, Line, Text, front_matter, read_lines, split


def lines(text: str) -> list[Line]:
    return [Line(line, "c.qmd", number) for number, line in enumerate(text.split("\n"), 1)]


def cells(text: str) -> list[Cell]:
    return [part for part in split(lines(text)) if isinstance(part, Cell)]


def fault(text: str) -> str:
    with pytest.raises(BuildError) as caught:
        split(lines(text))
    return str(caught.value)


def test_a_cell_has_its_options_its_code_and_its_line() -> None:
    (cell,) = cells('text\n```{python}\n#| label: fig-a\n#| fig-cap: "A: b"\n\nx = 1\n\ny = 2\n```\nmore')
    assert cell.options == {"label": "fig-a", "fig-cap": "A: b"}
    assert cell.source == "x = 1\n\ny = 2"
    assert cell.line.number == 2


@pytest.mark.parametrize(
    "text",
    [
        "````\n```{python}\nx\n```\n````",
        "~~~\n```{python}\nx\n```\n~~~",
        "```python\nx\n```",
        "```{.python}\nx\n```",
        "``` {.python .cell-code}\nx\n```",
        "```{=html}\n<b>\n```",
        "``{python} x``",
    ],
)
def test_what_is_not_a_cell(text: str) -> None:
    assert cells(text) == []


def test_a_cell_ends_with_its_own_fence() -> None:
    (cell,) = cells('````{python}\ns = """\n```\n"""\n````')
    assert cell.source == 's = """\n```\n"""'


def test_a_cell_in_a_list_keeps_its_indentation_outside_its_code() -> None:
    (cell,) = cells("- a\n\n  ```{python}\n  if x:\n      y\n  ```\n")
    assert cell.indent == "  "
    assert cell.source == "if x:\n    y"


def test_inline_expressions_are_found_outside_fences_only() -> None:
    text = "a `{python} 1 + 1` b\n```\n`{python} no`\n```\n`{python} over(\n1)` ``{python} no``"
    (part,) = split(lines(text))
    assert isinstance(part, Text)
    assert [expression for expression, _ in inline_expressions(part)] == ["1 + 1", "over(\n1)"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\n```{python}\nx", "c.qmd:2: the fence ``` is never closed"),
        ("a\n\n````\nx\n```", "c.qmd:3: the fence ```` is never closed"),
        ("```{r}\nx\n```", "c.qmd:1: only {python} cells run, not {r}"),
        ("```{mermaid}\nx\n```", "not {mermaid}"),
        ("```{python, echo=FALSE}\nx\n```", "write cell options as"),
        ("```{python}\n#| fold: true\nx\n```", "c.qmd:2: cell option `fold` is not supported"),
        ("```{python}\n#| echo: maybe\nx\n```", "`echo` is 'maybe'; press does only bool"),
        ("```{python}\n#| label: a\n#| fig-cap: [\nx\n```", "the cell options are not valid YAML"),
        ("```{python}\n#| hello\nx\n```", "cell options are written"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    assert message in fault(text)


def test_all_faults_of_a_chapter_are_reported_together() -> None:
    assert fault("```{r}\nx\n```\n\n```{julia}\ny\n```").count("c.qmd:") == 2


def test_front_matter() -> None:
    front, body = front_matter(lines("---\ntitle: T\n---\ntext"))
    assert front == {"title": "T"}
    assert [(line.text, line.number) for line in body] == [("text", 4)]
    with pytest.raises(BuildError, match=r"c.qmd:3: the front matter is not valid YAML"):
        front_matter(lines("---\ntitle: a\nx: [\n---\n"))
    with pytest.raises(BuildError, match="no closing ---"):
        front_matter(lines("---\ntitle: a\n"))


def test_includes_keep_their_own_places(tmp_path: Path) -> None:
    (tmp_path / "a.qmd").write_text("one\n{{< include sub/b.qmd >}}\nthree\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/b.qmd").write_text("two\n")
    assert list(read_lines(tmp_path, "a.qmd")) == [
        Line("one", "a.qmd", 1),
        Line("two", "sub/b.qmd", 1),
        Line("three", "a.qmd", 3),
    ]
    (tmp_path / "sub/b.qmd").write_text("{{< include ../a.qmd >}}\n")
    with pytest.raises(BuildError, match=r"sub/b.qmd:1: includes ../a.qmd, which"):
        list(read_lines(tmp_path, "a.qmd"))
    (tmp_path / "sub/b.qmd").unlink()
    with pytest.raises(BuildError, match=r"a.qmd:2: includes sub/b.qmd, which does not exist"):
        list(read_lines(tmp_path, "a.qmd"))


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("$a = `{python} x`$ and `{python} y`", [True, False]),
        ("$$\na = `{python} x`\n$$ {#eq-a}", [True]),
        ("costs $5 and `{python} x` $ more", [False]),
        ("\\$`{python} x`$ is no formula", [False]),
        ("`$` then `{python} x` then `$`", [False]),
        ("from $1\n\nto `{python} x`$", [False]),
        ("$a_{`{python} i`}$, $b$ `{python} x` $c$", [True, False]),
    ],
)
def test_which_expressions_stand_in_formulas(text: str, inside: list[bool]) -> None:
    assert in_formulas(text) == inside
