"""Numbers, references and element structure, as a Quarto book has them."""

from __future__ import annotations

import re

import pytest

from tests.press.conftest import SmallBook, write_book

ALPHA = """
# Alpha {#sec-alpha}

![A *red* dot](dot.svg){#fig-dot fig-alt="a dot"}

::: {#fig-two .column-page}
![](dot.svg)

Second, after @fig-dot.
:::

| a | b |
|---|---|
| 1 | 2 |

: Numbers {#tbl-a}

## First {#sec-first}

### Deep {#sec-deep}

## Aside {.unnumbered}

## Second {#sec-second}

::: {#thm-main name="Of *names*"}
It holds.
:::

::: {.proof}
By @thm-main and [-@thm-main]; see also [Fig. @fig-two] and [@fig-dot; @tbl-a].
:::

::: {#lem-small}
## Small

Less holds.
:::

```{#lst-code .python lst-cap="Some code"}
x = 1
```
"""
OTHER = """
---
title: Beta
subtitle: After *Alpha*
author: [Ann, {name: Bob}]
abstract: |
  One.

  Two.
description: The second
---

![](dot.svg){#fig-none}

@rem-odd, @nte-odd, [-@tip-odd], @sec-alpha, @sec-first,
 @sec-deep, @fig-dot, @lst-code, @sec-extra, @Fig-extra, @lem-small, @sec-preface.

::: {.callout-tip collapse="true" title="A *title*"}
Inside.
:::

::: {.callout-note}
Plain.
:::

::: {#rem-odd name="Odd"}
Remarkable.
:::

::: {.remark}
Another.
:::

::: {#nte-odd .callout-note title="Noted"}
Inside.
:::

::: {#tip-odd .callout-tip}
Inside.
:::

```{.python filename="a<b.py"}
x = 1
```

::: {.hidden}
Never shown, nor [this]{.hidden}.
:::

::: {.content-visible when-format="typst"}
Never on a page.
:::

::: {.panel-tabset}
## One
1

## Two
2
:::

[link](01-alpha.qmd#sec-first) and [home](../index.qmd).
"""
EXTRA = """
# Extra {#sec-extra}

![E](dot.svg){#fig-extra}

## Part {#sec-part}

@sec-part
"""
PREFACE = "# Preface {.unnumbered}\n\n## Why {#sec-preface}\n\n![P](dot.svg){#fig-preface}\n\n@fig-preface, @fig-dot\n"
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'


def words(html: str) -> str:
    text = re.sub(r"<[^>]+>", "", html).replace("\u00a0", " ").replace("&nbsp;", " ")
    return " ".join(text.split())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> SmallBook:
    other = OTHER.replace(", @sec-preface", "").replace("![](dot.svg){#fig-none}\n\n", "")
    files = {"index.qmd": PREFACE, "c/01-alpha.qmd": ALPHA, "c/02-beta.qmd": other, "c/A-extra.qmd": EXTRA}
    made = write_book(tmp_path_factory.mktemp("numbers"), {**files, "dot.svg": DOT, "c/dot.svg": DOT})
    made.write("404.qmd", "# Not here {.unnumbered}\n\n[Back](index.qmd).\n")
    assert made.main("build") == 0
    return made


def test_captions_carry_chapter_and_number(built: SmallBook) -> None:
    alpha = words(built.page("c/01-alpha.html"))
    assert "Figure 1.1: A red dot" in alpha
    assert "Figure 1.2: Second, after Figure 1.1." in alpha
    assert "Table 1.1: Numbers" in alpha
    assert "Listing 1.1: Some code" in alpha
    assert "Theorem 1.1 (Of names) It holds." in alpha
    assert "Lemma 1.1 (Small) Less holds." in alpha
    assert "Figure A.1: E" in words(built.page("c/A-extra.html"))
    assert "Figure 1: P" in words(built.page("index.html"))


def test_sections_count_and_unnumbered_ones_do_not(built: SmallBook) -> None:
    alpha = built.page("c/01-alpha.html")
    numbers = re.findall(r'<h[23] data-number="([^"]+)" class="anchored" data-anchor-id="([^"]+)"', alpha)
    assert numbers == [("1.1", "sec-first"), ("1.1.1", "sec-deep"), ("1.2", "sec-second")]
    assert '<span class="header-section-number">' not in built.page("index.html")
    assert '<span class="header-section-number">A.1</span>' in built.page("c/A-extra.html")


def test_references_read_and_lead_as_in_quarto(built: SmallBook) -> None:
    beta, alpha = built.page("c/02-beta.html"), built.page("c/01-alpha.html")
    read = "Chapter 1, Section 1.1, Section 1.1.1, Figure 1.1, Listing 1.1, Appendix A, Figure A.1, Lemma 1.1."
    assert read in words(beta)
    assert '<a href="01-alpha.html" class="quarto-xref">' in beta
    assert '<a href="01-alpha.html#fig-dot" class="quarto-xref">' in beta
    assert "By Theorem 1.1 and 1.1; see also Fig. 1.2 and Figure 1.1, Table 1.1." in words(alpha)
    assert '<a href="#thm-main" class="quarto-xref"><span>1.1</span></a>' in alpha
    assert '<a href="c/01-alpha.html#fig-dot" class="quarto-xref">' in built.page("index.html")
    assert '<a href="01-alpha.html#sec-first">link</a> and <a href="../index.html">home</a>' in beta


def test_structure_has_quartos_class_names(built: SmallBook) -> None:
    alpha, beta = built.page("c/01-alpha.html"), built.page("c/02-beta.html")
    assert '<div id="fig-dot" class="quarto-float quarto-figure quarto-figure-center anchored">' in alpha
    assert '<div id="fig-two" class="column-page quarto-float' in alpha
    assert '<img src="dot.svg" class="img-fluid figure-img" alt="a dot" />' in alpha
    assert 'class="quarto-float-caption-bottom quarto-float-caption quarto-float-fig"' in alpha
    assert 'class="quarto-float-caption-top quarto-float-caption quarto-float-tbl"' in alpha
    assert '<div id="thm-main" class="theorem">' in alpha
    assert '<div id="lem-small" class="theorem lemma">' in alpha
    assert '<span class="proof-title"><em>Proof</em>. </span>' in alpha
    assert '<pre class="sourceCode python code-with-copy">' in alpha
    assert '<details class="callout callout-style-default callout-tip callout-titled">' in beta
    assert '<div class="callout-note callout' not in beta
    assert '<div class="callout callout-style-default callout-note callout-titled">' in beta
    assert 'role="tab" aria-controls="tabset-1-2"' in beta
    assert "Never on a page" not in beta
    assert 'id="sec-alpha" class="quarto-section-identifier"' in alpha


def test_the_site_is_complete(built: SmallBook) -> None:
    site = built.root / "_site"
    assert {"404.html", "index.html", "sitemap.xml", "robots.txt", "site_libs", "c"} <= {p.name for p in site.iterdir()}
    assert (site / "c/dot.svg").read_text() == DOT
    assert "https://example.org/book/c/01-alpha.html" in (site / "sitemap.xml").read_text()
    index = (site / "site_libs/rlgeo-search.js").read_text()
    assert '{"href":"c/01-alpha.html#sec-second","title":"Alpha","section":"1.2 Second","text":' in index
    assert "<base href" not in built.page("404.html")
    assert 'href="/book/c/01-alpha.html"' in built.page("404.html")
    assert '<a href="/book/index.html">Back</a>' in built.page("404.html")


def test_remarks_and_callouts_with_labels_are_numbered(built: SmallBook) -> None:
    beta = built.page("c/02-beta.html")
    assert '<span class="proof-title"><em>Remark 2.1</em> (Odd). </span>Remarkable.' in beta
    assert '<span class="proof-title"><em>Remark</em>. </span>Another.' in beta
    text = words(beta)
    assert "Note 2.1: Noted" in text
    assert "Tip 2.1" in text
    assert "Remark 2.1, Note 2.1, 2.1, Chapter 1" in text


def test_what_the_front_matter_says_and_what_is_hidden(built: SmallBook) -> None:
    beta = built.page("c/02-beta.html")
    assert '<p class="rl-subtitle">After *Alpha*</p>' in beta
    assert '<p class="rl-authors">Ann, Bob</p>' in beta
    assert re.search(r'<div class="abstract">.*Abstract.*<p>One.</p>\s*<p>Two.</p>', beta, re.DOTALL)
    assert '<div class="code-with-filename-file">\n<pre><strong>a&lt;b.py</strong></pre>' in beta
    assert "Never shown" not in beta
