"""A color, a dash, a mark, an axis and a label say the same in every figure, and say what is drawn."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest
from built import FIGURES, book
from meanings import DASHES, SYMBOLS, built, wrong

from rlgeo import Problem, figures
from rlgeo.figures import theme
from rlgeo.figures.frames import animate, choice, slider
from rlgeo.figures.overview import symbol
from rlgeo.figures.renderer import compact

pytestmark = pytest.mark.xdist_group("figures")
SITE = Path(__file__).parents[2] / "_site"
PAGES = [page for page in SITE.rglob("*.html") if "<rl-figure" in page.read_text(encoding="utf-8")]
MORE = {
    "pg_batch": lambda: figures.pg_batch(Problem()),
    "ppo_clip": figures.ppo_clip,
    "ppo_paths": lambda: figures.ppo_paths(Problem()),
    "ppo_epochs": lambda: figures.ppo_epochs(Problem()),
    "dpo_pairs": lambda: figures.dpo_pairs(Problem()),
    "dro_residuals": lambda: figures.dro_residuals(Problem()),
    "dro_regression": figures.dro_regression,
}


@cache
def figure(name: str) -> dict[str, Any]:
    return book(name) if name in FIGURES else compact(MORE[name]())


@pytest.mark.parametrize("name", [*FIGURES, *MORE])
def test_a_figure_says_what_it_draws(name: str) -> None:
    assert wrong(figure(name)) == []


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_the_figures_of_a_page_say_what_they_draw(page: Path) -> None:
    assert {name: found for name, shown in built(page) if (found := wrong(shown))} == {}


def test_dashes_and_marks_are_the_methods_own() -> None:
    methods = {name for name in DASHES if name.isupper()}
    assert {name: theme.DASHES[name.lower()] for name in methods} == {name: DASHES[name] for name in methods}
    assert {name: symbol(name) for name in SYMBOLS if name.isupper()} == {
        name: mark for name, mark in SYMBOLS.items() if name.isupper()
    }


def test_a_notebooks_widgets_show_the_values_that_they_choose() -> None:
    plot = go.Figure(go.Scatter(x=[0], y=[0], name="dot"))
    controls = [
        slider("a", "A", [0.1, 2, 30], start=2, play=True),
        choice("b", "B", {"x": "one", "y": "two"}, start="y"),
        slider("c", "C", [5, 6]),
    ]
    animate(plot, controls, lambda a, b, c: {"dot": {"x": [a + (b == "y") + 100 * c]}})
    (menu,) = [menu for menu in plot.layout.updatemenus if menu.name]
    chosen = {
        slider.currentvalue.prefix: [(step.label, step.args[0]) for step in slider.steps]
        for slider in plot.layout.sliders
    } | {menu.name: [(button.label, button.args[0]) for button in menu.buttons]}
    assert chosen == {
        "A = ": [("0.1", ("0.1|y|5",)), ("2", ("2|y|5",)), ("30", ("30|y|5",))],
        "B": [("one", ("2|x|5",)), ("two", ("2|y|5",))],
        "C = ": [("5", ("2|y|5",)), ("6", ("2|y|6",))],
    }
    assert [slider.active for slider in plot.layout.sliders] == [1, 0]
    assert menu.active == 1
    shown = {frame.name: frame.data[0].x[0] for frame in plot.frames}
    assert (shown["30|x|5"], shown["0.1|y|6"]) == (530, pytest.approx(601.1))
