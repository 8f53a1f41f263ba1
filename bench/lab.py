"""The live lab in Chromium: slider to paint, frames of Play, the comparison, the first interaction."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from bench.row import Row

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "_extensions" / "rlgeo" / "dist"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
PAGE = """<!doctype html><html lang="en" class="rl-page"><head><meta charset="utf-8"><title>lab</title>
<script>new MutationObserver(() => {
  if (document.querySelector("rl-lab[data-ready]")) window.readyAfter ??= performance.now();
}).observe(document, {subtree: true, attributes: true, childList: true});</script>
<link rel="stylesheet" href="dist/rlgeo.css"><script src="dist/lab.js" defer></script></head>
<body><main class="rl-main"><article class="rl-article"><div class="rl-body">LAB</div></article></main></body></html>"""

CHAPTER = '<rl-lab method="grpo"></rl-lab>'
FULL = """<rl-lab data-state='{"method": "grpo"}'></rl-lab>"""
WIDE = {"viewport": {"width": 1280, "height": 900}}
# Where a finger would have it: the map at the top of the screen, and no question in the way.
ON_SCREEN = """() => {
  const lab = document.querySelector("rl-lab");
  lab.prediction?.end();
  lab.querySelector("[data-panel=map]").scrollIntoView({block: "start"});
}"""

# What one movement of a slider keeps the page's thread busy: the event's handler, then the frame until it is painted.
SLIDE = """async ([name, count]) => {
  const input = document.querySelector(`input[type=range][data-name=${name}]`);
  const after = () => new Promise(done => {
    const {port1, port2} = new MessageChannel();
    port1.onmessage = () => done(performance.now());
    port2.postMessage(null);
  });
  const times = [];
  for (let i = 0; i < count; i++) {
    const frame = new Promise(done => requestAnimationFrame(() => {
      const begun = performance.now();
      after().then(end => done(end - begun));
    }));
    const begun = performance.now();
    input.value = String(200 + (i * 37) % 600);
    input.dispatchEvent(new Event("input", {bubbles: true}));
    const handled = performance.now() - begun;
    times.push(handled + await frame);
    await new Promise(done => setTimeout(done, 5));
  }
  return times.slice(20).sort((a, b) => a - b)[Math.floor(0.95 * (count - 20))];
}"""
PLAY = """async () => {
  const lab = document.querySelector("rl-lab");
  lab.transport.pace(2);
  lab.querySelector(".rl-play").click();
  const frame = () => new Promise(requestAnimationFrame);
  for (let i = 0; i < 20; i++) await frame();
  const begun = performance.now();
  const first = lab.run.step;
  let frames = 0;
  while (performance.now() - begun < 3000) { await frame(); frames++; }
  const rate = 1000 * frames / (performance.now() - begun);
  lab.querySelector(".rl-play").click();
  if (lab.run.step - first < 100) throw new Error(`Play took only ${lab.run.step - first} steps`);
  return rate;
}"""
COMPARE = """async () => {
  const lab = document.querySelector("rl-lab");
  lab.choose("Compare");
  while (lab.comparison.go.disabled) await new Promise(done => setTimeout(done, 50));
  Object.assign(lab.comparison.plan, {steps: 300, runs: 100});
  let last = performance.now(), longest = 0, running = true;
  const watch = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) requestAnimationFrame(watch);
  };
  requestAnimationFrame(watch);
  const begun = performance.now();
  await lab.comparison.run();
  running = false;
  return [(performance.now() - begun) / 1000, longest];
}"""


def script_time(browser: Any, page: Any, slider: str, count: int = 60) -> float:
    """Milliseconds of processor time that the lab's own script takes for one movement of a slider.

    The browser's layout, painting and compositing are not in it, and neither is what else the machine does.
    """
    browser.start_tracing(page=page, categories=["devtools.timeline"])
    page.evaluate(SLIDE, [slider, count])
    events = json.loads(browser.stop_tracing())["traceEvents"]
    own = ("EventDispatch", "FireAnimationFrame", "TimerFire")
    return float(sum(e.get("tdur", 0) for e in events if e.get("ph") == "X" and e["name"] in own)) / 1e3 / count


def measure() -> list[Row]:
    from playwright.sync_api import sync_playwright

    if not (DIST / "lab.js").exists():
        raise SystemExit("bench lab: build the site first, so that there is a lab")
    rows = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        (Path(folder) / "dist").symlink_to(DIST)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)

        def opened(lab: str, *, phone: bool = False) -> Any:
            path = Path(folder) / "page.html"
            path.write_text(PAGE.replace("LAB", lab), encoding="utf-8")
            screen = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3} if phone else WIDE
            page = browser.new_page(**screen)
            page.goto(path.as_uri())
            page.wait_for_selector("rl-lab[data-ready]")
            if phone:
                page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
                page.evaluate(ON_SCREEN)
            return page

        for name, lab, budget in (("chapter", CHAPTER, 16.7), ("full", FULL, 33)):
            page = opened(lab)
            rows.append(Row(f"{name} lab: ready after navigation", page.evaluate("readyAfter") / 1e3, "s", at_most=1))
            for slider in ("beta", "std", "clip"):
                p95 = page.evaluate(SLIDE, [slider, 120])
                rows.append(Row(f"{name} lab: slider {slider} to paint, p95", p95, "ms", at_most=budget))
                rows.append(
                    Row("    of that the lab's own script, on average", script_time(browser, page, slider), "ms")
                )
            rows.append(Row(f"{name} lab: Play", page.evaluate(PLAY), "frames/s", at_least=55))
            page.close()
        for name, lab in (("chapter", CHAPTER), ("full", FULL)):
            page = opened(lab, phone=True)
            for slider in ("beta", "std"):
                p95 = page.evaluate(SLIDE, [slider, 120])
                rows.append(
                    Row(f"{name} lab on a phone four times slower: slider {slider}, p95", p95, "ms", at_most=33)
                )
            rows.append(Row(f"{name} lab on a phone: Play", page.evaluate(PLAY), "frames/s", at_least=50))
            page.close()
        page = opened(FULL)
        seconds, longest = page.evaluate(COMPARE)
        rows.append(Row("compare 6 methods × 300 steps × 100 runs", seconds, "s", at_most=1))
        rows.append(Row("longest frame meanwhile", longest, "ms", at_most=50))
        browser.close()
    return rows
