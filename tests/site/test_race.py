"""The first screen of the book: six methods on their way from one start, which the reader can move."""

from __future__ import annotations

import json
from collections.abc import Iterator
from posixpath import normpath
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import ROOT, Served
from lxml import html
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from rlgeo import METHODS, PRESETS, Gaussian, Problem, run
from rlgeo.figures.overview import FAR, STEPS

SIZES = [(1280, 800), (390, 844)]
TEXTS = """(race) => {
  const pen = document.createElement("canvas").getContext("2d");
  return race.panel.strokes.strokes.filter(([name]) => name === "text").map(([, x, y, words, { size }]) => {
    pen.font = `${size}px "Source Sans 3"`;
    return { words, left: x, right: x + pen.measureText(words).width, top: y - 0.72 * size, bottom: y + 0.2 * size };
  });
}"""
"""The words that were drawn on the map, as capitals with room below."""
MARKS = """(race) => [race.base.best, race.base.star]
  .map(({ mean, std }) => [race.panel.frame.px(mean), race.panel.frame.py(std)])"""
MOVE = """(race, [mean, std]) => race.moveTo(race.panel.frame.px(mean), race.panel.frame.py(std))"""
START = "race => [race.settings.mean, race.settings.std]"


@pytest.fixture(params=SIZES, ids=["wide", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, served_book: Served) -> Iterator[Page]:
    """The home page as it is for a reader who wants no motion: the race has been run."""
    width, height = request.param
    context = browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce", has_touch=width < 400
    )
    page = context.new_page()
    page.goto(served_book.address)
    rest(page)
    yield page
    context.close()


def rest(page: Page) -> Locator:
    """The race, when nothing moves any more."""
    race = page.locator("rl-race[data-ready]")
    race.wait_for()
    page.wait_for_function("node => node.still", arg=race.element_handle(), timeout=15_000)
    return race


def ends(race: Locator) -> dict[str, list[float]]:
    found: dict[str, list[float]] = race.evaluate(
        "race => Object.fromEntries(race.runners.map(({ method, policy }) => [method, [policy.mean, policy.std]]))"
    )
    return found


def expected(preset: str, start: Gaussian) -> dict[str, list[float]]:
    """Where `rlgeo` says that the paths end."""
    paths = {
        name: run(kind(), Problem(preset), start, STEPS, records=False).policy[0, -1] for name, kind in METHODS.items()
    }
    return {name: [float(end.mean), float(end.std)] for name, end in paths.items()}


def test_six_methods_end_where_rlgeo_says(page: Page) -> None:
    race = rest(page)
    for preset in PRESETS:
        race.locator(f"input[value={preset}]").check(force=True)
        found, known = ends(rest(page)), expected(preset, FAR)
        assert list(found) == list(METHODS)
        for name, end in known.items():
            assert found[name] == pytest.approx(end, abs=1e-6), f"{preset} {name}"
    first = expected("single", FAR)
    assert min(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a in first.values() for b in first.values() if a != b) > 0.05


def test_everything_is_on_the_first_screen(page: Page) -> None:
    shown = page.viewport_size or {"width": 0, "height": 0}
    assert page.get_by_text("reward:", exact=True).first.is_visible()
    assert page.locator("rl-race .rl-lab-title").is_visible()
    parts = [
        "h1",
        ".rl-subtitle, .subtitle",
        "rl-race [role=img]",
        "rl-race .rl-segments",
        "rl-race .rl-play",
        ".rl-race-links",
    ]
    for part in parts:
        box = page.locator(part).first.bounding_box()
        assert box
        assert box["y"] >= 0, part
        assert box["y"] + box["height"] <= shown["height"], part
        assert box["x"] + box["width"] <= shown["width"], part
    assert page.locator("rl-race [role=img]").bounding_box()["height"] >= 300  # type: ignore[index]


def test_no_path_is_cut(page: Page) -> None:
    """DRO's runs along the edge of the box that training stays in; the map goes on beyond it."""
    race = rest(page)
    for preset in PRESETS:
        race.locator(f"input[value={preset}]").check(force=True)
        room = rest(page).evaluate(
            """({ panel: { frame }, runners }) => Math.min(...runners.flatMap(({ path }) =>
              path.std.map((std) => Math.min(frame.py(std) - frame.top, frame.top + frame.height - frame.py(std)))))"""
        )
        assert room > 2, f"{preset}: a path comes within {room:.1f} pixels of the frame's edge"


def test_names_cover_no_name_and_no_mark(page: Page) -> None:
    race = rest(page)
    for preset in PRESETS:
        race.locator(f"input[value={preset}]").check(force=True)
        for mean, std in [(FAR.mean, FAR.std), (-4, 3), (4, 0.03), (0, 1.5), (1.3, 0.4), (-0.5, 2.9)]:
            race.evaluate(MOVE, [float(mean), float(std)])
            rest(page)
            words = race.evaluate(TEXTS)
            width, height = race.evaluate("race => race.panel.size")
            named = [text for text in words if text["words"] in {*METHODS, "start"}]
            assert len(named) == len(METHODS) + 1
            for i, a in enumerate(named):
                assert a["left"] >= 0, a
                assert a["right"] <= width, a
                assert a["top"] >= 0, a
                assert a["bottom"] <= height, a
                for b in named[:i]:
                    apart = (
                        a["left"] >= b["right"]
                        or b["left"] >= a["right"]
                        or a["top"] >= b["bottom"]
                        or b["top"] >= a["bottom"]
                    )
                    assert apart, f"{preset} from ({mean}, {std}): {a['words']} on {b['words']}"
                for x, y in race.evaluate(MARKS):
                    hidden = a["left"] - 3 < x < a["right"] + 3 and a["top"] - 3 < y < a["bottom"] + 3
                    assert not hidden, f"{preset} from ({mean}, {std}): {a['words']} on a mark"


def test_marks_lie_above_the_ends(page: Page) -> None:
    """Star and cross are drawn after the ends, so that none hides them."""
    strokes: list[list[str]] = rest(page).evaluate(
        """race => race.panel.strokes.strokes.filter(([name]) => ["line", "area", "dot"].includes(name))
          .map(([name, ...rest]) => [name, rest.at(-1).fill ?? rest.at(-1).color])"""
    )
    last = max(strokes.index(["dot", name.lower()]) for name in METHODS)
    assert [name for _, name in strokes[last:] if name in ("optimum", "argmax")] == ["optimum", "argmax"]


def test_the_start_is_dragged_by_mouse_key_and_finger(page: Page) -> None:
    race, canvas = rest(page), page.locator("rl-race [role=img]")
    box = canvas.bounding_box()
    assert box
    x, y = race.evaluate("race => [race.panel.frame.px(race.settings.mean), race.panel.frame.py(race.settings.std)]")
    page.mouse.move(box["x"] + x, box["y"] + y)
    page.mouse.down()
    page.mouse.move(box["x"] + x + 40, box["y"] + y - 60, steps=4)
    page.mouse.up()
    rest(page)
    mean, std = race.evaluate(START)
    assert mean > FAR.mean + 0.3
    assert std > FAR.std + 0.2
    assert ends(race)["RLHF"] == pytest.approx(expected("single", Gaussian(mean, std))["RLHF"], abs=1e-6)
    page.locator(".rl-race-start").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    rest(page)
    moved = race.evaluate(START)
    assert moved == pytest.approx([mean + 0.1, std - 0.05], abs=0.011)
    said = f"Start at mean {moved[0]:.2f}, standard deviation {moved[1]:.2f}. Arrow keys move it.".replace("-", "−")
    expect(page.locator(".rl-race-start")).to_have_attribute("aria-label", said)
    if page.evaluate("navigator.maxTouchPoints"):
        canvas.tap(position={"x": box["width"] * 0.7, "y": box["height"] * 0.3})
        rest(page)
        tapped = race.evaluate(START)
        assert tapped[0] > 0
        assert tapped[1] > 1.5


def test_chips_change_the_landscape(page: Page) -> None:
    race = rest(page)
    seen = set()
    for preset in PRESETS:
        race.locator(f"input[value={preset}]").check(force=True)
        rest(page)
        seen.add(page.locator("rl-race [role=img]").screenshot())
        assert f"reward {preset}" in (page.locator("rl-race [role=img]").get_attribute("aria-label") or "")
    assert len(seen) == len(PRESETS)


def test_the_same_state_is_the_same_picture(page: Page) -> None:
    race, canvas = rest(page), page.locator("rl-race [role=img]")
    race.locator("input[value=trap]").check(force=True)
    race.evaluate("race => (race.panel.touched(), race.paint())")  # no hint is drawn any more
    rest(page)
    first = canvas.screenshot()
    race.locator("input[value=mixed]").check(force=True)
    canvas.click(position={"x": 150, "y": 100})
    rest(page)
    race.evaluate(MOVE, [float(FAR.mean), float(FAR.std)])
    race.locator("input[value=trap]").check(force=True)
    rest(page)
    page.mouse.move(0, 0)
    page.wait_for_timeout(100)
    assert canvas.screenshot() == first


def test_the_lab_opens_in_the_state_of_the_race(page: Page) -> None:
    race = rest(page)
    race.locator("input[value=double]").check(force=True)
    race.evaluate(MOVE, [1, 0.8])
    found = ends(rest(page))
    page.get_by_role("link", name="Open the lab").click()
    lab = page.locator("rl-lab[data-ready]")
    lab.wait_for()
    runs = lab.evaluate(
        """lab => Object.fromEntries(Object.values(lab.runs)
          .map(({ method, state: { policy } }) => [method, [policy.mean, policy.std]]))"""
    )
    assert {name: runs[name] for name in METHODS} == {name: pytest.approx(end, abs=1e-9) for name, end in found.items()}


def watched(page: Page) -> list[int]:
    """The steps of all pictures that were drawn from the beginning."""
    seen: list[int] = page.evaluate("[...new Set(window.steps)]")
    return seen


WATCH = """
const define = customElements.define.bind(customElements);
customElements.define = (name, made) => {
  if (name === "rl-race") {
    const draw = made.prototype.draw;
    made.prototype.draw = function (pen) { (window.steps ??= []).push(this.step); return draw.call(this, pen); };
  }
  define(name, made);
};
"""


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_plays_once_unless_motion_is_unwanted(browser: Browser, served_book: Served, motion: Any) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion=motion)
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(served_book.address)
    rest(page)
    seen = watched(page)
    assert seen[-1] == STEPS
    assert set(seen) <= {0, STEPS} if motion == "reduce" else len(seen) > 40
    page.evaluate("window.steps = []")
    page.wait_for_timeout(600)
    assert set(watched(page)) <= {STEPS}
    page.get_by_role("button", name="Play from the start").click()
    rest(page)
    assert watched(page)[-1] == STEPS
    context.close()


@pytest.mark.parametrize(("width", "height"), [*SIZES, (1280, 720)])
def test_its_place_is_kept_before_it_runs(browser: Browser, served_book: Served, width: int, height: int) -> None:
    """What stands below the race does not move when it appears, and nothing is shown in its place meanwhile."""
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page = context.new_page()
    page.route("**/race.js", lambda route: route.abort())
    page.goto(served_book.address)
    page.evaluate("document.fonts.ready")
    assert page.locator("rl-race").inner_text().strip() == ""
    caption = page.locator("figcaption[id^=fig-race-caption]")
    before = caption.bounding_box()
    page.unroute("**/race.js")
    page.add_script_tag(url=page.locator("script[src$='race.js']").evaluate("script => script.src"))
    rest(page)
    assert caption.bounding_box() == before
    context.close()


def test_no_plotly_before_it_is_needed(context: BrowserContext, served_book: Served) -> None:
    page, asked = context.new_page(), list[str]()
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    page.goto(served_book.address)
    rest(page)
    assert "race.js" in asked
    assert "plotly.js" not in asked


def test_a_still_where_no_script_runs(browser: Browser, served_book: Served) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.goto(served_book.address)
    still = page.locator("rl-race svg.rl-still")
    expect(still).to_be_visible()
    assert all(name in (still.get_attribute("aria-label") or "") for name in METHODS)
    box = still.bounding_box()
    assert box
    assert box["height"] > 300
    context.close()


def test_printed_as_it_stands(page: Page) -> None:
    """Print shows the present state, as lines instead of pixels, with its legend."""
    race = rest(page)
    race.locator("input[value=double]").check(force=True)
    rest(page)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    printed = race.locator(".rl-lab-print svg")
    expect(printed).to_be_visible()
    expect(race.locator("canvas[role=img]")).not_to_be_visible()
    expect(race.locator(".rl-lab-legend")).to_be_visible()
    words = printed.locator("text").all_text_contents()
    assert {*METHODS, "start"} <= set(words)


def test_every_link_into_the_lab_is_an_experiment_that_is_checked(served_book: Served) -> None:
    """Each has its promise in the lab's list, and a test of the lab follows it."""
    known = {entry["link"] for entry in json.loads((ROOT / "web/lab/experiments.json").read_text(encoding="utf-8"))}
    links = [urlsplit(a.get("href")) for a in html.parse(served_book.folder / "index.html").xpath("//main//a")]
    states = [link.fragment for link in links if normpath(link.path) == "lab.html" and link.fragment]
    assert len(states) >= 5
    assert [state for state in states if state not in known] == []
    assert all("method" in parse_qs(state) for state in states)
