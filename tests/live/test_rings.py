"""Cousins' expected updates are integrals: on the lab's fixed nodes they are what Python's adaptive ones are."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from parity import pack

from rlgeo import COUSINS, PRESETS, Gaussian, Problem
from rlgeo.methods.base import Method
from rlgeo.toy import box

DRIVER = """
import { readFileSync } from "node:fs";
import { array } from "./lab/runtime.js";
import { endOf, expectedField } from "./lab/fields.js";
const results = JSON.parse(readFileSync(0, "utf8")).map(({ name, reward, reference, beta, hyper, policy, start }) => {
  for (const key in reward) reward[key] = array(reward[key].d);
  const problem = { reward, reference, beta };
  const end = endOf(name, problem, hyper, start);
  return { field: expectedField(name, problem, hyper)(policy), end: end && [end.mean, end.std] };
});
process.stdout.write(JSON.stringify(results));
"""
START, POLICY = (0.0, 1.0), (0.7, 0.9)
RANKED = {"BestOfN", "PassAtK", "RAFT"}
"""Where actions are sorted by reward, the lab counts cells instead: right to 4e-3."""
INTEGRALS = [name for name, method in COUSINS.items() if method.by_quadrature]


def in_the_lab(folder: Path, node: str, cases: list[tuple[Method, Problem]]) -> list[Any]:
    given = []
    for method, problem in cases:
        described = type(method).parameters()
        hyper = {key: described[key].code(getattr(method, key)) for key in described}
        where = {key: float(getattr(problem.reference, key)) for key in ("mean", "std")}
        reward = {key: pack(getattr(problem.reward, key)) for key in ("weights", "centers", "widths")}
        policy, start = (dict(zip(("mean", "std"), values, strict=True)) for values in (POLICY, START))
        given.append(
            {
                "name": method.name,
                "reward": reward,
                "reference": where,
                "beta": problem.beta,
                "hyper": hyper,
                "policy": policy,
                "start": start,
            }
        )
    (folder / "cousins.mjs").write_text(DRIVER, encoding="utf-8")
    done = subprocess.run(
        [node, "cousins.mjs"], input=json.dumps(given), cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", INTEGRALS)
def test_the_labs_ring_and_field_are_pythons(name: str, layout: Path, node: str) -> None:
    tolerance = 4e-3 if name in RANKED else 1e-4 if name == "SLiC" else 1e-6
    cases = [(COUSINS[name](), Problem(preset)) for preset in PRESETS]
    for (method, problem), found in zip(cases, in_the_lab(layout, node, cases), strict=True):
        field = method.expected_gradient(Gaussian(*POLICY), problem)
        theirs = [np.nan if x is None else x for x in found["field"]]
        assert theirs == pytest.approx([float(x) for x in field], rel=tolerance, abs=tolerance, nan_ok=True), problem
        end = method.destination(problem, Gaussian(*START))
        if end is None or abs(end.mean) > box.MEAN[1]:  # training does not get there, so the lab shows no ring
            assert found["end"] is None, problem
        else:
            assert found["end"] == pytest.approx([float(end.mean), float(end.std)], abs=3 * tolerance), problem
