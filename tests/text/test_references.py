"""The bibliography: every source can be found by what its entry says, and every source is cited."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pypandoc
import pytest

ROOT = Path(__file__).parents[2]
ENTRIES = {
    entry["id"]: entry
    for entry in json.loads(pypandoc.convert_file(str(ROOT / "references.bib"), "csljson", format="bibtex"))
}
SOURCE = (ROOT / "references.bib").read_text(encoding="utf-8")

# Published without a DOI and not on arXiv: what their publishers' own pages say is all that there is to point to.
PAGE_ONLY = {
    "greensmith2004": "jmlr.org",
    "kakade2001": "papers.nips.cc",
    "kool2019": "openreview.net",
    "minka2005": "microsoft.com",
    "mitchell2023": "ericmitchell.ai",
    "openrlhf2026": "github.com/OpenRLHF/OpenRLHF/tree/v0.11.0",
    "schulman2020": "joschu.net",
    "trl2024": "github.com/huggingface/trl/blob/0105ef3d63625ea3c66c264e6094f8db2089a617/",
    "trl2026": "github.com/huggingface/trl/tree/v1.9.0",
    "trl7096": "github.com/huggingface/trl/pull/7096",
    "verl2026": "github.com/volcengine/verl/tree/v0.7.0",
}


def field(key: str, name: str) -> str | None:
    """A field of an entry, as it is written in the file."""
    entry = SOURCE[SOURCE.index(f"{{{key},") :].split("\n@", 1)[0]
    found = re.search(rf"^\s*{name}\s*=\s*\{{(.*)\}},?$", entry, re.M)
    return found[1] if found else None


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_has_an_identifier(key: str) -> None:
    doi, eprint, url = (field(key, name) for name in ("doi", "eprint", "url"))
    if key in PAGE_ONLY:
        assert doi is eprint is None, f"{key} has an identifier now: it needs no exception"
        assert url is not None
        assert PAGE_ONLY[key] in url
        return
    assert doi or eprint, f"{key} has neither a DOI nor an arXiv number"
    if doi:
        assert re.fullmatch(r"10\.\d{4,}/\S+", doi)
    if eprint:
        assert re.fullmatch(r"\d{4}\.\d{4,5}", eprint)
        assert field(key, "archiveprefix") == "arXiv"
        assert url is None or url == f"https://arxiv.org/abs/{eprint}"


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_names_its_authors_title_and_year(key: str) -> None:
    entry = ENTRIES[key]
    assert entry["author"]
    assert entry["title"]
    assert 1900 < int(entry["issued"]["date-parts"][0][0]) < 2100
    eprint = field(key, "eprint")
    if eprint:  # no paper is published before its preprint's year, or long after it
        assert 0 <= int(entry["issued"]["date-parts"][0][0]) - (2000 + int(eprint[:2])) <= 1


def test_every_entry_is_cited_and_every_citation_has_an_entry() -> None:
    pages = [ROOT / "index.qmd", ROOT / "lab.qmd", *sorted((ROOT / "chapters").glob("*.qmd"))]
    cited = set().union(*(re.findall(r"@([a-z]+\d{4}[a-z]*)\b", page.read_text(encoding="utf-8")) for page in pages))
    assert cited == set(ENTRIES)
