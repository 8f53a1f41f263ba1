"""What a reader has of a figure: all of it on one screen, its numbers, and words that are true for its state."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from browsing import SITE, Served, hrefs
from pictures import figures, name, settle
from playwright.sync_api import Browser, ElementHandle, Page

PAGES = [href for href in hrefs(SITE) if "<rl-figure" in (SITE / href).read_text(encoding="utf-8")]
SCREENS = {(1280, 800): 700, (390, 844): 620}
"""The most that a figure with its controls is high on a small laptop and on a phone."""


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, browser: Browser, served_book: Served) -> Iterator[Page]:
    """A chapter on a small laptop."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(served_book.address + request.param)
    yield page
    context.close()


def test_a_figure_with_its_controls_fits_a_screen(page: Page) -> None:
    wrong = []
    for (width, height), most in SCREENS.items():
        page.set_viewport_size({"width": width, "height": height})
        for figure in figures(page):
            figure.evaluate("node => node.scrollIntoView({block: 'center', behavior: 'instant'})")
            settle(page, figure)
            whole, controls, room, drawn = figure.evaluate(
                """node => [node, ...[".rl-controls", ".rl-plot", ".main-svg"].map((part) => node.querySelector(part))]
                  .map((part) => part.getBoundingClientRect())"""
            )
            if whole["height"] > most:
                wrong.append(f"{name(figure)} is {whole['height']:g} high, at {width} wide")
            if controls["bottom"] > room["top"] + 1:
                wrong.append(f"{name(figure)}: controls do not stand above what they move")
            if abs(drawn["height"] - room["height"]) > 2:
                wrong.append(f"{name(figure)}: the picture is {drawn['height']:g} high in a room of {room['height']:g}")
    assert not wrong, "\n".join(wrong)


def label(figure: ElementHandle) -> str:
    """What a screen reader says of the picture."""
    return str(figure.eval_on_selector(".rl-plot", "plot => plot.getAttribute('aria-label')"))


SHOWN = """(node) => {
  const plain = (html) => new DOMParser().parseFromString(html, "text/html").body.textContent;
  const four = (value) => String(Number(value.toPrecision(4))).replace("-", "−");
  const marks = [...node.querySelector(".js-plotly-plot").data].filter(({ visible, mode, type, name, x }) =>
    name && visible !== false && visible !== "legendonly" && mode !== "text" && type === "scatter" && x.length < 4);
  return marks.flatMap(({ name, x, y }) => [...x.keys()].filter((i) => x[i] != null && y[i] != null)
    .map((i) => [plain(name), `${four(x[i])}, ${four(y[i])}`]));
}"""
"""The points of every short trace that Plotly has drawn, with four digits."""


def test_words_and_numbers_are_those_of_the_state(page: Page) -> None:
    wrong = []
    for figure in figures(page):
        first, alt = label(figure), figure.evaluate("node => node.source.layout.meta.alt")
        controls = figure.evaluate("node => node.source.layout.meta.controls ?? []")
        assert first == alt, name(figure)
        figure.evaluate("node => node.numbers.open(true)")
        for i, control in enumerate(controls):
            for value in {0, len(control["values"]) - 1} - {control["active"]}:
                figure.evaluate("(node, [i, value]) => node.controls.set(i, value)", [i, value])
                settle(page, figure)
                said, now = label(figure), figure.evaluate("node => node.controls.words()")
                table = figure.eval_on_selector(".rl-numbers", "table => table.innerText")
                if f"Now {now}: " not in said or f"Now: {now}" not in table:
                    wrong.append(f"{name(figure)}: at {now} it says {said[len(first) :][:80]}")
                for trace, pair in figure.evaluate(SHOWN):
                    if pair not in said or pair not in table:
                        wrong.append(f"{name(figure)}: at {now}, {trace} is at {pair}")
            figure.evaluate("(node, [i, value]) => node.controls.set(i, value)", [i, control["active"]])
        settle(page, figure)
        if label(figure) != first:
            wrong.append(f"{name(figure)}: back in its first state it says {label(figure)[-80:]}")
        figure.evaluate("node => node.numbers.open(false)")
    assert not wrong, "\n".join(wrong)


def test_numbers_are_of_what_has_numbers_and_name_labeled_marks(page: Page) -> None:
    for figure in figures(page):
        saved = figure.evaluate(
            """node => new Promise((done) => {
              const real = URL.createObjectURL;
              URL.createObjectURL = (blob) => (blob.text().then(done), (URL.createObjectURL = real), real(blob));
              node.numbers.save();
            })"""
        )
        traces = figure.evaluate(
            """node => node.current().data.filter(({ name, visible }) => name && visible !== false)
              .map(({ name, mode, text }) => ({ mode, text,
                name: new DOMParser().parseFromString(name, "text/html").body.textContent }))"""
        )
        rows = list(csv.DictReader(io.StringIO(saved)))
        listed = {row["trace"] for row in rows}
        for trace in traces:
            if trace["mode"] == "text":
                assert trace["name"] not in listed, name(figure)
            elif trace["mode"] == "markers+text" and trace["text"]:
                labels = [row["label"] for row in rows if row["trace"] == trace["name"]]
                assert any(labels) == any(trace["text"]), f"{name(figure)}: {trace['name']}"
