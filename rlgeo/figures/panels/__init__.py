"""The panels that every chapter's figures are put together from, so that they all look alike."""

# mypy: implicit-reexport
# ruff: noqa: F401
from rlgeo.figures.panels.axis import (
    ACTIONS,
    OPTIMUM,
    POLICY,
    REFERENCE,
    REWARD,
    WHOLE,
    axis_traces,
    density,
    density_range,
    level,
    reward_trace,
    set_level,
)
from rlgeo.figures.panels.marks import line, marks, named, note, unlisted
from rlgeo.figures.panels.plane import (
    ARGMAX,
    AT,
    COARSE_MEANS,
    COARSE_STDS,
    DOT,
    LANDSCAPE,
    MEAN,
    MEAN_AND_ACTION,
    STAR,
    STD,
    argmax,
    arrows,
    contour_trace,
    contour_values,
    dot,
    landscape_trace,
    landscape_values,
    map_row,
    one_run,
    path,
    point,
    star,
    track,
)
from rlgeo.figures.panels.samples import SAMPLES, bars, samples, samples_trace, signed, stems
from rlgeo.figures.panels.stack import POWERS, Row, stack
