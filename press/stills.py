"""Figures for print: the frame that the author chose, drawn as vector graphics by an installed Chromium."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from press.cache import digest, store, versions
from press.config import Book
from press.errors import stop
from press.render import BUNDLE

FIGURE = re.compile(r"<rl-figure[^>]*>\s*<script type=\"application/json\">(.*?)</script>", re.DOTALL)
DRAWING = re.compile(r"(?<=<noscript>)<svg.*?</svg>", re.DOTALL)
"""What stands on a page for the race, which computes itself, where no script runs."""
TOKEN = re.compile(r"var\(--rl-([\w-]+?)(?: / ([\d.]+))?\)")
BROWSER = (
    "the figures of the PDF are drawn by Chromium or Chrome, and none starts here: install one (on Debian "
    "`apt install chromium`, elsewhere `plotly_get_chrome`) or name its program in the variable BROWSER_PATH"
)


def file_name(markup: str) -> str:
    """The name under which `typst.lua` looks for a figure."""
    return hashlib.sha1(markup.encode()).hexdigest() + ".pdf"


def colored(markup: str) -> str:
    """Markup with the colors of paper in place of their names."""
    from rlgeo.figures import theme

    return TOKEN.sub(lambda found: theme.color(found[1], float(found[2]) if found[2] else None), markup)


def printed(markup: str) -> dict[str, Any]:
    """The figure as Plotly draws it for print: one frame, light colors, no controls."""
    from rlgeo.figures import renderer

    match = FIGURE.search(markup)
    if not match:
        raise stop("a figure's markup holds no JSON")
    return renderer.printed(json.loads(colored(match[1])))


async def draw(figures: dict[Path, dict[str, Any]], plotly: Path) -> None:
    """Draw all figures in one browser."""
    import kaleido

    async with kaleido.Kaleido(n=1, mathjax=False, plotlyjs=plotly, timeout=120) as browser:
        for path, figure in figures.items():
            layout = figure["layout"]
            size = {"width": int(layout.get("width", 720)), "height": int(layout.get("height", 450))}
            drawn = await browser.calc_fig(figure, opts={"format": "pdf", **size})
            store(path, drawn)


def draw_figures(book: Book, figures: Iterable[str], folder: Path) -> None:
    """Put a picture of every figure, given as its markup, into a folder."""
    kept = book.work / "stills"
    folder.mkdir(parents=True, exist_ok=True)
    plotly = book.root / BUNDLE / "dist/plotly.js"
    script = plotly.read_bytes() if plotly.is_file() else b""
    wanted: dict[Path, dict[str, Any]] = {}
    places: dict[str, Path] = {}
    for markup in dict.fromkeys(figures):
        if "<rl-race" in markup and (race := DRAWING.search(markup)):
            svg = colored(race[0]).replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
            store((folder / file_name(markup)).with_suffix(".svg"), svg.encode())
            continue
        figure = printed(markup)
        key = digest(json.dumps(figure, sort_keys=True), script, versions())
        places[file_name(markup)] = kept / f"{key[:32]}.pdf"
        path = places[file_name(markup)]
        if path.is_file() and b"%%EOF" in path.read_bytes()[-32:]:
            path.touch()
        else:
            wanted[path] = figure
    if wanted:
        if not script:
            raise stop("the web bundle is not built (python web/prebuild.py); the figures are drawn with its Plotly")
        own = folder / "plotly.js"  # a copy, as the bundle may be built again meanwhile
        own.write_bytes(script)
        draw_or_explain(wanted, own)
    for name, path in places.items():
        (folder / name).write_bytes(path.read_bytes())


def draw_or_explain(wanted: dict[Path, dict[str, Any]], plotly: Path) -> None:
    """`draw`, with a clear word when there is no browser."""
    from choreographer import errors

    missing = (errors.ChromeNotFoundError, errors.BrowserFailedError, errors.BrowserDepsError, FileNotFoundError)
    try:
        asyncio.run(draw(wanted, plotly))
    except missing as error:
        raise stop(f"{BROWSER} ({type(error).__name__}: {error})") from None
