"""Python in the page: how long a reader waits, and what it costs, on the built book's lab page."""

from __future__ import annotations

import json
import shutil
from typing import Any

import psutil

from bench.pages import FLAGS, SITE, _server
from bench.row import Row

MADE = SITE / "site_libs" / "rlgeo" / "python"
READY = """async (base) => {
  const begun = performance.now();
  await new Promise((resolve) => {
    const script = document.createElement("script");
    Object.assign(script, { src: base + "edit.js", onload: resolve });
    document.head.append(script);
  });
  globalThis.python = await rlgeoPython.start(base + "python/", () => {});
  return (performance.now() - begun) / 1e3;
}"""
TRACED = """async () => {
  const begun = performance.now();
  await python.ask("trace", { files: {} });
  return (performance.now() - begun) / 1e3;
}"""
STOPPED = """async () => {
  python.ask("cell", { number: 1, text: "while True: pass", shown: true }).catch(() => {});
  await new Promise((resume) => setTimeout(resume, 500));
  const begun = performance.now();
  await python.stop();
  return (performance.now() - begun) / 1e3;
}"""


def measure() -> list[Row]:
    if not (MADE / "sizes.json").exists():
        return []
    sizes = json.loads((MADE / "sizes.json").read_text(encoding="utf-8"))
    with _server() as address:
        served = _look(f"{address}/lab.html")
    opened = _look((SITE / "lab.html").as_uri())
    return [
        Row("download, gzip", sizes["start"] / 1e6, "MB", at_most=28),
        Row("click to ready, from a server", served["ready"], "s", at_most=2.5),
        Row("click to ready, from a file", opened["ready"], "s", at_most=4),
        Row("all methods traced for the first time", served["first"], "s"),
        Row("all methods traced again", served["again"], "s", at_most=0.4),
        Row("a loop without end stopped", served["stopped"], "s", at_most=1),
        Row("memory of the page's process, more than before", served["memory"], "MB", at_most=400),
        Row("memory, from a file", opened["memory"], "MB", at_most=400),
    ]


def _look(address: str) -> dict[str, float]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page()
        page.goto(address)
        page.wait_for_timeout(1500)
        before = _memory()
        found: dict[str, Any] = {"ready": page.evaluate(READY, "site_libs/rlgeo/")}
        found["first"] = page.evaluate(TRACED)
        for _ in range(4):
            page.evaluate(TRACED)
        found["again"] = min(page.evaluate(TRACED) for _ in range(5))
        found["stopped"] = page.evaluate(STOPPED)
        page.wait_for_timeout(3000)
        found["memory"] = _memory() - before
        browser.close()
    return found


def _memory() -> float:
    """Megabytes that the renderers below this process hold alone."""
    every = psutil.Process().children(recursive=True)
    return sum(p.memory_full_info().uss for p in every if "--type=renderer" in p.cmdline()) / 1e6
