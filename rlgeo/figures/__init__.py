"""Interactive figures: functions that return Plotly figures, one for each figure of the book.

Every number in them comes from ``rlgeo``. Set ``RLGEO_RENDERER=book`` to have them rendered as the book's pages
need them; anywhere else Plotly's own renderers show them.
"""

from rlgeo.figures import renderer as _renderer
from rlgeo.figures.compare import basin_lottery, basin_map, compare_curves, compare_map, cost_table
from rlgeo.figures.destinations import destination_distances, destination_table, destinations, projections
from rlgeo.figures.dpo import dpo_accuracy, dpo_destinations, dpo_matching, dpo_noise, dpo_pairs, dpo_paths
from rlgeo.figures.dro import dro_existence, dro_paths, dro_regression, dro_residuals, dro_split, dro_value
from rlgeo.figures.grpo import grpo_collapse, grpo_field, grpo_paths, grpo_step, grpo_threshold
from rlgeo.figures.lab import lab
from rlgeo.figures.landscape import beta_landscape, ceiling, preset_landscapes, two_projections
from rlgeo.figures.one_axis import frontier, partition, tilt
from rlgeo.figures.overview import race
from rlgeo.figures.phase import grpo_phase
from rlgeo.figures.policy_gradient import pg_batch, pg_bias, pg_paths, pg_variance
from rlgeo.figures.ppo import kl_gradients, kl_paths, ppo_clip, ppo_epochs, ppo_paths, ppo_steps
from rlgeo.figures.rlhf import basins, climb, learning_rates, natural

__all__ = [
    "basin_lottery",
    "basin_map",
    "basins",
    "beta_landscape",
    "ceiling",
    "climb",
    "compare_curves",
    "compare_map",
    "cost_table",
    "destination_distances",
    "destination_table",
    "destinations",
    "dpo_accuracy",
    "dpo_destinations",
    "dpo_matching",
    "dpo_noise",
    "dpo_pairs",
    "dpo_paths",
    "dro_existence",
    "dro_paths",
    "dro_regression",
    "dro_residuals",
    "dro_split",
    "dro_value",
    "frontier",
    "grpo_collapse",
    "grpo_field",
    "grpo_paths",
    "grpo_phase",
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
    "projections",
    "race",
    "tilt",
    "two_projections",
]

_renderer.register()
