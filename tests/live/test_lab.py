"""The lab in Chromium, from a file: what the reader can do, and what it must survive."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pages as make
import pytest
from pages import opened
from parity import ROOT
from playwright.sync_api import expect

import rlgeo
from rlgeo import COUSINS, METHODS, figures
from rlgeo.figures.renderer import markup
from rlgeo.toy.problem import EXPERIMENT

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
CHAPTERS = [name.lower() for name in METHODS]


@pytest.mark.parametrize("method", CHAPTERS)
def test_every_control_of_a_chapter_lab_changes_the_run(method: str, pages: Path, browser: Any) -> None:
    """Each slider, moved to another end by the keyboard, and each list change what six steps draw."""
    with opened(browser, make.write(pages, method, {"preset": "double"})) as lab:
        before = lab.picture()
        for _ in range(6):
            lab.press("Step")
        usual = lab.picture()
        assert usual != before
        names = lab.do("lab => [...lab.querySelectorAll('.rl-range, select[data-name]')].map(x => x.dataset.name)")
        assert {"beta", "mean", "std", *METHODS[method.upper()].parameters()} <= set(names)
        for place, name in enumerate(names):
            lab.do("lab => { lab.act('default'); }")
            control = lab.page.locator("rl-lab :is(.rl-range, select[data-name])").nth(place)
            if control.evaluate("node => node.tagName") == "SELECT":
                control.select_option(index=2)
            else:
                control.press("Home" if name in ("learning_rate", "clip", "epochs") else "End")
            lab.press("Back to start")
            for _ in range(6):
                lab.press("Step")
            assert lab.picture() != usual, f"{method}: {name} changed nothing"


def test_play_moves_and_pause_holds(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages, "grpo")) as lab:
        first = lab.picture()
        lab.press("Play")
        lab.until("document.querySelector('rl-lab').run.step >= 5")
        lab.press("Pause")
        held = lab.picture()
        assert held != first
        lab.page.wait_for_timeout(300)
        assert lab.picture() == held
        lab.press("Back to start")
        assert lab.picture() == first


def test_keys_work_while_the_lab_has_the_focus(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages, "pg")) as lab:
        lab.page.keyboard.press("s")
        assert lab.do("lab => lab.run.step") == 0
        lab.page.locator("rl-lab input[type=range]").first.focus()
        lab.page.keyboard.press("s")
        assert lab.do("lab => lab.run.step") == 1
        batch = lab.do("lab => [...lab.run.batch.actions.data]")
        lab.page.keyboard.press("n")
        assert lab.do("lab => [...lab.run.batch.actions.data]") != batch
        lab.page.keyboard.press("r")
        assert lab.do("lab => lab.run.step") == 0
        lab.page.keyboard.press("p")
        lab.until("document.querySelector('rl-lab').run.step >= 2")
        lab.page.keyboard.press("p")
        box = lab.page.locator(".rl-lab-row .rl-lab-number").first
        box.focus()
        steps = lab.do("lab => lab.run.step")
        box.press("s")
        assert lab.do("lab => lab.run.step") == steps, "a letter typed into a number is no command"


def test_the_policy_is_dragged_on_the_map_and_on_the_curve(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages, "rlhf")) as lab:
        x, y = lab.do("lab => { const {x, y} = lab.map.handles.at(-1); return [x, y]; }")
        lab.drag("map", (x, y), (x + 60, y - 40))
        moved = lab.policy()
        assert moved["mean"] > 0.4
        assert moved["std"] > 1.2
        x, y = lab.do("lab => { const {x, y} = lab.axis.handles[0]; return [x, y]; }")
        lab.drag("axis", (x, y), (x - 80, y))
        assert lab.policy()["mean"] < moved["mean"] - 0.5
        assert lab.policy()["std"] == pytest.approx(moved["std"])
        x, y = lab.do("lab => { const {x, y} = lab.axis.handles[2]; return [x, y]; }")
        lab.drag("axis", (x, y), (x + 30, y))
        assert lab.policy()["std"] > moved["std"]
        lab.press("Skip")
        canvas = lab.page.locator("[data-panel=map] [role=img]")
        canvas.click(position={"x": 100, "y": 60})
        place = lab.do("lab => [lab.map.frame.atX(100), lab.map.frame.atY(60)]")
        assert list(lab.policy().values()) == pytest.approx(place, abs=1e-2)


def test_bumps_are_added_dragged_typed_and_removed(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages)) as lab:
        best = lab.do("lab => lab.view.optimum.objective")
        lab.press("Add a bump")
        lab.settle()
        assert lab.do("lab => lab.settings.bumps.weights.length") == 2
        assert lab.do("lab => lab.view.optimum.objective") > best
        x, y = lab.do("lab => { const {x, y} = lab.axis.handles.find(h => h.bump === 1); return [x, y]; }")
        lab.drag("axis", (x, y), (x - 70, y + 30))
        bumps = lab.do("lab => lab.settings.bumps")
        assert bumps["centers"][1] < -0.5
        assert bumps["weights"][1] < 1
        lab.page.get_by_label("bump 2, width").fill("1.5")
        lab.page.get_by_label("bump 2, width").press("Tab")
        assert lab.do("lab => lab.settings.bumps.widths[1]") == 1.5
        lab.page.get_by_label("bump 2, width").fill("-3")
        lab.page.get_by_label("bump 2, width").press("Tab")
        assert lab.do("lab => lab.settings.bumps.widths[1]") == 0.05
        lab.press("Remove bump 2")
        lab.settle()
        assert lab.do("lab => lab.view.optimum.objective") == pytest.approx(best)
        expect(lab.page.get_by_role("button", name="Remove bump 1")).to_be_disabled()


def test_a_link_reproduces_picture_and_run(pages: Path, browser: Any) -> None:
    path = make.write(pages)
    fragment = "#method=ppo&preset=trap&beta=0.8&mean=-1&std=0.7&seed=11&ppo.clip=0.1&ppo.steps=23&dro.steps=9"
    with opened(browser, path, fragment) as lab:
        assert lab.do("lab => [lab.settings.method, lab.run.step, lab.runs.DRO.step]") == ["PPO", 23, 9]
        for _ in range(3):
            lab.press("Step")
        picture, policy = lab.picture(), lab.policy()
        lab.until("location.hash.includes('ppo.steps=26')")
        address = lab.page.evaluate("location.hash")
    with opened(browser, path, address) as lab:
        assert lab.policy() == policy
        assert lab.picture() == picture
        assert lab.page.locator(".rl-lab-note").is_hidden()


def test_a_link_holds_the_comparison(pages: Path, browser: Any) -> None:
    """Each part of the plan has a value of its own, so that none can stand in for another."""
    path = make.write(pages)
    fragment = (
        "#method=pg&compare=yes&compare.steps=40&compare.runs=9&compare.budget=0.25"
        "&compare.hyperparameters=own&compare.methods=pg,dro&pg.learning_rate=0.2"
    )
    plan = {"shown": True, "steps": 40, "runs": 9, "budget": 0.25, "own": True, "methods": ["PG", "DRO"]}
    with opened(browser, path, fragment) as lab:
        lab.until("!document.querySelector('rl-lab').comparison.go.disabled")
        assert lab.do("lab => lab.settings.compare") == plan
        assert lab.page.get_by_role("radio", name="Compare").is_checked()
        assert lab.page.locator(".rl-lab-table tbody th").all_text_contents() == ["PG", "DRO"]
        final = lab.do("lab => lab.comparison.shown.map(r => [...r.final.objective])")
        lab.page.get_by_role("slider", name="runs").press("ArrowRight")
        lab.page.get_by_role("checkbox", name="DRO").uncheck()
        lab.until("location.hash.includes('compare.runs=10')")
        address = lab.page.evaluate("location.hash")
    ours = rlgeo.run(rlgeo.PG(learning_rate=0.2, batch_size=4), rlgeo.Problem(), steps=40, runs=9, seed=0)
    np.testing.assert_allclose(final[0], ours.objective[:, -1], rtol=1e-9)
    with opened(browser, path, address) as lab:
        assert lab.do("lab => lab.settings.compare") == plan | {"runs": 10, "methods": ["PG"]}
        assert lab.page.locator(".rl-lab-note").is_hidden()


HOSTILE = [
    "#method=nonsense",
    "#beta=NaN&mean=Infinity&std=-1e999",
    "#method=grpo&grpo.group_size=1e308&grpo.steps=1e9&seed=-5",
    "#bumps=" + ";".join(["1,0,1"] * 50),
    "#bumps=a,b,c;1,2;;,,,&preset=__proto__",
    "#__proto__=1&constructor=2&hyper=3&grpo.__proto__=4&=&&&=%E0%A4%A",
    "#" + "x=1&" * 3000,
    "#compare=yes&compare.steps=1e9&compare.runs=-3&compare.budget=NaN&compare.methods=pg,nonsense,,%00",
    "#beta=&mean=1,5&std=0x10&method=%3Cscript%3Ealert(1)%3C/script%3E",
]


@pytest.mark.parametrize("fragment", HOSTILE, ids=[link[:24] for link in HOSTILE])
def test_a_hostile_link_is_clamped_or_ignored_with_a_note(fragment: str, pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages), fragment) as lab:
        note = lab.page.locator(".rl-lab-note")
        assert note.is_visible()
        assert "ignored or changed" in str(note.text_content())
        settings = lab.do("lab => lab.settings")
        for name, parameter in EXPERIMENT.items():
            assert parameter.low <= settings[name] <= parameter.high
        assert len((settings["bumps"] or {"weights": []})["weights"]) <= 12
        assert settings["compare"]["steps"] <= 3000
        assert settings["compare"]["runs"] >= 1
        lab.do("lab => lab.act('step')")
        assert np.isfinite(list(lab.policy().values())).all()


def test_the_copied_script_makes_the_same_run(pages: Path, browser: Any) -> None:
    """The browser's random numbers are NumPy's, so Python arrives where the lab stands."""
    catch = "navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve(); };"
    for method in ("dpo", "grpo"):
        address = f"#method={method}&preset=mixed&beta=0.7&seed=5&mean=0.5&{method}.learning_rate=0.08"
        with opened(browser, make.write(pages), address) as lab:
            for _ in range(10):
                lab.press("Step")
            lab.page.evaluate(
                "Object.defineProperty(navigator, 'clipboard', {value: navigator.clipboard ?? {}, configurable: true});"
                + catch
            )
            lab.drawer("Share")
            lab.press("Copy as Python")
            script = lab.page.evaluate("window.copied")
            policy = lab.policy()
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
        printed = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())
        assert float(printed["mean"]) == pytest.approx(policy["mean"], rel=1e-9)
        assert float(printed["std"]) == pytest.approx(policy["std"], rel=1e-9)


def test_the_copied_comparison_and_its_data_are_the_labs(pages: Path, browser: Any, tmp_path: Path) -> None:
    """With own hyperparameters, part of the methods and a budget, none of which is the default."""
    address = (
        "#method=pg&preset=trap&seed=3&compare=yes&compare.steps=30&compare.runs=5&compare.budget=0.5"
        "&compare.hyperparameters=own&compare.methods=pg,dpo&pg.learning_rate=0.2&dpo.beta=0.3"
    )
    with opened(browser, make.write(pages), address) as lab:
        lab.until("!document.querySelector('rl-lab').comparison.go.disabled")
        lab.page.evaluate(
            "Object.defineProperty(navigator, 'clipboard', {configurable: true,"
            " value: {writeText: text => { window.copied = text; return Promise.resolve(); }}})"
        )
        lab.drawer("Share")
        lab.press("Copy as Python")
        script = lab.page.evaluate("window.copied")
        medians = lab.do("lab => lab.comparison.shown.map(r => [r.method, r.bands[1].at(-1)])")
        with lab.page.expect_download() as waiting:
            lab.page.get_by_role("button", name="Download the data as CSV").click()
        head, *rows = Path(waiting.value.path()).read_text().splitlines()
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    printed = [line.split(" median J ") for line in done.stdout.splitlines()]
    assert [name for name, _ in printed] == [name for name, _ in medians] == ["PG", "DPO"]
    assert [float(value) for _, value in printed] == pytest.approx([value for _, value in medians], rel=1e-9)
    assert head == "method,step,objective_q10,objective_q50,objective_q90"
    last = [row.split(",") for row in rows if row.split(",")[1] == "30"]
    assert [(row[0], float(row[3])) for row in last] == [tuple(pair) for pair in medians]


def test_the_comparison_is_pythons(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages), "#preset=double&seed=4") as lab:
        lab.page.get_by_role("radio", name="Compare").check()
        lab.until("document.querySelector('rl-lab').comparison.status.textContent.includes(' s')")
        lab.do("lab => { Object.assign(lab.comparison.plan, {steps: 40, runs: 7, budget: 0.5}); }")
        results = lab.do(
            "async lab => { await lab.comparison.run();"
            " return lab.comparison.shown.map(r => [r.method, [...r.final.objective], [...r.bands[1]], r.samples]); }"
        )
        assert lab.do("lab => lab.comparison.crew.broken ?? false") is False, "no worker ran"
        assert lab.page.locator(".rl-lab-table tbody tr").count() == len(METHODS)
    ours = rlgeo.compare(rlgeo.Problem("double"), rlgeo.START, 40, budget=0.5, runs=7, seed=4)  # type: ignore[arg-type]
    assert [name for name, *_ in results] == list(ours)
    for name, final, median, samples in results:
        np.testing.assert_allclose(final, ours[name].objective[:, -1], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(median, np.median(ours[name].objective, axis=0), rtol=1e-9, atol=1e-12)
        method = rlgeo.training.comparison.budgeted(METHODS[name](), 0.5)
        assert samples == rlgeo.training.comparison.cost(method, 40)


def test_a_comparison_follows_the_start_and_the_problem(pages: Path, browser: Any) -> None:
    """It is made again by itself, and until then what is shown has faded."""
    with opened(browser, make.write(pages, "compare", {"preset": "double"})) as lab:
        done = "!document.querySelector('rl-lab').comparison.go.disabled"
        lab.do("lab => { Object.assign(lab.comparison.plan, {steps: 20, runs: 2}); return lab.comparison.run(); }")
        lab.page.locator("input[data-name=mean]").press("Home")
        assert lab.do("lab => lab.comparison.paths.every(path => path.old)")
        lab.until(f"document.querySelector('rl-lab').comparison.outdated === false && {done}")
        assert lab.do("lab => lab.comparison.shown.map(r => r.few[0].mean[0])") == [-4] * len(METHODS)
        assert not lab.do("lab => lab.comparison.paths.some(path => path.old)")


def test_a_run_is_picked_out_of_the_cloud(pages: Path, browser: Any) -> None:
    """By a click on its path and by the list; the others fade and its J is drawn."""
    link = "#compare=yes&compare.steps=40&compare.runs=6&compare.methods=pg,grpo"
    with opened(browser, make.write(pages), link) as lab:
        lab.until("!document.querySelector('rl-lab').comparison.go.disabled")
        lab.settle()
        x, y = lab.do(
            "lab => { const p = lab.comparison.paths.find(p => p.method === 'GRPO' && p.run === 2);"
            " return [lab.map.frame.px(p.mean.at(-1)), lab.map.frame.py(p.std.at(-1))]; }"
        )
        start = lab.policy()
        lab.page.locator("[data-panel=map] [role=img]").click(position={"x": x, "y": y})
        assert lab.policy() == start, "the click picks; it does not move the start"
        picked = lab.do("lab => lab.comparison.picked")
        assert picked["method"] == "GRPO"
        vivid = lab.do("lab => lab.comparison.paths.filter(p => !p.old).map(p => [p.method, p.run])")
        assert vivid == [["GRPO", picked["run"]]]
        lab.page.get_by_label("Pick a run").select_option("PG 2")
        lab.settle()
        assert lab.do("lab => lab.comparison.picked") == {"method": "PG", "run": 1}
        lab.page.get_by_label("Pick a run").select_option("")
        assert lab.do("lab => lab.comparison.paths.every(path => !path.old)")


def test_expected_paths_are_pythons(pages: Path, browser: Any) -> None:
    link = "#compare=yes&compare.steps=30&compare.runs=2&compare.methods=rlhf,pg,dpo,dro"
    with opened(browser, make.write(pages), link) as lab:
        lab.until("!document.querySelector('rl-lab').comparison.go.disabled")
        lab.page.get_by_label("Expected paths").check()
        expected = "comparison.paths.filter(path => path.run === undefined)"
        lab.until(f"document.querySelector('rl-lab').{expected}.length === 4")
        paths = lab.do(f"lab => lab.{expected}.map(path => [path.method, [...path.mean], [...path.std]])")
    problem = rlgeo.Problem()
    for name, mean, std in paths:
        method = METHODS[name]()
        ours = rlgeo.ascend(
            lambda policy, method=method: method.expected_gradient(policy, problem),
            rlgeo.START,
            30,
            method.learning_rate,
        )
        np.testing.assert_allclose(mean, ours.mean, atol=1e-6)
        np.testing.assert_allclose(std, ours.std, atol=1e-6)


def test_all_rings_come_within_a_second(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages), "#compare=yes&compare.steps=20&compare.runs=2&beta=1.3") as lab:
        lab.until("!document.querySelector('rl-lab').comparison.go.disabled")
        lab.until("document.querySelector('rl-lab').view.marks.length === 6", seconds=3)
        rows = lab.page.locator(".rl-lab-table tbody").inner_text()
        assert "…" not in rows


def test_methods_beside_the_six_are_in_the_menu_and_not_compared_unless_chosen(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages)) as lab:
        menu = lab.page.get_by_label("More methods")
        assert menu.locator("option").all_inner_texts()[1:] == list(COUSINS)
        assert lab.do("lab => lab.settings.compare.methods") == list(METHODS)
        for name, method in COUSINS.items():
            menu.select_option(name)
            lab.press("Step")
            assert lab.page.locator(f"input[data-name={next(iter(method.parameters()))}]").is_visible()
            assert lab.do("lab => lab.address()").startswith(f"method={name.lower()}")
        shown = lab.do("lab => [...lab.comparison.boxes].filter(([, box]) => !box.checked).map(([name]) => name)")
        assert shown == list(COUSINS)


def test_a_choice_is_a_list_and_goes_by_name(pages: Path, browser: Any) -> None:
    """In the link and in the script; the run is that of Python with the same choice."""
    with opened(browser, make.write(pages), "#method=pg&pg.kl=k3-reward&pg.steps=5") as lab:
        choice = lab.page.get_by_label("KL term", exact=True)
        assert choice.locator("option:checked").inner_text() == "k3-reward"
        assert "pg.kl=k3-reward" in lab.do("lab => lab.address()")
        ours = rlgeo.run(rlgeo.PG(kl="k3-reward"), rlgeo.Problem(), steps=5)
        assert lab.policy()["mean"] == pytest.approx(float(ours.mean[0, -1]), rel=1e-9)
        choice.select_option("k2-loss")
        lab.settle()
        assert "then=5:pg.kl:" in lab.do("lab => lab.address()")
        assert lab.page.locator(".rl-lab-note").is_hidden()


def test_a_chapter_compares_all_methods_at_once(pages: Path, browser: Any) -> None:
    """Once the reader has said what to expect, or would rather not."""
    with opened(browser, make.write(pages, "compare", {"preset": "double"})) as lab:
        assert lab.do("lab => lab.comparison.shown.length") == 0
        lab.press("Skip")
        assert lab.page.get_by_text("Where will they stop?").is_hidden()
        lab.until("!document.querySelector('rl-lab').comparison.go.disabled")
        assert lab.do("lab => lab.comparison.shown.length") == len(METHODS)
        assert lab.page.locator(".rl-lab-table tbody tr").count() == len(METHODS)
        lab.page.get_by_role("checkbox", name="GRPO").uncheck()
        assert lab.page.locator(".rl-lab-table tbody tr").count() == len(METHODS) - 1


@pytest.mark.parametrize("kind", ["CSV", "JSON", "PNG", "SVG"])
def test_downloads(kind: str, pages: Path, browser: Any, tmp_path: Path) -> None:
    with opened(browser, make.write(pages), "#method=dro&dro.steps=5") as lab:
        lab.drawer("Batch and traces")
        lab.settle()
        lab.drawer("Share")
        with lab.page.expect_download() as waiting:
            lab.page.locator(".rl-lab-share").get_by_text(kind, exact=True).click()
        content = Path(waiting.value.path()).read_bytes()
    if kind == "CSV":
        head, *rows = content.decode().splitlines()
        assert head.startswith("step,mean,std,objective,value,settled_value")
        assert len(rows) == 6
    elif kind == "JSON":
        assert b'"method": "DRO"' in content
    elif kind == "PNG":
        assert content.startswith(b"\x89PNG")
        assert len(content) > 20_000
    else:
        import xml.etree.ElementTree as ET

        assert len(list(ET.fromstring(content).iter("{http://www.w3.org/2000/svg}path"))) > 10


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("method", ["grpo", "dro", "compare", None])
def test_axe_finds_nothing(method: str | None, width: int, scheme: str, pages: Path, browser: Any) -> None:
    """A chapter's lab, and the full one in every tab."""
    view = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, "bypass_csp": True}
    with opened(browser, make.write(pages, method), **view) as lab:
        lab.page.evaluate(AXE.read_text(encoding="utf-8"))
        if method is None:
            if width < 600:
                lab.drawer("All controls")
            lab.press("Add a bump")
            lab.drawer("Batch and traces" if width < 600 else "Experiments")
        for tab in [*METHODS, "Compare"] if method is None else [None]:
            if tab:
                lab.page.get_by_role("radio", name=tab, exact=True).check()
                lab.settle()
            found = lab.page.evaluate(
                "axe.run({preload: false, resultTypes: ['violations'],"
                " runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})"
            )
            told = [(tab, v["id"], [n["target"] for n in v["nodes"]]) for v in found["violations"]]
            assert told == []
            wide = lab.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, "the page scrolls sideways"


@pytest.mark.parametrize("preset", ["single", "trap"])
def test_ends_are_pythons(preset: str, pages: Path, browser: Any) -> None:
    """On ``trap`` the start decides at which summit a gradient ends."""
    problem = rlgeo.Problem(preset, beta=0.2)  # type: ignore[arg-type]
    start = rlgeo.Gaussian(-1.5, 0.3)
    with opened(browser, make.write(pages), f"#preset={preset}&beta=0.2&mean=-1.5&std=0.3&pg.batch_size=3") as lab:
        for name, method in METHODS.items():
            if name == "GRPO":
                continue
            lab.page.get_by_role("radio", name=name, exact=True).check()
            lab.settle()
            lab.until("document.querySelector('rl-lab').view.end !== undefined", seconds=5)
            lab.settle()
            end, row = lab.do("lab => [lab.view.end, lab.querySelector('.rl-lab-state').textContent]")
            ours = (method(batch_size=3) if name == "PG" else method()).destination(problem, start)
            assert [end["mean"], end["std"]] == pytest.approx([float(ours.mean), float(ours.std)], abs=1e-6)
            assert f"{abs(end['mean']):.2f}, {end['std']:.2f}" in row
            ring = lab.do("lab => lab.view.marks.map(mark => mark.name)")
            assert name in ring


@pytest.mark.parametrize(("beta", "group_size", "offset"), [(1.3, 8, 0), (1.5, 4, 0), (0.5, 8, 0.2), (0.5, 8, 0)])
def test_the_sampled_end_is_pythons_within_its_error(
    beta: float, group_size: int, offset: float, pages: Path, browser: Any
) -> None:
    """GRPO's field at finite G is an integral by sampling, in Python and in the lab: on other points."""
    link = f"#method=grpo&beta={beta}&grpo.group_size={group_size}&grpo.std_offset={offset}"
    with opened(browser, make.write(pages), link) as lab:
        lab.until("document.querySelector('rl-lab').view.end !== undefined", seconds=5)
        end = lab.do("lab => lab.view.end")
    method = rlgeo.GRPO(group_size=group_size, std_offset=offset)
    ours = method.destination(rlgeo.Problem(beta=beta), rlgeo.START)  # type: ignore[arg-type]
    if ours is None:
        assert end is None
    else:
        assert [end["mean"], end["std"]] == pytest.approx([float(ours.mean), float(ours.std)], abs=0.02)


def test_a_run_keeps_what_was_changed_on_its_way_while_another_method_is_chosen(pages: Path, browser: Any) -> None:
    path, link = (
        make.write(pages),
        "#method=grpo&preset=double&grpo.steps=60&then=0:draw:1/30:beta:1.3/40:grpo.clip:0.1",
    )
    ran = "lab => [[...lab.runs.GRPO.path.mean], [...lab.runs.GRPO.path.objective]]"
    state = "lab => [lab.address(), lab.settings.beta, lab.settings.hyper.GRPO.clip]"
    with opened(browser, path, link) as lab, opened(browser, path) as fresh:
        before, walked = lab.do(state), lab.do(ran)
        lab.page.get_by_role("radio", name="PPO", exact=True).check()
        lab.rest()
        fresh.page.goto("about:blank")
        fresh.open(path, f"#{lab.do('lab => lab.address()')}")
        for one in (lab, fresh):
            assert one.do(ran) == walked
            one.page.get_by_role("radio", name="GRPO", exact=True).check()
            one.rest()
            assert one.do(state) == before
            assert one.do(ran) == walked
        # under another problem every other run is made anew
        lab.page.get_by_role("radio", name="PPO", exact=True).check()
        lab.do("lab => lab.set('beta', 0.7)")
        lab.rest()
        assert "grpo.then" not in lab.do("lab => lab.address()")
        assert lab.do(ran) != walked


def test_no_two_methods_have_color_and_dash_in_common(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages), "#compare=yes") as lab:
        looks = lab.do("lab => [...lab.querySelectorAll('.rl-lab-toggle .rl-lab-swatch')].map(s => s.style.cssText)")
        assert len(set(looks)) == len(looks) == len(METHODS | COUSINS)


def test_the_map_is_the_same_on_every_tab(pages: Path, browser: Any) -> None:
    """It takes 45 % of the width, all that moves it is on the same screen, and nothing moves when steps are taken."""
    titles = "lab => [...lab.querySelectorAll('.rl-lab-title')].map(title => title.textContent)"
    places = (
        "lab => [...lab.querySelectorAll('.rl-lab-world .rl-lab-panel, .rl-lab-desk, .rl-lab-numbers')]"
        ".map(p => { const r = p.getBoundingClientRect(); return [r.x, r.y, r.width, r.bottom]; })"
    )
    with opened(browser, make.write(pages)) as lab:
        maps = set()
        for name in [*METHODS, "Compare"]:
            lab.page.get_by_role("radio", name=name, exact=True).check()
            lab.settle()
            assert [title for title in lab.do(titles) if title[:1].islower()] == []
            before = lab.do(places)
            maps.add(tuple(before[1]))
            if name == "Compare":
                break
            for _ in range(3):
                lab.press("Step")
            lab.settle()
            assert lab.do(places) == before, f"{name}: panels moved"
            assert max(bottom for *_, bottom in before) <= 900, f"{name}: not on one screen"
        assert len(maps) == 1
        assert maps.pop()[2] >= 0.45 * lab.do("lab => lab.clientWidth")


def test_only_what_has_changed_is_drawn_again(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages)) as lab:
        lab.page.set_viewport_size({"width": 1280, "height": 2400})
        lab.drawer("Batch and traces")
        lab.rest()
        drawn = "p => [p.strokes, ...p.grounds.map(ground => ground.key)]"
        hold = f"lab => {{ window.held = new Map(lab.panels.map(p => [p, ({drawn})(p)])); }}"
        other = f"p => ({drawn})(p).some((part, i) => part !== window.held.get(p)[i])"
        strokes = f"lab => lab.panels.filter({other}).map(p => p.key)"
        lab.do(hold)
        lab.page.locator("input[data-name=beta]").press("ArrowRight")
        lab.settle()
        changed = lab.do(strokes)
        assert {"axis", "map", "objective"} <= set(changed)
        assert {"samples", "advantages", "ratios"}.isdisjoint(changed), "β changes neither the batch nor its ratios"


def test_colors_follow_the_scheme(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages, "pg"), color_scheme="light") as lab:
        light = lab.picture()
        lab.page.evaluate("document.documentElement.dataset.theme = 'dark'")
        lab.page.wait_for_timeout(100)
        assert "#15171c" in lab.picture()
        assert "#15171c" not in light


def test_touch_drags_the_dot_and_scrolls_elsewhere(pages: Path, browser: Any) -> None:
    view = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
    with opened(browser, make.write(pages, "rlhf"), **view) as lab:
        canvas = lab.page.locator("[data-panel=map] [role=img]")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        x, y = lab.do("lab => { const {x, y} = lab.map.handles.at(-1); return [x, y]; }")
        session = lab.page.context.new_cdp_session(lab.page)
        touch = lambda kind, points: session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})  # noqa: E731
        touch("touchStart", [{"x": box["x"] + x, "y": box["y"] + y}])
        for i in range(1, 6):
            touch("touchMove", [{"x": box["x"] + x + 8 * i, "y": box["y"] + y - 6 * i}])
        touch("touchEnd", [])
        lab.settle()
        assert lab.policy()["mean"] > 0.3
        assert lab.policy()["std"] > 1.1


@pytest.mark.parametrize("rests", [False, True])
def test_a_finger_that_sets_out_upward_scrolls_unless_it_has_rested(rests: bool, pages: Path, browser: Any) -> None:
    """On the very dot: a swipe goes on as on the page, a finger that rests takes hold of it."""
    view = {"viewport": {"width": 390, "height": 600}, "has_touch": True, "is_mobile": True}
    with opened(browser, make.write(pages, "rlhf"), **view) as lab:
        lab.do("lab => scrollBy(0, lab.map.canvas.getBoundingClientRect().top - 200)")
        before, scrolled = lab.policy(), lab.page.evaluate("scrollY")
        x, y = lab.do(
            "lab => { const { x, y } = lab.map.handles.at(-1);"
            " const { left, top } = lab.map.canvas.getBoundingClientRect(); return [left + x, top + y]; }"
        )
        session = lab.page.context.new_cdp_session(lab.page)
        touch = lambda kind, points: session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})  # noqa: E731
        touch("touchStart", [{"x": x, "y": y}])
        if rests:
            lab.page.wait_for_timeout(400)
        for i in range(1, 11):
            touch("touchMove", [{"x": x + i, "y": y - 8 * i}])
        touch("touchEnd", [])
        lab.page.wait_for_timeout(300)
        moved = lab.page.evaluate("scrollY") - scrolled
        if rests:
            assert moved == 0
            assert lab.policy()["std"] > before["std"] + 0.5
        else:
            assert moved > 30
            assert lab.policy() == before
            assert not lab.do("lab => lab.map.known")


def test_every_path_has_one_name(pages: Path, browser: Any) -> None:
    """At its end, where a ring repeats none; what goes beside a chapter's method says what it is, and has no ring."""
    named = "lab => lab.map.named.places.map(({ name, words = name }) => words)"
    with opened(browser, make.write(pages), "#method=grpo&grpo.steps=40&dro.steps=40&dpo.steps=40") as lab:
        lab.rest()
        assert lab.do("lab => lab.view.marks.map(({ name }) => name)") == ["DPO", "DRO"]
        assert lab.do(named) == ["GRPO", "DPO", "DRO"]
    with opened(browser, make.write(pages, "dpo")) as lab:
        lab.do("lab => lab.act('step')")
        lab.rest()
        assert lab.do(named) == ["exact gradient", "DPO"]
        assert lab.do("lab => lab.view.marks.map(({ name }) => name)") == ["DPO"]
        assert "RLHF, exact gradient" in lab.page.locator("[data-panel=objective] .rl-lab-legend").inner_text()


def test_a_comparison_shows_its_own_start_and_tells_its_lines_apart(pages: Path, browser: Any) -> None:
    fragment = (
        "#method=grpo&grpo.steps=271&compare=yes&compare.steps=60&compare.runs=9&compare.methods=rlhf,pg,grpo,rloo"
    )
    with opened(browser, make.write(pages), fragment) as lab:
        lab.until("!document.querySelector('rl-lab').comparison.go.disabled")
        lab.rest()
        assert lab.do("lab => lab.view.policy") == {"mean": 0, "std": 1}
        assert not lab.do("lab => lab.view.clamped")
        # one name for every method, GRPO's where its runs are: it has no ring
        assert sorted(lab.do("lab => lab.map.named.places.map(({ name }) => name)")) == ["GRPO", "PG", "RLHF", "RLOO"]
        groups = lab.page.locator("optgroup").evaluate_all("all => all.map((g) => [g.label, g.children.length])")
        assert groups == [["PG", 8], ["GRPO", 8], ["RLOO", 8]]
        assert lab.page.get_by_label("Pick a run").locator("option").all_text_contents()[:2] == ["none", "RLHF"]
        x, y = lab.do(
            "lab => { const { mean, std } = lab.comparison.results.get('GRPO').few[2]; const { frame } = lab.map;"
            " return [frame.px(mean[50]), frame.py(std[50])]; }"
        )
        lab.page.locator("[data-panel=map] [role=img]").click(position={"x": x, "y": y})
        assert lab.do("lab => lab.comparison.picked.method") in ("RLHF", "PG", "GRPO", "RLOO")
        lab.settle()
        drawn = lab.page.locator("[data-panel=comparison] .rl-lab-swatch").evaluate_all(
            "nodes => nodes.map((node) => [node.style.getPropertyValue('--rl-swatch'), node.dataset.mark].join())"
        )
        assert len(drawn) == 7
        assert len(set(drawn)) == 7


def test_the_state_is_announced_politely(pages: Path, browser: Any) -> None:
    with opened(browser, make.write(pages, "rlhf")) as lab:
        said = lab.page.locator("rl-lab [aria-live=polite]")
        lab.page.wait_for_timeout(700)
        assert said.text_content() == ""
        lab.press("Step")
        lab.until("document.querySelector('rl-lab [aria-live=polite]').textContent.includes('step 1:')")


@pytest.mark.parametrize("method", ["dpo", "full"])
def test_without_script_a_drawing_stands_for_the_lab(method: str, pages: Path, browser: Any) -> None:
    path = pages / "still.html"
    path.write_text(make.PAGE.format(csp=make.CSP, lab=markup(figures.lab(method, steps=5))), encoding="utf-8")
    for scripts in (False, True):
        page = browser.new_context(java_script_enabled=scripts, viewport={"width": 390, "height": 800}).new_page()
        page.goto(path.as_uri())
        drawing = page.locator("svg.rl-still")
        if scripts:
            page.wait_for_selector("rl-lab[data-ready]")
            assert drawing.count() == 0
        else:
            box, lab = drawing.bounding_box(), page.locator("rl-lab").bounding_box()
            assert box["width"] > 300
            assert lab["height"] < box["height"] + 120, "an empty place is kept for what will not come"
        page.context.close()
