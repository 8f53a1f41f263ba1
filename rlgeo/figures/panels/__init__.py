"""The panels that every chapter's figures are put together from, so that they all look alike."""

# mypy: implicit-reexport
# ruff: noqa: F401
from rlgeo.figures.panels.axis import (
    ACTIONS,
    ALL_ACTIONS,
    OPTIMUM,
    POLICY,
    REFERENCE,
    REWARD,
    axis_traces,
    density,
    density_range,
    level_ranges,
    reward_trace,
)
from rlgeo.figures.panels.marks import band, curves, line, marks, named, note, unlisted
from rlgeo.figures.panels.plane import (
    ARGMAX,
    AT,
    COARSE,
    DOT,
    LANDSCAPE,
    MEAN,
    MEAN_AND_ACTION,
    STAR,
    STD,
    WHOLE,
    View,
    argmax,
    arrows,
    contour_values,
    dot,
    one_run,
    path,
    point,
    star,
)
from rlgeo.figures.panels.samples import SAMPLES, bars, samples, samples_trace, signed, stems
from rlgeo.figures.panels.stack import POWERS, Row, log, stack
