"""A page that may run Python, opened from a server and from a file; skipped where the machine was not made."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from serving import serving

from tests.conftest import missing

ROOT = Path(__file__).parents[2]
DIST = ROOT / "_extensions" / "rlgeo" / "dist"
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy"
content="default-src 'none'; script-src 'self' 'wasm-unsafe-eval' file: blob:; worker-src 'self' blob: file:;
connect-src 'self'; style-src 'self' 'unsafe-inline' file:;
img-src 'self' data: blob:; font-src 'self' data: file:"><title>Python</title>
{head}</head><body class="rl-body">{body}</body></html>"""
ALONE = PAGE.format(head='<script src="dist/edit.js"></script>', body="")
SCRIPTS = "".join(f'<script src="dist/{name}.js" defer></script>' for name in ("rlgeo", "lab", "python"))
WITH_LAB = PAGE.format(
    head=f'<link rel="stylesheet" href="dist/rlgeo.css">{SCRIPTS}', body="<rl-lab><p>still</p></rl-lab>"
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with the bundle beside it."""
    subprocess.run([sys.executable, ROOT / "web" / "prebuild.py"], check=True, capture_output=True)
    if not (DIST / "python" / "sizes.json").exists():
        missing("the optional group page-python is not installed")
    made = tmp_path_factory.mktemp("python")
    shutil.copytree(DIST, made / "dist")
    (made / "index.html").write_text(ALONE, encoding="utf-8")
    (made / "lab.html").write_text(WITH_LAB, encoding="utf-8")
    return made


@pytest.fixture(scope="session")
def served(folder: Path) -> Iterator[str]:
    with serving(folder) as address:
        yield f"{address}index.html"


@pytest.fixture(scope="session")
def labs(served: str) -> str:
    """The address of a page with the full lab."""
    return served.replace("index.html", "lab.html")


@pytest.fixture(scope="module")
def page(request: pytest.FixtureRequest, browser: Browser, folder: Path) -> Iterator[Page]:
    """A page whose Python has started, from a server, or where a test says so from a file."""
    held = browser.new_context()
    page = held.new_page()
    page.set_default_timeout(60_000)
    page.asked = []  # type: ignore[attr-defined]
    held.on("request", lambda request: page.asked.append(request.url))  # type: ignore[attr-defined]
    from_file = getattr(request, "param", "server") == "file"
    page.goto((folder / "index.html").as_uri() if from_file else request.getfixturevalue("served"))
    page.evaluate("""async () => {
      const begun = performance.now();
      globalThis.come = [];
      globalThis.python = await new rlgeoPython.Session("dist/python/", (bytes, of) => come.push([bytes, of])).start();
      globalThis.took = performance.now() - begun;
    }""")
    yield page
    held.close()
