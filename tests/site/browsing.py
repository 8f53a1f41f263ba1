"""Looking at a page: what it says, asks for, draws and violates."""

from __future__ import annotations

import http.server
import os
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("RLGEO_SITE", ROOT / "_site"))
SAMPLE = Path(__file__).parent / "sample"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
OPEN = "() => document.querySelectorAll('main details').forEach((fold) => (fold.open = true))"
"""Unfold everything."""
CONTRAST = ("color-contrast", "link-in-text-block")  # slow, and the same at every width


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server for a site that lives below a path, silent about requests."""

    prefix = "/"

    def translate_path(self, path: str) -> str:
        """Take the site's path off; nothing is elsewhere."""
        inside = path.removeprefix(self.prefix) if path.startswith(self.prefix) else "nothing-here"
        return super().translate_path("/" + inside)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@dataclass
class Served:
    """A site, the path it is made for, the address it is served at, and whether the Quarto CLI made it."""

    folder: Path
    prefix: str
    address: str
    quarto: bool


def serve(folder: Path) -> Iterator[Served]:
    """Serve a folder on a free port, below the path that its page for missing addresses counts on."""
    root = re.search(r'src="([^"]*)site_libs/', (folder / "404.html").read_text(encoding="utf-8"))
    prefix = (root and root[1]) or "/"
    handler = type("Handler", (Quiet,), {"prefix": prefix})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    quarto = 'name="generator" content="quarto-' in (folder / "index.html").read_text(encoding="utf-8")
    yield Served(folder, prefix, f"http://127.0.0.1:{server.server_port}{prefix}", quarto)
    server.shutdown()
    server.server_close()


@dataclass
class Visit:
    """What one look at a page found out."""

    href: str
    noise: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    figures: list[dict[str, Any]] = field(default_factory=list)
    still: list[str] = field(default_factory=list)
    violations: dict[str, list[str]] = field(default_factory=dict)
    overflow: list[str] = field(default_factory=list)
    parted: list[str] = field(default_factory=list)
    found: int = 0


def listen(page: Page, visit: Visit, home: str) -> None:
    """Note what the page says in the console and asks of others."""

    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            visit.noise.append(f"{message.type}: {message.text}")

    def request(sent: Request) -> None:
        if not sent.url.startswith((home, "data:", "blob:")):
            visit.foreign.append(sent.url)

    page.on("console", console)
    page.on("pageerror", lambda error: visit.noise.append(f"exception: {error}"))
    page.on("request", request)


def draw_figures(page: Page, most: int = 1000) -> list[dict[str, Any]]:
    """Bring the figures into view, at most so many, and wait until each is drawn."""
    page.evaluate(OPEN)
    figures = page.locator("rl-figure")
    for i in range(min(figures.count(), most)):
        figure = figures.nth(i)
        if figure.locator("xpath=ancestor::rl-lab").count():
            continue
        figure.evaluate("node => node.scrollIntoView({block: 'center', behavior: 'instant'})")
        figure.and_(page.locator("[data-ready]")).wait_for(timeout=15_000)
    found: list[dict[str, Any]] = page.evaluate(
        """() => [...document.querySelectorAll("rl-figure[data-ready]")].map((figure) => ({
          alt: figure.querySelector(".rl-plot").getAttribute("aria-label"),
          rows: (figure.numbers.open(true), figure.querySelectorAll(".rl-numbers tbody tr").length),
          drawn: figure.querySelectorAll(".main-svg :is(path, image, text)").length,
          unnamed: figure.querySelectorAll(".rl-controls :is(input, select, button):not([aria-label])").length
            - [...figure.querySelectorAll(".rl-controls :is(input, select, button):not([aria-label])")]
                .filter((control) => control.labels?.length || control.textContent.trim()).length,
        }))"""
    )
    return found


def move_sliders(page: Page) -> list[str]:
    """Move each figure's sliders from one end to the other; those that leave what is drawn as it was."""
    still: list[str] = page.evaluate(
        """async () => {
          const still = [];
          for (const figure of document.querySelectorAll("rl-figure[data-ready]")) {
            const drawn = () => [...figure.querySelectorAll(".main-svg")].map((part) => part.innerHTML).join();
            for (const slider of figure.querySelectorAll(".rl-controls input[type=range]")) {
              const before = drawn();
              slider.value = slider.value === slider.max ? slider.min : slider.max;
              slider.dispatchEvent(new Event("input", { bubbles: true }));
              for (let i = 0; i < 100 && drawn() === before; i++) await new Promise((done) => setTimeout(done, 30));
              if (drawn() === before) still.push(`${figure.closest("[id]")?.id}: ${slider.getAttribute("aria-label")}`);
            }
          }
          return still;
        }"""
    )
    return still


def parted(page: Page) -> list[str]:
    """Formulas on another line than the comma or bracket that touches them."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll(".rl-keep")].filter((keep) => {
          const box = (node) => {
            const range = document.createRange();
            range.selectNodeContents(node);
            return range.getClientRects();
          };
          const bases = [...keep.querySelectorAll(".katex-html .katex-base")];
          const isText = (node) => node.nodeType === Node.TEXT_NODE;
          const before = isText(keep.firstChild) ? box(keep.firstChild)[0] : null;
          const after = isText(keep.lastChild) ? box(keep.lastChild)[0] : null;
          return (before && before.right > bases[0].getClientRects()[0].left + 3)
            || (after && after.left < [...bases.at(-1).getClientRects()].at(-1).right - 3);
        }).map((keep) => keep.textContent)"""
    )
    return found


def search(page: Page, quarto: bool) -> int:
    """How many places the search finds: the book's own, or Quarto's."""
    if quarto:
        page.locator("#quarto-search input").fill("policy")
        page.locator(".aa-Item").first.wait_for()
        return page.locator(".aa-Item").count()
    page.keyboard.press("/")
    page.locator("#rl-search input").fill("policy")
    page.locator(".rl-search-status:not(:empty)").wait_for()
    found = page.locator("#rl-search li").count()
    page.keyboard.press("Escape")
    return found


def clear(page: Page) -> None:
    """Empty what axe leaves out, because it reads all of that nevertheless, and it is two thirds of a page."""
    page.evaluate(
        """() => {
          document.querySelectorAll(".rl-plot").forEach((plot) => plot.replaceWith(plot.cloneNode(false)));
          document.querySelectorAll(".katex-html").forEach((formula) => formula.replaceChildren());
          document.querySelectorAll(".katex math").forEach((math) => math.replaceChildren(math.textContent));
        }"""
    )


def axe(page: Page, only: Sequence[str] = (), without: Sequence[str] = ()) -> list[str]:
    """Violations of WCAG 2.2 AA. Left out is what Plotly draws, an image with a text, and KaTeX, which has MathML.

    Of Quarto's pages it is the text: the frame is Quarto's.
    """
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    # a button that lies half under the bar where a page happens to stand is not too small
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    options = {
        "runOnly": {"type": "rule", "values": list(only)} if only else {"type": "tag", "values": tags},
        "rules": {name: {"enabled": False} for name in without},
        "resultTypes": ["violations"],
        "preload": False,  # stylesheets, which a page that is a file may not read
    }
    found: list[str] = page.evaluate(
        """async (options) => (await axe.run({
            include: [document.querySelector("main.content") ?? document], exclude: [[".main-svg"], [".katex"]],
          }, options))
          .violations.flatMap((v) => v.nodes
            // axe takes a heading made of a formula for an empty one
            .filter((n) => v.id !== "empty-table-header" || !document.querySelector(n.target[0]).querySelector("math"))
            .map((n) => `${v.id}: ${n.html.slice(0, 160)} | ${n.failureSummary}`))""",
        options,
    )
    return found


def look(browser: Browser, site: Served, href: str) -> Visit:
    """Visit one page in two widths and both color schemes.

    It is opened as a file, where more can fail than on a server; only the page for missing addresses, which servers
    show at any of them, names its files from the root, and Quarto's pages have modules, which files cannot load.
    """
    home = site.address if href == "404.html" or site.quarto else site.folder.as_uri() + "/"
    visit = Visit(href)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    listen(page, visit, home)
    page.goto(home + href)
    visit.figures = draw_figures(page)
    visit.still = move_sliders(page)
    visit.found = search(page, site.quarto)
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_timeout(150)
    visit.overflow = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
          .filter((node) => node.getBoundingClientRect().right > innerWidth + 1).slice(0, 5)
          .map((node) => node.outerHTML.slice(0, 120))"""
    )
    visit.parted = parted(page)
    clear(page)
    page.set_viewport_size({"width": 390, "height": 844})
    visit.violations["390 light"] = axe(page, without=CONTRAST)
    page.set_viewport_size({"width": 1280, "height": 900})
    visit.violations["1280 light"] = axe(page)
    page.emulate_media(color_scheme="dark")
    visit.violations["1280 dark"] = axe(page, only=CONTRAST)
    context.close()
    return visit


def hrefs(folder: Path) -> list[str]:
    """Pages of a rendered book."""
    pages = (path.relative_to(folder) for path in folder.rglob("*.html"))
    return sorted(page.as_posix() for page in pages if page.parts[0] != "site_libs")


SAMPLE_PAGES = ["index.html", "references.html", "404.html"] + [
    f"chapters/{path.stem}.html" for path in sorted((SAMPLE / "chapters").glob("*.qmd"))
]
