"""Run once, when the memory image is made: all that the page should not have to wait for."""

import gc
import importlib
import json
import os
import pkgutil

KINDS = {"bar", "box", "contour", "data", "frame", "frames", "heatmap", "histogram", "histogram2d", "image", "layout"}
KINDS |= {"histogram2dcontour", "pie", "scatter", "scatterternary", "violin"}
"""Of Plotly's validators, those of what the pages can draw."""
MODULES = ("rlgeo.live.module", "rlgeo.figures", "inside.answer")


def validators() -> None:
    """Plotly reads them from a file beside its sources, and these lie in a zip."""
    cache = importlib.import_module("plotly.validator_cache").ValidatorCache
    every = json.loads(pkgutil.get_data("plotly", "validators/_validators.json") or b"")
    cache._json_cache = {name: value for name, value in every.items() if name.partition(".")[0] in KINDS}


os.environ["RLGEO_RENDERER"] = "book"
importlib.import_module("inside.compiled").remember()
importlib.import_module("inside.notebook").install()
validators()
for module in MODULES:
    importlib.import_module(module)
gc.collect()
gc.freeze()  # what is in the image stays: no collection need look at it again
