"""DPO on infinitely many pairs: the lab's end and field are those of Python's adaptive integrals."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from parity import pack

from rlgeo import DPO, PRESETS, Gaussian, Problem

DRIVER = """
import { readFileSync } from "node:fs";
import { array } from "./lab/runtime.js";
import { expectedField } from "./lab/fields.js";
import { preferenceEnd } from "./lab/preference.js";
const results = JSON.parse(readFileSync(0, "utf8")).map(({ reward, reference, beta, hyper, policy }) => {
  for (const name in reward) reward[name] = array(reward[name].d);
  const problem = { reward, reference, beta };
  return { end: preferenceEnd(problem, hyper), field: expectedField("DPO", problem, hyper)(policy) };
});
process.stdout.write(JSON.stringify(results));
"""
REFERENCES = [(0.0, 1.5), (-1.0, 0.6), (1.0, 3.0)]
POLICIES = [(0.5, 1.2), (2.0, 0.1), (-3.0, 0.03), (1.0, 3.0)]


def in_the_lab(folder: Path, node: str, cases: list[tuple[str, tuple[float, float], float, float]]) -> list[Any]:
    given = []
    for i, (name, reference, beta, noise) in enumerate(cases):
        reward = {key: pack(getattr(PRESETS[name], key)) for key in ("weights", "centers", "widths")}
        policy = dict(zip(("mean", "std"), POLICIES[i % len(POLICIES)], strict=True))
        hyper = {"beta": beta, "label_noise": noise}
        where = dict(zip(("mean", "std"), reference, strict=True))
        given.append({"reward": reward, "reference": where, "beta": 0.5, "hyper": hyper, "policy": policy})
    (folder / "preference.mjs").write_text(DRIVER, encoding="utf-8")
    done = subprocess.run(
        [node, "preference.mjs"], input=json.dumps(given), cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize(("noises", "tolerance", "labels"), [((0.05, 0.1, 0.5, 2.0), 1e-6, 1e-9), ((0.0,), 1e-3, 1e-4)])
def test_the_labs_end_and_field_are_pythons(
    noises: tuple[float, ...], tolerance: float, labels: float, layout: Path, node: str
) -> None:
    """To 1e-6 for every noise that the control offers but 0, where the browser's fixed grid meets steps.

    Of the field's two factors, a difference of moments and ∂c/∂θ ~ β σ_ref²/σ³, the first is right to ``labels``.
    """
    cases = [
        (name, where, beta, nu) for name in PRESETS for where in REFERENCES for beta in (0.5, 3.0) for nu in noises
    ]
    ends = 0
    for i, (case, found) in enumerate(zip(cases, in_the_lab(layout, node, cases), strict=True)):
        name, where, beta, noise = case
        problem, method = Problem(PRESETS[name], Gaussian(*where)), DPO(beta=beta, label_noise=noise)
        policy = Gaussian(*POLICIES[i % len(POLICIES)])
        field, scale = method.expected_gradient(policy, problem), beta * where[1] ** 2 / float(policy.std) ** 3
        assert found["field"] == pytest.approx(field, abs=labels * (1 + scale)), case
        end = method.destination(problem)
        if end is None:
            assert found["end"] is None, case
        else:
            ends += 1
            assert [found["end"]["mean"], found["end"]["std"]] == pytest.approx(
                [float(end.mean), float(end.std)], rel=tolerance, abs=tolerance
            ), case
    assert ends > len(cases) / 3
