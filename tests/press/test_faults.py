"""Everything that can be wrong with a book stops the build with its place and its cause, and touches nothing."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from press.own import MADE, seal
from tests.press.conftest import ROOT, SmallBook

Make = Callable[..., SmallBook]


def said(made: SmallBook, capsys: pytest.CaptureFixture[str]) -> str:
    """Build a book that must fail; return what it says after checking that the old site is as it was."""
    site = made.root / "_site"
    site.mkdir(exist_ok=True)
    (site / "old.html").write_text("old")
    seal(site)
    assert made.main("build") == 1
    assert sorted(path.name for path in site.iterdir()) == [MADE, "old.html"]
    assert not list(made.root.glob("_site.*"))
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# A\n\nSee @fig-no.\n", "a.qmd:3: the reference @fig-no is not defined"),
        ("# A\n\n## B {#sec-b .unnumbered}\n\n@sec-b\n", "a.qmd:5: the reference @sec-b is to an unnumbered"),
        (
            "# A\n\n::: {#thm-a}\nx\n:::\n\n::: {#thm-a}\ny\n:::\n",
            "a.qmd:7: the label thm-a is already defined in a.qmd",
        ),
        (
            "# A\n\nSee [@nobody2020] and @doe2020.\n\n::: {#refs}\n:::\n",
            "a.qmd:3: the bibliography has no entry nobody2020",
        ),
        ("# A\n\nBy @doe2020.\n", "a.qmd:3: cites, but no chapter holds the list of references"),
        ("# A\n\n![x](no.png)\n", "a.qmd:3: the file no.png does not exist"),
        ("# A\n\n[x](no.qmd)\n", "a.qmd:3: the link leads to no.qmd, which is not a chapter"),
        ("# A\n\n[x](index.qmd#no)\n", "a.qmd:3: there is nothing named #no in index.qmd"),
        ("# A\n\n[x](#no)\n", "a.qmd:3: there is nothing named #no in a.qmd"),
        ("# A\n\n[x](../../etc/passwd)\n", "a.qmd:3: the link ../../etc/passwd leaves the book"),
        ("# A\n\n## B\n\n# C\n", "a.qmd:5: a second level-1 heading"),
        ("No title\n", "a.qmd: a chapter begins with its title"),
        ("---\ntitle: A\ncolour: red\n---\n", "a.qmd:1: front matter key `colour` is not supported"),
        ("# A\n\n::: {layout-ncol=2}\nx\n:::\n", "a.qmd:3: the attribute layout-ncol is not supported"),
        ("# A\n\n## B {.appendix}\n", "a.qmd:3: the class .appendix is not supported"),
        ("# A\n\n::: {.landscape}\nx\n:::\n", "a.qmd:3: the class .landscape is not supported"),
        ("# A\n\nx {{< video a.mp4 >}}\n", "a.qmd:3: the shortcode `video` is not supported"),
        ("# A\n\n{{< meta no.such >}}\n", "a.qmd:3: there is no metadata `no.such`"),
        ("# A\n\n```{r}\nx\n```\n", "a.qmd:3: only {python} cells run"),
        ("# A\n\n```{python}\nx\n", "a.qmd:3: the fence ``` is never closed"),
        ("# A\n\n::: {.panel-tabset}\nx\n:::\n", "a.qmd:3: a tabset has no headings"),
        ("# A\n\n{{< include no.qmd >}}\n", "a.qmd:3: includes no.qmd, which does not exist"),
        ("# A\n\n```{python}\n1\n```\n\n::: {.callout-note}\nx\n", "a.qmd:7: the div that begins here is never closed"),
        ("# A\n\n::: {.b}\nx\n:::\n\n:::\n", "a.qmd:7: ::: closes a div that is not open"),
        ("# A\n\n@eq-a.\n", "a.qmd:3: a paragraph that begins with `@name.` is an example list"),
        ("# A\n\n::: {#rem-a}\nx\n:::\n\n@rem-b\n", "a.qmd:7: the reference @rem-b is not defined"),
        ("# A\n\n::: {#nte-a .callout-tip}\nx\n:::\n", "a.qmd:3: the label of a callout-note is on another callout"),
        ("# A\n\n::: {#nte-a}\nx\n:::\n", "a.qmd:3: the label nte-a is on a div of another kind"),
        ("# A\n\n$$ x is never closed.\n", "a.qmd:3: TeX is shown as text"),
        ("# A\n\nB\n\n\\newpage\n", "a.qmd:5: TeX outside of a formula is not on the page: \\newpage"),
        ("# A\n\nIn \\textbf{words}.\n", "a.qmd:3: TeX outside of a formula is not on the page: \\textbf{words}"),
        ("# A\n\n```python\nx = 1\ny = 2  # <1>\n```\n\n1. One\n", "a.qmd:5: code annotations"),
        ('# A\n\n```{.python code-line-numbers="true"}\nx\n```\n', "a.qmd:3: the attribute code-line-numbers is not"),
        ('# A\n\n|a|\n|-|\n|b|\n\n: T {tbl-colwidths="[9]"}\n', "a.qmd:7: the attribute tbl-colwidths is not"),
        ("# A\n\n::: {.aside}\nx\n:::\n", "a.qmd:3: the class .aside is not supported"),
        ("# A\n\nWords [x]{.aside}.\n", "a.qmd:3: the class .aside is not supported"),
        ("# A\n\n::: {.column-margin}\nx\n:::\n", "a.qmd:3: the class .column-margin is not supported"),
        ("# A\n\n![x](a.svg){.column-page-inset-right}\n", "a.qmd:3: the class .column-page-inset-right is not"),
        ("# A\n\n```{python}\n#| column: margin\n1\n```\n", "a.qmd:3: the class .column-margin is not supported"),
        ('# A\n\n::: {.content-visible unless-profile="b"}\nx\n:::\n', "a.qmd:3: conditional content knows only"),
        ('# A\n\n::: {.content-visible when-meta="b"}\nx\n:::\n', "a.qmd:3: conditional content knows only"),
        ("# A\n\n::: {.callout-hint}\nx\n:::\n", "a.qmd:3: there is no callout-hint"),
        ("# A\n\n::: {.columns}\nx\n:::\n", "a.qmd:3: the class .columns is not supported"),
        ('# A\n\n::: {.panel-tabset group="g"}\n## B\nx\n:::\n', "a.qmd:3: the attribute group is not supported"),
        ("---\ntitle: A\njupyter: julia\n---\n", "a.qmd:1: front matter key `jupyter` is 'julia'; press does only"),
        ("---\ntitle: A\nlang: de\n---\n", "a.qmd:1: front matter key `lang` is not supported"),
        ("# A\n\n::: {.hidden}\n[]{#sec-b}\n:::\n\n@sec-b\n", "a.qmd:7: the reference @sec-b is not defined"),
    ],
)
def test_a_fault_in_a_chapter(book: Make, capsys: pytest.CaptureFixture[str], text: str, message: str) -> None:
    assert f"error: {message}" in said(book({"a.qmd": text}), capsys)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("project: [", "_quarto.yml:1: is not valid YAML"),
        (
            "project:\n  type: book\nbook:\n  title: T\n  chapters:\n    - index.qmd\n    - no.qmd\n",
            "_quarto.yml:7: lists the chapter no.qmd",
        ),
        (
            "project:\n  type: book\nbook:\n  title: T\n  chapters: [index.qmd, index.qmd]\n",
            "lists the chapter index.qmd twice",
        ),
        ("project:\n  type: website\nbook:\n  title: T\n", "_quarto.yml:2: the project's type is not book"),
        ("project:\n  type: book\nbook:\n  titel: T\n", "_quarto.yml:4: the key `titel` is not supported"),
        ("project:\n  type: book\nbook:\n  chapters: [index.qmd]\n", "_quarto.yml:3: the book has no title"),
        ("project:\n  type: book\nbook:\n  title: T\n  chapters: [a.qmd]\n", "the first chapter must be index.qmd"),
        (
            "project:\n  type: book\nbook:\n  title: T\n  chapters: [index.qmd]\nbibliography: no.bib\n",
            "_quarto.yml:6: the bibliography no.bib",
        ),
        ("", "_quarto.yml:1: is not a list"),
        *(
            (
                f"project:\n  type: book\n{given}",
                f"_quarto.yml:{3 + given.count(chr(10), 0, given.index(key))}: the key `{key}`",
            )
            for key, given in (
                ("sidebar", "book:\n  title: T\n  sidebar: {style: docked}\n"),
                ("cover-image", "book:\n  title: T\n  cover-image: a.png\n"),
                ("date", "book:\n  title: T\n  date: today\n"),
                ("search", "book:\n  title: T\n  search: false\n"),
                ("jupyter", "book:\n  title: T\njupyter: julia-1.9\n"),
                ("lang", "book:\n  title: T\nlang: de\n"),
                ("filters", "book:\n  title: T\nfilters: [mine.lua]\n"),
                ("css", "book:\n  title: T\nformat:\n  html:\n    toc: true\n    css: my.css\n"),
                ("include-in-header", "book:\n  title: T\nformat:\n  html:\n    include-in-header: a.html\n"),
                ("number-sections", "book:\n  title: T\nnumber-sections: often\n"),
            )
        ),
    ],
)
def test_a_fault_in_the_configuration(
    book: Make, capsys: pytest.CaptureFixture[str], config: str, message: str
) -> None:
    made = book({"a.qmd": "# A\n"})
    made.write("_quarto.yml", config)
    assert message in said(made, capsys)


def test_a_python_error_names_the_line_that_raised(book: Make, capsys: pytest.CaptureFixture[str]) -> None:
    cell = "# A\n\n```{python}\n#| echo: false\n\nx = 1\n\ny = x / 0\n```\n"
    inline = "# B\n\nSome text\nwith `{python} nothing` in it.\n"
    syntax = "# D\n\n```{python}\nx = 1\nx = = 2\n```\n"
    text = said(book({"a.qmd": cell, "b.qmd": inline, "d.qmd": syntax}), capsys)
    assert "a.qmd:8: ZeroDivisionError: division by zero\n" in text
    assert "b.qmd:4: NameError: name 'nothing' is not defined" in text
    assert re.search(r"d\.qmd:5: SyntaxError: [^()]+$", text, re.MULTILINE)
    assert "3 faults" in text


def test_a_python_error_names_the_places_it_went_through(book: Make, capsys: pytest.CaptureFixture[str]) -> None:
    first = "```{python}\n#| echo: false\nimport json\nimport rlgeo\ndef f(text):\n    return rlgeo.g(text)\n```\n"
    module = "import json\n\n\ndef g(text):\n    return json.loads(text)\n"
    made = book({"a.qmd": f"# A\n\n{first}\n```{{python}}\n\n1\n2; f('{{')\n```\n", "rlgeo/__init__.py": module})
    (made.root / ".venv/lib").mkdir(parents=True)
    text = said(made, capsys)
    assert "a.qmd:14: JSONDecodeError: Expecting property name" in text
    assert "\n    called a.qmd:8 in f\n    called rlgeo/__init__.py:5 in g\npress: stopped, 1 fault" in text


@pytest.mark.parametrize("formula", ['$x = `{python} f"{0.278:.3f}"`$', "$$\nx = `{python} -0.5 - 1j`\n$$"])
def test_text_put_into_a_formula(book: Make, capsys: pytest.CaptureFixture[str], formula: str) -> None:
    text = said(book({"a.qmd": f"# A\n\nOutside `{{python}} f'{{0.5:.2f}}'`\n\n{formula}\n"}), capsys)
    assert re.search(r"error: a.qmd:[56]: the inline expression .* would put .* into a formula", text)
    assert "1 fault" in text


def test_more_markdown_than_a_page_takes(book: Make, capsys: pytest.CaptureFixture[str]) -> None:
    cell = "```{python}\nfrom IPython.display import Markdown\nMarkdown('word ' * 800_000)\n```\n"
    assert "a.qmd:3: the cell displays 4,000,000 signs of Markdown" in said(book({"a.qmd": f"# A\n\n{cell}"}), capsys)


def test_an_output_that_quarto_would_load_scripts_for(book: Make, capsys: pytest.CaptureFixture[str]) -> None:
    text = "# A\n\n```{python}\nfrom IPython.display import HTML\nHTML('<b>x</b>')\n```\n"
    assert "a.qmd:3: the output is HTML" in said(book({"a.qmd": text}), capsys)


def test_a_bad_formula_is_named(book: Make, capsys: pytest.CaptureFixture[str], bundle: None) -> None:
    text = "# A\n\nFine $x^2$.\n\n$$\n\\begin{aligned}\n  a &= \\nosuchmacro\n\\end{aligned}\n$$\n\nBad $\\frac{1}$.\n"
    text = said(book({"a.qmd": text}), capsys)
    assert "a.qmd:6:" in text
    assert "nosuchmacro" in text
    assert "a.qmd:11:" in text


def test_labels_are_unique_over_the_whole_book(book: Make, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(book({"a.qmd": "# A {#sec-a}\n", "b.qmd": "# B\n\n## C {#sec-a}\n"}), capsys)
    assert "b.qmd:3: the label sec-a is already defined in a.qmd" in text


def test_cell_labels_are_unique(book: Make, capsys: pytest.CaptureFixture[str]) -> None:
    cells = "# A\n\n```{python}\n#| label: one\n1\n```\n\n```{python}\n#| label: one\n2\n```\n"
    assert "a.qmd:8: the cell label one is already used on line 3" in said(book({"a.qmd": cells}), capsys)


def test_a_failing_pre_render_command(book: Make, capsys: pytest.CaptureFixture[str]) -> None:
    made = book({"a.qmd": "# A\n"})
    config = made.root / "_quarto.yml"
    config.write_text(
        config.read_text().replace("  type: book", "  type: book\n  pre-render: python -c 'raise SystemExit(3)'")
    )
    assert "_quarto.yml:3: `python -c 'raise SystemExit(3)'` failed" in said(made, capsys)


def test_an_error_in_the_package_names_its_line_before_any_cell_runs(
    book: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RLGEO_PAGE_PYTHON", "no")
    made = book({"a.qmd": "# A\n", "rlgeo/figures/theme.py": "print('{}')\n", "web/package-lock.json": "{}\n"})
    made.write("rlgeo/__init__.py", "from rlgeo import methods\n")
    made.write("rlgeo/live/__main__.py", "import rlgeo\n")
    for name in ("prebuild.py", "machine.py"):
        made.write(f"web/{name}", (ROOT / "web" / name).read_text(encoding="utf-8"))
    installed = hashlib.sha256((made.root / "web/package-lock.json").read_bytes()).hexdigest()
    made.write("web/node_modules/.rlgeo-lock", installed)
    with subprocess.Popen([sys.executable, "-c", ""]) as killed:
        made.write("web/generated/build.lock", str(killed.pid))  # holds nobody up
    (made.root / "_extensions").unlink()
    config = made.root / "_quarto.yml"
    config.write_text(config.read_text().replace("  type: book", "  type: book\n  pre-render: web/prebuild.py"))
    for wrong, cause in (
        ("one = 1\ntwo = = 2\n", "methods.py:2: SyntaxError: invalid syntax"),
        ("1 / 0\n", "methods.py:1: ZeroDivisionError: division by zero"),
    ):
        made.write("rlgeo/methods.py", wrong)
        told = said(made, capsys)
        assert f"`web/prebuild.py` failed:\nweb: `python -m rlgeo.live` failed\nrlgeo/{cause}\n" in told
        assert "Traceback" not in told


def test_commands_after_rendering_run_and_their_files_are_the_sites(
    book: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    made = book({"a.qmd": "# A\n"})
    config = made.root / "_quarto.yml"
    whole = config.read_text()
    config.write_text(whole.replace("type: book", "type: book\n  post-render: [post.py, python -c 'print(1)']"))
    made.write("post.py", "import os\nopen(os.environ['QUARTO_PROJECT_OUTPUT_DIR'] + '/CNAME', 'w').write('x')\n")
    assert made.main("build") == 0
    assert (made.root / "_site/CNAME").exists()
    assert made.main("build") == 0
    config.write_text(whole.replace("type: book", "type: book\n  post-render: [no-such-program]"))
    assert made.main("build") == 1
    assert "_quarto.yml:3: `no-such-program` failed" in capsys.readouterr().err


PLOT = "import plotly.graph_objects as go\nfigure = go.Figure(go.{}(z=[[1, 2], [3, 4]]))\nfigure\n"


@pytest.mark.parametrize(
    ("trace", "message"),
    [
        ("Surface", "a.qmd:3: the pages' Plotly (its cartesian bundle) does not draw surface"),
        ("Heatmap", "a.qmd:3: a Plotly figure is shown before `rlgeo.figures` is imported"),
    ],
)
def test_a_figure_that_the_page_cannot_show(
    book: Make, capsys: pytest.CaptureFixture[str], trace: str, message: str
) -> None:
    assert message in said(book({"a.qmd": f"# A\n\n```{{python}}\n{PLOT.format(trace)}```\n"}), capsys)


def test_a_reference_to_a_section_that_shows_no_number(book: Make, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(
        book({"a.qmd": "# A\n\nSee @sec-one and @sec-deep.\n\n### One {#sec-one}\n\n#### Deep {#sec-deep}\n"}), capsys
    )
    assert "a.qmd:3: the reference @sec-deep is to an unnumbered section" in text
    assert "1 fault" in text
