// A method of the reader's own: its file from a template, and its line in the list of methods.

export const OWN = "rlgeo/methods/mine.py";
export const LIST = "rlgeo/methods/__init__.py";
export const NAME = "MINE";

export const TEMPLATE = `"""Mine: a method of your own, from a policy gradient with other advantages.

    θ ← θ + η [ 1/N Σ_i Â_i ∇log π_θ(a_i) − β ∇KL(π_θ‖π_ref) ],   Â_i = τ tanh((r_i − r̄)/τ)

Change what you like, and run it: surrogate and gradient are PG's, so they follow the advantages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rlgeo.arguments.check import Array
from rlgeo.arguments.parameters import hyperparameter
from rlgeo.methods.pg import PG
from rlgeo.toy.state import Batch, State


@dataclass(frozen=True)
class Mine(PG):
    """A method of your own: advantages that saturate."""

    name: ClassVar[str] = "${NAME}"
    by_quadrature: ClassVar[bool] = True  # the lab finds its expected update by sampling, whatever the advantages are

    saturation: float = hyperparameter(0.5, "τ", (0.05, 2), 0.05, "where advantages level off", log=True)

    def advantages(self, state: State, batch: Batch) -> Array:
        """Â_i = τ tanh((r_i − r̄)/τ), shape \`\`(*policies, N)\`\`."""
        centered = batch.rewards - np.mean(batch.rewards, axis=-1, keepdims=True)
        return self.saturation * np.tanh(centered / self.saturation)
`;

/** The list with one more method, at the end of those that are compared; null where it is written otherwise. */
export function listed(text) {
  const methods = /^(METHODS\b.* for method in \()([^)]*?),?(\)\}.*)$/m;
  const first = /^from rlgeo\.methods\.\w+ import/m;
  if (text.includes("rlgeo.methods.mine") || !methods.test(text) || !first.test(text)) return null;
  return text.replace(methods, "$1$2, Mine$3").replace(/^(from rlgeo\.methods\.pg import)/m, "from rlgeo.methods.mine import Mine\n$1");
}
