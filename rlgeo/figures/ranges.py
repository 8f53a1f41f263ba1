"""Fixed ranges for the axes on which something moves.

A free axis follows what is drawn, so that every frame of a figure would have to be drawn from nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go


def fix(figure: go.Figure, moving: Collection[str], frames: Sequence[Mapping[str, Any]]) -> None:
    """Give every free axis of the traces named ``moving`` the range that all ``frames`` need."""
    for letter in "xy":
        linked: dict[str, list[Any]] = {}
        for trace in figure.data:
            axis = figure.layout[_key(trace, letter)]
            linked.setdefault(axis.matches or trace[f"{letter}axis"] or letter, []).append(trace)
        for leader, traces in linked.items():
            if any(trace.name in moving and trace.type == "scatter" for trace in traces):
                axes = [figure.layout[leader.replace(letter, f"{letter}axis")]]
                axes += [figure.layout[_key(trace, letter)] for trace in traces]
                given = next((axis.range for axis in axes if axis.range is not None), None)
                fixed = given or _range(traces, letter, frames, log=axes[0].type == "log")
                for axis in axes:
                    axis.range = fixed


def _key(trace: Any, letter: str) -> str:
    """Where the layout describes a trace's axis: ``xaxis2`` for ``x2``."""
    return f"{letter}axis{(trace[f'{letter}axis'] or letter)[1:]}"


def _range(traces: Sequence[Any], letter: str, frames: Sequence[Mapping[str, Any]], *, log: bool) -> list[float]:
    """From the least to the largest value in any frame, with Plotly's margin at marks, and above and below curves."""
    margins, ends = [], []
    for trace in traces:
        shown = [trace[letter], *(frame.get(trace.name, {}).get(letter) for frame in frames)]
        numbers = np.concatenate([np.ravel(np.array(values, float)) for values in shown if values is not None])
        numbers = numbers[np.isfinite(numbers)]
        if numbers.size:
            ends.append([numbers.min(), numbers.max()])
            margins.append(0.05 if letter == "y" or "markers" in (getattr(trace, "mode", None) or "") else 0.0)
    low, high = np.log10(np.transpose(ends)) if log else np.transpose(ends)
    margin = np.array(margins) * (high.max() - low.min())
    return [float(np.min(low - margin)), float(np.max(high + margin))]
