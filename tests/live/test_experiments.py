"""Each experiment of the lab keeps its promise, in numbers that Python computes from where the lab arrives."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pages as make
import pytest
from pages import opened
from parity import LAB

import rlgeo

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EXPERIMENTS = json.loads((LAB / "experiments.json").read_text(encoding="utf-8"))
COMPARISONS = {"<": operator.lt, ">": operator.gt, "is": operator.eq}

STATE = """lab => {
  const { settings, run } = lab;
  const { weights, centers, widths } = lab.view.bumps;
  const compared = lab.comparing ? lab.comparison.shown.map(r => [r.method, r.bands[1].at(-1)]) : [];
  return {
    reward: [weights, centers, widths], reference: [settings.reference_mean, settings.reference_std],
    beta: settings.beta, mean: run.path.mean, std: run.path.std, value: run.state.value, step: run.step,
    price: settings.hyper[settings.method].beta, records: run.records, compared,
  };
}"""


def quantities(s: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """What an experiment may promise something about; J and KL are those at the price that was in force last."""
    problem = rlgeo.Problem(rlgeo.BumpReward(*s["reward"]), rlgeo.Gaussian(*s["reference"]), s["beta"])
    optimum = problem.optimum()
    top = optimum.projection()
    path = rlgeo.Gaussian(np.array(s["mean"]), np.array(s["std"]))
    end, best = path[-1], problem.objective(top)
    half = len(s["mean"]) // 2

    def apart(at: Any) -> float:
        return float(np.hypot(end.mean - at.mean, end.std - at.std))

    def settled() -> Any:
        return rlgeo.DRO(beta=s["price"]).settled_value(end, problem)

    compared = dict(s["compared"])
    return {
        "μ": lambda: end.mean,
        "σ": lambda: end.std,
        "least σ": lambda: path.std.min(),
        "least σ of the last 100": lambda: path.std[-100:].min(),
        "mean μ of the last half": lambda: path.mean[half:].mean(),
        "KL": lambda: problem.kl(end),
        "largest KL": lambda: problem.kl(path).max(),
        "expected reward": lambda: problem.expected_reward(end),
        "J to top": lambda: best - problem.objective(end),
        "nearest J to top": lambda: best - problem.objective(path).max(),
        "distance to top": lambda: apart(top),
        "distance to star": lambda: apart(optimum),
        "V to expected reward": lambda: abs(s["value"] - problem.expected_reward(end)),
        "V to settled value": lambda: abs(s["value"] - settled()),
        "largest clip_fraction": lambda: max(s["records"]["clip_fraction"]),
        "largest ratio_max": lambda: max(s["records"]["ratio_max"]),
        "lowest median": lambda: min(compared, key=lambda name: compared[name]),
        "PPO median to top": lambda: best - compared["PPO"],
    }


def test_there_are_enough_and_each_is_one_sentence_with_a_promise() -> None:
    assert len(EXPERIMENTS) >= 20
    assert len({e["link"] for e in EXPERIMENTS}) == len({e["title"] for e in EXPERIMENTS}) == len(EXPERIMENTS)
    for experiment in EXPERIMENTS:
        assert experiment["check"], experiment["title"]
        assert experiment["promise"].endswith(".")
        assert "play=" in experiment["link"] or "compare=yes" in experiment["link"]


def arrived(lab: Any, steps: int) -> dict[str, Any]:
    """Where the lab is after it has played on its own; the rest of a long way at once."""
    lab.until("document.querySelector('rl-lab').comparing || document.querySelector('rl-lab').run.step >= 3")
    lab.do("(lab, steps) => { while (lab.timer && lab.run.step < steps) lab.advance(50); lab.pause(); }", steps)
    lab.until("!document.querySelector('rl-lab').comparison?.go.disabled")
    lab.settle()
    return dict(lab.do(STATE))


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=[e["title"] for e in EXPERIMENTS])
def test_what_is_promised_happens(experiment: dict[str, Any], pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages)) as lab:
        lab.drawer("Experiments")
        lab.page.get_by_role("link", name=experiment["title"], exact=True).click()
        wish = dict(part.split("=", 1) for part in experiment["link"].split("&"))
        state = arrived(lab, int(wish.get("play", 0)))
        assert lab.page.locator(".rl-lab-note").is_hidden(), "the link holds something that the lab does not know"
        if "play" in wish:
            assert state["step"] == int(wish["play"]), "it stops where the link says"
    known = quantities(state)
    for name, relation, value in experiment["check"]:
        found = known[name]()
        assert COMPARISONS[relation](found, value), f"{name} is {found}, promised {relation} {value}"


def test_a_link_on_a_page_plays_in_the_lab_of_the_page(pages: Path, browser: Any) -> None:
    """Where a lab of the page can show it; elsewhere it is a link to the lab's page."""
    path = pages / "linked.html"
    body = (
        '<p><a id="own" href="lab.html#method=grpo&beta=0.3&play=12">a run</a>'
        '<a id="other" href="lab.html#method=dpo&play=5">another</a></p><rl-lab method="grpo"><p>still</p></rl-lab>'
    )
    path.write_text(make.PAGE.format(csp=make.CSP, lab=body), encoding="utf-8")
    make.write(pages)
    with opened(browser, path) as lab:
        lab.page.locator("#own").click()
        lab.until("document.querySelector('rl-lab').run.step === 12 && !document.querySelector('rl-lab').timer")
        assert lab.do("lab => lab.settings.beta") == 0.3
        assert lab.page.url.endswith("linked.html")
        lab.page.locator("#other").click()
        lab.page.wait_for_selector("rl-lab.rl-lab-full[data-ready]")
        lab.until("document.querySelector('rl-lab').run.step === 5")
        assert lab.do("lab => lab.settings.method") == "DPO"
