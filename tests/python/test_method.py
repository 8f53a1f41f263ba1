"""A method edited beside its lab, as a reader does it: what the lab then plays, and how the change is kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
DIVISION = " / np.where(scale > 0, scale, 1.0)"
STUDY = "#method=grpo&preset=single&beta=0.2&grpo.group_size=64&grpo.learning_rate=0.01&grpo.steps=1500"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    held = browser.new_context(viewport={"width": 1280, "height": 900})
    held.set_default_timeout(30_000)
    yield held
    held.close()


def patch(page: Page, fork: Path) -> None:
    """Download the page's changes and apply them to a copy of the package in ``fork``."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as a patch").click()
    download.value.save_as(fork / "rlgeo.patch")
    shutil.copytree(ROOT / "rlgeo", fork / "rlgeo")
    subprocess.run(["git", "init", "-q"], cwd=fork, check=True)
    subprocess.run(["git", "apply", "rlgeo.patch"], cwd=fork, check=True)


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("rl-lab[data-ready]")
    return page


def start(page: Page) -> None:
    page.get_by_role("button", name="Edit the Python").click()
    page.wait_for_selector(".rl-edit")


def until(page: Page, expression: str, seconds: float = 30) -> Any:
    """Polled from outside: the page's policy forbids it to evaluate strings."""
    last = time.monotonic() + seconds
    while not (value := page.evaluate(expression)):
        assert time.monotonic() < last, f"never true: {expression}"
        time.sleep(0.03)
    return value


def edit(page: Page, path: str, old: str, new: str) -> None:
    """Replace the last occurrence of a text in a file, as typing would, without running it."""
    found = page.evaluate(
        """([path, old, put]) => {
          const bench = document.querySelector("rl-lab").workbench;
          bench.open(path);
          const from = bench.view.state.doc.toString().lastIndexOf(old);
          if (from >= 0) bench.view.dispatch({ changes: { from, to: from + old.length, insert: put } });
          return from;
        }""",
        [path, old, new],
    )
    assert found >= 0, f"{path} has no {old!r}"


def run(page: Page) -> str:
    """Ctrl+Enter in the editor; what is said then."""
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+Enter")
    return str(
        until(
            page, "(said => !said.startsWith('Running') && said)(document.querySelector('.rl-edit-said').textContent)"
        )
    )


def policy(page: Page) -> dict[str, float]:
    found: dict[str, float] = page.evaluate(
        """() => {
          const { run } = document.querySelector("rl-lab");
          return { ...run.state.policy, step: run.step, J: run.path.objective.at(-1) };
        }"""
    )
    return found


def twin(page: Page) -> dict[str, float]:
    """Where the book's version of the run stands."""
    found: dict[str, float] = page.evaluate(
        """() => {
          const { run } = document.querySelector("rl-lab").book;
          return { ...run.state.policy, step: run.step, J: run.path.objective.at(-1) };
        }"""
    )
    return found


def words(place: dict[str, float]) -> str:
    """A place as the page tells it."""
    return ", ".join(
        f"{sign}\u00a0{place[key]:.4g}".replace("-", "−") for sign, key in (("μ", "mean"), ("σ", "std"), ("J", "J"))
    )


NAMED = "document.querySelector('rl-lab').map.named.places.map(({ name }) => name).filter((name) => name.includes(' '))"


def test_grpo_without_its_division(context: BrowserContext, labs: str) -> None:
    """GRPO at the end of 1,500 steps, over 1,000 seeds of ``rlgeo.run``: smallest, median and largest.

    The book's: σ .030, .132, 3.0 and J −1.07, .39, .558, so where one run ends says nothing. Without its division:
    μ 1.77, 1.821, 1.856, σ .392, .446, .501 and J .553, .558, .559; the ranges below hold every seed.
    """
    page = opened(context, labs + STUDY)
    book = policy(page)
    assert book["step"] == 1500
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(300)
    assert [url for url in asked if not url.startswith("blob:")] == []  # nothing is fetched before the click
    start(page)
    edit(page, "rlgeo/methods/grpo.py", DIVISION, "")
    assert "The lab plays your version" in run(page)
    assert not page.locator(".rl-edit-warned").is_visible()
    mine = policy(page)
    assert mine["step"] == 1500
    assert mine["mean"] == pytest.approx(1.82, abs=0.06)
    assert mine["std"] == pytest.approx(0.446, abs=0.06)
    assert mine["J"] == pytest.approx(0.557, abs=0.005)
    # the book's run stays beside it, and what it comes to is said with it
    assert twin(page) == book
    for place in (".rl-edit", ".rl-python-flag:visible"):
        said = page.locator(place).inner_text()
        assert f"It now stands at {words(mine)}, the book’s version at {words(book)}, after 1500 steps." in said
    assert page.evaluate(NAMED) == ["book’s version"]
    # where it is expected to end is that of the changed code: at this price the maximum of J
    end = until(page, "(view => view.end)(document.querySelector('rl-lab').view)")
    assert (end["mean"], end["std"]) == pytest.approx((1.845, 0.423), abs=0.02)
    page.get_by_role("button", name="The book’s version").click()
    until(page, "document.querySelector('.rl-edit-said').textContent.includes('book’s version (')")
    assert policy(page) == book
    page.close()


def test_a_change_without_effect_is_called_that(context: BrowserContext, labs: str) -> None:
    """Nothing that PPO's gradient calls: said from the first step on, in view, with the focus left in the editor."""
    page = opened(context, labs + "#method=ppo")
    start(page)
    edit(page, "rlgeo/methods/clipped.py", "return is_clipped(", "return 0 * is_clipped(")
    page.locator(".cm-content").scroll_into_view_if_needed()
    run(page)
    until(page, "document.querySelector('rl-lab').run.step > 20")
    page.evaluate("document.querySelector('rl-lab').pause()")
    flag = page.locator(".rl-python-flag:visible")
    until(page, "!document.querySelector('rl-lab').timer")
    step = policy(page)["step"]
    until(page, f"document.querySelector('.rl-edit').innerText.includes('nothing has changed in {step} steps.')")
    assert "the book’s version at the same place" in flag.inner_text()
    top, bottom = page.evaluate(
        "(({ top }, { bottom }) => [top, bottom])(document.querySelector('.rl-python-flag:not([hidden])')"
        ".getBoundingClientRect(), document.querySelector('rl-lab').map.node.getBoundingClientRect())"
    )
    assert top >= 0
    assert bottom <= 900
    assert page.evaluate("document.activeElement.className").startswith("cm-content")
    # what an experiment promises, the book's code does; that changed code plays is still in sight
    page.evaluate("document.querySelector('rl-lab').follow('#try=ppo-clip')")
    page.evaluate("document.querySelector('rl-lab').scrollIntoView({ behavior: 'instant' })")
    assert page.locator(".rl-lab-promise").inner_text().startswith("With the book’s version: Watch PPO clip.")
    assert flag.bounding_box()["y"] >= 0
    page.close()


def test_the_books_run_goes_through_the_same_changes(context: BrowserContext, labs: str) -> None:
    """Steps, sliders and batches on the way: what the book's version does in that address."""
    page = opened(context, labs + "#method=ppo&seed=3&ppo.epochs=16&ppo.learning_rate=0.3&ppo.steps=4")
    start(page)
    edit(page, "rlgeo/methods/clipped.py", "0.0, ratio * advantages)", "ratio * advantages, ratio * advantages)")
    run(page)
    page.evaluate(
        """() => {
          const lab = document.querySelector("rl-lab");
          const set = (name, value) => () => lab.set(name, value);
          const go = (steps) => () => lab.advance(steps);
          const acts = [go(36), set("beta", 0.9), go(3), () => lab.act("resample"), set("ppo.batch_size", 24), go(9)];
          for (const act of acts) {
            act();
            lab.paint();
          }
        }"""
    )
    address, there = page.evaluate("(lab => [lab.session.address, lab.run.step])(document.querySelector('rl-lab'))")
    beside = twin(page)
    assert beside["step"] == there
    assert beside["mean"] != policy(page)["mean"]
    page.close()
    other = context.browser.new_context()
    page = opened(other, f"{labs}#{address}")
    assert policy(page) == beside
    other.close()


def test_compare_follows(context: BrowserContext, labs: str) -> None:
    page = opened(
        context, labs + "#method=grpo&beta=0.2&compare=yes&compare.steps=200&compare.runs=10&compare.methods=grpo"
    )
    final = (
        "(r => r && !r.old && Array.from(r.final.std))(document.querySelector('rl-lab').comparison.results.get('GRPO'))"
    )
    book = until(page, final)
    start(page)
    edit(page, "rlgeo/methods/grpo.py", DIVISION, "")
    run(page)
    assert until(page, final) != book
    page.close()


def test_what_gradient_is_not_any_more_is_said_with_both_numbers(context: BrowserContext, labs: str) -> None:
    page = opened(context, labs + "#method=ppo&ppo.steps=5")
    before = policy(page)
    start(page)
    edit(page, "rlgeo/methods/clipped.py", "0.0, ratio * advantages)", "0.0, 2 * ratio * advantages)")
    run(page)
    warned = page.locator(".rl-edit-warned").inner_text()
    assert warned.startswith("gradient is not the derivative of surrogate any more. PPO:")
    assert "GRPO:" in warned  # which shares the file
    assert "PG:" not in warned
    assert policy(page)["mean"] != before["mean"]
    page.close()


WRONG = {
    "    return nonsense\n": "grpo.py, line {line}: NameError: name 'nonsense' is not defined",
    "    return (\n": "grpo.py, line {line}: SyntaxError: '(' was never closed",
    "    if behind > 0: return behind\n": "grpo.py, line {line}: ",
}


def test_errors_stand_at_their_line_and_a_loop_without_end_is_stopped(context: BrowserContext, labs: str) -> None:
    path, place = "rlgeo/methods/grpo.py", "    scale = np.std(behind"
    line = (ROOT / path).read_text(encoding="utf-8").split(place)[0].count("\n") + 1
    page = opened(context, labs + STUDY)
    before = policy(page)
    start(page)
    for text, said in WRONG.items():
        edit(page, path, place, f"{text}{place}")
        assert run(page).startswith(said.format(line=line))
        assert page.locator(".rl-edit-wrong").inner_text() == text.removesuffix("\n")
        assert policy(page) == before
        edit(page, path, f"{text}{place}", place)
        assert page.locator(".rl-edit-wrong").count() == 0
    edit(page, path, "@dataclass(frozen=True)\nclass GRPO(", "while True: pass\n@dataclass(frozen=True)\nclass GRPO(")
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Stop").click()
    assert page.evaluate("document.activeElement.className").startswith("cm-content")
    until(page, "document.querySelector('.rl-edit-said').textContent.startsWith('Stopped')", 5)
    edit(page, path, "while True: pass\n", "")
    assert "book’s version" in run(page)
    page.close()


def test_a_change_survives_in_the_link_the_patch_and_the_next_visit(
    context: BrowserContext, labs: str, tmp_path: Path
) -> None:
    page = opened(context, labs + STUDY)
    start(page)
    edit(page, "rlgeo/methods/grpo.py", DIVISION, "")
    edit(page, "rlgeo/toy/reward.py", "    return weight * np.exp(", "    return 0.9 * weight * np.exp(")
    run(page)
    mine = policy(page)
    patch(page, tmp_path)
    changed = page.evaluate("document.querySelector('rl-lab').workbench.changed")
    assert {path: (tmp_path / path).read_text(encoding="utf-8") for path in changed} == changed
    address = until(page, "location.hash.includes('python=') && location.href")
    assert len(address) < 2000
    page.close()

    again = opened(context, labs + STUDY)  # the same reader, without the link
    assert "changed the code here before" in again.locator(".rl-python-note").inner_text()
    start(again)
    until(again, "document.querySelector('.rl-edit-said').textContent.includes('your version')")
    assert policy(again) == mine
    again.close()

    other = context.browser.new_context()
    page = opened(other, address)
    # nothing of it runs before the reader has seen it
    book = policy(page)
    page.get_by_role("button", name="Look at the changed code").click()
    page.wait_for_selector(".rl-edit-changed")
    assert page.locator(".rl-edit-said").inner_text().startswith("The link changes grpo.py, reward.py;")
    assert policy(page) == book
    page.get_by_role("button", name="Run", exact=True).click()
    until(page, "document.querySelector('.rl-edit-said')?.textContent.includes('your version')")
    assert policy(page) == mine
    assert (
        page.locator(".rl-python-flag:visible")
        .inner_text()
        .startswith("The lab plays your version of grpo.py, reward.py.")
    )
    other.close()


def test_a_method_of_ones_own(context: BrowserContext, labs: str, tmp_path: Path) -> None:
    page = opened(context, labs + "#method=pg")
    start(page)
    page.get_by_role("button", name="Write your own").click()
    until(page, "document.querySelector('rl-lab').settings.method === 'MINE'")
    assert page.get_by_role("radio", name="MINE").is_checked()
    assert page.locator("input[data-name=saturation]").count() == 1
    before = policy(page)
    for _ in range(5):
        page.get_by_role("button", name="Step", exact=True).click()
    assert policy(page)["mean"] != before["mean"]
    # it saturates: with a large τ it is PG
    ends = {}
    for method in ("MINE", "PG"):
        page.evaluate("(method) => document.querySelector('rl-lab').choose(method)", method)
        if method == "MINE":
            page.evaluate("document.querySelector('rl-lab').set('mine.saturation', 2)")
        ends[method] = until(page, "(view => view.end)(document.querySelector('rl-lab').view)")
    assert ends["MINE"]["mean"] == pytest.approx(ends["PG"]["mean"], abs=0.05)
    patch(page, tmp_path)
    command = [sys.executable, "-c", "import rlgeo; print(list(rlgeo.METHODS)[-1])"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "MINE\n"
    page.evaluate("document.querySelector('rl-lab').choose('MINE')")
    address = until(page, "location.hash.startsWith('#method=mine') && location.href")
    edit(page, "rlgeo/methods/clipped.py", "0.0, ratio * advantages)", "0.0, 2 * ratio * advantages)")
    run(page)
    page.evaluate("document.querySelector('rl-lab').workbench.open('rlgeo/methods/mine.py')")
    page.get_by_role("button", name="The book’s version").click()
    until(page, "!('MINE' in document.querySelector('rl-lab').runs)")
    # only it has gone, the reader is where they were, and it can be brought back
    changed = "Object.keys(document.querySelector('rl-lab').workbench.changed).join()"
    assert page.evaluate(changed) == "rlgeo/methods/clipped.py"
    until(page, "document.querySelector('rl-lab').settings.method === 'PG'")
    page.get_by_role("button", name="My version again").click()
    until(page, "'MINE' in document.querySelector('rl-lab').runs")
    page.get_by_role("button", name="All files as in the book").click()
    until(page, f"!('MINE' in document.querySelector('rl-lab').runs) && {changed} === ''")
    page.close()

    other = context.browser.new_context()
    page = opened(other, address)
    start(page)
    page.get_by_role("button", name="Run", exact=True).click()
    until(page, "document.querySelector('rl-lab').settings.method === 'MINE'")
    other.close()
