"""What every figure of the preface and of chapters 1 to 3 promises, whatever it shows."""

from __future__ import annotations

import gzip
import itertools
import re
from typing import Any

import pytest
from built import FIGURES, book

from rlgeo import Problem, figures
from rlgeo.figures import theme
from rlgeo.figures.renderer import dump

pytestmark = pytest.mark.xdist_group("figures")


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in strings(item)]
    return [text for item in value for text in strings(item)] if isinstance(value, list) else []


@pytest.mark.parametrize("name", FIGURES)
def test_is_light(name: str) -> None:
    assert len(gzip.compress(dump(book(name)).encode(), 9)) <= 25_000
    assert "bdata" not in dump(book(name))
    numbers = re.findall(r"-?\d+\.\d+", dump(book(name)))
    assert max(len(number.lstrip("-0.").replace(".", "")) for number in numbers) <= 6  # five digits, or 0.0001|23456


@pytest.mark.parametrize("name", FIGURES)
def test_every_combination_of_controls_has_its_frame(name: str) -> None:
    figure = book(name)
    meta = figure["layout"]["meta"]
    if name in ("lab", "race"):
        assert "frames" not in figure
        return
    wanted = ["|".join(keys) for keys in itertools.product(*(control["values"] for control in meta["controls"]))]
    assert [frame["name"] for frame in figure["frames"]] == wanted
    assert meta["print_frame"] in wanted
    for frame in figure["frames"]:
        assert len(frame["data"]) == len(frame["traces"]) == len(set(frame["traces"]))
        assert max(frame["traces"]) < len(figure["data"])
    for control in meta["controls"]:
        assert len(control.get("labels", control["values"])) == len(control["values"]) <= 60
        assert 0 <= control["active"] < len(control["values"])


@pytest.mark.parametrize("name", FIGURES)
def test_frames_hold_only_what_moves(name: str) -> None:
    frames = book(name).get("frames", ())
    for position in range(len(frames[0]["data"]) if frames else 0):
        for key in frames[0]["data"][position].keys() - {"type"}:
            assert any(frame["data"][position][key] != frames[0]["data"][position][key] for frame in frames), key


@pytest.mark.parametrize("name", FIGURES)
def test_speaks_to_those_who_do_not_see_it(name: str) -> None:
    meta = book(name)["layout"]["meta"]
    assert len(meta["alt"]) > 80
    assert "\n" not in meta["alt"]


@pytest.mark.parametrize("name", FIGURES)
def test_colors_are_names_and_words_are_no_tex(name: str) -> None:
    figure = book(name)
    hexes = {light.lower() for light, _ in theme.PALETTE.values()}
    for text in strings(figure):
        assert text.lower() not in hexes
        assert "$" not in text
        assert not re.search(r"\\[a-z]+", text)
    names = set(re.findall(r"var\(--rl-([a-z0-9-]+)", dump(figure)))
    assert names
    assert names <= set(theme.PALETTE)
    assert "template" not in figure["layout"]
    assert "sliders" not in figure["layout"]
    assert "updatemenus" not in figure["layout"]


def test_notebooks_keep_plotlys_own_widgets() -> None:
    figure = figures.climb(Problem())
    (slider,) = figure.layout.sliders
    names = [frame.name for frame in figure.frames]
    assert [step.args[0][0] for step in slider.steps] == names
    play, pause = figure.layout.updatemenus[0].buttons
    assert list(play.args[0]) == names
    assert list(pause.args[0]) == [None]
