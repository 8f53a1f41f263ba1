"""Where Python cannot be had, a sentence says why, and the page is as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    held = browser.new_context()
    held.set_default_timeout(20_000)
    yield held
    held.close()


def refusal(page: Page) -> str:
    """What is said after the click; the button can be pressed again, and there is no editor."""
    button = page.get_by_role("button", name="Edit the Python")
    button.click()
    said = page.locator(".rl-python-note [role=status]:not(:text-matches('^(Fetching|Starting)'))")
    said.wait_for()
    assert button.is_enabled()
    assert page.locator(".rl-edit").count() == 0
    return said.inner_text()


def test_the_size_is_said_before_the_click(context: BrowserContext, labs: str) -> None:
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(labs)
    assert re.search(r"fetches 2\d\.\d MB, once", page.locator(".rl-python-note").inner_text())
    page.wait_for_timeout(500)
    assert [url for url in asked if "/python/" in url or "edit." in url] == []


def test_a_browser_without_exceptions(context: BrowserContext, labs: str) -> None:
    context.add_init_script("WebAssembly.validate = () => false")
    page = context.new_page()
    page.goto(labs)
    assert "newer browser" in refusal(page)


def test_no_network(context: BrowserContext, labs: str) -> None:
    page = context.new_page()
    page.goto(labs)
    context.set_offline(True)
    assert "There is no network" in refusal(page)
    context.set_offline(False)
    page.get_by_role("button", name="Edit the Python").click()
    page.locator(".rl-edit").wait_for()


def test_too_little_memory(context: BrowserContext, labs: str) -> None:
    page = context.new_page()
    page.goto(labs)
    # the worker's script, with a browser that refuses
    page.evaluate(
        """() => {
          const why = "new RangeError('could not allocate memory')";
          const failing = `WebAssembly.instantiate = () => Promise.reject(${why});`;
          const Usual = Blob;
          globalThis.Blob = class extends Usual {
            constructor(parts, options) {
              super(options?.type === "text/javascript" ? [failing, ...parts] : parts, options);
            }
          };
        }"""
    )
    assert "not enough memory" in refusal(page)
