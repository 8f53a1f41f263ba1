"""What several folders of tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright, sync_playwright


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One driver per process: a second one would find the event loop of the first already running."""
    with sync_playwright() as driver:
        yield driver
