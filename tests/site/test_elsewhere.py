"""What a page offers besides its text – notebook, Colab, source, issue, citation – and that each leads somewhere."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import ROOT, SITE, hrefs
from lxml import html

from press.config import load

REPOSITORY = load(ROOT).book["repo-url"]
PAGES = [href for href in hrefs(SITE) if href != "404.html"]


def links(href: str) -> dict[str, str]:
    """The links above and below a page's text, or, on Quarto's pages, beside it."""
    page = html.parse(SITE / href)
    found = page.xpath("//ul[contains(@class, 'rl-links')]//a | //div[contains(@class, 'toc-actions')]//a")
    return {a.text_content().replace("Edit this page", "Edit source"): a.get("href") for a in found}


@pytest.mark.parametrize("href", PAGES)
def test_source_issue_and_citation(href: str) -> None:
    found = links(href)
    source = href.replace(".html", ".qmd")
    assert (ROOT / source).is_file()
    assert found["View source"] == f"{REPOSITORY}/blob/main/{source}"
    assert found["Edit source"] == f"{REPOSITORY}/edit/main/{source}"
    issue = urlsplit(found["Report an issue"])
    assert issue._replace(query="").geturl() == f"{REPOSITORY}/issues/new"
    assert source in parse_qs(issue.query).get("title", [source])[0]  # Quarto's has no title
    page = html.parse(SITE / href)
    citations = page.xpath("//details[contains(@class, 'rl-citation')] | //section[@id='how-to-cite-it']//pre")
    (citation,) = [citation.text_content() for citation in citations if "@" in citation.text_content()]
    assert f"/{href}" in citation or href == "index.html"
    assert load(ROOT).book["title"] in citation


@pytest.mark.parametrize("href", [href for href in PAGES if href.startswith("chapters/")])
def test_notebook_here_and_in_colab(href: str) -> None:
    found = links(href)
    notebook = f"chapters/notebooks/{href.removeprefix('chapters/').replace('.html', '.ipynb')}"
    assert (ROOT / notebook).is_file()
    assert (SITE / "chapters" / found["Download notebook"].removeprefix("../chapters/")).read_bytes() == (
        ROOT / notebook
    ).read_bytes()
    colab = REPOSITORY.replace("https://github.com/", "https://colab.research.google.com/github/")
    assert found["Open in Colab"] == f"{colab}/blob/main/{notebook}"
