"""Tables of the book, made from the package's own metadata and numbers."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from rlgeo import COUSINS, EXPERIMENT, METHODS, PRESETS, START, Gaussian, Problem
from rlgeo.arguments.parameters import Parameter


@dataclass(frozen=True, repr=False)
class Table:
    """Rows that a notebook and the book show as a table.

    Parameters
    ----------
    head
        Titles of the columns, Markdown.
    rows
        Strings are Markdown; numbers are printed with four significant digits.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def _repr_markdown_(self) -> str:
        cells = [[_printed(cell) for cell in row] for row in self.rows]
        columns = list(zip(self.head, *cells, strict=True))
        numeric = [all(not isinstance(row[i], str) for row in self.rows) for i in range(len(self.head))]
        # Pandoc gives wide tables' columns widths in proportion to these dashes.
        dashes = ["-" * max(3, *(_width(cell) for cell in column)) for column in columns]
        rule = [f"{dash}:" if right else f":{dash}" for dash, right in zip(dashes, numeric, strict=True)]
        return "\n".join("| " + " | ".join(line) + " |" for line in (self.head, rule, *cells))

    __repr__ = _repr_markdown_


def _width(cell: str) -> int:
    """About how many characters wide a cell of Markdown is on the page."""
    plain = re.sub(r"\\(?:mathrm|mathbb|,)", "", cell)
    return len(re.sub(r"[{}$`_^]", "", re.sub(r"\\[A-Za-z]+", "x", plain))) + 2 * cell.count("`")


def _printed(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if abs(cell) < 1e-12:
        return "0"
    return f"{cell:.4g}".replace("-", "−")


def symbol(parameter: Parameter) -> str:
    """A parameter's Unicode symbol as TeX: ``σ_ref`` → ``$σ_{\\mathrm{ref}}$``."""
    base, _, index = parameter.symbol.partition("_")
    if parameter.choices:
        return rf"$\mathrm{{{parameter.symbol}}}$"
    greek = {"μ": r"\mu", "σ": r"\sigma", "β": r"\beta", "η": r"\eta", "ε": r"\varepsilon", "ν": r"\nu", "δ": r"\delta"}
    tex = greek.get(base, base)
    if not index:
        return f"${tex}$"
    return f"${tex}_{index}$" if len(index) == 1 else rf"${tex}_{{\mathrm{{{index}}}}}$"


def _parameter_row(name: str, parameter: Parameter, default: Any) -> list[str]:
    if parameter.choices:
        offered = ", ".join(f"`{choice}`" for choice in parameter.choices)
        return [symbol(parameter), f"`{name}`", parameter.meaning, f"`{default}`", offered]
    span = f"{parameter.low:g} … {parameter.high:g}".replace("-", "−")
    meaning = re.sub(r"π_([a-z]+)", r"$\\pi_{\\mathrm{\1}}$", parameter.meaning)
    return [symbol(parameter), f"`{name}`", meaning, f"{float(default):g}", span]


HEAD = ["symbol", "name", "meaning", "default", "controls offer"]


def experiment() -> Table:
    """The numbers every experiment has, with their defaults and ranges."""
    problem, reference = Problem(), Problem().reference
    defaults: dict[str, Any] = {"reference_mean": reference.mean, "reference_std": reference.std, "beta": problem.beta}
    defaults |= {"mean": START.mean, "std": START.std}
    return Table(HEAD, [_parameter_row(name, p, float(defaults[name])) for name, p in EXPERIMENT.items()])


def hyperparameters() -> Table:
    """The hyperparameters of all methods."""
    rows = []
    for name, kind in (METHODS | COUSINS).items():
        defaults = {f.name: f.default for f in fields(kind)}  # type: ignore[arg-type]
        for key, parameter in kind.parameters().items():
            rows.append([name, *_parameter_row(key, parameter, defaults[key])])
    return Table(["method", *HEAD], rows)


def presets() -> Table:
    """The bumps of the preset rewards."""
    rows = []
    for name, reward in PRESETS.items():
        bumps = zip(reward.weights, reward.centers, reward.widths, strict=True)
        columns = [", ".join(map(_printed, column)) for column in zip(*bumps, strict=True)]
        rows.append([f"`{name}`", *columns])
    return Table(["preset", "weights $w$", "centers $c$", "widths $s$"], rows)


def states(problem: Problem, policies: Mapping[str, Gaussian]) -> Table:
    """What there is to know about policies on a problem, a column for each."""
    optimum = problem.optimum()
    quantities: dict[str, Callable[[Gaussian], Any]] = {
        r"$\mu$": lambda p: p.mean,
        r"$\sigma$": lambda p: p.std,
        r"$\mathbb{E}_{\pi_\theta}[r]$, expected reward": problem.expected_reward,
        r"$\mathrm{KL}(\pi_\theta\,\Vert\,\pi_{\mathrm{ref}})$, in nats": problem.kl,
        r"$J(\theta)$": problem.objective,
        r"$\Vert\nabla J(\theta)\Vert$": lambda p: np.hypot(*problem.gradient(p)),
        r"$\beta\,\mathrm{KL}(\pi_\theta\,\Vert\,\pi^\star)$, gap to the ceiling": lambda p: (
            problem.beta * optimum.kl_from(p)
        ),
    }
    rows = [[name, *(float(f(policy)) for policy in policies.values())] for name, f in quantities.items()]
    return Table(["", *policies], rows)


def landmarks() -> Table:
    """For each preset: the ceiling, the moments of π*, the top of J in the family."""
    symbols = r"\beta\log Z", r"\mu^\star", r"\sigma^\star", r"\hat\mu", r"\hat\sigma", r"\max_\theta J"
    rows = []
    for name, reward in PRESETS.items():
        problem = Problem(reward)
        optimum = problem.optimum()
        best = optimum.projection()
        numbers: tuple[Any, ...] = (
            optimum.objective,
            optimum.mean,
            optimum.std,
            best.mean,
            best.std,
            problem.objective(best),
        )
        rows.append([f"`{name}`", *map(float, numbers)])
    return Table(["preset", *(f"${symbol}$" for symbol in symbols)], rows)


def summits(problem: Problem) -> Table:
    """All local maxima of J, from left to right."""
    found = problem.optimum().summits()
    heights = problem.objective(found)
    rows = [[float(m), float(s), float(J)] for m, s, J in zip(found.mean, found.std, heights, strict=True)]
    return Table([r"$\mu$", r"$\sigma$", "$J$"], rows)
