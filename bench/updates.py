"""Vectorized runs of every method against the same update one run at a time, in plain Python and in JavaScript."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.plain import PLAIN
from bench.row import Row
from rlgeo import COUSINS, METHODS, Gaussian, Problem, run
from rlgeo.training.streams import Streams

RUNS, STEPS = 10_000, 40
SCRIPT = Path(__file__).with_suffix(".mjs")


def measure() -> list[Row]:
    """Seconds per 10,000 vectorized runs, and how many times longer the loops take for as many."""
    check()
    javascript = json.loads(node("time", str(STEPS), "2000")) if shutil.which("node") else {}
    rows = []
    for name, method in (METHODS | COUSINS).items():
        # The loops keep no records either.
        vectorized = timed(lambda m=method: run(m(), Problem(), steps=STEPS, runs=RUNS, records=False))
        recorded = timed(lambda m=method: run(m(), Problem(), steps=STEPS, runs=RUNS))
        rows.append(Row(f"{name}: {RUNS:,} runs × {STEPS} steps", vectorized, "s"))
        rows.append(Row(f"{name}: with records it takes", recorded / vectorized, "times as long"))
        if name in PLAIN:
            rng = random.Random(0)
            plain = timed(lambda n=name, g=rng: loop(n, g, 50)) / 50 * RUNS
            rows.append(Row(f"{name}: a plain Python loop takes", plain / vectorized, "times as long"))
        if name in javascript:
            rows.append(Row(f"{name}: a JavaScript loop takes", javascript[name] * RUNS / vectorized, "times as long"))
    return rows


def timed(work: Any) -> float:
    """The faster of two attempts, in seconds of processor time, so that a busy machine does not change the ratios."""
    best = np.inf
    for _ in range(2):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return float(best)


def loop(name: str, rng: random.Random, runs: int) -> None:
    for _ in range(runs):
        PLAIN[name](STEPS, lambda: rng.gauss(0.0, 1.0), rng.random)


def node(*arguments: str, given: str | None = None) -> str:
    command = ["node", str(SCRIPT), *arguments]
    return subprocess.run(command, input=given, text=True, check=True, capture_output=True).stdout


def noise(name: str) -> dict[str, Any]:
    """What run 0 of a seed draws, in the order in which one run at a time draws it."""
    method, streams = METHODS[name](), Streams(7, name, 1)
    draws = 1 if np.isinf(method.lifetime) else STEPS // int(method.lifetime)
    size = next((getattr(method, key) for key, p in method.parameters().items() if p.samples), 0)
    draws *= 2 if name == "DPO" else 1
    normal = [x for _ in range(draws) for x in streams.standard_normal((1, size))[0]] if size else []
    return {"steps": STEPS, "normal": normal, "uniform": list(streams.random((1, 256))[0])}


def check() -> None:
    """All three do the same: the same noise leads to the same policy.

    Raises
    ------
    AssertionError
        Naming the method and the language that differ.
    """
    given = {name: noise(name) for name in PLAIN}
    found: dict[str, dict[str, Any]] = {
        "Python": {
            name: PLAIN[name](STEPS, iter(g["normal"]).__next__, iter(g["uniform"]).__next__)
            for name, g in given.items()
        }
    }
    if shutil.which("node"):
        found["JavaScript"] = json.loads(node("check", given=json.dumps(given)))
    for name in PLAIN:
        end = run(METHODS[name](), Problem(), Gaussian(0.0, 1.0), STEPS, seed=7).final
        for language, results in found.items():
            if not np.allclose(results[name], [end.mean[0], end.std[0]], rtol=1e-10, atol=1e-12):
                raise AssertionError(f"{name} in {language}: {results[name]}, not ({end.mean[0]}, {end.std[0]})")
