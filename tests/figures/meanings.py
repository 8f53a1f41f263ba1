"""What an axis, a color, a dash, a mark and a label mean in figures, written down apart from what draws them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

COLORS = {
    "reference": r"(log )?π ?ref.*(?<!/β)|reference.*|weight π ?ref|the KL's push",
    "reward": r"reward r|r itself|mean reward .*|.*E.*\[r\]|(log )?π ?ref( \+ r/β| ?er/β)",
    "optimum": r"optimum π★|(σ of the )?moment match|(log )?π★( at each β| at its KL)?|at this β|(ceiling )?β log Z"
    r"|forward KL",
    "argmax": r"(its |the |σ of the )?best Gaussian.*|max J|summits.*|predicted by the curvature",
    "policy": r"(policy|current) πθ|πθ alone|start|J now",
    "behavior": r"frozen πold",
    "rlhf": r"RLHF.*|(.*[^β])?∇J.*|J\(.*\)|.*exact gradient|balance|gap|reverse KL|k2.*",
    "pg": r"PG.*|run \d|sampled PG|destinations, all N|batch mean \(PG\)|mean of the others \(RLOO\)|trail N",
    "ppo": r"PPO.*|a new batch|baseline V|(largest|smallest) ratio",
    "grpo": r"GRPO.*|pull of GRPO|.*c ?G|80 % of runs|high|k3.*|trail G",
    "dpo": r"DPO.*|ν.*|labeler|implied reward|h > 0|at this β ?D|.* of the (population|pairs)|logistic.*|trail ν",
    "dro": r"DRO.*|V(∞\(θ\))?|(spread|bias) .*|fit .*|fitted parabola|destination|lowest loss|least squares",
    "natural": r"natural gradient",
    "positive": r"Â = \+1|r curves downward",
    "negative": r"Â = −1|r curves upward",
    "clipped": r"clip(ped|, | fraction).*|Â = −1, clipped",
}
"""A color of the palette → the names of what may be drawn in it, and of what may be drawn in no other."""
SUFFIX = r"(, density|, on its own loss|,? sampled|,? variance| path| end| band| now| last| gap.*| \d)?"
NEUTRAL = {"ink", "muted", "paper", "grid", "panel"}
DASHES = {
    "RLHF": "solid", "PG": "dash", "PPO": "dashdot", "GRPO": "dot", "DPO": "longdash", "DRO": "longdashdot",
    "policy πθ": "solid", "optimum π★": "solid", "reference πref": "dash", "frozen πold": "dot", "reward r": "solid",
    "smallest ratio": "dot", "largest ratio": "solid", "natural gradient": "dash", "path of ∇J": "solid",
}  # fmt: skip
SOLID_ALONE = {"DPO", "DRO"}
"""Methods whose only line in a figure may be solid."""
SYMBOLS = {
    "PG": "square", "PPO": "diamond", "GRPO": "triangle-up", "DPO": "pentagon", "DRO": "hexagon",
    "moment match": "star", "best Gaussian": "x", "reference πref": "square", "current πθ": "circle",
}  # fmt: skip
SAID = {
    "a": r"action a", "μ": r"\bμ", "σ": r"\bσ", "J": r"\bJ\b", "KL": r"KL", "E[r]": r"expected reward", "r": r"reward",
    "β": r"β", "βD": r"βD", "G": r"group size", "h": r"margin", "step": r"step", "pair": r"pairs?\b",
    "μref": r"μref", "σref": r"σref", "β log Z": r"reward", "matched: βD": r"βD",
}  # fmt: skip
"""A symbol in a hover text → how the axis is called whose value it stands before."""
ON = [
    (r"(reference πref|policy πθ|optimum π★|frozen πold|DRO's policy|best Gaussian, density|πref er/β)", r"^density$"),
    (r"log π.*", r"^log density$"),
    (r"reward r|mean reward r̄", r"^reward"),
    (r"J\(.*|max J|J now", r"^J$"),
    (r"baseline V", r"\bV\b"),
    (r"\d [+−] ε", r"ratio"),
]
"""A trace that is drawn over an action or a step → the title of its y axis."""
CONTROLS = {
    "preset": "Reward", "reward": "Reward", "beta": "β|βD|βS|βD, τ", "nu": "ν", "step": "step",
    "epoch": "epoch", "clip": "ε", "epochs": "K", "size": "N|G|G, N", "draw": "draw", "rate": "η|ηV",
    "std": "σ", "mean": "μ|start μ", "seed": "data|draw", "budget": "samples ×", "place": "Estimated",
    "component": "Component", "count": "steps|N",
    "value": "β|ν|N|G", "o": "o", "kl": "The KL term is",
    "start": "start|start (μ, σ)", "method": "Method", "stop": "stop",
}  # fmt: skip
CHOICES = {
    "single": "single", "double": "double", "trap": "trap", "mixed": "mixed",
    "usual": "(0, 1)", "narrow": "(1, 0.7)",
}  # fmt: skip
ORDINALS = {"0": "first", "1": "second", "2": "third"}


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data


def plain(markup: Any) -> str:
    """The words of a label, without its tags."""
    words = _Words()
    words.feed(str(markup or "").replace("<br>", " "))
    return " ".join(words.text.split())


def built(page: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The figures of a rendered page, by their label."""
    text = page.read_text(encoding="utf-8")
    for place in re.finditer(r"<rl-figure\b.*?<script type=\"application/json\">(.*?)</script>", text, re.DOTALL):
        labels = re.findall(r'id="(fig-[\w-]+)"', text[: place.start()])
        yield (labels[-1] if labels else page.stem), json.loads(place[1].replace("<\\/", "</"))


def frames(figure: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """The traces as they are in the first, a middle and the last frame."""
    every = figure.get("frames") or [{"traces": [], "data": []}]
    for frame in (every[0], every[len(every) // 2], every[-1]):
        traces = [dict(trace) for trace in figure["data"]]
        for index, update in zip(frame["traces"], frame["data"], strict=True):
            for key, value in update.items():
                old = traces[index].get(key)
                traces[index][key] = old | value if isinstance(old, dict) and isinstance(value, dict) else value
        yield traces


def titles(figure: dict[str, Any], trace: dict[str, Any]) -> dict[str, str]:
    """What the trace's axes are called; panels with one x axis have its title below the last."""
    layout, found = figure["layout"], {}
    for letter in "xy":
        axis = layout[(trace.get(f"{letter}axis") or letter).replace(letter, f"{letter}axis")]
        linked = [axis] if letter == "y" else [a for key, a in layout.items() if key.startswith("xaxis")]
        leader = axis.get("matches") or (trace.get("xaxis") or "x")
        same = [a for a in linked if a is axis or a.get("matches") == leader or axis.get("matches")]
        found[letter] = next((plain(a["title"]["text"]) for a in [axis, *same] if a.get("title", {}).get("text")), "")
    return found


def key(color: Any) -> str | None:
    """The palette's name of a color, if it is one."""
    match = re.match(r"var\(--rl-([a-z0-9-]+)", str(color))
    return match and match[1]


def _own(trace: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    style = trace.get("line") or {} if "lines" in trace.get("mode", "lines") else trace.get("marker") or {}
    return plain(trace.get("name")), style


def _colors(trace: dict[str, Any]) -> Iterator[str]:
    name, style = _own(trace)
    color = key(style.get("color"))
    if trace["type"] != "scatter" or trace.get("mode") == "text" or color is None or color in NEUTRAL:
        return
    if name == "trail":  # destinations along a parameter, which their labels name
        name += f" {plain(next(text for text in trace['text'] if text))[0]}"
    if color not in COLORS or not re.fullmatch(f"({COLORS[color]}){SUFFIX}", name):
        yield f"{name!r} is drawn in the color {color}"


def _lines(traces: list[dict[str, Any]]) -> Iterator[str]:
    methods = [t for t in traces if plain(t.get("name")) in DASHES and "lines" in t.get("mode", "")]
    for trace in methods:
        name, style = _own(trace)
        if name in SOLID_ALONE and len(methods) == 1:
            continue
        if style.get("dash", "solid") != DASHES[name]:
            yield f"{name!r} is drawn {style.get('dash')}, not {DASHES[name]}"


def _marks(trace: dict[str, Any]) -> Iterator[str]:
    name, marker = plain(trace.get("name")).removesuffix(" end"), trace.get("marker") or {}
    if "markers" in (trace.get("mode") or "") and name in SYMBOLS:
        found = marker.get("symbol", "circle")
        if found != SYMBOLS[name] and trace.get("mode") != "lines+markers":
            yield f"{name!r} is marked by a {found}, not by a {SYMBOLS[name]}"


def _hover(figure: dict[str, Any], trace: dict[str, Any]) -> Iterator[str]:
    template, named = plain(trace.get("hovertemplate")), titles(figure, trace)
    for said, letter in re.findall(r"(?:^|, |: | )([^,:%]+?) ?[=:>] ?%\{([xy])", template):
        symbol = said.strip()
        if symbol in SAID and not re.search(SAID[symbol], named[letter]):
            yield f"{plain(trace.get('name'))!r} says {symbol} of the axis {named[letter]!r}"
        if symbol not in SAID and symbol not in plain(trace.get("name")):
            yield f"{plain(trace.get('name'))!r} says {symbol!r}, which has no meaning"


def _axes(figure: dict[str, Any], trace: dict[str, Any]) -> Iterator[str]:
    name, named = plain(trace.get("name")), titles(figure, trace)
    if trace["type"] == "contour" or (name in ("moment match", "current πθ") and "markers" in trace["mode"]):
        if not re.search(r"\bμ", named["x"]) or not re.search(r"\bσ", named["y"]):
            yield f"{name!r} lies over {named['x']!r} and {named['y']!r}, not over a mean and a width"
        return
    if trace.get("mode") in ("lines", None) or "line" in trace:
        for pattern, wanted in ON:
            over = re.search(r"action|step|mean μ|update", named["x"])
            if over and re.fullmatch(pattern, name) and not re.search(wanted, named["y"]):
                yield f"{name!r} has the y axis {named['y']!r}"
    for letter, title in named.items():
        values = [value for value in trace.get(letter) or () if isinstance(value, (int, float))]
        if re.search(r"policy std σ|^density$|share|fraction|^P\(", title) and values and min(values) < -1e-9:
            yield f"{name!r} is negative on the axis {title!r}"


def _signs(figure: dict[str, Any], trace: dict[str, Any]) -> Iterator[str]:
    """Stems of advantages are colored by their sign; the band's edges lie on their sides of one."""
    name = plain(trace.get("name"))
    if name in ("1 + ε", "1 − ε") and ((trace["y"][0] > 1) != (name == "1 + ε")):
        yield f"{name!r} is at {trace['y'][0]}"
    if name in ("advantage", "group advantage"):
        for value, color in zip(trace["y"][1::3], trace["marker"]["color"][1::3], strict=True):
            if key(color) != ("positive" if value >= 0 else "negative"):
                yield f"{name!r} of {value} is {key(color)}"


def _controls(figure: dict[str, Any]) -> Iterator[str]:
    for control in figure["layout"].get("meta", {}).get("controls", ()):
        label, name = plain(control["label"]), control["name"]
        if not re.fullmatch(CONTROLS[name].replace("(", r"\(").replace(")", r"\)"), label):
            yield f"the control {name!r} is labeled {label!r}"
        for value, said in zip(control["values"], control.get("labels", control["values"]), strict=True):
            words = CHOICES.get(value) or (ORDINALS[value] if name == "seed" else None)
            number = re.fullmatch(r"-?[\d.]+", plain(said))
            if (words and plain(said) != words) or (number and float(said) != float(value)):
                yield f"the value {value!r} of {name!r} is labeled {said!r}"


def wrong(figure: dict[str, Any]) -> list[str]:
    """What a figure, in the page's form, says that is not what it draws."""
    found = [*_controls(figure)]
    for traces in frames(figure):
        found += _lines(traces)
        for trace in traces:
            found += [*_colors(trace), *_marks(trace), *_hover(figure, trace), *_axes(figure, trace)]
            found += _signs(figure, trace)
    return sorted(set(found))
