"""Random numbers for many runs at once: each run has its own, whatever other runs there are."""

import math
from typing import Any

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array

BLOCK = 64
"""Runs that share a generator. Making one generator for every run costs more than using it."""


class Streams:
    """Generators for many runs, read like one ``Generator`` whose first axis is the run.

    The runs 64k … 64k + 63 share two generators, one for normals and one for uniforms, which always draw whole rows:
    one number for each of the 64. So run i of the stream called ``name`` depends on ``(seed, name, i)`` alone
    (``numpy.random.SeedSequence``), and more runs or other methods change nothing in it.

    Parameters
    ----------
    seed
        Any whole number ≥ 0.
    name
        The stream's name, for example a method's.
    runs
        How many, ≥ 1.
    first
        The number of the first, a multiple of 64.
    """

    def __init__(self, seed: int, name: str, runs: int, first: int = 0) -> None:
        self.runs = check.integer("runs", runs, at_least=1)
        self.entropy = check.integer("seed", seed, at_least=0)
        self.key = tuple(name.encode())
        self.blocks = range(first // BLOCK, first // BLOCK + -(-self.runs // BLOCK))
        self.generators: dict[int, list[np.random.Generator]] = {}

    def standard_normal(self, shape: tuple[int, ...]) -> Array:
        """Standard normal numbers; ``shape[0]`` must be the number of runs."""
        return self._rows(shape, [generator.standard_normal for generator in self._kind(0)])

    def random(self, shape: tuple[int, ...]) -> Array:
        """Uniform numbers in [0, 1); ``shape[0]`` must be the number of runs."""
        return self._rows(shape, [generator.random for generator in self._kind(1)])

    def _kind(self, kind: int) -> list[np.random.Generator]:
        """One generator per block; made when first asked for."""
        if kind not in self.generators:
            keys = [(*self.key, block, kind) for block in self.blocks]
            seeds = [np.random.SeedSequence(self.entropy, spawn_key=key) for key in keys]
            self.generators[kind] = [np.random.Generator(np.random.PCG64(seed)) for seed in seeds]
        return self.generators[kind]

    def _rows(self, shape: tuple[int, ...], draws: list[Any]) -> Array:
        if shape[0] != self.runs:
            raise ValueError(f"shape={shape} does not start with the number of runs, {self.runs}")
        count = math.prod(shape[1:])
        rows = np.empty((count, BLOCK * len(draws)))
        for i, draw in enumerate(draws):
            rows[:, BLOCK * i : BLOCK * (i + 1)] = draw((count, BLOCK))
        # Runs stay next to each other in memory: sums over a run's few samples are several times faster that way.
        return rows[:, : self.runs].T.reshape(shape)
