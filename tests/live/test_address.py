"""The picture is a function of the address: after any walk over the controls it is that of a fresh load."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pages as make
import pytest
from pages import opened

from rlgeo import METHODS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# For each tab and scheme. RLGEO_STATES="40:80" is another walk of 40 states, so that many of them can run in pieces.
FIRST, LAST = (int(x) for x in os.environ.get("RLGEO_STATES", "0:12").split(":"))

# All canvases, as bytes, without the hints that a first visit shows.
PIXELS = """async lab => {
  for (const panel of lab.panels) panel.known = true, panel.strokes = null;
  lab.hovered = null;
  lab.paint();
  return lab.panels.filter(p => p.canvas.clientWidth).map(p => [p.key, ...p.layers.map(c => c.toDataURL())]);
}"""

# One thing that a reader may do, by chance: every slider, other tabs, the reward, start, batches, paths, steps, undo.
DEED = """(lab, [kind, a, b]) => {
  const sliders = [...lab.querySelectorAll('input[type=range]')].filter(s => s.dataset.name && !s.closest('[hidden]'));
  if (kind === 'slider') {
    const slider = sliders[Math.floor(a * sliders.length)];
    for (const at of [a, b]) {
      slider.value = String(Math.round(1000 * at));
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      lab.paint();
    }
  } else if (kind === 'reward') {
    const select = lab.problem.preset.select;
    select.selectedIndex = Math.floor(a * select.options.length);
    select.dispatchEvent(new Event('change'));
  } else if (kind === 'bump') {
    if (a < 0.5) lab.bumpEditor.add();
    else lab.bumpEditor.change(0, { center: 8 * b - 4, weight: 2 * a });
  } else if (kind === 'tab') lab.choose(['GRPO', 'DPO', 'DRO', 'PPO'][Math.floor(4 * a)]);
  else if (kind === 'place') lab.moveStart({ mean: 8 * a - 4, std: 0.05 + 2 * b });
  else if (kind === 'steps') lab.advance(1 + Math.floor(60 * a));
  else lab.act(kind);
  lab.paint();
}"""
KINDS = (
    ["slider"] * 4
    + ["steps"] * 4
    + ["tab", "reward", "bump", "place", "resample", "clear", "reset", "undo", "redo", "optimum"]
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("method", ["GRPO", "DPO", "DRO"])
def test_a_fresh_load_looks_like_the_end_of_a_walk(method: str, scheme: str, pages: Path, browser: Any) -> None:
    assert method in METHODS
    chance = random.Random(f"{method} {scheme} {FIRST}")
    path = make.write(pages)
    view = {"color_scheme": scheme, "viewport": {"width": 1280, "height": 1600}}
    link = f"#method={method.lower()}"
    with opened(browser, path, link, **view) as walked, opened(browser, path, link, **view) as fresh:
        walked.drawer("Batch and traces")
        for state in range(FIRST, LAST):
            for _ in range(chance.randint(2, 6)):
                walked.do(DEED, [chance.choice(KINDS), chance.random(), chance.random()])
            walked.rest()
            address = walked.do("lab => lab.address()")
            fresh.page.goto("about:blank")
            fresh.open(path, f"#{address}")
            fresh.drawer("Batch and traces")
            fresh.rest()
            ours, theirs = walked.do(PIXELS), fresh.do(PIXELS)
            assert [key for key, *_ in ours] == [key for key, *_ in theirs]
            different = [key for (key, *a), (_, *b) in zip(ours, theirs, strict=True) if a != b]
            assert different == [], f"state {state}: {address}"
            assert fresh.do("lab => lab.address()") == address
            assert fresh.page.locator(".rl-lab-note").is_hidden()
