"""Run once, when the memory image is made: all that the page should not have to wait for."""

import gc
import json
import os
import pkgutil
import sys

os.environ["RLGEO_RENDERER"] = "book"

import plotly.validator_cache

DRAWN = ("bar", "box", "contour", "heatmap", "histogram", "histogram2d", "image", "layout", "pie", "scatter", "violin", "frame", "data")

validators = json.loads(pkgutil.get_data("plotly", "validators/_validators.json"))
plotly.validator_cache.ValidatorCache._json_cache = {
    name: value for name, value in validators.items() if name.partition(".")[0] in DRAWN
}
del validators

import rlgeo
import rlgeo.live.module
from rlgeo import figures

import inside.answer

rlgeo.live.module.javascript()
gc.collect()
