"""The half plane of policies (μ, σ): maps, and what stands on them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlgeo import Gaussian, Optimum, Problem, run
from rlgeo.arguments.check import Array, ArrayLike
from rlgeo.figures import theme
from rlgeo.figures.panels.marks import line, marks
from rlgeo.figures.panels.stack import Row, stack
from rlgeo.methods.base import Method

SPAN = 1.2
"""How far below its top a landscape is drawn, in units of reward; what lies deeper is level."""
STAR, ARGMAX, LANDSCAPE, DOT = "moment match", "best Gaussian", "<i>J</i>", "current π<sub>θ</sub>"
"""Names of the traces, as the legend prints them; ``animate`` finds the traces by these."""
MEAN, STD = "policy mean μ", "policy std σ"
MEAN_AND_ACTION = "policy mean μ, action <i>a</i>"
"""Titles of axes."""
AT = "μ = %{x:.3f}, σ = %{y:.3f}"
Ends = tuple[float, float]


@dataclass(frozen=True)
class View:
    """A part of the half plane, and how J is drawn there: on a grid of so many μ and σ, ``span`` deep.

    Plotly smooths the contours.
    """

    means: Ends = (-4, 4)
    stds: Ends = (0.1, 3)
    size: tuple[int, int] = (41, 30)
    span: float = SPAN
    digits: int = 3

    @property
    def grid(self) -> tuple[Array, Array]:
        """The means and the stds at which J is computed."""
        return np.linspace(*self.means, self.size[0]), np.linspace(*self.stds, self.size[1])

    @property
    def policies(self) -> Gaussian:
        """The policies of the grid, shape ``(std, mean)``."""
        means, stds = self.grid
        return Gaussian(means, stds[:, None])

    def values(self, problem: Problem) -> dict[str, Any]:
        """What a contour trace shows of J."""
        return contour_values(problem.landscape(*self.grid), digits=self.digits, span=self.span)

    def landscape(self, problem: Problem) -> go.Contour:
        """J(μ, σ) as a heat map with contours; brighter is higher."""
        return self.contours(LANDSCAPE, **self.values(problem))

    def contours(self, name: str, **values: Any) -> go.Contour:
        """The look of every map over (μ, σ); ``values`` come from :func:`contour_values`."""
        means, stds = self.grid
        values["contours"] = {"coloring": "heatmap", "showlines": True} | values.get("contours", {})
        return go.Contour(
            x=means,
            y=stds,
            name=name,
            autocontour=False,
            colorscale=theme.colorscale("landscape"),
            showscale=False,
            line={"width": 0.6, "color": theme.color("reference", alpha=0.45), "smoothing": 1.1},
            hovertemplate=f"μ = %{{x:.2f}}, σ = %{{y:.2f}}<br>{name} = %{{z:.3f}}<extra></extra>",
            **values,
        )

    def at(self, problem: Problem, *landmarks: str) -> dict[str, Any]:
        """What a frame shows of a problem: J and those of :data:`STAR` and :data:`ARGMAX` that are named."""
        optimum = problem.optimum()
        places = {STAR: optimum.moment_match, ARGMAX: optimum.projection}
        return {LANDSCAPE: self.values(problem)} | {name: point(places[name]()) for name in landmarks}

    def row(self, height: int, problem: Problem, *traces: Any, **axes: Any) -> Row:
        """:meth:`panel` with the landscape of J below the traces."""
        return self.panel(height, self.landscape(problem), *traces, **axes)

    def map(self, height: int, problem: Problem, *traces: Any, legend: int = 2, **axes: Any) -> go.Figure:
        """A figure of one such :meth:`row`."""
        return stack(self.row(height, problem, *traces, **axes), x=MEAN, legend=legend)

    def panel(
        self,
        height: int,
        *traces: Any,
        y: str = STD,
        x: str | None = None,
        means: Ends | None = None,
        stds: Ends | None = None,
    ) -> Row:
        """The panel of a stack that shows this part of the half plane, or the part between other means and stds."""
        xaxis, yaxis = ({"range": ends, "showgrid": False} for ends in (means or self.means, stds or self.stds))
        return Row(height, y, traces, x=x, xaxis=xaxis, yaxis=yaxis)


WHOLE = View()
COARSE = View(size=(33, 25))
"""For landscapes that come in dozens of frames."""


def contour_values(z: ArrayLike, *, digits: int = 3, span: float = SPAN) -> dict[str, Any]:
    """Values of any map over (μ, σ) as a contour trace shows them: fifteen levels from the top down.

    Values are cut a little below the lowest level, so that the cut does not dent the lowest contour.
    """
    top, step = float(np.max(z)), span / 15
    return {
        "z": np.round(np.maximum(z, top - 1.2 * span), digits),
        "zmin": round(top - span, digits),
        "zmax": round(top, digits),
        "contours": {"start": round(top - 14.5 * step, digits), "end": round(top, digits), "size": step},
    }


def dot(policy: Gaussian, name: str = DOT, key: str = "policy", **marker: Any) -> go.Scatter:
    """Where policies stand on the landscape."""
    outline = {"color": theme.color("paper"), "width": 1.5}
    return marks(name, key, **point(policy), hover=AT, **{"size": 12, "line": outline, **marker})


def star(optimum: Optimum) -> go.Scatter:
    """The moment match of π*, its forward-KL projection."""
    return dot(optimum.moment_match(), STAR, "optimum", symbol="star", size=16)


def argmax(optimum: Optimum) -> go.Scatter:
    """The top of J in the family, the reverse-KL projection of π*."""
    return dot(optimum.projection(), ARGMAX, "argmax", symbol="x", size=10)


def point(policy: Gaussian) -> dict[str, Any]:
    """The exact place of :func:`dot`, :func:`star` or :func:`argmax` as a frame's update."""
    return {"x": np.atleast_1d(policy.mean), "y": np.atleast_1d(policy.std)}


def one_run(method: Method, problem: Problem, start: Gaussian, steps: int, seed: int = 0) -> Gaussian:
    """The policies along a single training run, shape ``(steps + 1,)``."""
    return run(method, problem, start, steps, seed=seed, records=False).policy[0]


def path(name: str, policies: Gaussian, key: str, **more: Any) -> go.Scatter:
    """A trajectory on the landscape; ``policies`` has one axis, time."""
    x, y = np.round(policies.mean, 3), np.round(policies.std, 3)
    return line(name, x, y, key, **{"hovertemplate": AT} | more)


def arrows(
    policies: Gaussian, d_mean: ArrayLike, d_std: ArrayLike, *, name: str = "∇J", key: str = "rlhf", width: float = 1.1
) -> go.Scatter:
    """A field as arrows of one length that begin at their policies: one line with gaps, a head of two strokes each.

    The plane's two axes have about the same scale on the page (8 wide against 3 high), so arrows are scaled to
    look equally long in either direction.
    """
    mean, std, dx, dy = (
        np.ravel(v) for v in np.broadcast_arrays(policies.mean, policies.std, d_mean, np.asarray(d_std))
    )
    length, aspect = 0.32, 0.6  # of an arrow, and σ per μ of equal length on the page
    size = np.hypot(dx * aspect, dy) / aspect
    size = np.where(size > 0, size, 1.0)
    ux, uy = length * dx / size, length * dy / size
    tip = np.stack([mean + ux, std + uy])
    left = tip - 0.2 * np.stack([ux + uy / aspect * 0.6, uy - ux * aspect * 0.6])
    right = tip - 0.2 * np.stack([ux - uy / aspect * 0.6, uy + ux * aspect * 0.6])
    gap = np.full_like(mean, np.nan)
    x = np.stack([mean, tip[0], left[0], tip[0], right[0], gap], axis=-1).ravel()
    y = np.stack([std, tip[1], left[1], tip[1], right[1], gap], axis=-1).ravel()
    thin = {"color": theme.color(key, alpha=0.75), "width": width}
    return go.Scatter(x=np.round(x, 3), y=np.round(y, 3), mode="lines", line=thin, name=name, hoverinfo="skip")
