"""What the lab offers on each tab: the panels, controls and numbers that an explainer of these methods needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pages as make
import pytest
from pages import opened

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ALWAYS = {"axis", "map"}
PROBLEM = {"beta", "reference_mean", "reference_std", "mean", "std"}
BUTTONS = ["Play", "Step", "Clear paths", "Back to start", "Start at ★", "Reset everything", "New seed", "Add a bump"]
NUMBERS = ["E[r]", "KL(πθ‖πref)", "J(πθ)", "‖∇J‖", "J(π★)", "μ★, σ★"]
TABS: dict[str, tuple[set[str], set[str]]] = {
    # panels besides the two that are always there, sliders besides the problem's
    "RLHF": ({"objective"}, {"learning_rate"}),
    "PG": ({"samples", "advantages"}, {"learning_rate", "batch_size"}),
    "PPO": ({"samples", "advantages", "ratios", "contributions"}, {"clip", "epochs", "value_learning_rate"}),
    "GRPO": ({"samples", "advantages", "ratios", "contributions"}, {"group_size", "clip", "epochs", "std_offset"}),
    "DPO": ({"samples", "margins"}, {"pairs", "beta", "label_noise", "learning_rate"}),
    "DRO": ({"samples", "residuals", "value"}, {"batch_size", "beta", "value_learning_rate"}),
    "Compare": ({"comparison"}, {"steps", "runs"}),
}


@pytest.mark.parametrize("tab", TABS)
def test_every_panel_and_control_is_in_sight(tab: str, pages: Path, browser: Any) -> None:
    panels, sliders = TABS[tab]
    with opened(browser, make.write(pages), viewport={"width": 1280, "height": 900}) as lab:
        lab.page.get_by_role("radio", name=tab, exact=True).check()
        lab.drawer("Batch and traces")
        lab.settle()

        def seen(selector: str, name: str) -> set[str]:
            return {node.get_attribute(name) for node in lab.page.locator(f"{selector}:visible").all()}

        assert ALWAYS | panels <= seen("[data-panel]", "data-panel")
        assert PROBLEM | sliders <= seen("input[type=range]", "data-name")
        assert lab.page.get_by_label("Reward", exact=True).is_visible()
        if tab == "Compare":
            for method in list(TABS)[:-1]:
                assert lab.page.get_by_role("checkbox", name=method, exact=True).is_checked()
            assert lab.page.get_by_role("button", name="Run all").is_visible()
            return
        for button in BUTTONS + ([] if tab == "RLHF" else ["New batch"]):
            assert lab.page.get_by_role("button", name=button, exact=True).is_visible(), button
        told = [row.inner_text().replace("\n", "") for row in lab.page.locator(".rl-lab-state th").all()]
        for number in [*NUMBERS, *(["V"] if tab in ("PPO", "DRO") else [])]:
            assert any(one.replace(" ", "").startswith(number.replace(" ", "")) for one in told), f"{number}: {told}"


def test_paths_of_several_methods_lie_on_one_map(pages: Path, browser: Any) -> None:
    """Every tab keeps the others' paths, so that a sampled path can be seen beside the exact one."""
    with opened(browser, make.write(pages)) as lab:
        for tab in list(TABS)[:-1]:
            lab.page.get_by_role("radio", name=tab, exact=True).check()
            lab.press("Step")
        lab.settle()
        assert lab.do("lab => lab.view.paths.map(path => path.method)") == list(TABS)[:-1]
