"""Notebooks: complete, repeatable, and known to be out of date when they are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.press.conftest import SmallBook, write_book

CHAPTER = """
# Alpha {#sec-alpha}

It is `{python} 6 * 7`. See @fig-line, @thm-main, [Beta](02-beta.qmd),
[home](../index.qmd) and @doe2020.

```{python}
#| include: false
x = 3
```

```{python}
#| label: fig-line
#| fig-cap: "A *line*"
#| echo: false
import plotly.graph_objects as go
go.Figure(go.Scatter(y=[1, x]))
```

::: {#thm-main name="Main"}
True.

```{python}
print(x * 2)
x
```
:::

::: {.proof}
Clear:
$$
a <
b .
$$
:::

```{python}
#| eval: false
never()
```

$$ a = b $$ {#eq-a}
"""
REFERENCES = "# References {.unnumbered}\n\n::: {#refs}\n:::\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SmallBook:
    files = {"c/01-alpha.qmd": CHAPTER, "c/02-beta.qmd": "# Beta\n\n```{python}\n1\n```\n", "refs.qmd": REFERENCES}
    written = write_book(tmp_path_factory.mktemp("notebooks"), files)
    assert written.main("notebooks") == 0
    return written


def test_chapters_of_one_file_name_lead_to_each_other(tmp_path: Path) -> None:
    cell = "\n```{python}\n1\n```\n"
    first = f"# First\n\n[second](../p2/intro.qmd#x), [home](../index.qmd), [table](data.csv)\n{cell}"
    second = f"# Second\n\n## X\n\n[first](../p1/intro.qmd)\n{cell}"
    written = write_book(tmp_path, {"p1/intro.qmd": first, "p2/intro.qmd": second, "p1/data.csv": "1"})
    assert written.main("notebooks") == 0
    texts = [(tmp_path / f"{part}/notebooks/intro.ipynb").read_text() for part in ("p1", "p2")]
    assert "[second](../../p2/notebooks/intro.ipynb), [home](https://example.org/book/index.html), table" in texts[0]
    assert "[first](../../p1/notebooks/intro.ipynb)" in texts[1]
    assert written.main("build") == 0
    assert 'href="../p2/notebooks/intro.ipynb" download' in written.page("p2/intro.html")


def cells(made: SmallBook, name: str) -> list[Any]:
    path = made.root / "c/notebooks" / name
    nbformat.validate(nbformat.reads(path.read_text(), as_version=4))
    found: list[Any] = json.loads(path.read_text())["cells"]
    return found


def test_a_notebook_has_the_chapters_text_code_and_outputs(made: SmallBook) -> None:
    found = cells(made, "01-alpha.ipynb")
    text = "\n\n".join("".join(cell["source"]) for cell in found if cell["cell_type"] == "markdown")
    code = ["".join(cell["source"]) for cell in found if cell["cell_type"] == "code"]
    assert "import rlgeo" in code[0]
    assert "download the book's repository and open this notebook in it" in code[0]
    assert "%pip" not in code[0]  # the book names no repository
    assert code[1:] == [
        "x = 3",
        "import plotly.graph_objects as go\ngo.Figure(go.Scatter(y=[1, x]))",
        "print(x * 2)\nx",
    ]
    assert text.startswith("# 1 Alpha\n\n*[This chapter on the web](https://example.org/book/c/01-alpha.html)*\n\n")
    assert "It is 42. See Figure 1.1, Theorem 1.1, [Beta](02-beta.ipynb)," in text
    assert "[home](https://example.org/book/index.html) and Doe (2020)." in text
    assert "**Figure 1.1.** A *line*" in text
    assert "**Theorem 1.1 (Main).**\n\nTrue." in text
    assert "> **Proof.**\n>\n> Clear: $$a < b .$$ ∎" in text
    assert "never()" in text
    assert r"$$a = b \tag{1.1}$$" in text
    assert "Doe, Jane. 2020." in text
    assert not re.search(r"^:::|\{#|@", text, re.MULTILINE)


def test_figures_are_plotlys_own_and_prints_are_kept(made: SmallBook) -> None:
    figure, printed = [cell for cell in cells(made, "01-alpha.ipynb") if cell["cell_type"] == "code"][2:]
    assert "application/vnd.plotly.v1+json" in figure["outputs"][0]["data"]
    assert "text/html" not in figure["outputs"][0]["data"]
    assert figure["metadata"] == {"jupyter": {"source_hidden": True}, "tags": ["nbval-ignore-output"]}
    assert printed["outputs"][0]["text"] == "6\n"
    assert printed["outputs"][1]["data"] == {"text/plain": "3"}
    assert [figure["execution_count"], printed["execution_count"]] == [2, 3]


def test_a_figure_is_one_line(made: SmallBook) -> None:
    lines = (made.root / "c/notebooks/01-alpha.ipynb").read_text().splitlines()
    (line,) = [line for line in lines if "application/vnd.plotly.v1+json" in line]
    assert json.loads("{" + line.strip().removesuffix(",") + "}")["application/vnd.plotly.v1+json"]["data"]


def test_notebooks_repeat_and_know_when_they_are_out_of_step(
    made: SmallBook, capsys: pytest.CaptureFixture[str]
) -> None:
    path = made.root / "c/notebooks/01-alpha.ipynb"
    before = path.read_bytes()
    made.main("clean")
    assert made.main("notebooks") == 0
    assert path.read_bytes() == before
    assert made.main("check-notebooks") == 0
    config = made.root / "_quarto.yml"
    settings = config.read_text()
    for more in ("site-url: https://example.org/fork", "site-url: https://example.org/book\n  repo-url: https://a.b/c"):
        config.write_text(settings.replace("site-url: https://example.org/book", more))
        assert made.main("check-notebooks") == 1
        assert "c/notebooks/01-alpha.ipynb: leads to another address than _quarto.yml" in capsys.readouterr().err
    config.write_text(settings)
    made.write("c/01-alpha.qmd", CHAPTER.replace("x = 3", "x = 4"))
    assert made.main("check-notebooks") == 1
    assert "c/notebooks/01-alpha.ipynb: is out of step with c/01-alpha.qmd" in capsys.readouterr().err
    made.write("c/01-alpha.qmd", CHAPTER.replace("True.", "Still true."))
    assert made.main("check-notebooks") == 1
    path.unlink()
    assert made.main("check-notebooks") == 1
    assert "c/01-alpha.qmd: has no notebook" in capsys.readouterr().err
