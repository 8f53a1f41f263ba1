"""The browser runs this package's own mathematics: plain NumPy functions traced once into JavaScript.

``python -m rlgeo.live`` prints the module that the live lab imports. Nothing here knows a formula: it calls the
functions of ``rlgeo`` on symbolic arrays and writes down what they did.
"""

from rlgeo.live.exports import Export, exports
from rlgeo.live.module import javascript
from rlgeo.live.traced import Traced, Untraceable

__all__ = ["Export", "Traced", "Untraceable", "exports", "javascript"]
