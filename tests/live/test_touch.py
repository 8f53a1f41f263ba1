"""Taking hold of the lab: hints, bumps, limits, undo, stories that links tell again, guesses, a sample's numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pages as make
import pytest
from pages import opened

import rlgeo
from rlgeo import METHODS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HASH = "lab => lab.address()"
TOO_WIDE = """lab => [...lab.querySelectorAll(".rl-lab-state :is(th, td)")]
  .filter(cell => cell.scrollWidth > cell.clientWidth + 1).map(cell => cell.textContent)"""


def test_undo_and_redo_go_through_the_states(pages: Path, browser: Any) -> None:
    """By button and by key: sliders, the start, steps and the method come back, and the picture with them."""
    with opened(browser, make.write(pages), "#method=ppo") as lab:
        lab.rest()
        seen = [(lab.do(HASH), lab.picture())]

        def rested() -> None:
            lab.rest()
            seen.append((lab.do(HASH), lab.picture()))

        lab.page.locator("input[data-name=clip]").press("ArrowRight")
        rested()
        for _ in range(2):
            lab.press("Step")
            rested()
        lab.page.locator("input[data-name=beta]").press("End")
        rested()
        lab.page.locator("input[data-name=mean]").press("ArrowLeft")
        rested()
        lab.page.get_by_role("radio", name="DRO", exact=True).check()
        rested()
        assert len({address for address, _ in seen}) == len(seen)
        for address, picture in reversed(seen[:-1]):
            lab.press("Undo")
            lab.rest()
            assert lab.do(HASH) == address
            assert lab.picture() == picture
        assert lab.page.get_by_role("button", name="Undo").is_disabled()
        for address, _ in seen[1:]:
            lab.do("lab => lab.focus()")
            lab.page.keyboard.press("Control+Shift+Z")
            lab.settle()
            assert lab.do(HASH) == address
        lab.page.keyboard.press("Control+Z")
        lab.settle()
        assert lab.do(HASH) == seen[-2][0]


def test_a_link_tells_what_was_changed_on_the_way(pages: Path, browser: Any) -> None:
    """β, a hyperparameter that redraws, the reward and a new batch, each at its own step."""
    path = make.write(pages)
    with opened(browser, path, "#method=grpo&seed=3") as lab:
        lab.do("lab => lab.advance(10)")
        for value in (0.6, 0.7, 0.9):
            lab.do("(lab, value) => lab.set('beta', value)", value)
        lab.do("lab => lab.advance(7)")
        for value in (5, 12, 6):
            lab.do("(lab, value) => lab.set('grpo.group_size', value)", value)
        lab.do("lab => lab.advance(5)")
        lab.press("New batch")
        lab.press("New batch")
        lab.do("lab => lab.set('preset', 'double')")
        lab.do("lab => lab.advance(9)")
        lab.rest()
        picture, policy, address = lab.picture(), lab.policy(), lab.do(HASH)
    assert "then=" in address
    with opened(browser, path, f"#{address}") as lab:
        lab.rest()
        assert lab.policy() == policy
        assert lab.picture() == picture
        assert lab.do(HASH) == address
        assert lab.page.locator(".rl-lab-note").is_hidden()


def test_paths_of_other_methods_are_made_again_under_a_changed_problem(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages), "#method=grpo&pg.steps=20&grpo.steps=5") as lab:
        lab.do("lab => lab.set('beta', 0.9)")
        lab.until("document.querySelector('rl-lab').runs.PG.old === false")
        ours = rlgeo.run(rlgeo.PG(), rlgeo.Problem(beta=0.9), steps=20)
        assert lab.do("lab => lab.runs.PG.path.mean") == pytest.approx(list(ours.mean[0]), rel=1e-9)


def test_new_bumps_land_where_there_is_room(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages)) as lab:
        for _ in range(5):
            lab.press("Add a bump")
        centers = np.sort(lab.do("lab => lab.settings.bumps.centers"))
        assert np.diff(centers).min() > 0.5
        assert np.abs(centers).max() < 4.5


@pytest.mark.parametrize("end", ["Home", "End"])
def test_a_width_at_its_limit_says_so(end: str, pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages)) as lab:
        row = lab.page.locator(".rl-lab-row:has(input[data-name=std])")
        assert "clamped" not in row.inner_text()
        height = row.bounding_box()["height"]
        row.locator("input[type=range]").press(end)
        lab.settle()
        assert "clamped" in row.inner_text()
        assert row.bounding_box()["height"] == height
        assert "clamped" in lab.page.locator(".rl-lab-state th").first.inner_text()
        lab.rest()
        assert lab.do(TOO_WIDE) == []


def test_hints_go_when_they_have_been_followed(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages)) as lab:
        pixels = (
            "lab => { const { width, height } = lab.map.canvas;"
            " const copy = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d');"
            " copy.drawImage(lab.map.canvas, 0, 0);"
            " return [...copy.getImageData(48, height - 46, 180, 16).data].join(); }"
        )
        hinted = lab.do(pixels)
        lab.drag("map", (200, 100), (230, 90))
        assert lab.do(pixels) != hinted
        assert lab.policy()["mean"] == pytest.approx(lab.do("lab => lab.map.frame.atX(230)"), abs=0.02)


def test_speeds(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages), "#method=rlhf") as lab:
        rates = {}
        for words in ("×½", "×4"):
            lab.page.locator(".rl-lab-speed label", has_text=words).click()
            before = lab.do("lab => lab.run.step")
            lab.press("Play")
            lab.page.wait_for_timeout(800)
            lab.press("Pause")
            rates[words] = lab.do("lab => lab.run.step") - before
        assert rates["×4"] > 4 * rates["×½"] > 0


@pytest.mark.parametrize("width", [390, 1280])
def test_predict_then_look(width: int, pages: Path, browser: Any) -> None:
    """On the map or by keyboard; both places and their distance are told; nothing is stored."""
    with opened(browser, make.write(pages, "rlhf"), viewport={"width": width, "height": 844}) as lab:
        start = lab.policy()
        assert lab.page.get_by_text("Where will RLHF be after 1,000 steps?").is_visible()
        legend = lab.page.locator("[data-panel=map] .rl-lab-legend").inner_text()
        assert lab.do("lab => lab.view.marks.length") == 0  # where it ends is not given away
        lab.page.locator("[data-panel=map] [role=img]").click(position={"x": 120, "y": 60})
        place = lab.do("lab => [lab.map.frame.atX(120), lab.map.frame.atY(60)]")
        assert list(lab.do("lab => lab.prediction.guess").values()) == pytest.approx(place, abs=0.02)
        assert lab.policy() == start
        lab.page.get_by_label("guess, mean").fill("1.5")
        lab.page.get_by_label("guess, std").fill("0.8")
        lab.page.get_by_label("guess, std").press("Enter")
        assert lab.do("lab => lab.prediction.guess") == {"mean": 1.5, "std": 0.8}
        lab.press("Play")
        lab.until("document.querySelector('rl-lab').run.step > 10")
        lab.press("Pause")
        assert lab.do("lab => lab.view.marks.length") > 0
        lab.until("document.querySelector('.rl-lab-said').textContent.includes('away')")
        at = lab.policy()
        away = np.hypot(at["mean"] - 1.5, at["std"] - 0.8)
        assert f"{away:.2f} away" in lab.page.locator(".rl-lab-said").inner_text()
        assert lab.page.locator("[data-panel=map] .rl-lab-legend").inner_text() == legend
        # the verdict comes by itself, and speaks of the ring
        lab.press("Play")
        lab.until("document.querySelector('rl-lab').run.step === 1000 && !document.querySelector('rl-lab').timer", 90)
        lab.until("document.querySelector('.rl-lab-said').textContent.includes('1,000 steps')")
        end = rlgeo.RLHF().destination(rlgeo.Problem())
        away = np.hypot(end.mean - 1.5, end.std - 0.8)
        place = f"({end.mean:.2f}, {end.std:.2f})"
        assert lab.page.locator(".rl-lab-said").inner_text() == (
            f"You marked (1.50, 0.80). After 1,000 steps RLHF is at {place}: {away:.2f} away. "
            f"Its destination, the ring, is at {place}: {away:.2f} from your mark."
        )
        assert lab.page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_a_prediction_can_be_skipped(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages, "grpo")) as lab:
        lab.press("Skip")
        assert lab.page.locator(".rl-lab-predict").is_hidden()
        lab.page.locator("[data-panel=map] [role=img]").click(position={"x": 120, "y": 60})
        assert lab.policy()["mean"] == pytest.approx(lab.do("lab => lab.map.frame.atX(120)"), abs=0.02)


def test_where_a_path_is_drawn_it_is_too_late_to_ask(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages, "ppo")) as lab:
        lab.do("lab => lab.follow('#method=ppo&ppo.steps=12')")
        assert lab.page.locator(".rl-lab-predict").is_hidden()


@pytest.mark.parametrize("method", list(METHODS))
def test_one_sample_in_numbers(method: str, pages: Path, browser: Any) -> None:
    """The numbers in the formula are those that the method computes, for every sample in turn."""
    with opened(browser, make.write(pages), f"#method={method.lower()}&{method.lower()}.steps=6") as lab:
        lab.drawer("Slow motion")
        lab.settle()
        text = lab.page.locator(".rl-lab-formula").inner_text()
        before = lab.policy()
        lines = text.replace("−", "-").splitlines()
        updates = [line for line in lines if "←" in line]
        lab.press("Step")
        lab.settle()
        after = lab.policy()
        for line, name in zip(updates, ("mean", "std"), strict=True):
            numbers = [
                float(part.strip(" ()")) for part in line.split("←")[1].replace("×", "+").replace("=", "+").split("+")
            ]
            assert numbers[0] == pytest.approx(before[name], rel=1e-3, abs=1e-4)
            assert numbers[3] == pytest.approx(after[name], rel=1e-3, abs=1e-4)
        if method == "RLHF":
            return
        count = lab.do("lab => (lab.view.batch.actions ?? lab.view.batch.winners).data.length")
        told = set()
        for _ in range(count):
            told.add(lab.page.locator(".rl-lab-formula").inner_text())
            lab.press("Next sample")
            lab.settle()
        assert len(told) == count
        if method == "GRPO":
            rho, advantage = lab.do("lab => [lab.view.terms.ratios.data[0], lab.view.terms.advantages.data[0]]")
            assert any(f"{rho:.3g} × " in one and f"{abs(advantage):.3g}" in one for one in told)


def test_a_long_comparison(pages: Path, browser: Any) -> None:
    link = "#compare=yes&compare.steps=3000&compare.runs=3&compare.methods=rlhf,pg"
    with opened(browser, make.write(pages), link) as lab:
        lab.until("!document.querySelector('rl-lab').comparison.go.disabled")
        assert lab.do("lab => lab.comparison.shown.map(r => r.bands[1].length)") == [3001, 3001]
