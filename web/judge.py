"""What Quarto runs after it has rendered the whole book: the judge of the site, so that a wrong page fails there too.

A build of press has judged its pages before they take the place of the old ones, and says so with ``PRESS``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Judge the site where all of it has just been rendered."""
    if os.environ.get("PRESS") or not os.environ.get("QUARTO_PROJECT_RENDER_ALL"):
        return 0
    site = ROOT / os.environ.get("QUARTO_PROJECT_OUTPUT_DIR", "_site")
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "press", "--root", str(ROOT), "check", str(site)]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
