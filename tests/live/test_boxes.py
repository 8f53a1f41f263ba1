"""Nothing of the lab lies over anything else, whatever the width, the method and the place that is scrolled to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pages as make
import pytest
from pages import opened

from rlgeo import METHODS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WIDTHS = [360, 390, 600, 768, 1024, 1280, 1536, 1920]

OVERLAPS = (Path(__file__).parent / "overlaps.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_lies_over_anything(width: int, pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages), viewport={"width": width, "height": 900}) as lab:
        lab.do("lab => lab.bumpEditor.add()")
        for place, tab in enumerate([*METHODS, "Compare"]):
            lab.page.get_by_role("radio", name=tab, exact=True).check()
            # every drawer is open on some tab, "All controls" where there is such a button
            drawers = lab.page.locator(".rl-lab-open:visible")
            drawers.nth(place % drawers.count()).click()
            lab.settle()
            for top in range(0, lab.page.evaluate("document.documentElement.scrollHeight"), 250):
                lab.page.evaluate("top => scrollTo({top, behavior: 'instant'})", top)
                assert lab.page.evaluate(OVERLAPS) == [], f"{tab}, {top} pixels down"
