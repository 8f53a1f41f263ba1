"""Interactive figures: functions that return Plotly figures, one for each figure of the book.

Every number in them comes from ``rlgeo``. Set ``RLGEO_RENDERER=book`` to have them rendered as the book's pages
need them; anywhere else Plotly's own renderers show them.
"""

from rlgeo.figures import renderer as _renderer
from rlgeo.figures.lab import lab
from rlgeo.figures.landscape import beta_landscape

__all__ = [
    "beta_landscape",
    "lab",
]

_renderer.register()
