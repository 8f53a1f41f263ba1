"""What is drawn of a long run is what happened in it: no step is left out of a picture."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pages as make
import pytest
from pages import opened

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LENGTHS = [601, 1201, 1801, 2401, 3000]

# A run whose every record, and J, is 1 but for one step; the pixels of its picture at the height of that step's value.
SPIKE = """(lab, [key, name, length, at, spike]) => {
  const panel = lab.panels.find(p => p.key === key);
  const values = Array.from({ length }, (_, i) => (i === at ? spike : 1));
  if (name === "objective") {
    lab.run.path = { mean: values.map(() => 0), std: values.map(() => 1), objective: values };
  } else lab.run.records[name] = values;
  panel.near = true;
  lab.paint();
  const { canvas, ratio } = panel;
  const { frame } = panel;
  const [x, y] = [frame.px(at), frame.py(spike)];
  const box = [Math.round((x - 3) * ratio), Math.round((y - 2) * ratio), Math.round(6 * ratio), Math.round(12 * ratio)];
  const copy = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, ...box, 0, 0, box[2], box[3]);
  const { data } = copy.getImageData(0, 0, box[2], box[3]);
  let inked = 0;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b, alpha] = data.slice(i, i + 4);
    if (alpha > 128 && (Math.max(r, g, b) - Math.min(r, g, b) > 60 || Math.max(r, g, b) < 140)) inked++;
  }
  return inked;
}"""


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("ratio", "ratio_max"),
        ("ratio", "ratio_min"),
        ("clip", "clip_fraction"),
        ("rewards", "reward_std"),
        ("objective", "objective"),
    ],
)
def test_a_spike_in_one_step_is_on_the_canvas(key: str, name: str, pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages), "#method=grpo", viewport={"width": 1280, "height": 2400}) as lab:
        lab.do("lab => lab.act('step')")
        lab.drawer("Batch and traces")
        lab.settle()
        spike = 0.0 if name == "clip_fraction" else -50.0 if name == "ratio_min" else 58.0
        missed = [
            (length, at)
            for length in LENGTHS
            for at in (length // 3, length // 3 + 1, length // 2, length - 7)
            if not lab.do(SPIKE, [key, name, length, at, spike])
        ]
        assert missed == []


# The highest and the lowest value that the line of a color reaches in every column of pixels.
DRAWN = """(lab, [key, color]) => {
  const panel = lab.panels.find(p => p.key === key);
  const [, points] = panel.strokes.strokes.find(([kind, , style]) => kind === "line" && style.color === color);
  const columns = {};
  for (let i = 0; i < points.length; i += 2) {
    const column = (columns[Math.floor(points[i])] ??= [Infinity, -Infinity]);
    const value = panel.frame.atY(points[i + 1]);
    column[0] = Math.min(column[0], value);
    column[1] = Math.max(column[1], value);
  }
  return columns;
}"""


@pytest.mark.parametrize(
    ("key", "name", "color"),
    [("ratio", "ratio_max", "ink"), ("ratio", "ratio_min", "muted"), ("clip", "clip_fraction", "grpo")],
)
def test_what_is_drawn_is_what_the_data_hold(key: str, name: str, color: str, pages: Path, browser: Any) -> None:
    """At 2,400 steps and K = 4, where every fourth step begins a batch with all ratios at 1."""
    link = "#method=grpo&grpo.steps=2400&grpo.learning_rate=0.3&seed=2"
    with opened(browser, make.write(pages), link, viewport={"width": 1280, "height": 2400}) as lab:
        lab.drawer("Batch and traces")
        lab.settle()
        lab.until(f"document.querySelector('rl-lab').panels.some(panel => panel.key === '{key}' && panel.strokes)")
        drawn = {int(column): ends for column, ends in lab.do(DRAWN, [key, color]).items()}
        columns = lab.do(
            "(lab, key) => { const {frame} = lab.panels.find(p => p.key === key);"
            " return Array.from({length: 2400}, (_, i) => Math.floor(frame.px(i))); }",
            key,
        )
        lab.drawer("Share")
        with lab.page.expect_download() as waiting:
            lab.page.get_by_role("button", name="Download the data as CSV").click()
        rows = list(csv.DictReader(Path(waiting.value.path()).read_text().splitlines()))
    values = [float(row[name]) for row in rows if row[name]]
    assert len(values) == 2400
    assert max(values) > (0.1 if name == "clip_fraction" else 1), "a run in which nothing happens tests nothing"
    held: dict[int, list[float]] = {}
    for column, value in zip(columns, values, strict=True):
        held.setdefault(column, []).append(value)
    assert drawn.keys() == held.keys()
    for column, there in held.items():
        assert drawn[column] == pytest.approx([min(there), max(there)], rel=1e-6, abs=1e-6)
