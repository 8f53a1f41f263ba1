"""Training: the loop, a run, several methods side by side, and sweeps over many settings."""

from rlgeo.training.loop import Step, run, steps

__all__ = ["Step", "run", "steps"]
