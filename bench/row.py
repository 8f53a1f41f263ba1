"""One line of a benchmark's table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What was measured, in which unit, and what it may be at most (or at least)."""

    what: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    def cells(self) -> tuple[str, str, str, str]:
        budget, verdict = "", ""
        if self.at_most is not None:
            budget, verdict = f"≤ {self.at_most:g} {self.unit}", "ok" if self.value <= self.at_most else "OVER"
        if self.at_least is not None:
            budget, verdict = f"≥ {self.at_least:g} {self.unit}", "ok" if self.value >= self.at_least else "UNDER"
        return self.what, f"{self.value:.3g} {self.unit}", budget, verdict
