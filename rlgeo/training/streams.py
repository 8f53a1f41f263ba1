"""Random numbers for many runs at once, each run on a stream of its own."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from rlgeo.arguments import check
from rlgeo.arguments.check import Array

BLOCK = 2**22
"""Random numbers kept ready at most, over all runs."""


class Streams:
    """One independent generator per run, read like one ``Generator`` whose first axis is the run.

    Run ``i`` of the stream called ``name`` depends on ``(seed, name, i)`` alone
    (``numpy.random.SeedSequence``): more runs or other methods change nothing in it. Normals and uniforms come
    from separate generators, so that reading ahead in one does not disturb the other.
    """

    def __init__(self, seed: int, name: str, runs: int) -> None:
        self.runs = check.integer("runs", runs, at_least=1)
        self.entropy = check.integer("seed", seed, at_least=0)
        self.key = tuple(name.encode())
        self._normal = _Buffer(lambda i: self._generator(i, 0).standard_normal, self.runs)
        self._uniform = _Buffer(lambda i: self._generator(i, 1).random, self.runs)

    def _generator(self, run: int, kind: int) -> np.random.Generator:
        sequence = np.random.SeedSequence(self.entropy, spawn_key=(*self.key, run, kind))
        return np.random.Generator(np.random.PCG64(sequence))

    def standard_normal(self, shape: tuple[int, ...]) -> Array:
        """Standard normal numbers; ``shape[0]`` must be the number of runs."""
        return self._normal.take(shape)

    def random(self, shape: tuple[int, ...]) -> Array:
        """Uniform numbers in [0, 1); ``shape[0]`` must be the number of runs."""
        return self._uniform.take(shape)


class _Buffer:
    """Numbers read ahead in blocks: a Python loop over the runs once per block, not once per step."""

    def __init__(self, source: Callable[[int], Callable[..., Array]], runs: int) -> None:
        self.source, self.runs = source, runs
        self.fill: list[Callable[..., Array]] | None = None
        self.ready = np.empty((runs, 0))

    def take(self, shape: tuple[int, ...]) -> Array:
        if shape[0] != self.runs:
            raise ValueError(f"shape={shape} does not start with the number of runs, {self.runs}")
        count = math.prod(shape[1:])
        if self.ready.shape[1] < count:
            block = self._block(count)
            self.ready = np.concatenate([self.ready, block], axis=1) if self.ready.size else block
        taken, self.ready = self.ready[:, :count], self.ready[:, count:]
        # Runs next to each other in memory: sums over a run's few samples are several times faster that way.
        return np.asfortranarray(taken.reshape(shape))

    def _block(self, count: int) -> Array:
        if self.fill is None:
            self.fill = [self.source(i) for i in range(self.runs)]
        block = np.empty((self.runs, count * max(1, min(64, BLOCK // (self.runs * count)))))
        for fill, row in zip(self.fill, block, strict=True):
            fill(out=row)
        return block
