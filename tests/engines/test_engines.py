"""A smoke test of every page and of the lab in the two other engines: `make browsers`."""

from __future__ import annotations

import http.server
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "site"))
sys.path.insert(0, str(Path(__file__).parents[1] / "python"))
from agreeing import MADE, RUN_ALL, chapters, differences
from browsing import SITE, Quiet, hrefs
from drivers import started

PAGES = [href for href in hrefs(SITE) if href != "404.html"]
LOOKING = (Path(__file__).parent / "looking.js").read_text(encoding="utf-8")
WATCH = """
window.noise = [];
addEventListener("error", (event) => noise.push(`error: ${event.message ?? event.target}`));
addEventListener("unhandledrejection", (event) => noise.push(`rejection: ${event.reason}`));
addEventListener("securitypolicyviolation", (event) => noise.push(`refused: ${event.blockedURI}`));
for (const name of ["error", "warn"]) {
  const say = console[name];
  console[name] = (...words) => (noise.push(`${name}: ${words.join(" ")}`), say.apply(console, words));
}
"""
"""No driver tells what is in the console, so the page keeps it."""


class Watched(Quiet):
    """A server that puts the watch before everything else of a page."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path.partition("?")[0]))
        if self.path == "/watch.js":
            self.answer(WATCH.encode(), "text/javascript")
        elif path.suffix == ".html" and path.is_file():
            head = b'<head>\n<meta charset="utf-8">\n<script src="/watch.js"></script>'
            self.answer(path.read_bytes().replace(b"<head>", head, 1), "text/html; charset=utf-8")
        else:
            super().do_GET()

    def answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    if not PAGES:
        pytest.skip("the book is not built: run `make site` first")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Watched, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session", params=["firefox", "webkit"])
def driver(request: pytest.FixtureRequest) -> Iterator[Any]:
    with started(request.param) as browser:
        yield browser


def until(driver: Any, condition: str, seconds: float = 20) -> None:
    """Wait for an expression in the page to become true."""
    end = time.monotonic() + seconds
    while not driver.execute_script(f"return Boolean({condition})"):
        assert time.monotonic() < end, f"never came true: {condition}"
        time.sleep(0.1)


def look(driver: Any) -> dict[str, list[str]]:
    """What is wrong with the page as it stands."""
    found = driver.execute_script(
        f"{LOOKING}; return Object.fromEntries(Object.entries(looking).map(([name, f]) => [name, f()]))"
    )
    return {name: faults for name, faults in found.items() if faults}


def draw(driver: Any) -> None:
    """Bring every figure into view."""
    count = driver.execute_script("return document.querySelectorAll('rl-figure').length")
    for i in range(count):
        figure = f"document.querySelectorAll('rl-figure')[{i}]"
        if driver.execute_script(f"return Boolean({figure} && !{figure}.closest('rl-lab'))"):
            driver.execute_script(f"{figure}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
            until(driver, f"'ready' in {figure}.dataset")


@pytest.mark.parametrize("href", PAGES)
def test_every_page(driver: Any, address: str, href: str) -> None:
    driver.set_window_size(1280, 900)
    driver.get(address + href)
    until(driver, "document.readyState === 'complete'")
    driver.execute_script("document.querySelectorAll('main details').forEach((fold) => (fold.open = true))")
    draw(driver)
    assert look(driver) == {}
    play(driver)
    narrow(driver)
    assert look(driver) == {}


def narrow(driver: Any) -> None:
    """Make the window as narrow as a phone, and wait until the page has heard of it and is laid out."""
    driver.execute_script(
        "addEventListener('resize', () => requestAnimationFrame(() => setTimeout(() => (window.heard = true))))"
    )
    driver.set_window_size(390, 844)  # Firefox and WebKit stop at 450
    until(driver, "window.heard")
    time.sleep(0.5)


def play(driver: Any) -> None:
    """The first figure with a Play button changes what it draws."""
    figure = "[...document.querySelectorAll('rl-figure[data-ready]')].find((node) => node.querySelector('.rl-play'))"
    if not driver.execute_script(f"return Boolean({figure})"):
        return
    driver.execute_script(
        f"""window.shown = {figure};
        shown.scrollIntoView({{block: 'center', behavior: 'instant'}});
        window.drawn = () => [...shown.querySelectorAll('.main-svg')].map((part) => part.innerHTML).join();
        window.before = drawn();
        shown.querySelector('.rl-play').click();"""
    )
    until(driver, "drawn() !== before")
    driver.execute_script("shown.querySelector('.rl-play[data-playing=true]')?.click()")


@pytest.mark.parametrize("href", [h for h in PAGES if "<rl-lab" in (SITE / h).read_text(encoding="utf-8")])
def test_every_lab_plays(driver: Any, address: str, href: str) -> None:
    driver.set_window_size(1280, 900)
    driver.get(address + href)
    until(driver, "document.querySelector('rl-lab[data-ready]')")
    driver.execute_script(
        "window.lab = document.querySelector('rl-lab'); lab.scrollIntoView({block: 'start', behavior: 'instant'})"
    )
    if driver.execute_script("return lab.comparing"):
        driver.execute_script("lab.comparison.go.click()")
        until(driver, "lab.comparison.results.size > 0", 40)
    else:
        driver.execute_script("lab.act('play')")
        until(driver, "lab.run.step > 5")
    assert driver.execute_script("return noise") == []


def test_the_race_runs(driver: Any, address: str) -> None:
    driver.set_window_size(1280, 900)
    driver.get(address + "index.html")
    until(driver, "document.querySelector('rl-race[data-ready]')?.still", 90)
    ends = driver.execute_script("return document.querySelector('rl-race').runners.map(({policy}) => policy.mean)")
    assert len({round(end, 2) for end in ends}) == 6
    driver.execute_script("document.querySelector('rl-race input[value=trap]').click()")
    until(driver, "document.querySelector('rl-race').still", 90)
    assert driver.execute_script("return noise") == []


def settled(driver: Any, script: str, seconds: float) -> Any:
    """What an asynchronous function in the page answers; asked for again and again, as a driver waits two minutes."""
    driver.execute_script(
        f"window.answer = null; ({script})().catch(String).then((value) => (window.answer = [value]))"
    )
    until(driver, "window.answer", seconds)
    return driver.execute_script("return window.answer[0]")


LATER = "error: ResizeObserver loop completed with undelivered notifications."
"""What Firefox says where the delivery of sizes goes on in the next frame."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", chapters())
def test_every_visible_cell_prints_what_the_page_shows(driver: Any, address: str, name: str) -> None:
    if not MADE.exists():
        pytest.skip("the built site has no Python")
    driver.set_window_size(1280, 900)
    driver.get(f"{address}chapters/{name}.html")
    until(driver, "document.readyState === 'complete'")
    ran = settled(driver, RUN_ALL, 600)
    assert isinstance(ran, list), ran
    assert differences(name, ran) == []
    assert [said for said in driver.execute_script("return noise") if said != LATER] == []


EDIT = """async () => {
  const lab = document.querySelector("rl-lab");
  const wait = async (ready) => { while (!ready()) await new Promise((go) => setTimeout(go, 20)); };
  [...document.querySelectorAll("button")].find((button) => button.textContent === "Edit the Python").click();
  await wait(() => lab.workbench);
  const { view } = lab.workbench;
  lab.workbench.open("rlgeo/methods/clipped.py");
  const [old, put] = ["0.0, ratio * advantages)", "0.0, 2 * ratio * advantages)"];
  const from = view.state.doc.toString().lastIndexOf(old);
  view.dispatch({ changes: { from, to: from + old.length, insert: put } });
  view.focus();
}"""


def test_a_method_is_edited_and_played(driver: Any, address: str) -> None:
    """By the keys that a reader presses."""
    if not MADE.exists():
        pytest.skip("the built site has no Python")
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    driver.set_window_size(1280, 900)
    driver.get(f"{address}lab.html#method=ppo&ppo.steps=5")
    until(driver, "document.querySelector('rl-lab[data-ready]')")
    place = "return document.querySelector('rl-lab').run.state.policy.mean"
    before = driver.execute_script(place)
    settled(driver, EDIT, 60)
    ActionChains(driver).key_down(Keys.CONTROL).send_keys(Keys.ENTER).key_up(Keys.CONTROL).perform()
    until(driver, "document.querySelector('.rl-edit-said').textContent.startsWith('The lab plays your version')", 60)
    assert driver.execute_script(place) != before
    warned = driver.execute_script("return document.querySelector('.rl-edit-warned').textContent")
    assert warned.startswith("gradient is not the derivative of surrogate any more. PPO:")
    assert driver.execute_script("return noise") == []


def test_tab_stops_are_things_that_do_something(driver: Any, address: str) -> None:
    """A box that scrolls is a stop of its own in Firefox, where it is not told otherwise."""
    driver.set_window_size(1280, 900)
    driver.get(address + PAGES[1])
    until(driver, "document.readyState === 'complete'")
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    seen = []
    for _ in range(45):
        ActionChains(driver).send_keys(Keys.TAB).perform()
        seen.append(
            driver.execute_script(
                """const node = document.activeElement;
                const does = node.matches('a, button, input, select, textarea, summary, [tabindex="0"]');
                return [does, node.outerHTML.slice(0, 80)]"""
            )
        )
    assert [html for does, html in seen if not does and not html.startswith("<body")] == []
