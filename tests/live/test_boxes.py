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


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("method", ["grpo", "dro", "compare"])
def test_nothing_lies_over_anything_in_a_chapter(method: str, width: int, pages: Path, browser: Any) -> None:
    """With the question open, after a guess and Play, and with every drawer open."""
    with opened(browser, make.write(pages, method), viewport={"width": width, "height": 900}) as lab:
        lab.do("lab => lab.prediction.mark({mean: 1, std: 0.7})")
        for state in range(3):
            if state == 1:
                lab.do("lab => { lab.prediction.end(); lab.comparing || lab.advance(30); lab.request(); }")
                lab.until("document.querySelector('.rl-lab-said').textContent !== ''")
            if state == 2:
                for drawer in lab.page.locator(".rl-lab-open:visible").all():
                    drawer.click()
            lab.settle()
            for top in range(0, lab.page.evaluate("document.documentElement.scrollHeight"), 450):
                lab.page.evaluate("top => scrollTo({top, behavior: 'instant'})", top)
                assert lab.page.evaluate(OVERLAPS) == [], f"state {state}, {top} pixels down"


@pytest.mark.parametrize("method", [*METHODS, "compare"])
def test_a_chapters_lab_fits_one_screen(method: str, pages: Path, browser: Any) -> None:
    """With every slider beside the map, and with the room reserved that it takes, so that no text below it moves."""
    with opened(browser, make.write(pages, method.lower())) as lab:
        reserved = lab.page.locator("rl-lab").bounding_box()["height"]
        lab.do("lab => { lab.style.minHeight = 0; }")
        taken = lab.page.locator("rl-lab").bounding_box()["height"]
        assert taken <= 860
        assert abs(reserved - taken) <= 3
        lab.press("Skip")
        lab.page.evaluate("document.querySelector('rl-lab').scrollIntoView({behavior: 'instant'})")
        play = lab.page.get_by_role("button", name="Run all" if method == "compare" else "Play", exact=True)
        sliders = lab.page.locator("rl-lab input[type=range]").all()
        assert len(sliders) >= 4
        for part in (lab.page.locator("[data-panel=map] [role=img]"), play, *(s for s in sliders if s.is_visible())):
            box = part.bounding_box()
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= 900


@pytest.mark.parametrize("method", [None, "grpo", "ppo"])
def test_on_a_phone_map_play_and_a_slider_share_the_screen(method: str | None, pages: Path, browser: Any) -> None:
    """The slider that was touched last, or all of them in a sheet of their own; the map stays where it is."""
    with opened(browser, make.write(pages, method), viewport={"width": 390, "height": 844}) as lab:
        if method:
            lab.press("Skip")
        slider = lab.page.locator("input[type=range]:visible")
        assert [one.get_attribute("data-name") for one in slider.all()] == ["beta"]
        lab.page.evaluate("document.querySelector('[data-panel=map]').scrollIntoView({behavior: 'instant'})")
        map_box = lab.page.locator("[data-panel=map] [role=img]").bounding_box()
        play = lab.page.get_by_role("button", name="Play").bounding_box()
        assert map_box["y"] >= 0
        for box in (map_box, play, slider.bounding_box()):
            assert box["y"] + box["height"] <= 844
        lab.drawer("All controls")
        lab.settle()
        map_box = lab.page.locator("[data-panel=map] [role=img]").bounding_box()
        assert map_box["y"] >= 0
        lab.page.locator("input[data-name=epochs]").press("ArrowRight")
        assert lab.page.locator("[data-panel=map] [role=img]").bounding_box() == map_box
        sheet = lab.page.locator(".rl-lab-controls").bounding_box()
        assert sheet["y"] + sheet["height"] <= 844
        lab.drawer("All controls")
        assert [one.get_attribute("data-name") for one in slider.all()] == ["epochs"]
