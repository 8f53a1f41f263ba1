"""What a reader's browser pays: bytes, first paint and stability of every page of ``_site``."""

from __future__ import annotations

import functools
import gzip
import http.server
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.row import Row

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_site"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
OBSERVE = """() => new Promise(resolve => {
  const seen = {lcp: 0, cls: 0};
  new PerformanceObserver(list => { for (const e of list.getEntries()) seen.lcp = e.startTime; })
    .observe({type: 'largest-contentful-paint', buffered: true});
  new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) seen.cls += e.value; })
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => resolve(seen), 1500);
})"""


LIVE = """window.live = null;
const watch = () => {
  if (document.querySelector("rl-race")?.step > 0) live = performance.now();
  else requestAnimationFrame(watch);
};
watch();"""
"""When the first screen's paths have begun to grow."""


def measure() -> list[Row]:
    pages = sorted(p for p in SITE.rglob("*.html") if p.name != "404.html")
    heaviest = max(pages, key=_kilobytes)
    figures = [(len(gzip.compress(text.encode())) / 1e3, page) for page in pages for text in _figures(page)]
    largest = max(figures, default=(0.0, heaviest))
    libs = SITE / "site_libs" / "rlgeo"
    shared = [libs / name for name in ("rlgeo.js", "plotly.js", "lab.js", "rlgeo.css") if (libs / name).exists()]
    first = [libs / name for name in ("rlgeo.js", "race.js", "rlgeo.css")]
    timings = dict(_timings(pages))
    slowest = max(timings, key=lambda p: timings[p]["lcp"])
    shakiest = max(timings, key=lambda p: timings[p]["cls"])
    return [
        Row(f"heaviest page, gzip ({heaviest.name})", _kilobytes(heaviest), "kB", at_most=150),
        Row(f"heaviest figure, gzip ({largest[1].name})", largest[0], "kB", at_most=25),
        Row("runtime of a chapter with lab and figures, gzip", sum(map(_kilobytes, shared)), "kB", at_most=600),
        Row("runtime of the first page, gzip", sum(map(_kilobytes, first)), "kB", at_most=50),
        Row(f"largest contentful paint ({slowest.name})", timings[slowest]["lcp"] / 1e3, "s", at_most=1.2),
        Row(f"cumulative layout shift ({shakiest.name})", timings[shakiest]["cls"], "", at_most=0.01),
        Row("first screen live", _live(1), "s", at_most=0.4),
        Row("first screen live, a processor four times slower", _live(4), "s", at_most=1.0),
    ]


def _live(slower: int) -> float:
    """Seconds until the first screen moves: the median of five visits."""
    from playwright.sync_api import sync_playwright

    seen = []
    with _server() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for _ in range(5):
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            tab = context.new_page()
            tab.add_init_script(LIVE)
            context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": slower})
            tab.goto(f"{address}/index.html")
            tab.wait_for_function("() => live")
            seen.append(tab.evaluate("live") / 1e3)
            context.close()
        browser.close()
    return float(sorted(seen)[2])


def _kilobytes(path: Path) -> float:
    return len(gzip.compress(path.read_bytes())) / 1e3


def _figures(page: Path) -> list[str]:
    return re.findall(r"<rl-figure.*?</rl-figure>", page.read_text(), flags=re.DOTALL)


def _timings(pages: list[Path]) -> Iterator[tuple[Path, dict[str, float]]]:
    from playwright.sync_api import sync_playwright

    with _server() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for page in pages:
            tab = browser.new_page()
            tab.wait_for_timeout(1000)  # opening a window is not the page's time
            tab.goto(f"{address}/{page.relative_to(SITE)}")
            yield page, tab.evaluate(OBSERVE)
            tab.close()
        browser.close()


@contextmanager
def _server() -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(SITE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing per request."""
