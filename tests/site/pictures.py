"""What a figure looks like: pictures of it, walks over its controls, and the same state drawn afresh."""

from __future__ import annotations

import base64
import random
from typing import Any

from browsing import OPEN
from playwright.sync_api import ElementHandle, Page

NOTICED = 24
"""A difference of one color channel that the eye notices, of 255; below it lies the smoothing of lines."""


def figures(page: Page) -> list[ElementHandle]:
    """The page's figures outside of labs, each drawn."""
    page.evaluate(OPEN)
    found = page.query_selector_all("rl-figure")
    outside = [figure for figure in found if not figure.evaluate("node => node.closest('rl-lab') !== null")]
    for figure in outside:
        figure.evaluate("node => node.scrollIntoView({block: 'center', behavior: 'instant'})")
        page.wait_for_function("node => 'ready' in node.dataset", arg=figure)
    return outside


def name(figure: ElementHandle) -> str:
    """The label that the book gives it."""
    return str(figure.evaluate("node => node.closest('[id^=fig-]')?.id ?? 'figure'"))


def move(page: Page, figure: ElementHandle, rng: random.Random) -> None:
    """Set the figure's controls, one after the other in any order, play a little, and set them again."""
    choices: list[int] = figure.evaluate("node => node.source.layout.meta?.controls?.map((c) => c.values.length) ?? []")
    figure.evaluate("node => node.scrollIntoView({block: 'center', behavior: 'instant'})")
    for deed in ["set"] * 5 + ["play"] + ["set"] * 3 if choices else []:
        if deed == "play":
            figure.evaluate("node => node.controls.play && node.controls.start()")
            page.wait_for_timeout(120)
        else:
            control = rng.randrange(len(choices))
            figure.evaluate(
                "(node, [control, value]) => { node.controls.pause(); node.controls.set(control, value); }",
                [control, rng.randrange(choices[control])],
            )
            page.wait_for_timeout(15)
    settle(page, figure)


def settle(page: Page, figure: ElementHandle) -> None:
    """Wait until the figure shows what it has been asked for."""
    page.wait_for_function("node => !node.busy && !node.stale", arg=figure)
    page.wait_for_timeout(60)


def walk(page: Page, found: list[ElementHandle], seed: int) -> None:
    """Do what readers do: move every figure's controls, print, resize the window, change colors, and move again."""
    rng, size = random.Random(seed), page.viewport_size
    assert size is not None
    scheme = page.evaluate("document.documentElement.dataset.theme")

    def print_it() -> None:
        page.evaluate("dispatchEvent(new Event('beforeprint')); dispatchEvent(new Event('afterprint'))")

    def resize() -> None:
        page.set_viewport_size({"width": 390 if size["width"] > 600 else 620, "height": 844})
        page.wait_for_timeout(100)
        page.set_viewport_size(size)

    def recolor() -> None:
        page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
        page.wait_for_timeout(100)
        page.emulate_media(color_scheme=scheme)

    deeds = [print_it, resize, recolor]
    rng.shuffle(deeds)
    for figure in found:
        move(page, figure, rng)
    for deed in deeds:
        deed()
        page.wait_for_timeout(100)
    for figure in found:
        move(page, figure, rng)


def afresh(page: Page, figure: ElementHandle) -> ElementHandle:
    """The same figure in its place, drawn for the first time in the state that the walk has ended in."""
    twin = figure.evaluate_handle(
        """(node) => {
          const source = structuredClone(node.source), twin = document.createElement("rl-figure");
          source.layout.meta?.controls?.forEach((control, i) => (control.active = node.controls.state[i]));
          for (const { name, value } of node.attributes) if (name !== "data-ready") twin.setAttribute(name, value);
          const script = document.createElement("script");
          script.type = "application/json";
          script.textContent = JSON.stringify(source);
          twin.append(script);
          node.style.display = "none";
          node.before(twin);
          return twin;
        }"""
    ).as_element()
    assert twin is not None
    page.wait_for_function("node => 'ready' in node.dataset", arg=twin)
    settle(page, twin)
    return twin


def picture(figure: ElementHandle) -> str:
    """Its pixels, without the controls, as a PNG."""
    figure.evaluate("node => node.scrollIntoView({block: 'center', behavior: 'instant'})")
    plot = figure.query_selector(".rl-plot")
    assert plot is not None
    return base64.b64encode(plot.screenshot()).decode()


def difference(judge: Page, one: str, other: str) -> float:
    """The share of pixels that differ to the eye; 1 where the sizes do."""
    share: float = judge.evaluate(
        """async ([pictures, noticed]) => {
          const [a, b] = await Promise.all(pictures.map(async (png) => {
            const image = new Image();
            image.src = `data:image/png;base64,${png}`;
            await image.decode();
            const paper = new OffscreenCanvas(image.width, image.height).getContext("2d");
            paper.drawImage(image, 0, 0);
            return paper.getImageData(0, 0, image.width, image.height);
          }));
          if (a.width !== b.width || a.height !== b.height) return 1;
          let differing = 0;
          for (let i = 0; i < a.data.length; i += 4)
            if ([0, 1, 2].some((c) => Math.abs(a.data[i + c] - b.data[i + c]) > noticed)) differing++;
          return differing / (a.width * a.height);
        }""",
        [[one, other], NOTICED],
    )
    return share


def layers(figure: ElementHandle) -> Any:
    """How many things every layer of the picture holds, layer by layer."""
    return figure.evaluate(
        """node => Object.fromEntries([...node.querySelectorAll(".cartesianlayer [class*=layer]")]
          .filter((layer) => /(contour|heatmap|scatter|bar)layer/.test(layer.getAttribute("class")))
          .map((layer) => [`${layer.parentNode.getAttribute("class")}/${/\\w+layer/.exec(layer.getAttribute("class"))}`,
            layer.querySelectorAll("path, image, text").length > 0]))"""
    )
