"""Random arguments for every exported function, and both languages' answers to them."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from rlgeo import COUSINS, DPO, METHODS, PRESETS
from rlgeo.arguments.parameters import Parameter
from rlgeo.live import Export
from rlgeo.theory.quadrature import normal_nodes
from rlgeo.toy.problem import EXPERIMENT

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "web" / "lab"
CASES = 60

DRIVER = """
import * as np from "./lab/runtime.js";
import { core, methods } from "./generated/rlgeo.js";
const number = (x) => (x === "inf" ? Infinity : x === "-inf" ? -Infinity : x === "nan" ? NaN : x);
const read = (x) =>
  typeof x !== "object" || x === null ? number(x)
  : Array.isArray(x.d) ? (x.s.length ? np.array(x.d.map(number), x.s) : number(x.d[0]))
  : Object.fromEntries(Object.entries(x).map(([k, v]) => [k, read(v)]));
const text = (x) => (Number.isFinite(x) ? x : Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf");
const write = (x) =>
  typeof x === "number" ? { s: [], d: [text(x)] }
  : x instanceof np.NDArray ? { s: x.shape, d: Array.from(x.data, text) }
  : Array.isArray(x) ? Object.fromEntries(x.map((v, i) => [i, write(v)]))
  : Object.fromEntries(Object.entries(x).map(([k, v]) => [k, write(v)]));
export const answer = (cases) =>
  cases.map(([owner, name, given]) => write((owner === "core" ? core : methods[owner])[name](read(given))));
"""


def pack(value: Any) -> Any:
    """Nested dicts of arrays as JSON, NaN and infinities as words."""
    if isinstance(value, dict):
        return {k: pack(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return {str(i): pack(v) for i, v in enumerate(value)}
    flat = [float(v) for v in np.ravel(value)]
    return {"s": list(np.shape(value)), "d": [v if math.isfinite(v) else str(v) for v in flat]}


def unpack(value: Any) -> Any:
    if "d" in value and "s" in value:
        return np.array([float(v) for v in value["d"]]).reshape(value["s"])
    return {k: unpack(v) for k, v in value.items()}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, entry in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(entry, (dict, list, tuple)):
            yield from leaves(entry, f"{path}.{name}")
        else:
            yield f"{path}.{name}", np.asarray(entry, float)


def between(rng: np.random.Generator, p: Parameter, case: int) -> float:
    """The ends of the range in the first cases, then anything inside it."""
    if case < 8:
        return float((p.low, p.high)[int(rng.integers(2))])
    if p.log:
        return float(np.exp(rng.uniform(np.log(p.low), np.log(p.high))))
    return float(rng.uniform(p.low, p.high))


def arguments(export: Export, case: int, draws: dict[str, Export]) -> dict[str, Any]:
    """Arguments for one call: presets and random bumps, single policies and batches, 2 to 256 samples."""
    rng = np.random.default_rng([case, *export.owner.encode(), *export.name.encode()])
    single = case % 2 or {"policy", "actions"} <= set(export.arguments) or {"nodes", "observed"} & set(export.arguments)
    batched = () if single else (int(rng.integers(1, 6)),)
    spread = {name: between(rng, p, case) for name, p in EXPERIMENT.items()}
    presets = list(PRESETS.values())
    if case % 5 < 4:
        reward = {n: getattr(presets[case % 4], n) for n in ("weights", "centers", "widths")}
    else:
        k = int(rng.integers(1, 7))
        reward = {"weights": rng.normal(size=k), "centers": rng.uniform(-6, 6, k), "widths": rng.uniform(0.1, 2, k)}

    def policy() -> dict[str, Any]:
        ends = rng.uniform(0.9, 1.1, (2, *batched)) if case >= 8 else np.ones((2, *batched))
        return {"mean": spread["mean"] * ends[0], "std": np.clip(spread["std"] * ends[1], 0.03, 3)}

    known: dict[str, Any] = {
        "reward": reward,
        "problem": {
            "reward": reward,
            "reference": {"mean": spread["reference_mean"], "std": spread["reference_std"]},
            "beta": spread["beta"],
        },
        "policy": policy(),
        "actions": rng.uniform(-6, 6, int(rng.integers(2, 257))),
        "means": np.linspace(-4, 4, int(rng.integers(2, 40))),
        "stds": np.linspace(0.03, 3, int(rng.integers(2, 40))),
        "state": {"policy": policy(), "behavior": policy(), "value": rng.normal(size=batched)},
        **{name: between(rng, DPO.parameters()[name], case) for name in ("beta", "label_noise")},
        "observed": list(rng.uniform(-0.5, 0.5, 2)),
        "margin": list(rng.normal(size=2) * 10.0 ** rng.uniform(-2, 2)),
        "error": 1e-9,
    }
    if export.owner != "core":
        method = (METHODS | COUSINS)[export.owner]
        known["method"] = {
            name: (round if p.integer else float)(between(rng, p, case)) for name, p in method.parameters().items()
        }
        if "nodes" in export.arguments:
            known["nodes"], known["weights"] = normal_nodes(0.5)
            known["others"] = rng.standard_normal((2, 16, known["method"]["group_size"] - 1))
        n = [2, 256][case % 2] if case < 8 else int(rng.integers(2, 257))
        draw = draws[export.owner]
        shapes = draws[f"{export.owner}.noise"].outputs
        known["noise"] = {
            kind: (rng.standard_normal if kind.startswith("normal") else rng.random)((*batched, *(n for _ in shape)))
            for kind, shape in shapes.items()
        }
        if "batch" in export.arguments:
            known["batch"] = draw.call({k: known[k] for k in ("state", "problem", "method", "noise")})
    return {name: known[name] for name in export.arguments}


def difference(python: Any, browser: Any) -> dict[str, float]:
    """Largest relative difference of every output, infinite where shapes or kinds of number differ.

    Relative to each entry's own size. Only an entry that is itself the small rest of larger terms – below a
    thousandth of the largest in its array, or of 1 – is measured against that thousandth.
    """
    errors = {}
    theirs = dict(leaves(browser)) if isinstance(browser, dict) else {"": browser}
    for name, ours in leaves(python) if isinstance(python, (dict, list, tuple)) else [("", np.asarray(python, float))]:
        other = theirs[name]
        if ours.size == 0 and other.size == 0:
            errors[name] = 0.0
            continue
        fits = other.shape in ((), ours.shape)  # one number may stand for a batch of equal ones
        if not fits or not np.array_equal(np.isnan(ours), np.broadcast_to(np.isnan(other), ours.shape)):
            errors[name] = math.inf
            continue
        with np.errstate(invalid="ignore"):
            gap = np.where((ours == other) | np.isnan(ours), 0.0, np.abs(ours - other))
        finite = np.abs(ours[np.isfinite(ours)])
        floor = 1e-3 * max(1.0, float(finite.max(initial=0.0)))
        errors[name] = float(np.max(gap / np.maximum(np.nan_to_num(np.abs(ours)), floor), initial=0.0))
    return errors


def node(folder: Path, cases: list[Any], executable: str) -> list[Any]:
    """The answers of Node to all cases, in one process."""
    (folder / "driver.mjs").write_text(
        DRIVER + 'import { readFileSync } from "node:fs";\n'
        'process.stdout.write(JSON.stringify(answer(JSON.parse(readFileSync(0, "utf8")))));\n',
        encoding="utf-8",
    )
    done = subprocess.run(
        [executable, "driver.mjs"], input=json.dumps(cases), cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [unpack(answer) for answer in json.loads(done.stdout)]
