"""What the browser needs to make the points of :func:`rlgeo.theory.quadrature.normal_points`."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy

from rlgeo.methods.grpo import GROUPS, GRPO, REPLICATES

BITS = 30
"""Of a coordinate, as SciPy has it."""


def sobol() -> dict[str, Any]:
    """How many points of how many scramblings there are, and Sobol's direction numbers as far as these use them.

    In Gray code's order point 2ʲ differs from the one before it by the direction number j. The last bits, which
    are all zero, are left out.
    """
    dimension = int(GRPO.parameters()["group_size"].high) - 1
    points = scipy.stats.qmc.Sobol(dimension, scramble=False, bits=BITS).random(GROUPS)
    whole = (points * 2**BITS).astype(np.int64)
    powers = 2 ** np.arange(GROUPS.bit_length() - 1)
    directions = (whole[powers] ^ whole[powers - 1]) >> (BITS - len(powers))
    return {"replicates": REPLICATES, "count": GROUPS, "bits": BITS, "directions": directions.T.tolist()}
