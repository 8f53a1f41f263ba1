"""The JavaScript module: traced functions and what there is to say about every parameter."""

from __future__ import annotations

import inspect
import json
from dataclasses import asdict, fields
from itertools import groupby
from pathlib import Path
from typing import Any

import rlgeo
from rlgeo.live.exports import PACKAGE, Export, exports, terms
from rlgeo.live.graph import Graph
from rlgeo.live.printer import Printer
from rlgeo.live.sobol import sobol
from rlgeo.methods import COUSINS, METHODS
from rlgeo.methods.base import Method
from rlgeo.toy.problem import EXPERIMENT, START, Problem
from rlgeo.toy.reward import PRESETS

HEADER = "// Printed by `python -m rlgeo.live` from the Python functions that the comments name: change those.\n"


def javascript(runtime: str = "../lab/runtime.js") -> str:
    """The module's text; the same text for the same sources, byte for byte.

    Parameters
    ----------
    runtime
        Where the module finds the array runtime.

    Raises
    ------
    Untraceable
        Naming the function, file and line that the browser could not repeat.
    """
    graph = Graph()
    printer = Printer(graph)
    every = list(exports(graph))
    owners = {
        owner: "{\n" + "\n".join(_function(printer, export) for export in group) + "\n}"
        for owner, group in groupby(every, key=lambda export: export.owner)
    }
    core = owners.pop("core")
    methods = "\n".join(f"{json.dumps(name)}: {text}," for name, text in owners.items())
    definitions = "\n".join(printer.definitions())
    return (
        f'{HEADER}import * as np from "{runtime}";\n\n{definitions}\n\n'
        + f"export const core = {core};\n\nexport const methods = {{\n{methods}\n}};\n\n"
        + f"export const metadata = {json.dumps(metadata(printer, every), indent=1, ensure_ascii=False)};\n"
    )


def _function(printer: Printer, export: Export) -> str:
    """``name({ arguments }) { … }`` with the docstring's first line above it."""
    body = printer.function(export.outputs)
    used = sorted({path.split(".")[0] for path in printer.paths(export.outputs)})
    source = inspect.getsourcefile(inspect.unwrap(export.source)) or ""
    where = Path(source).relative_to(PACKAGE.parent)
    taken = f"{{ {', '.join(used)} }}" if used else ""
    lines = "\n".join(f"    {line}" for line in body)
    return f"  // {_first_line(export.source)} · {where.as_posix()}\n  {export.name}({taken}) {{\n{lines}\n  }},"


def _first_line(source: Any) -> str:
    return (inspect.getdoc(source) or "").partition("\n")[0]


def metadata(printer: Printer, every: list[Export]) -> dict[str, Any]:
    """Symbol, range, step, default and meaning of every parameter; the presets; the methods' terms.

    ``compared`` are the methods that are compared unless others are chosen. ``draws_on`` names the hyperparameters
    that a draw depends on: after a change of one, the batch is another.
    """
    problem = Problem()
    drawn = {name: set[str]() for name in METHODS | COUSINS}
    for export in every:
        if export.name in ("draw", "noise"):
            drawn[export.owner] |= set(printer.paths(export.outputs))
    defaults = {
        "reference_mean": float(problem.reference.mean),
        "reference_std": float(problem.reference.std),
        "beta": float(problem.beta),
        "mean": float(START.mean),
        "std": float(START.std),
    }
    return {
        "experiment": {name: asdict(p) | {"default": defaults[name]} for name, p in EXPERIMENT.items()},
        "presets": {
            name: {f.name: [float(v) for v in getattr(r, f.name)] for f in fields(r)} for name, r in PRESETS.items()
        },
        "compared": list(METHODS),
        "sobol": sobol(),
        "methods": {
            name: {
                "python": _constructor(method),
                "title": _first_line(method).rstrip("."),
                "parameters": {
                    key: asdict(parameter) | {"default": parameter.code(getattr(method(), key))}
                    for key, parameter in method.parameters().items()
                },
                "draws_on": [key for key in method.parameters() if f"method.{key}" in drawn[name]],
                "terms": {key: _first_line(function) for key, function in terms(method)},
            }
            for name, method in (METHODS | COUSINS).items()
        },
    }


def _constructor(method: type[Method]) -> str:
    """How a script names the class."""
    if getattr(rlgeo, method.__name__, None) is method:
        return f"rlgeo.{method.__name__}"
    return f"rlgeo.{'METHODS' if method.name in METHODS else 'COUSINS'}[{json.dumps(method.name)}]"
