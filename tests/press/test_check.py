"""The judge of finished sites, on pages as Quarto writes them where something is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from press.__main__ import main
from press.search import give_words
from tests.press.conftest import ROOT

GOOD = """<!doctype html><html lang="en"><head><title>$$ of a title</title>
<link rel="stylesheet" href="site_libs/a.css"><link rel="canonical" href="https://example.org/">
<script src="site_libs/a.js"></script></head><body>
<h1 id="sec-a">A</h1><p>Costs $5 or <code>\\frac{1}{2} ?@fig-x ::: {{&lt;</code>, <a href="b.html#sec-b">B</a>,
<a href="b.html">B</a>, <a href="#sec-a">here</a>, <a href="https://example.org/x">there</a>,
<a href="mailto:a@b.c">me</a>,
<a href="b.html#method=grpo">a state</a>.</p>
<span class="katex"><math><semantics><mi>x</mi><annotation>\\frac{1}{2}</annotation></semantics></math></span>
<span class="citation" data-cites="doe"><strong>Why?</strong></span>
<img src="a%20b.svg" alt=""><figure id="fig-a"><rl-figure role="group" aria-label="A line"></rl-figure></figure>
<script>var tex = "\\\\frac $$ ?@fig-no";</script></body></html>"""
OTHER = '<!doctype html><html lang="en"><body><h1 id="sec-b">B</h1><a href="./">up</a></body></html>'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small sound site, with its sources."""
    site = tmp_path / "_site"
    (site / "site_libs").mkdir(parents=True)
    for name, text in {"index.html": GOOD, "b.html": OTHER, "a b.svg": "<svg/>"}.items():
        (site / name).write_text(text)
    (site / "site_libs/a.css").write_text("a { background: url(b.png) url(data:image/png;base64,AA) }")
    (site / "site_libs/a.js").write_text("")
    (tmp_path / "index.qmd").write_text("# A {#sec-a}\n\nOne.\n\nSee @fig-no, [x](no.qmd) and $\\frac{1}{2}$.\n")
    return tmp_path


def judged(root: Path) -> int:
    return main(["--root", str(root), "check", str(root / "_site")])


def test_a_sound_site(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(root) == 0, capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("<p>See <strong>?@fig-no</strong>.</p>", "index.qmd:5: the reference @fig-no is not resolved"),
        ('<a class="quarto-unresolved-ref" href="#x" id="x">x</a>', "index.qmd: a reference is not resolved"),
        (
            '<span class="citation" data-cites="roe doe"><strong>doe?</strong></span>',
            "the bibliography has no entry doe",
        ),
        ('<a href="no.html">x</a>', "index.qmd:5: the link leads to no.qmd, which is not a chapter"),
        ('<a href="no.qmd">x</a>', "the link leads to no.qmd, which is not a chapter"),
        ('<a href="b.html#sec-c">x</a>', "there is nothing named #sec-c in b.qmd"),
        ('<a href="#sec-c">x</a>', "there is nothing named #sec-c in index.qmd"),
        ('<a href="../x.html">x</a>', "the link ../x.html leaves the book"),
        ('<a href="/x.html">x</a>', "the link /x.html leaves the book"),
        ('<a href="paper.pdf">x</a>', "the file paper.pdf does not exist"),
        ('<img src="no.svg" alt="x">', "the file no.svg does not exist"),
        ('<img src="a%20b.svg">', "the picture a%20b.svg has no alt text"),
        ("<rl-figure></rl-figure>", "a figure has no alt text"),
        ('<p id="sec-a">x</p>', "index.qmd:1: the label sec-a stands twice on the page"),
        ('<span class="math inline">x</span>', "a formula is not rendered"),
        ("<p>So \\(x\\).</p>", "So \\(x\\).”"),
        ("<p>So \\begin{align} x \\end{align}</p>", "TeX is shown as text"),
        ("<p>$$ x $$</p>", "TeX is shown as text"),
        ("<p>A</p>\n::: {.callout}\n", "Markdown is shown as text"),
        ("<p>Two {{&lt; meta x >}}</p>", "Markdown is shown as text"),
        (
            '<script src="https://cdn.example.org/a.js"></script>',
            "loads https://cdn.example.org/a.js from another host",
        ),
        ('<link rel="stylesheet" href="//cdn.example.org/a.css">', "loads //cdn.example.org/a.css from another host"),
        ('<link rel="preconnect" href="https://x.example.org">', "loads https://x.example.org from another host"),
        ('<img alt="" src="https://x.example.org/a.png">', "loads https://x.example.org/a.png from another host"),
    ],
)
def test_what_is_wrong_with_a_page(root: Path, capsys: pytest.CaptureFixture[str], wrong: str, message: str) -> None:
    page = root / "_site/index.html"
    page.write_text(GOOD.replace("</body>", f"{wrong}</body>"))
    assert judged(root) == 1
    said = capsys.readouterr().err
    assert f"{message}" in said
    assert "press: stopped, 1 fault." in said


def test_a_label_on_two_pages_and_styles_from_elsewhere(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "_site/b.html").write_text(OTHER.replace("<a", '<figure id="fig-a"></figure><a'))
    (root / "_site/site_libs/a.css").write_text('@import "https://fonts.example.org/a.css"; a { src: url(//x.org/a) }')
    assert judged(root) == 1
    said = capsys.readouterr().err
    assert "the label fig-a is already defined in " in said
    assert "site_libs/a.css: loads https://fonts.example.org/a.css from another host" in said
    assert "site_libs/a.css: loads //x.org/a from another host" in said


def test_quartos_search_finds_words_of_formulas(tmp_path: Path) -> None:
    """Its index holds each formula as MathML, TeX and what is shown, written as one word."""
    mathml = "<math><semantics><mi>β</mi><annotation>\\beta &lt; 1</annotation></semantics></math>"
    shown = '<span class="katex-html" aria-hidden="true"><span class="base">β</span></span>'
    formula = f'<span class="katex"><span class="katex-mathml">{mathml}</span>{shown}</span>'
    (tmp_path / "a.html").write_text(f"<p>For {formula}, and {formula}.</p>", encoding="utf-8")
    entry = {"objectID": "a.html#s", "title": "A", "section": "S", "text": "For β\\beta &lt; 1β, and β\\beta &lt; 1β."}
    (tmp_path / "search.json").write_text(json.dumps([entry]), encoding="utf-8")
    give_words(tmp_path)
    (made,) = json.loads((tmp_path / "search.json").read_text(encoding="utf-8"))
    assert made == entry | {"text": "For β, and β."}


@pytest.mark.usefixtures("bundle")
def test_what_quarto_renders_is_finished_and_judged(root: Path) -> None:
    """Its pages work from a file, where a browser loads no modules and opens no folder; a shared link shows the
    chapter; a wrong page fails the rendering."""
    site, page = root / "_site", root / "_site/index.html"
    tag = '<script src="site_libs/quarto-html/{}.js" type="module"></script>'
    home = '<a href="./">Book</a>'
    page.write_text(GOOD.replace("</body>", f"{home}{tag.format('quarto')}\n{tag.format('tabsets/tabsets')}</body>"))
    head = '<meta name="description" content="Own"><meta property="og:site_name" content="The (1) Book">'
    meta = '<meta {0}="{1}:title" content="{2}"><meta {0}="{1}:description" content="{3}">'
    kinds = {"og": "property", "twitter": "name"}
    for i, title in enumerate(("6&nbsp; A – B", "Appendix A — C", "D")):
        given = "".join(meta.format(kind, name, f"{title} – The (1) Book", "Old") for name, kind in kinds.items())
        (site / f"c{i}.html").write_text(f"<html><head>{head}{given}</head><body></body></html>")
    (site / "site_libs/quarto-html/tabsets").mkdir(parents=True)
    (site / "site_libs/quarto-html/quarto.js").write_text('import * as tabs from "./tabsets/tabsets.js";\ntabs.init();')
    (site / "site_libs/quarto-html/tabsets/tabsets.js").write_text('export function init() { document.title = "!"; }')
    environment = {**os.environ, "QUARTO_PROJECT_RENDER_ALL": "1", "QUARTO_PROJECT_OUTPUT_DIR": str(site)}

    def finish() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, ROOT / "web/finish.py"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    done = finish()
    assert done.returncode == 0, done.stderr
    assert '<script src="site_libs/quarto-html/quarto.js" defer></script>' in page.read_text()
    assert "module" not in page.read_text()
    assert '<a href="./index.html">Book</a>' in page.read_text()
    for i, title in enumerate(("A – B", "C", "D")):
        told = "".join(meta.format(kind, name, title, "Own") for name, kind in kinds.items())
        assert told in (site / f"c{i}.html").read_text()
    assert "document.title" in (script := (site / "site_libs/quarto-html/quarto.js").read_text())
    assert "import" not in script
    page.write_text(GOOD.replace("b.html#sec-b", "no.html"))
    assert "the link leads to no.qmd, which is not a chapter" in (done := finish()).stderr
    assert done.returncode == 1
