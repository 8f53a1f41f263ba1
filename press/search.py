"""The search index: the words of every section of the book.

What a reader of the text looks for comes first: sections, then those of appendices, then what is folded in them, such
as the package's functions.
"""

from __future__ import annotations

import json
import re

from press.page import SECTION, Page, plain_text

FOLD = "<details"


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
            weight = 0.02 if folded else 0.3 if page.chapter.appendix else 1
            entry = {"href": href, "title": page.plain, "section": section if anchor else "", "text": text}
            entries.append(entry | {"weight": weight})
    data = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
    return f"window.rlgeoSearch = {data};\n".replace("\u2028", " ").replace("\u2029", " ")
