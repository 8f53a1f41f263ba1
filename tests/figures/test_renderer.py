"""Controls, the book's renderer, stills and tables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from lxml import html

from rlgeo import COUSINS, METHODS, PRESETS, START, Gaussian, Problem, figures
from rlgeo.figures import panels, renderer, tables, theme
from rlgeo.figures.frames import animate, betas, choice, describe, slider, still
from rlgeo.figures.numbers import plain
from rlgeo.figures.renderer import BookRenderer, StoredRenderer, compact, markup

pytestmark = pytest.mark.xdist_group("figures")


def small() -> go.Figure:
    figure = go.Figure([go.Scatter(x=[0, 1], y=[0, 0], name="line"), go.Bar(x=[0], y=[1], name="bar")])
    figure.add_scatter(x=[2], y=[2], name="rest", marker={"color": theme.color("ppo")})
    return figure


def moved(kind: str, size: float) -> dict[str, dict[str, Any]]:
    sign = 1 if kind == "up" else -1
    return {"line": {"x": [0, 1], "y": np.array([0, sign * size])}, "bar": {"y": [size]}}


CONTROLS = [choice("kind", "Kind", {"up": "upward", "down": "downward"}, start="down"), slider("size", "s", [1, 2.5])]


def test_frames_are_the_product_of_the_controls() -> None:
    figure = animate(small(), CONTROLS, moved)
    assert [frame.name for frame in figure.frames] == ["up|1", "up|2.5", "down|1", "down|2.5"]
    assert list(figure.frames[1].data[0].y) == [0, 2.5]
    assert list(figure.frames[3].data[0].y) == [0, -2.5]
    assert figure.frames[0].data[0].x is None  # the same in every frame
    assert list(figure.data[0].y) == [0, -1]  # the figure begins where its controls do
    assert figure.layout.meta["print_frame"] == "down|1"
    assert figure.layout.meta["controls"][0]["labels"] == ["upward", "downward"]
    assert list(figure.frames[0].traces) == [0, 1]


def test_draw_may_only_change_traces_that_exist_once() -> None:
    with pytest.raises(ValueError, match="'nowhere'"):
        animate(small(), [slider("s", "s", [1, 2])], lambda s: {"nowhere": {"y": [s]}})
    twice = small().add_scatter(x=[0], y=[0], name="line")
    with pytest.raises(ValueError, match="must exist once"):
        animate(twice, [slider("s", "s", [1, 2])], lambda s: {"line": {"y": [s]}})


def test_a_strip_shows_several_frames_side_by_side() -> None:
    figure = panels.stack(panels.Row(100, "y", right="z")).add_traces(small().data).update_yaxes(range=[0, 1])
    animate(figure, CONTROLS, moved, strip={"one": "up|1", "other": "up|2.5", "last": "down|1"})
    shown = still(compact(figure))
    assert [trace["y"] for trace in shown["data"][::3]] == [[0, 1], [0, 2.5], [0, -1]]
    assert [trace["xaxis"] for trace in shown["data"][::3]] == ["x", "x3", "x5"]
    assert [trace["yaxis"] for trace in shown["data"][::3]] == ["y", "y3", "y5"]
    assert [trace["showlegend"] for trace in shown["data"][::3]] == [True, False, False]
    layout = shown["layout"]
    assert [note["text"] for note in layout["annotations"]] == ["<b>one</b>", "<b>other</b>", "<b>last</b>"]
    ends = [layout[axis]["domain"] for axis in ("xaxis", "xaxis3", "xaxis5")]
    assert ends[0][1] < ends[1][0] < ends[1][1] < ends[2][0]
    assert [layout[axis].get("showticklabels") for axis in ("yaxis", "yaxis3", "yaxis5")] == [None, False, False]
    assert [layout[axis].get("showticklabels") for axis in ("yaxis2", "yaxis4", "yaxis6")] == [False, False, None]
    assert layout["yaxis6"]["overlaying"] == layout["xaxis5"]["anchor"] == "y5"
    assert still(compact(figure), "up|1")["data"][0]["y"] == [0, 1]
    with pytest.raises(ValueError, match="'up', meant for print"):
        animate(small(), CONTROLS, moved, strip={"one": "up"})


def test_still_applies_one_frame() -> None:
    figure = compact(animate(small(), CONTROLS, moved))
    shown = still(figure, "up|2.5")
    assert shown["data"][0]["y"] == [0, 2.5]
    assert shown["data"][1]["y"] == [2.5]
    assert shown["data"][2]["x"] == [2]
    assert "frames" not in shown
    assert still(figure)["data"][0]["y"] == [0, -1]
    assert figure["data"][0]["y"] == [0, -1]  # the source is left alone


def test_slider_starts_at_the_nearest_value() -> None:
    assert slider("b", "β", [0.1, 0.4, 2], start=0.5).active == 1
    assert 0.5 in betas()
    assert betas(0.05, 3, 20) == sorted(set(betas(0.05, 3, 20)))


def test_numbers_are_rounded_to_five_digits() -> None:
    assert plain(np.array([1 / 3, 2e7 / 3, 1.0, np.nan])) == [0.33333, 6666700, 1, None]
    assert plain({"a": (np.int64(3), True, np.float64(-1e-9 / 3))}) == {"a": [3, True, -3.3333e-10]}


def test_palette_colors_go_to_the_page_by_name_and_elsewhere_as_colors() -> None:
    red, green, blue = (int(theme.PALETTE["pg"][0][i : i + 2], 16) for i in (1, 3, 5))
    strong, pale = theme.color("pg"), theme.color("pg", alpha=0.25)
    assert (strong, pale) == (theme.PALETTE["pg"][0], f"rgba({red},{green},{blue},0.25)")
    figure = go.Figure(go.Scatter(x=[0, 1], y=[0, 1], marker={"color": [strong, "#123456"], "line": {"color": pale}}))
    figure.add_contour(z=[[0, 1], [1, 2]], colorscale=[[0, pale], [1, strong]])
    figure.frames = [{"name": "a", "traces": [0], "data": [{"type": "scatter", "marker": {"color": [pale, strong]}}]}]
    named = compact(go.Figure(figure))
    assert named["data"][0]["marker"]["color"] == ["var(--rl-pg)", "#123456"]
    assert named["data"][0]["marker"]["line"]["color"] == "var(--rl-pg / 0.25)"
    assert named["data"][1]["colorscale"] == [[0, "var(--rl-pg / 0.25)"], [1, "var(--rl-pg)"]]
    assert named["frames"][0]["data"][0]["marker"]["color"] == ["var(--rl-pg / 0.25)", "var(--rl-pg)"]
    assert "var(--rl" not in figure.to_json()
    with pytest.raises(ValueError, match="'purple' is not in the palette"):
        theme.color("purple")


def moving(x: Any, y: Any, **more: Any) -> go.Figure:
    """A stack of two panels with a trace that moves in the lower one, and one that rests."""
    figure = panels.stack(panels.Row(100, "y"), panels.Row(100, "y"))
    figure.add_trace(go.Scatter(x=[2, 8], y=[1, 4], mode="lines", name="rests"), row=2, col=1)
    figure.add_trace(go.Scatter(x=x[0], y=y[0], name="moves", **more), row=2, col=1)
    return animate(figure, [slider("t", "t", [0, 1])], lambda t: {"moves": {"x": x[t], "y": y[t]}})


def test_an_axis_on_which_something_moves_has_the_range_that_all_frames_need() -> None:
    layout = moving([[0, 1], [9, 10]], [[1, 2], [-5, None]], mode="lines").layout
    assert layout.xaxis2.range == (0, 10)
    assert layout.yaxis2.range == pytest.approx((-5 - 0.45, 4 + 0.45))
    assert layout.yaxis.range is None  # nothing moves there
    assert moving([[0, 1], [9, 10]], [[None, None]] * 2, mode="lines").layout.yaxis2.range == pytest.approx(
        (0.85, 4.15)
    )
    marks = moving([[0], [10]], [[1], [4]], mode="markers").layout
    assert marks.xaxis2.range == pytest.approx((-0.5, 10.5))


def test_a_given_range_stays_and_holds_for_the_axes_that_match() -> None:
    figure = panels.stack(panels.Row(100, "y"), panels.Row(100, "y", xaxis={"range": [1, 3]}, yaxis={"type": "log"}))
    figure.add_trace(go.Scatter(x=[1, 100], y=[1, 1], name="moves", mode="lines"), row=1, col=1)
    figure.add_trace(go.Scatter(x=[1, 100], y=[1, 1], name="grows", mode="lines"), row=2, col=1)
    steps = [slider("t", "t", [0, 4])]
    layout = animate(figure, steps, lambda t: {"moves": {"y": [t, 1]}, "grows": {"y": [1, 10**t]}}).layout
    assert layout.xaxis.range == layout.xaxis2.range == (1, 3)
    assert layout.yaxis2.range == pytest.approx((-0.2, 4.2))


def element(markdown: str) -> Any:
    first, *body, last = markdown.splitlines()
    assert first == "```{=html}"
    assert last == "```"
    return html.fragment_fromstring("\n".join(body))


def test_renderer_emits_a_raw_block_that_survives_hostile_text() -> None:
    figure = describe(small(), 'An "alt" text with <b> & more')
    figure.update_layout(title="</script><script>alert(1)</script> <!-- no -->", height=300)
    node = element(BookRenderer().to_mimebundle(figure.to_dict())["text/markdown"])
    assert node.tag == "rl-figure"
    assert node.get("aria-label") == 'An "alt" text with <b> & more'
    assert node.get("style") == "--rl-height:338px"
    (script,) = node.findall("script")
    data = json.loads(script.text)
    assert data["layout"]["title"]["text"] == "</script><script>alert(1)</script> <!-- no -->"
    assert data["data"][2]["marker"]["color"] == "var(--rl-ppo)"
    assert data["data"][0]["y"] == [0, 0]


def test_arrays_in_base64_become_lists() -> None:
    z = np.arange(6, dtype=float).reshape(2, 3) / 7
    (trace,) = compact(go.Figure(go.Heatmap(z=z)))["data"]
    np.testing.assert_allclose(trace["z"], z, rtol=1e-4)


def test_lab_is_wrapped_for_the_live_lab() -> None:
    node = html.fragment_fromstring(markup(figures.lab("rlhf", "trap", beta=0.2, learning_rate=0.05, seed=3)))
    assert node.tag == "rl-lab"
    assert node.get("method") == "rlhf"
    assert json.loads(node.get("data-state")) == {"preset": "trap", "beta": 0.2, "learning_rate": 0.05, "seed": 3}
    assert node.find("rl-figure") is not None


def test_the_drawing_for_pages_without_scripts_shows_where_the_run_went() -> None:
    figure = figures.lab("grpo", "double", steps=40)
    node = html.fragment_fromstring(markup(figure))
    (svg,) = node.findall("noscript/svg")
    assert svg.get("aria-label") == figure.layout.meta["alt"]
    words = [text.text for text in svg.iter("text")]
    assert {"GRPO", "reward r", "best Gaussian", "policy std σ"} <= set(words)
    (path,) = [p for p in svg.iter("path") if p.get("stroke") == "var(--rl-grpo)" and p.get("fill") == "none"]
    drawn = [[float(x) for x in point.split()] for point in path.get("d")[1:].split("L")]
    trace = next(trace for trace in figure.data if trace.name == "GRPO")
    # the same points up to shift and scale, upside down
    for k, values in enumerate((trace.x, trace.y)):
        fit = np.polyfit(values, np.array(drawn)[:, k], 1)
        assert (fit[0] > 0) == (k == 0)
        np.testing.assert_allclose(np.polyval(fit, values), np.array(drawn)[:, k], atol=0.1)
    shades = [p.get("fill") for p in svg.iter("path") if "landscape" in p.get("fill", "")]
    assert shades == [f"var(--rl-landscape-{k})" for k in range(7)]


def test_the_full_lab_names_no_method() -> None:
    node = html.fragment_fromstring(markup(figures.lab("full", steps=3, opens="GRPO")))
    assert json.loads(node.get("data-state"))["method"] == "grpo"
    assert node.tag == "rl-lab"
    assert node.get("method") is None
    assert set(METHODS) <= {trace.name for trace in figures.lab("full", steps=3).data}


@pytest.mark.parametrize("method", METHODS | COUSINS)
def test_every_method_has_a_still_lab(method: str) -> None:
    figure = figures.lab(method.lower(), steps=3)
    assert figure.layout.meta["lab"]["method"] == method.lower()
    assert method in [trace.name for trace in figure.data]


def test_lab_says_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match=r"method='sarsa'.*RLHF"):
        figures.lab("sarsa")
    with pytest.raises(ValueError, match=r"group_size.*learning_rate"):
        figures.lab("rlhf", group_size=3)
    with pytest.raises(ValueError, match="preset='none'"):
        figures.lab("rlhf", "none")
    with pytest.raises(ValueError, match="beta=-1"):
        figures.lab("rlhf", beta=-1)


def test_a_saved_notebook_keeps_a_figures_controls_and_drops_digits() -> None:
    bundle = StoredRenderer().to_mimebundle(figures.grpo_collapse().to_dict())
    stored = bundle["application/vnd.plotly.v1+json"]
    assert stored["layout"]["sliders"]
    assert len(stored["frames"]) > 1
    assert "bdata" not in json.dumps(stored)
    assert "var(--rl" not in json.dumps(stored)
    assert all(number == float(f"{number:.5g}") for number in stored["data"][0]["y"])
    assert bundle["text/plain"] == stored["layout"]["meta"]["alt"]


@pytest.mark.parametrize(
    ("wanted", "default"), [("book", "book"), ("book+stored", "book+stored"), ("json", "json"), (None, None)]
)
def test_environment_chooses_the_renderer(wanted: str | None, default: str | None) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "RLGEO_RENDERER"}
    code = (
        "import plotly.io as p; before = repr(p.renderers.default); import rlgeo.figures; "
        "print(repr(p.renderers.default), before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | ({"RLGEO_RENDERER": wanted} if wanted else {}),
        capture_output=True,
        text=True,
        check=True,
    )
    now, before = done.stdout.split()
    assert now == (repr(default) if default else before)


@pytest.mark.browser
def test_typst_gets_a_vector_image(tmp_path: Path, chromium: str, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "info.json"
    info.write_text(json.dumps({"format": {"pandoc": {"to": "typst"}}}), encoding="utf-8")
    monkeypatch.setenv("QUARTO_EXECUTE_INFO", str(info))
    monkeypatch.setenv("BROWSER_PATH", chromium)
    bundle = BookRenderer().to_mimebundle(animate(small(), CONTROLS, moved).to_dict())
    assert list(bundle) == ["image/svg+xml"]
    assert bundle["image/svg+xml"].startswith("<svg")
    once = renderer._browser()
    assert list(BookRenderer().to_mimebundle(small().to_dict())) == ["image/svg+xml"]
    assert renderer._browser() is once, "a browser for each figure takes eight times as long"
    info.write_text(json.dumps({"format": {"pandoc": {"to": "html"}}}), encoding="utf-8")
    assert list(BookRenderer().to_mimebundle(small().to_dict())) == ["text/markdown"]


def test_bars_rise_from_zero() -> None:
    trace = panels.bars("A", [1.0, 2.0], [0.5, -0.25], panels.signed([0.5, -0.25]))
    np.testing.assert_array_equal(trace.y[[0, 1, 3, 4]], [0, 0.5, 0, -0.25])
    assert np.isnan(trace.y[[2, 5]]).all()
    assert trace.marker.color[0] == theme.color("positive")
    assert trace.marker.color[3] == theme.color("negative")


def test_two_axes_share_their_zero() -> None:
    for name, reward in PRESETS.items():
        ranges = panels.level_ranges(0.4, reward(panels.ACTIONS))
        left, right = (ranges[axis]["range"] for axis in ("yaxis", "yaxis2"))
        assert left[0] / left[1] == pytest.approx(right[0] / right[1], abs=0.01), name
        assert right[0] <= min(0, reward(panels.ACTIONS).min()) + 1e-3


def rows(table: tables.Table) -> list[list[str]]:
    lines = table._repr_markdown_().splitlines()
    cells = [[cell.strip() for cell in line[2:-2].split(" | ")] for line in lines]
    assert len({line.count(" | ") for line in lines}) == 1
    return [cells[0], *cells[2:]]


def test_tables_come_from_the_metadata() -> None:
    head, *body = rows(tables.hyperparameters())
    assert head[0] == "method"
    assert [row[0] for row in body] == [n for n, kind in (METHODS | COUSINS).items() for _ in kind.parameters()]
    (eta,) = [row for row in body if row[:3] == ["RLHF", r"$\eta$", "`learning_rate`"]]
    assert eta[4:] == ["0.1", "0.005 … 0.5"]
    assert [row[0] for row in rows(tables.presets())[1:]] == [f"`{name}`" for name in PRESETS]
    assert rows(tables.experiment())[1][0] == r"$\mu_{\mathrm{ref}}$"


def test_state_table_computes_its_entries() -> None:
    problem = Problem("single")
    best = problem.optimum().projection()
    head, *body = rows(tables.states(problem, {"start": START, "best": best}))
    values = {row[0]: row[1:] for row in body}
    assert head[1:] == ["start", "best"]
    assert values["$J(\\theta)$"] == ["0.1207", "0.3051"]
    assert values[r"$\Vert\nabla J(\theta)\Vert$"][1] == "0"
    landmarks = rows(tables.landmarks())
    assert landmarks[1] == ["`single`", "0.3666", "0.8792", "1.408", "0.8813", "1.287", "0.3051"]
    (summit,) = rows(tables.summits(problem))[1:]
    assert Gaussian(float(summit[0]), float(summit[1])).kl(best) < 1e-6
