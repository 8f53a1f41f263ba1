"""The browser's nodes are those of ``rlgeo.theory.quadrature``, and with them GRPO's destinations."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pages as make
import pytest
from pages import opened

import rlgeo
from rlgeo.methods.grpo import GROUPS, REPLICATES
from rlgeo.theory.quadrature import normal_nodes, normal_points

SCRIPT = """
import { normalNodes, normalPoints } from "./lab/quadrature.js";
const points = [1, 7, 63].map((dimension) => Array.from(normalPoints(dimension).data));
const nodes = [1, 0.31].map(normalNodes).map((rule) => [rule.nodes, rule.weights].map((x) => Array.from(x.data)));
console.log(JSON.stringify({ points, nodes }));
"""


def test_nodes_and_points_are_pythons(layout: Path, node: str) -> None:
    (layout / "quadrature.mjs").write_text(SCRIPT, encoding="utf-8")
    ran = subprocess.run([node, "quadrature.mjs"], cwd=layout, capture_output=True, text=True, check=True)
    found = json.loads(ran.stdout)
    for dimension, points in zip((1, 7, 63), found["points"], strict=True):
        ours = normal_points(dimension, REPLICATES, GROUPS)
        assert np.abs(np.reshape(points, ours.shape) - ours).max() < 1e-14
    for finest, (nodes, weights) in zip((1.0, 0.31), found["nodes"], strict=True):
        ours = normal_nodes(finest)
        assert nodes == pytest.approx(list(ours[0]), abs=1e-14)
        assert weights == pytest.approx(list(ours[1]), rel=1e-13)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize(
    ("preset", "size", "beta", "start"), [("single", 8, 1.2, (0.0, 1.0)), ("trap", 2, 1.5, (-1.5, 0.3))]
)
def test_grpos_destination_is_pythons(
    preset: str, size: int, beta: float, start: tuple[float, float], pages: Path, browser: Any
) -> None:
    """To what Python's own rests on, the same nodes; also where Python finds none."""
    link = f"#method=grpo&preset={preset}&grpo.group_size={size}&mean={start[0]}&std={start[1]}"
    method = rlgeo.GRPO(group_size=size)
    ours = method.destination(rlgeo.Problem(preset, beta=beta), rlgeo.Gaussian(*start))
    assert ours is not None
    with opened(browser, make.write(pages), f"{link}&beta={beta}") as lab:
        lab.until("document.querySelector('rl-lab').view.end !== undefined")
        end = lab.do("lab => lab.view.end")
        assert [end["mean"], end["std"]] == pytest.approx([float(ours.mean), float(ours.std)], abs=1e-6)
        lab.do("lab => lab.follow('#method=grpo&beta=0.3')")
        lab.until("document.querySelector('rl-lab').view.hyper.group_size === 8")
        lab.until("document.querySelector('rl-lab').view.end !== undefined")
        assert lab.do("lab => lab.view.end") is None
