"""Formulas in running text."""

from __future__ import annotations

from collections.abc import Callable

import lxml.html
import pytest

from tests.press.conftest import SmallBook

PAGE = """
# One

Both $a$, and ($b$) and two-$c$-dimensional and $d$’s and $e$ alone; last $f = g + h$.

$$
k = 1
$$ {#eq-k}
"""


@pytest.mark.usefixtures("bundle")
def test_a_formula_stays_with_the_marks_that_touch_it(book: Callable[..., SmallBook]) -> None:
    """No line begins with the comma that follows a formula, none ends with the bracket before it."""
    made = book({"index.qmd": PAGE})
    assert made.main("build") == 0
    page = lxml.html.fromstring(made.page("index.html"))
    kept = [
        (span.text or "", span.xpath("string(.//annotation)"), span[0].tail or "")
        for span in page.xpath("//span[@class='rl-keep']")
    ]
    assert kept == [("", "a", ","), ("(", "b", ")"), ("", "c", "-"), ("", "d", "’s"), ("", "f = g + h", ".")]
    parts = page.xpath("//span[@class='rl-keep'][last()]//span[@class='rl-last']/preceding-sibling::span")
    assert "".join(part.text_content() for part in parts) == "f=g+"  # a line may end here, and not before the period
    assert "two-" in page.text_content()
    assert "dimensional" in page.text_content()
    assert "Both " in page.text_content()
