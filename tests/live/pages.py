"""Pages with a lab, opened from a file as a reader would by double-click."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CSP = (
    "default-src 'none'; script-src 'self' file: blob:; style-src 'self' 'unsafe-inline' file:; "
    "img-src 'self' data: blob: file:; font-src 'self' data: file:; worker-src 'self' blob: file:"
)
PAGE = """<!doctype html>
<html lang="en" class="rl-page"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{csp}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>A page with a lab</title>
<script src="dist/boot.js"></script><link rel="stylesheet" href="dist/rlgeo.css">
<script src="dist/rlgeo.js" defer></script><script src="dist/lab.js" defer></script></head>
<body><main class="rl-main"><article class="rl-article"><div class="rl-body"><h1>A page</h1>{lab}</div></article></main>
</body></html>"""

# What the reader sees: every panel as vector text, and the numbers.
PICTURE = """lab => lab.panels.map(p => p.svg(lab.view).replace(/rl-clip-\\d+/g, "clip")).join()
  + lab.querySelector(".rl-lab-state")?.textContent"""


def write(folder: Path, method: str | None = None, state: dict[str, Any] | None = None) -> Path:
    """A page with one lab, the full one where no method is named; ``dist`` lies beside it."""
    state = ({} if method else {"method": "grpo"}) | (state or {})
    held = f" data-state='{json.dumps(state)}'" if state else ""
    named = f' method="{method}"' if method else ""
    path = folder / f"{method or 'lab'}.html"
    path.write_text(PAGE.format(csp=CSP, lab=f"<rl-lab{named}{held}><p>still</p></rl-lab>"), encoding="utf-8")
    return path


class Lab:
    """A page with a lab, and everything that it complained about."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda m: m.type in ("error", "warning") and self.complaints.append(m.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda r: r.url.startswith("http") and self.complaints.append(f"asked for {r.url}"))

    def open(self, path: Path, fragment: str = "") -> Lab:
        self.page.goto(path.as_uri() + fragment)
        self.page.wait_for_selector("rl-lab[data-ready]")
        self.settle()
        return self

    def settle(self) -> None:
        """Two frames, so that what was asked for is painted."""
        self.page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")

    def rest(self) -> None:
        """Nothing is under way any more: no coarse map, no path of old settings, no end that has not come."""
        self.until(
            "(lab => lab.still && !lab.base.rough && !Object.values(lab.runs).some(run => run.old && run !== lab.run)"
            " && lab.view.end !== undefined && !lab.ends.wanting"
            " && [...lab.ends.known.values()].every(end => end.found)"
            " && document.fonts.status === 'loaded')(document.querySelector('rl-lab'))"
        )
        self.settle()

    def do(self, script: str, argument: Any = None) -> Any:
        """Evaluate ``(lab, argument) => …`` on the element."""
        return self.page.evaluate(f"argument => ({script})(document.querySelector('rl-lab'), argument)", argument)

    def until(self, expression: str, seconds: float = 20) -> None:
        """Wait for a condition; polled from outside, since the page's policy forbids it to evaluate strings."""
        last = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < last, f"never true: {expression}"
            time.sleep(0.03)

    def picture(self) -> str:
        self.settle()
        return str(self.do(PICTURE))

    def policy(self) -> dict[str, float]:
        return dict(self.do("lab => lab.run.state.policy"))

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def drawer(self, name: str) -> None:
        """Open one of the drawers."""
        self.page.locator(f".rl-lab-open:text-is('{name}')").click()

    def drag(self, panel: str, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag inside a panel's canvas, in its pixels."""
        canvas = self.page.locator(f"[data-panel={panel}] [role=img]")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        mouse = self.page.mouse
        mouse.move(box["x"] + start[0], box["y"] + start[1])
        mouse.down()
        mouse.move(box["x"] + (start[0] + end[0]) / 2, box["y"] + (start[1] + end[1]) / 2)
        mouse.move(box["x"] + end[0], box["y"] + end[1])
        mouse.up()
        self.settle()


@contextmanager
def opened(browser: Any, path: Path, fragment: str = "", **context: Any) -> Iterator[Lab]:
    """An open page that must not have complained when it is closed."""
    settings = {"viewport": {"width": 1280, "height": 900}} | context
    held = browser.new_context(**settings)
    lab = Lab(held.new_page())
    yield lab.open(path, fragment)
    held.close()
    assert not lab.complaints, lab.complaints
