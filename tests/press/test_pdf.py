"""The printed book: the same numbers as on the page, and faults instead of a half PDF."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Iterator

import pypandoc
import pytest
from pypdf import PdfReader

from press.pandoc import pandoc
from tests.press.conftest import ROOT, SmallBook

Make = Callable[..., SmallBook]


@pytest.fixture(autouse=True)
def no_loop() -> Iterator[None]:
    """The driver of other tests' browser leaves its event loop running in this process; press wants one of its own."""
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)


CHAPTER = r"""
# Alpha {#sec-alpha}

It is `{python} 6 * 7`, as @doe2020 says; see @eq-main, @thm-main and [the end](#sec-end).

$$
J(\theta) = \mathbb{E}\!\left[ r \right] - \beta\,\mathrm{KL}\;.
$$ {#eq-main}

::: {#thm-main name="Main"}
True.
:::

::: {.proof}
Clear.
:::

::: {.callout-tip title="A hint"}
Look.
:::

| a | b |
|---|---|
| 1 | 2 |

: Numbers {#tbl-a}

## End {#sec-end}

::: {.content-visible when-format="html"}
Never in print.
:::
"""
FIGURE = r"""
# Figure

```{=html}
<rl-figure aria-label="A line">
<script type="application/json">{"data": [{"y": [1, 2]}], "layout": {}}</script></rl-figure>
```
"""
REFERENCES = "# References {.unnumbered}\n\n::: {#refs}\n:::\n"


def text(made: SmallBook) -> str:
    reader = PdfReader(made.root / "_site/A-Test-Book.pdf")
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_print_has_the_pages_numbers_and_words(book: Make, bundle: None) -> None:
    made = book({"c/01-alpha.qmd": CHAPTER, "refs.qmd": REFERENCES})
    assert made.main("pdf") == 0
    words = text(made)
    for piece in (
        "A Test Book", "Contents", "Chapter 1 Alpha", "It is 42, as Doe (2020) says; see Equation 1.1, Theorem 1.1",
        "(1.1)", "Theorem 1.1 (Main).", "Proof.", "A hint", "Table 1.1: Numbers", "1.1 End", "Doe, Jane. 2020.",
    ):  # fmt: skip
        assert piece in words
    pages = [page.extract_text() for page in PdfReader(made.root / "_site/A-Test-Book.pdf").pages]
    (number,) = [i for i, page in enumerate(pages, 1) if "Chapter 1\n" in page]
    assert pages[number - 1].split()[-1] == str(number)  # at the foot of a chapter's first page
    assert "Never in print" not in words
    assert "\\" not in words
    first = (made.root / "_site/A-Test-Book.pdf").read_bytes()
    assert made.main("pdf") == 0
    assert (made.root / "_site/A-Test-Book.pdf").read_bytes() == first
    assert 'href="A-Test-Book.pdf"' in made.page("index.html")


def test_a_formula_without_a_translation_stops_print(
    book: Make, bundle: None, capsys: pytest.CaptureFixture[str]
) -> None:
    made = book({"a.qmd": "# A\n\nFine $x$.\n\nOn the page only: $\\smash{x}$.\n"})
    assert made.main("build") == 0
    assert made.main("pdf") == 1
    assert "a.qmd:5: no Typst for the formula" in capsys.readouterr().err
    assert not list((made.root / "_site").glob("*.pdf"))


def test_no_browser_is_said_clearly(
    book: Make, bundle: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = book({"a.qmd": FIGURE})
    monkeypatch.setenv("BROWSER_PATH", str(made.root / "none"))
    assert made.main("pdf") == 1
    assert "apt install chromium" in capsys.readouterr().err
    assert not (made.root / "_site").exists()


@pytest.mark.browser
def test_figures_are_drawn_and_kept(book: Make, bundle: None, chromium: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_PATH", chromium)
    made = book({"a.qmd": FIGURE})
    assert made.main("pdf") == 0
    assert len(list((made.root / ".press/stills").glob("*.pdf"))) == 1
    printed = (made.root / "_site/A-Test-Book.pdf").read_bytes()
    made.main("clean")
    assert made.main("pdf") == 0
    assert (made.root / "_site/A-Test-Book.pdf").read_bytes() == printed  # the browser's own dates stay out
    monkeypatch.setenv("BROWSER_PATH", str(made.root / "none"))
    assert made.main("pdf") == 0
    made.write("a.qmd", FIGURE.replace("[1, 2]", "[1, 3]"))
    assert made.main("pdf") == 1


@pytest.mark.parametrize(
    ("tex", "typst"),
    [
        (r"|r''(\hat a)|", r"lr(|r'' \( hat(a) \)|)"),
        (r"\|\nabla J\|", "∥nabla J∥"),
        (r"\frac{|a|}{|b|}", "lr(|a|) / lr(|b|)"),
        (r"K(p\,\|\,q) - K(p\|q)", r"K \( p thin parallel thin q \) - K \( p parallel q \)"),
        (r"p(a|b)", r"p \( a \| b \)"),
        (r"\left|x\right| + |y|", "lr(|x|) + lr(|y|)"),
        (r"a\!b\;c", "a b med c"),
    ],
)
def test_tex_that_pandoc_would_space_wrongly(tex: str, typst: str) -> None:
    filters = ["--lua-filter", str(ROOT / "_extensions/rlgeo/typst-math.lua")]
    assert pandoc(f"${tex}$", ["-f", "markdown", "-t", "typst", *filters], ROOT).strip() == f"${typst}$"


def test_columns_of_a_table_are_as_wide_as_they_need_to_be() -> None:
    table = f"| a | b |\n|---|---|\n| `code` | {'word ' * 30}|\n"
    filters = ["--lua-filter", str(ROOT / "_extensions/rlgeo/typst-tables.lua")]
    assert "columns: (" in pandoc(table, ["-f", "markdown", "-t", "typst"], ROOT)
    assert "columns: 2," in pandoc(table, ["-f", "markdown", "-t", "typst", *filters], ROOT)
    code = "| a | b |\n|---|---|\n| `short_code` | `use_bias_correction_kl=True` |\n"
    typst = pandoc(code, ["-f", "markdown", "-t", "typst", *filters], ROOT)
    assert "short_code" in typst  # a long name may end its line after a part, and not lie on the next column
    assert "use_\u200bbias_\u200bcorrection_\u200bkl=\u200bTrue" in typst
    words = f"| a | b | c |\n|---|---|---|\n| {'one ' * 8}| {'two ' * 12}| {'three ' * 20}|\n"
    assert "columns: (auto, auto, 42%)" in pandoc(words, ["-f", "markdown", "-t", "typst", *filters], ROOT)


def test_what_quartos_print_lacks() -> None:
    """The filter runs in Quarto only; what it needs of Quarto is a few functions and the names of floats and proofs."""
    filters = ROOT / "_extensions/rlgeo/typst-book.lua"
    script = f"""
    quarto = {{ base64 = {{ decode = function(text) return text end }}, json = pandoc.json }}
    FORMAT = "typst"
    local meta, titles, blocks = table.unpack(dofile({str(filters)!r}))
    local function begin(pass, name)
      local item = '{{"bookItemType":"chapter","bookItemNumber":3,"bookItemFile":' .. name .. '}}'
      pass.RawBlock(pandoc.RawBlock("html", "<!-- quarto-file-metadata: " .. item .. " -->"))
    end
    meta.Meta({{ book = {{ ["site-url"] = "https://a.b/c/" }} }})
    local function float(id)
      return {{ identifier = id, caption_long = pandoc.Plain("Words.") }}
    end
    assert(blocks.FloatRefTarget(float("fig-a")) == nil)  -- of no chapter
    begin(titles, '"lab.qmd"')
    titles.Header(pandoc.Header(1, "Lab", pandoc.Attr("sec-lab")))
    begin(titles, '"preface.qmd"')  -- what follows counts as no chapter, and the one after it as the third
    print(titles.Header(pandoc.Header(1, "P", pandoc.Attr("p", {{ "unnumbered" }})))[2].text)
    begin(titles, '"f.qmd"')
    print(titles.Header(pandoc.Header(1, "F"))[1].text)
    begin(titles, '"d/e.qmd"')
    print(titles.Header(pandoc.Header(1, "E")).identifier)
    begin(blocks, "null")
    assert(blocks.FloatRefTarget(float("tbl-a")) == nil)
    local link = blocks.FloatRefTarget(float("fig-a")).caption_long.content[3]
    print(pandoc.utils.stringify(link), link.target)
    local targets = {{ "../lab.qmd#try=x", "lab.qmd#method=pg&beta=1", "../lab.qmd", "e.qmd", "../lab.qmd#sec-a",
      "https://b.c/#a=b" }}
    for _, target in ipairs(targets) do
      local made = blocks.Link(pandoc.Link("Words", target))
      print(made and made.target)
    end
    print(pandoc.utils.type(blocks.Link(pandoc.Link("Words", "../gone.qmd"))))
    local proof = {{ type = "Proof", div = pandoc.Div {{ pandoc.Para "So it is." }} }}
    print((pandoc.write(pandoc.Pandoc(blocks.Proof(proof).div), "typst"):gsub("\\n+", "|")))
    print(#blocks.Div(pandoc.Div({{}}, pandoc.Attr("refs"))))
    """
    ran = subprocess.run([pypandoc.get_pandoc_path(), "lua", "-"], input=script, text=True, capture_output=True)
    said = ["#counter(heading).update(0)", "#counter(heading).update(2)", "chapter-d-e-qmd"]
    said += ["Interactive on the web.\thttps://a.b/c/d/e.html#fig-a"]
    said += ["https://a.b/c/lab.html#try=x", "https://a.b/c/d/lab.html#method=pg&beta=1"]
    said += ["#sec-lab", "#chapter-d-e-qmd", "#sec-a", "nil", "Inlines"]
    said += ["#block[|So it is.#h(1fr)#sym.wj#box($square$)|#v(.6em)|]", "3"]
    assert ran.stdout.splitlines() == said, ran.stderr


def test_a_state_of_the_lab_is_printed_as_a_link_to_the_site(book: Make) -> None:
    made = book({"c/01-a.qmd": "# A\n\nNow [make it collapse](../lab.qmd#try=x).\n", "lab.qmd": "# Lab\n\nHere.\n"})
    assert made.main("pdf") == 0
    pages = PdfReader(next((made.root / "_site").glob("*.pdf"))).pages
    links = [note.get_object().get("/A", {}).get("/URI") for page in pages for note in page.get("/Annots", [])]
    assert "https://example.org/book/lab.html#try=x" in links
    assert any("make it collapse" in page.extract_text() for page in pages)


def test_the_race_is_printed_as_it_stands_where_no_script_runs(book: Make) -> None:
    drawing = '<svg viewBox="0 0 90 40"><text y="20" fill="var(--rl-policy)">Six ways</text></svg>'
    race = f"<rl-race><noscript>{drawing}<p>A still.</p></noscript></rl-race>"
    made = book({"a.qmd": f"# A\n\n::: {{#fig-r}}\n```{{=html}}\n{race}\n```\n\nThe race.\n:::\n"})
    assert made.main("pdf") == 0
    text = "".join(page.extract_text() for page in PdfReader(next((made.root / "_site").glob("*.pdf"))).pages)
    assert "Six ways" in text
    assert "Interactive on the web" in text


def test_columns_without_an_alignment_begin_at_the_left() -> None:
    filters = ["--lua-filter", str(ROOT / "_extensions/rlgeo/typst-tables.lua")]
    typst = pandoc("| a | b | c |\n|---|:-:|--:|\n| 1 | 2 | 3 |\n", ["-f", "markdown", "-t", "typst", *filters], ROOT)
    assert "align: (left,center,right,)" in typst
