"""Interactive figures: functions that return Plotly figures, one for each figure of the book.

Every number in them comes from ``rlgeo``. Set ``RLGEO_RENDERER=book`` to have them rendered as the book's pages
need them; anywhere else Plotly's own renderers show them.
"""

from rlgeo.figures import renderer as _renderer
from rlgeo.figures.grpo import grpo_collapse, grpo_field, grpo_paths, grpo_step, grpo_threshold
from rlgeo.figures.lab import lab
from rlgeo.figures.landscape import beta_landscape, ceiling, preset_landscapes, two_projections
from rlgeo.figures.one_axis import frontier, partition, tilt
from rlgeo.figures.overview import race
from rlgeo.figures.policy_gradient import pg_batch, pg_bias, pg_paths, pg_variance
from rlgeo.figures.ppo import kl_gradients, kl_paths, ppo_clip, ppo_epochs, ppo_paths, ppo_steps
from rlgeo.figures.rlhf import basins, climb, learning_rates, natural

__all__ = [
    "basins",
    "beta_landscape",
    "ceiling",
    "climb",
    "frontier",
    "grpo_collapse",
    "grpo_field",
    "grpo_paths",
    "grpo_step",
    "grpo_threshold",
    "kl_gradients",
    "kl_paths",
    "lab",
    "learning_rates",
    "natural",
    "partition",
    "pg_batch",
    "pg_bias",
    "pg_paths",
    "pg_variance",
    "ppo_clip",
    "ppo_epochs",
    "ppo_paths",
    "ppo_steps",
    "preset_landscapes",
    "race",
    "tilt",
    "two_projections",
]

_renderer.register()
