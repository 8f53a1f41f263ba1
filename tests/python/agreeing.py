"""A chapter's cells run in the page one after another, by whatever drives the browser, and what counts as the same."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("RLGEO_SITE", ROOT / "_site"))
MADE = SITE / "site_libs/rlgeo/python/sizes.json"
FEW = ("02-landscape", "03-rlhf")
KNOWN = {("01-one-axis", 5)}
"""Chapter and visible cell of what prints the errors of finite differences, which are rounding errors blown up."""
NUMBER = re.compile(r"[-−+]?\d+\.?\d*(?:[eE][-+]?\d+)?")
ROUNDING = 1e-12
"""Numbers smaller than this are rounding errors, which differ between processors: they count as equal."""
RUN_ALL = """async () => {
  document.querySelectorAll("details").forEach((details) => (details.open = true));
  const ran = [];
  for (const bar of document.querySelectorAll(".cell .rl-cell-bar")) {
    const printed = () => [...bar.closest(".cell").querySelectorAll(".cell-output:not([hidden], [hidden] *) pre")]
      .map((pre) => pre.textContent).join("\\n");
    const before = printed();
    [...bar.querySelectorAll("button")].find((button) => button.textContent === "Run").click();
    const said = () => bar.querySelector(".rl-cell-said")?.textContent ?? "";
    const ended = /has run in|Stopped|fails|could not|did not|left out/;
    while (!ended.test(said())) await new Promise((go) => setTimeout(go, 20));
    ran.push([said(), before, printed()]);
  }
  return ran;
}"""
"""Press Run below every visible cell; what is said then, what the page printed before, and what it prints now."""


def chapters(few: Sequence[str] = FEW) -> list[str]:
    """The built chapters, all or a few: as RLGEO_PAGE_CELLS says."""
    every = sorted(path.stem for path in (SITE / "chapters").glob("*.html"))
    return every if os.environ.get("RLGEO_PAGE_CELLS") == "all" else [name for name in every if name in few]


def agree(one: str, other: str) -> bool:
    """Whether two outputs are the same but for rounding errors, and for the spaces that these move."""
    if re.sub(r"\s+", "", NUMBER.sub("#", one)) != re.sub(r"\s+", "", NUMBER.sub("#", other)):
        return False
    numbers = [[float(n.replace("−", "-")) for n in NUMBER.findall(text)] for text in (one, other)]
    return all(a == b or max(abs(a), abs(b)) < ROUNDING for a, b in zip(*numbers, strict=True))


def differences(name: str, ran: list[Any]) -> list[Any]:
    """Of what RUN_ALL found, the cells that failed or print something else."""
    return [
        (i, *cell)
        for i, cell in enumerate(ran, 1)
        if "has run in" not in cell[0] or not (agree(*cell[1:]) or (name, i) in KNOWN)
    ]
