"""Interactive figures: functions that return Plotly figures, one for each figure of the book.

Every number in them comes from ``rlgeo``. Set ``RLGEO_RENDERER=book`` to have them rendered as the book's pages
need them; anywhere else Plotly's own renderers show them.
"""

# mypy: implicit-reexport
# ruff: noqa: F401

try:
    from rlgeo.figures import renderer as _renderer
except ModuleNotFoundError as _missing:
    raise ImportError(f"figures need {_missing.name}, which is not installed: pip install 'rlgeo[figures]'") from None
from rlgeo.figures.atlas import atlas
from rlgeo.figures.basins import basins
from rlgeo.figures.best_of_n import best_of_n
from rlgeo.figures.both_fall import both_fall
from rlgeo.figures.ceiling import ceiling
from rlgeo.figures.collapse import grpo_collapse, grpo_threshold
from rlgeo.figures.compare import basin_lottery, basin_map, compare_curves, compare_map, cost_table
from rlgeo.figures.destinations import destination_table, destinations
from rlgeo.figures.dpo import dpo_accuracy, dpo_destinations, dpo_matching, dpo_noise, dpo_pairs, dpo_paths
from rlgeo.figures.dro import dro_existence, dro_paths, dro_regression, dro_residuals, dro_split, dro_value
from rlgeo.figures.epochs import grpo_step, ppo_epochs
from rlgeo.figures.frontier import frontier
from rlgeo.figures.grpo import grpo_field, grpo_paths
from rlgeo.figures.kl_destinations import kl_destinations
from rlgeo.figures.kl_forces import kl_forces
from rlgeo.figures.kl_grpo import kl_grpo
from rlgeo.figures.kl_losses import kl_gradients, kl_paths
from rlgeo.figures.lab import lab
from rlgeo.figures.landscape import beta_landscape, preset_landscapes
from rlgeo.figures.learning_rates import learning_rates
from rlgeo.figures.natural import natural
from rlgeo.figures.one_axis import partition, tilt
from rlgeo.figures.overview import race
from rlgeo.figures.own_sliders import own_sliders
from rlgeo.figures.phase import grpo_phase
from rlgeo.figures.policy_gradient import pg_batch, pg_bias, pg_paths
from rlgeo.figures.ppo import ppo_clip, ppo_paths, ppo_steps
from rlgeo.figures.projections import destination_distances, projections
from rlgeo.figures.raft import raft
from rlgeo.figures.rlhf import climb
from rlgeo.figures.simpo import simpo
from rlgeo.figures.two_projections import two_projections
from rlgeo.figures.variance import pg_variance

_renderer.register()
