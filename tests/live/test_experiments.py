"""Each experiment of the lab keeps its promise, in numbers that Python computes from where the lab arrives."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pages as make
import pytest
from pages import opened
from parity import LAB, ROOT

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
    coefficient: settings.hyper[settings.method].beta, records: run.records, compared,
  };
}"""


def quantities(s: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """What an experiment may promise something about; J and KL are those at the β that was in force last."""
    problem = rlgeo.Problem(rlgeo.BumpReward(*s["reward"]), rlgeo.Gaussian(*s["reference"]), s["beta"])
    optimum = problem.optimum()
    best = optimum.projection()
    path = rlgeo.Gaussian(np.array(s["mean"]), np.array(s["std"]))
    end, highest = path[-1], problem.objective(best)
    half = len(s["mean"]) // 2

    def apart(at: Any) -> float:
        return float(np.hypot(end.mean - at.mean, end.std - at.std))

    def late(at: Any) -> float:
        return float(np.hypot(path.mean[half:].mean() - at.mean, path.std[half:].mean() - at.std))

    def settled() -> Any:
        return rlgeo.DRO(beta=s["coefficient"]).settled_value(end, problem)

    compared = dict(s["compared"])
    medians = {f"{name} median below best": lambda J=J: highest - J for name, J in compared.items()}
    return medians | {
        "μ": lambda: end.mean,
        "σ": lambda: end.std,
        "least σ": lambda: path.std.min(),
        "least σ of the last 100": lambda: path.std[-100:].min(),
        "mean μ of the last half": lambda: path.mean[half:].mean(),
        "mean σ of the last half": lambda: path.std[half:].mean(),
        "KL": lambda: problem.kl(end),
        "largest KL": lambda: problem.kl(path).max(),
        "expected reward": lambda: problem.expected_reward(end),
        "J": lambda: problem.objective(end),
        "J below best": lambda: highest - problem.objective(end),
        "nearest J to best": lambda: highest - problem.objective(path).max(),
        "distance to best": lambda: apart(best),
        "distance to moment match": lambda: apart(optimum),
        "distance of the mean to best": lambda: late(best),
        "distance of the mean to moment match": lambda: late(optimum),
        "V": lambda: s["value"],
        "V to expected reward": lambda: abs(s["value"] - problem.expected_reward(end)),
        "V to settled value": lambda: abs(s["value"] - settled()),
        "largest clip_fraction": lambda: max(s["records"]["clip_fraction"]),
        "largest ratio_max": lambda: max(s["records"]["ratio_max"]),
        "lowest median": lambda: min(compared, key=lambda name: compared[name]),
    }


def test_there_are_enough_and_each_is_one_sentence_with_a_promise() -> None:
    assert len(EXPERIMENTS) >= 20
    assert all(len({e[part] for e in EXPERIMENTS}) == len(EXPERIMENTS) for part in ("name", "title", "link"))
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
        said = lab.page.locator(".rl-lab-promise").inner_text()
        assert said == f"{experiment['title']}. {experiment['promise']}"
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
        '<a id="other" href="lab.html#method=dpo&bumps=1,2,1&play=7">another</a>'
        '<a id="all" href="lab.html#try=compare-one-bump">all</a></p><rl-lab method="grpo"><p>still</p></rl-lab>'
    )
    path.write_text(make.PAGE.format(csp=make.CSP, lab=body), encoding="utf-8")
    make.write(pages)
    with opened(browser, path) as lab:
        lab.page.locator("#own").click()
        lab.until("document.querySelector('rl-lab').run.step === 12 && !document.querySelector('rl-lab').timer")
        assert lab.do("lab => lab.settings.beta") == 0.3
        lab.page.locator("#other").click()
        lab.until("document.querySelector('rl-lab').run.step === 7 && !document.querySelector('rl-lab').timer")
        assert lab.do("lab => [lab.settings.method, lab.problem.preset.select.value]") == ["DPO", "own"]
        assert lab.page.get_by_role("heading", name="Direct preference optimization").is_visible()
        lab.press("Undo")
        assert lab.do("lab => lab.settings.method") == "GRPO"
        assert lab.page.url.endswith("linked.html")
        lab.page.locator("#all").click()
        lab.page.wait_for_selector("rl-lab.rl-lab-full[data-ready]")
        assert lab.do("lab => [lab.comparing, lab.settings.compare.steps]") == [True, 600]


LINK = re.compile(r"\]\((\S*lab\.qmd#[^)]*=[^)]*)\)")
BOOK = {
    path.name: path.read_text(encoding="utf-8") for path in sorted([ROOT / "lab.qmd", *ROOT.glob("chapters/*.qmd")])
}
NUMBERED = [name for name in BOOK if name[:2].isdigit()]


def test_every_link_to_a_state_of_the_lab_names_an_experiment() -> None:
    known = {f"try={experiment['name']}" for experiment in EXPERIMENTS}
    for name, text in BOOK.items():
        links = LINK.findall(text)
        assert {link.partition("#")[2] for link in links} <= known, name
        assert len(links) >= 2 or name not in NUMBERED, f"{name} has {len(links)} links to the lab"


@pytest.mark.parametrize("name", NUMBERED)
def test_a_chapters_links_change_its_lab(name: str, pages: Path, browser: Any) -> None:
    """Each of them plays where it stands, and leads to the state that its experiment describes."""
    (method,) = re.findall(r'figures\.lab\(method="(\w+)"', BOOK[name])
    links = [link.partition("#")[2] for link in LINK.findall(BOOK[name])]
    body = (
        "".join(f'<p><a href="lab.html#{link}">{link}</a></p>' for link in links)
        + f'<rl-lab method="{method}"></rl-lab>'
    )
    path = pages / "links.html"
    path.write_text(make.PAGE.format(csp=make.CSP, lab=f'{body}<rl-lab method="{method}"></rl-lab>'), encoding="utf-8")
    with opened(browser, path) as lab:
        before = lab.do("lab => lab.address()")
        for link in links:
            lab.page.get_by_role("link", name=link, exact=True).click()
            assert lab.page.url.endswith("links.html")
            lab.until("(lab => lab.timer || lab.comparison?.go.disabled)(document.querySelector('rl-lab'))")
            lab.until(f"document.querySelector('rl-lab').address() !== {json.dumps(before)}")
            lab.do("lab => lab.pause()")
            lab.until("!document.querySelector('rl-lab').comparison?.go.disabled")
            after = lab.do("lab => lab.address()")
            assert after != before, f"{link} changes nothing"
            experiment = next(e for e in EXPERIMENTS if link == f"try={e['name']}")
            kept = [part for part in experiment["link"].split("&") if not part.startswith(("play", "speed", "method"))]
            assert set(kept) <= set(after.split("&")), f"{link}: {after}"
            before = after
