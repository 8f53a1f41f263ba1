"""The search index: the words of every section of the book.

What a reader of the text looks for comes first: sections, then those of appendices, then what is folded in them, such
as the package's functions.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from press.page import SECTION, Page, plain_text

FOLD, NAMES = "<details", '<details class="rl-fold"'
SPAN = re.compile(r"<(/?)span\b[^>]*>")


def search_index(pages: list[Page]) -> str:
    """A script that holds the text of every section (a script, because pages opened as files cannot fetch)."""
    entries = []
    for page in pages:
        starts = [(m.start(), m[1], plain_text(m[4])) for m in SECTION.finditer(page.body)]
        bounds = [(0, "", page.plain), *starts]
        for (start, anchor, section), end in zip(bounds, [*(b[0] for b in bounds[1:]), len(page.body)], strict=True):
            body = re.sub(r"^<section[^>]*>\s*<h[2-6].*?</h[2-6]>", "", page.body[start:end], flags=re.DOTALL)
            href = page.chapter.href + ("#" + anchor if anchor else "")
            text = plain_text(body)
            folded = page.body.count(FOLD, 0, start) > page.body.count("</details>", 0, start)
            weight = 1 if not page.chapter.appendix else 0.02 if folded or NAMES in body else 0.3
            entry = {"href": href, "title": page.plain, "section": section if anchor else "", "text": text}
            entries.append(entry | {"weight": weight})
    data = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
    return f"window.rlgeoSearch = {data};\n".replace("\u2028", " ").replace("\u2029", " ")


def escape(text: str) -> str:
    """Text as Quarto writes it into its index."""
    return text.replace("<", "&lt;").replace(">", "&gt;")


def formulas(page: str) -> Iterator[str]:
    """The markup of each formula of a page."""
    for start in re.finditer(r'<span class="katex">', page):
        depth = 0
        for tag in SPAN.finditer(page, start.start()):
            depth += -1 if tag[1] else 1
            if not depth:
                yield page[start.start() : tag.end()]
                break


def words_of(page: str) -> dict[str, str]:
    """What Quarto's index holds of each formula (its MathML, its TeX and what is shown, in one), and its words."""
    return {unescape(re.sub(r"<[^>]+>", "", formula)): plain_text(formula) for formula in formulas(page)}


def give_words(site: Path) -> None:
    """Put each formula into Quarto's index once, as words."""
    index = site / "search.json"
    if not index.is_file():
        return
    entries = json.loads(index.read_text(encoding="utf-8"))
    pages = {entry["objectID"].partition("#")[0] for entry in entries}
    known = {name: words_of((site / name).read_text(encoding="utf-8")) for name in pages}
    for entry in entries:
        words = known[entry["objectID"].partition("#")[0]]
        for held in sorted(words, key=len, reverse=True):
            for key in ("title", "section", "text"):
                entry[key] = entry[key].replace(escape(held), escape(words[held]))
    index.write_text(json.dumps(entries, ensure_ascii=False, indent=2), encoding="utf-8")


if __name__ == "__main__":
    give_words(Path(sys.argv[1]))
