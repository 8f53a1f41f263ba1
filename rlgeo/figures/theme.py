"""Colors, line styles and the Plotly template: the one place where they are written down.

The same color means the same object in every chapter, in the lab and in print.  A :class:`Color` is a light color
for whatever draws the figure, and knows its name, by which the page follows the reader's color scheme.
``python -m rlgeo.figures.theme`` prints everything as JSON for the web bundle, which makes its CSS variables
(``--rl-policy`` ...) from it.  Only the standard library is needed for that, so the page's styles can be
built before any scientific package is installed.

Colors were searched for so that everything drawn stays apart in both schemes, seen with three kinds of cones or with
any two of them, mostly by lightness; the dash is the second encoding.  Red is the policy's alone, and what belongs to
the page - links, controls, code - is ink or nearly so.  Every color reaches 3:1 against the page, those used for words
4.5:1.
"""

import json
from typing import Any, Literal

Scheme = Literal["light", "dark"]

#: What a color means -> (on light, on dark).
PALETTE: dict[str, tuple[str, str]] = {
    # the objects of the toy model
    "reference": ("#2b363d", "#8b97a1"),
    "reward": ("#786b18", "#bea90b"),
    "optimum": ("#498959", "#78ba86"),  # π*, and the star at its moments
    "argmax": ("#14161a", "#faf8f2"),
    "policy": ("#cb4333", "#f86c59"),
    "behavior": ("#5e402f", "#886b54"),
    # the methods
    "rlhf": ("#1c69e3", "#5192ff"),
    "pg": ("#a15b9c", "#c078ba"),
    "ppo": ("#d0750a", "#f9c468"),
    "grpo": ("#4f2901", "#f4f521"),
    "dpo": ("#631ea8", "#c4acf2"),
    "dro": ("#07586b", "#affbff"),
    "natural": ("#216f7b", "#82eafc"),  # the exact gradient in the Fisher metric
    "cousin-0": ("#001526", "#3352ee"),  # the three that methods without a color of their own share
    "cousin-1": ("#3a005f", "#954d81"),
    "cousin-2": ("#6d716d", "#686455"),
    # better and worse than the baseline
    "positive": ("#2e90cb", "#88d3d7"),
    "negative": ("#914201", "#be5a0a"),
    "clipped": ("#878787", "#7a7a7a"),
    # the page
    "ink": ("#1c1d21", "#e7e4dc"),
    "muted": ("#5f6368", "#a3a7af"),
    "grid": ("#e6e3db", "#2b2e35"),
    "paper": ("#fdfcf9", "#15171c"),
    "panel": ("#f5f3ed", "#1d2026"),
    "accent": ("#2c3a52", "#c3cede"),
    # sequential, higher is brighter on light and on dark; quiet enough to draw on
    "landscape-0": ("#a3b3cd", "#10131a"),
    "landscape-1": ("#b3c2d7", "#16202e"),
    "landscape-2": ("#c3d0df", "#1b2d42"),
    "landscape-3": ("#d3dde5", "#213c54"),
    "landscape-4": ("#e2e8e7", "#2b4c62"),
    "landscape-5": ("#f1f1e6", "#3b5d6b"),
    "landscape-6": ("#fff9e6", "#526f70"),
}


def _channels(value: str) -> tuple[int, ...]:
    return tuple(int(value[i : i + 2], 16) for i in (1, 3, 5))


def _mixed(one: str, other: str, share: float) -> str:
    """``one``, and ``share`` of the way from it to ``other``."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in pairs)


def _diverging(step: int) -> tuple[str, str]:
    """The shade of ``step`` from -3, the color of the worst, over a neutral 0 to 3, that of the best."""
    neutral = ("#f4f1ea", "#24262c")
    end = PALETTE["positive" if step > 0 else "negative"]
    light, dark = (_mixed(*pair, abs(step) / 3) for pair in zip(neutral, end, strict=True))
    return light, dark


PALETTE |= {f"diverging-{step + 3}": _diverging(step) for step in range(-3, 4)}

#: Second encoding of a method besides its color.
DASHES: dict[str, str] = {
    "rlhf": "solid",
    "natural": "dash",
    "pg": "dash",
    "ppo": "dashdot",
    "grpo": "dot",
    "dpo": "longdash",
    "dro": "longdashdot",
    "reference": "dash",
    "reward": "solid",
    "optimum": "solid",
    "policy": "solid",
    "behavior": "dot",
}

#: The page's own faces; elsewhere whatever the reader's machine has.
FONT = '"Source Sans 3", "Source Sans Pro", "KaTeX_Main", system-ui, sans-serif'
CLEAR = "rgba(0,0,0,0)"


def key(method: str) -> str:
    """The palette's name for a method: its own, or the neutral one for a method that has no color yet."""
    return method.lower() if method.lower() in PALETTE else "muted"


class Color(str):
    """A palette color on light, and the ``token`` by which the page looks it up: ``var(--rl-policy / 0.2)``."""

    token: str


def color(name: str, alpha: float | None = None) -> Color:
    """A palette color, a hex or ``rgba(...)`` where an opacity is given.

    Raises
    ------
    ValueError
        For a name the palette does not have.
    """
    if name not in PALETTE:
        raise ValueError(f"color {name!r} is not in the palette; allowed: {', '.join(PALETTE)}")
    value = PALETTE[name][0]
    if alpha is None:
        shade = Color(value)
        shade.token = f"var(--rl-{name})"
    else:
        red, green, blue = _channels(value)
        shade = Color(f"rgba({red},{green},{blue},{alpha:g})")
        shade.token = f"var(--rl-{name} / {alpha:g})"
    return shade


def colorscale(name: Literal["landscape", "diverging"]) -> list[list[Any]]:
    """Plotly colorscale ``[[0, color], ..., [1, color]]`` of seven evenly spaced stops."""
    return [[round(i / 6, 4), color(f"{name}-{i}")] for i in range(7)]


def template_layout(scheme: Scheme = "light") -> dict[str, Any]:
    """Layout defaults of every figure: quiet axes, one face, room only where it is needed."""
    shades = {name: pair[scheme == "dark"] for name, pair in PALETTE.items()}
    ink, muted, grid, paper = (shades[name] for name in ("ink", "muted", "grid", "paper"))
    axis = _axis(shades)
    return {
        "font": {"family": FONT, "size": 14, "color": ink},
        "paper_bgcolor": paper,
        "plot_bgcolor": paper,
        "colorway": [shades[name] for name in ("rlhf", "pg", "ppo", "grpo", "dpo", "dro")],
        "colorscale": {
            kind: [[round(i / 6, 4), shades[f"{name}-{i}"]] for i in range(7)]
            for kind, name in (("sequential", "landscape"), ("diverging", "diverging"))
        },
        "title": {"font": {"size": 16}, "x": 0, "xref": "paper"},
        "xaxis": axis,
        "yaxis": axis,
        "margin": {"l": 52, "r": 16, "t": 36, "b": 44},
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": shades["panel"],
            "bordercolor": muted,
            "font": {"family": FONT, "size": 13, "color": ink},
        },
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "bgcolor": CLEAR}
        | {"font": {"size": 13, "color": ink}},
        "annotationdefaults": {"font": {"color": ink, "size": 13}, "arrowcolor": muted},
        "sliderdefaults": {"bgcolor": grid, "bordercolor": grid, "font": {"color": muted}},
        "modebar": {"color": muted, "activecolor": ink, "bgcolor": CLEAR},
    }


def _axis(shades: dict[str, str]) -> dict[str, Any]:
    return {
        "gridcolor": shades["grid"],
        "gridwidth": 1,
        "linecolor": shades["muted"],
        "showline": False,
        "zeroline": False,
        "ticks": "outside",  # invisible: they only keep the labels of two axes apart where they meet
        "ticklen": 4,
        "tickcolor": CLEAR,
        "tickfont": {"color": shades["muted"], "size": 12},
        "title": {"font": {"color": shades["ink"], "size": 14}, "standoff": 8},
        "automargin": True,
    }


def main() -> None:
    """Print palette, dashes and both templates as JSON."""
    schemes: tuple[Scheme, Scheme] = ("light", "dark")
    data = {
        "palette": {name: {"light": light, "dark": dark} for name, (light, dark) in PALETTE.items()},
        "dashes": DASHES,
        "font": FONT,
        "templates": {scheme: {"layout": template_layout(scheme)} for scheme in schemes},
    }
    print(json.dumps(data, ensure_ascii=False))


if __name__ == "__main__":
    main()
