"""The sites to look at, and one visit per page that the tests share.

Every page of the sample book is looked at, and every page of the built ``_site`` where there is one.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import ROOT, SAMPLE, SAMPLE_PAGES, SITE, Served, Visit, hrefs, look, serve
from playwright.sync_api import Browser, BrowserContext


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample book, rendered."""
    book = tmp_path_factory.mktemp("sample") / "book"
    shutil.copytree(SAMPLE, book)
    subprocess.run([sys.executable, ROOT / "web" / "prebuild.py"], check=True)
    shutil.copytree(ROOT / "_extensions", book / "_extensions")
    command = [sys.executable, "-m", "press", "--quiet", "--root", str(book), "build"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return book / "_site"


@pytest.fixture(scope="session")
def served_sample(sample: Path) -> Iterator[Served]:
    yield from serve(sample)


@pytest.fixture(scope="session")
def served_book() -> Iterator[Served]:
    if not (SITE / "index.html").exists():
        pytest.skip("the book is not built: run `make site` first")
    yield from serve(SITE)


@pytest.fixture(scope="session")
def visits(browser: Browser) -> dict[tuple[str, str], Visit]:
    """Visits made so far."""
    return {}


@pytest.fixture
def visit(request: pytest.FixtureRequest, browser: Browser, visits: dict[tuple[str, str], Visit]) -> Visit:
    """The page that a test is parametrized with: ``(kind, href)``."""
    kind, href = request.param
    if (kind, href) not in visits:
        visits[kind, href] = look(browser, request.getfixturevalue(f"served_{kind}"), href)
    return visits[kind, href]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile at desktop width."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(8_000)
    yield context
    context.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per page for those that take a ``visit`` or a ``place``."""
    found = [("sample", href) for href in SAMPLE_PAGES] + [("book", href) for href in hrefs(SITE)]
    names = [f"{kind}:{href}" for kind, href in found]
    # One process looks at a page once, for all tests of it, and one builds the sample.
    marks = [pytest.mark.xdist_group("sample" if kind == "sample" else href) for kind, href in found]
    places = [pytest.param(place, marks=mark) for place, mark in zip(found, marks, strict=True)]
    if "visit" in metafunc.fixturenames:
        metafunc.parametrize("visit", places, ids=names, indirect=True)
    elif "place" in metafunc.fixturenames:
        metafunc.parametrize("place", places, ids=names)
