"""Small books that are odd and right, and others that are wrong in ways of their own: a page or a sentence for each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.press.conftest import SmallBook

Make = Callable[..., SmallBook]
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[SmallBook, str], str]:
    """What a command that fails says."""

    def run(made: SmallBook, command: str) -> str:
        capsys.readouterr()
        assert made.main(command) == 1
        return capsys.readouterr().err

    return run


def configure(made: SmallBook, old: str, new: str) -> None:
    path = made.root / "_quarto.yml"
    path.write_text(path.read_text().replace(old, new))


def test_names_with_spaces_and_accents(book: Make) -> None:
    name = "c/02 été (x).qmd"
    text = "# Été {#sec-ete}\n\n![Dot](<../bild 1.svg>){#fig-d}\n\n[home](../index.qmd)\n\n```{python}\nprint(1)\n```\n"
    link = "# Next\n\n[back](<02 été (x).qmd>), [again](02%20été%20(x).qmd#sec-ete), @sec-ete.\n"
    made = book({name: text, "c/03.qmd": link, "bild 1.svg": DOT}, listed=["index.qmd", f'"{name}"', "c/03.qmd"])
    for command in ("build", "pdf", "notebooks"):
        assert made.main(command) == 0
    assert (made.root / "_site/bild 1.svg").read_text() == DOT
    assert (made.root / "c/notebooks/02 été (x).ipynb").is_file()


def test_lines_that_end_as_on_windows(book: Make) -> None:
    made = book({"a.qmd": ""})
    text = "# A {#sec-a}\n\n```{python}\n#| echo: false\nprint('x')\n```\n\n"
    text += "And `{python} 1+1`, $$\ny\n$$ {#eq-y}\n\nSee @eq-y.\n"
    (made.root / "a.qmd").write_bytes(text.replace("\n", "\r\n").encode())
    assert made.main("build") == 0
    assert "And 2," in made.page("a.html")
    assert 'href="#eq-y"' in made.page("a.html")


def test_signs_that_are_no_text(book: Make) -> None:
    shown = "print('a\\x00b\\x0c\\x07c\\x1b]8;;http://x.y\\x07link\\x1b]8;;\\x07')"
    made = book({"a.qmd": f"# A\n\n```{{python}}\n#| echo: false\n{shown}\n```\n"})
    for command in ("build", "pdf", "notebooks"):
        assert made.main(command) == 0
    assert not set("\x00\x07\x0c\x1b") & set(made.page("a.html"))


@pytest.mark.parametrize("pattern", ["/etc/hostname", "../*.txt", "~/x", "a/../../*.txt"])
def test_resources_of_another_folder(book: Make, said: Callable[[SmallBook, str], str], pattern: str) -> None:
    made = book({"a.qmd": "# A\n"})
    configure(made, "  output-dir: _site\n", f"  output-dir: _site\n  resources: ['{pattern}']\n")
    assert f"_quarto.yml:4: the resource {pattern} is not in the book's folder" in said(made, "build")


def test_resources_that_hold_the_site_itself(book: Make) -> None:
    made = book({"a.qmd": "# A\n", "data/x.csv": "1\n"})
    configure(made, "  output-dir: _site\n", "  output-dir: _site\n  resources: '*/*'\n")
    for _ in range(3):
        assert made.main("build") == 0
    assert (made.root / "_site/data/x.csv").is_file()
    assert not (made.root / "_site/_site").exists()


@pytest.mark.parametrize(
    ("command", "message"), [("echo 'x", "No closing quotation"), ("", "an empty command"), ("no-such-x", "no-such-x")]
)
def test_commands_that_are_none(book: Make, said: Callable[[SmallBook, str], str], command: str, message: str) -> None:
    made = book({"a.qmd": "# A\n"})
    configure(made, "  output-dir: _site\n", f'  output-dir: _site\n  pre-render: ["{command}"]\n')
    assert message in said(made, "build")


@pytest.mark.parametrize("name", ["d.svg", "d.png"])
def test_a_picture_that_is_none(book: Make, said: Callable[[SmallBook, str], str], name: str) -> None:
    made = book({"a.qmd": f"# A\n\nWords.\n\n![Cap]({name}){{#fig-a}}\n", name: "<svg"})
    assert f"a.qmd:5: Typst cannot read the picture {name}" in said(made, "pdf")


def test_a_title_that_is_a_path(book: Make) -> None:
    made = book({"a.qmd": "# A\n"})
    configure(made, "title: A Test Book", 'title: "../../x: a/b?"')
    assert made.main("pdf") == 0
    assert [path.name for path in (made.root / "_site").glob("*.pdf")] == ["x-ab.pdf"]


@pytest.mark.parametrize("text", ["---\ntitle: Lost\n---\n\nGone.\n", "# Lost {.unnumbered}\n\nGone.\n"])
def test_the_missing_page_has_its_title(book: Make, text: str) -> None:
    made = book({"a.qmd": "# A\n"})
    made.write("404.qmd", text)
    assert made.main("build") == 0
    assert "<h1>Lost</h1>" in made.page("404.html")
    assert "<p>Gone.</p>" in made.page("404.html")


@pytest.mark.parametrize(
    ("code", "message"),
    [("import os\nos._exit(3)", "the Python kernel died"), ("import sys\nsys.exit(3)", "SystemExit: 3"),
     ("input('name')", "does not support input requests")],
)  # fmt: skip
def test_cells_that_leave_or_ask(book: Make, said: Callable[[SmallBook, str], str], code: str, message: str) -> None:
    made = book({"a.qmd": f"# A\n\n```{{python}}\n{code}\n```\n"})
    assert f"{message}" in said(made, "build")


def test_a_title_with_everything_in_it(book: Make, bundle: None) -> None:
    title = "# On $\\beta$ and *em* @doe2020^[note] `code` {#sec-a}\n\nSee @sec-b.\n\n## Sub $x$ [link](b.qmd)\n"
    made = book({"a.qmd": title, "b.qmd": '# B <x> & "q" {#sec-b}\n\n::: {#refs}\n:::\n'})
    for command in ("build", "pdf", "notebooks"):
        assert made.main(command) == 0
