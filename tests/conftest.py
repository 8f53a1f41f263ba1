"""What several folders of tests share."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell in the background ignores Ctrl-C, and so would the programs that tests start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)


# The first is the engine without windows to open, which many small pages would wait for.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def missing(what: str) -> None:
    """Skip, except where the browser is required."""
    if os.environ.get("CI") or os.environ.get("RLGEO_REQUIRE_BROWSER"):
        pytest.fail(f"{what}, and CI or RLGEO_REQUIRE_BROWSER requires it")
    pytest.skip(what)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One driver per process: a second one would find the event loop of the first already running."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium or Chrome."""
    found = [os.environ.get("BROWSER_PATH"), *map(shutil.which, BROWSERS)]
    path = next((path for path in found if path and Path(path).exists()), None)
    if path is None:
        missing("no Chromium found: install one or set BROWSER_PATH")
    assert path is not None
    return path


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """One running Chromium per process."""
    browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
    yield browser
    browser.close()
