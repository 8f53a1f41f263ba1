"""Random numbers as inputs: the browser draws them, the mathematics only uses them."""

from __future__ import annotations

from typing import Any

from rlgeo.live.graph import Graph
from rlgeo.live.traced import Traced


class Requests:
    """Stands for a generator while a draw is traced: every request becomes an input of the asked shape."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.shapes: dict[str, tuple[Any, ...]] = {}

    def _request(self, kind: str, size: Any) -> Traced:
        shape = size if isinstance(size, tuple) else (size,)
        name = f"{kind}{sum(known.startswith(kind) for known in self.shapes)}"
        self.shapes[name] = shape
        return Traced(self.graph, self.graph.add("input", options=(("path", f"noise.{name}"),), shape=shape))

    def standard_normal(self, size: Any = ()) -> Traced:
        return self._request("normal", size)

    def random(self, size: Any = ()) -> Traced:
        return self._request("uniform", size)


class Given:
    """A generator that hands out given numbers, whatever shape is asked for."""

    def __init__(self, noise: dict[str, Any]) -> None:
        self.left = {
            kind: [v for k, v in sorted(noise.items()) if k.startswith(kind)] for kind in ("normal", "uniform")
        }

    def standard_normal(self, size: Any = ()) -> Any:
        return self.left["normal"].pop(0)

    def random(self, size: Any = ()) -> Any:
        return self.left["uniform"].pop(0)
