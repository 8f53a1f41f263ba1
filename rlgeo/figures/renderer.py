"""The Plotly renderer ``book``: a light placeholder and compact JSON instead of Plotly's own HTML.

Chosen by ``RLGEO_RENDERER=book`` in the environment when ``rlgeo.figures`` is imported. It emits
``text/markdown`` with a raw HTML block, because any ``text/html`` output makes Quarto ask a CDN for scripts.
When the target is Typst, a vector image goes along. With ``RLGEO_RENDERER=book+stored`` one execution gives the
figures of saved notebooks too: Plotly's own JSON, its numbers rounded.
"""

import asyncio
import atexit
import base64
import html
import json
import os
import threading
from collections.abc import Callable, Coroutine, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import plotly
import plotly.io
from plotly.io.base_renderers import MimetypeRenderer

from rlgeo.figures import theme
from rlgeo.figures.drawing import drawing
from rlgeo.figures.frames import still
from rlgeo.figures.numbers import plain

ROW = 38
"""Height of a row of what the page puts above a figure: two controls, or one and its tools."""


def _decoded(value: Any, *, named: bool) -> Any:
    """Plotly's base64 arrays as arrays; palette colors by name, which only the page understands, or as colors."""
    if isinstance(value, theme.Color):
        return value.token if named else str(value)
    if isinstance(value, Mapping):
        if "bdata" in value:
            array = np.frombuffer(base64.b64decode(value["bdata"]), dtype=np.dtype(value["dtype"]))
            shape = tuple(int(n) for n in str(value["shape"]).split(",")) if "shape" in value else array.shape
            return array.reshape(shape)
        return {key: _decoded(item, named=named) for key, item in value.items() if key != "uid"}
    if isinstance(value, (list, tuple)):
        return [_decoded(item, named=named) for item in value]
    return value


def compact(figure: Any) -> dict[str, Any]:
    """A figure as the page wants it: no template, no widgets, colors by name, numbers rounded.

    Parameters
    ----------
    figure
        A ``plotly.graph_objects.Figure`` or its dictionary.
    """
    source = figure if isinstance(figure, Mapping) else figure.to_dict()
    layout = {key: value for key, value in source["layout"].items() if key != "template"}
    if (layout.get("meta") or {}).get("controls"):  # the page draws its own, for keyboard and screen reader
        layout = {key: value for key, value in layout.items() if key not in ("sliders", "updatemenus")}
    parts = {"data": source["data"], "layout": layout}
    if source.get("frames"):
        parts["frames"] = source["frames"]
    result: dict[str, Any] = plain(_decoded(parts, named=True))
    return result


def dump(figure: Mapping[str, Any]) -> str:
    """JSON without spaces, safe inside a script element."""
    text = json.dumps(figure, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("</", "<\\/").replace("<!--", "<\\u0021--")


def markup(figure: Any) -> str:
    """The custom element that the page's scripts bring to life: a figure, the lab around one, or the race."""
    parts = compact(figure)
    meta = parts["layout"].get("meta") or {}
    if "race" in meta:
        return f'<rl-race data-state="{_attribute(meta["race"])}">\n{_still(parts, "race")}\n</rl-race>'
    alt = html.escape(str(meta.get("alt", "")), quote=True)
    height = int(parts["layout"].get("height", 450))
    height += ROW * (1 + (len(meta.get("controls") or ()) > 1))
    element = (
        f'<rl-figure class="rl-figure" style="--rl-height:{height}px" '
        f'role="group" aria-label="{alt}">\n<script type="application/json">{dump(parts)}</script>\n'
        f"<noscript>{alt}</noscript></rl-figure>"
    )
    if "lab" not in meta:
        return element
    method = html.escape(meta["lab"]["method"] or "", quote=True)
    named = f' method="{method}"' if method else ""
    state = _attribute(meta["lab"]["state"])
    return f'<rl-lab{named} data-state="{state}">\n{_still(parts, "lab")}\n{element}\n</rl-lab>'


def _attribute(state: Any) -> str:
    """A state as the value of an attribute."""
    return html.escape(json.dumps(state, ensure_ascii=False), quote=True)


def _still(parts: Mapping[str, Any], name: str) -> str:
    """What stands in the place of an element that computes where no script runs."""
    return f"<noscript>{drawing(parts)}<p>A still of the {name}, which runs where scripts do.</p></noscript>"


def _target() -> str:
    """The format that Quarto is rendering, where Quarto says so."""
    path = os.environ.get("QUARTO_EXECUTE_INFO")
    if not path or not Path(path).is_file():
        return "html"
    info = json.loads(Path(path).read_text(encoding="utf-8"))
    return str(info.get("format", {}).get("pandoc", {}).get("to", "html"))


@cache
def _browser() -> Callable[..., bytes]:
    """A function that draws in one browser, which starts with the first figure and closes when Python ends."""
    import kaleido

    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    def wait(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    async def start() -> Any:
        bundle = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
        browser = kaleido.Kaleido(mathjax=False, plotlyjs=str(bundle), timeout=120)
        await browser.open()
        return browser

    browser = wait(start())
    atexit.register(lambda: wait(browser.close()))
    return lambda figure, opts: wait(browser.calc_fig(figure, opts=opts))


def printed(figure: Mapping[str, Any]) -> dict[str, Any]:
    """The figure as Plotly draws it for print: without motion, in light colors on white."""
    parts = still(figure)
    white = {"paper_bgcolor": "white", "plot_bgcolor": "white"}
    parts["layout"]["template"] = {"layout": theme.template_layout("light") | white}
    return parts


def svg(figure: Mapping[str, Any]) -> str:
    """The figure in print as SVG, drawn by an installed Chromium without asking the network for anything."""
    parts = printed(figure)
    size = {"width": int(parts["layout"].get("width", 720)), "height": int(parts["layout"].get("height", 450))}
    return _browser()(parts, {"format": "svg", **size}).decode()


class BookRenderer(MimetypeRenderer):  # type: ignore[misc]
    """Emits :func:`markup` as Markdown, and for Typst an SVG beside it."""

    def to_mimebundle(self, fig_dict: dict[str, Any]) -> dict[str, str]:
        if _target() == "typst":
            return {"image/svg+xml": svg(fig_dict)}
        return {"text/markdown": f"```{{=html}}\n{markup(fig_dict)}\n```"}


class StoredRenderer(MimetypeRenderer):  # type: ignore[misc]
    """Emits what a saved notebook shows: a third of Plotly's own JSON, and the alt text where nothing draws it."""

    def to_mimebundle(self, fig_dict: dict[str, Any]) -> dict[str, Any]:
        alt = (fig_dict["layout"].get("meta") or {}).get("alt", "A figure.")
        return {"application/vnd.plotly.v1+json": plain(_decoded(fig_dict, named=False)), "text/plain": alt}


def register() -> None:
    """Make ``book`` and ``stored`` Plotly renderers, and the default ones where ``RLGEO_RENDERER`` says so."""
    plotly.io.renderers["book"] = BookRenderer()
    plotly.io.renderers["stored"] = StoredRenderer()
    wanted = os.environ.get("RLGEO_RENDERER")
    if wanted:
        plotly.io.renderers.default = wanted
