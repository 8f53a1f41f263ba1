"""What Quarto runs after it has rendered the whole book: the search index gets words for its formulas, and the judge of
the site looks at it, so that a wrong page fails there too.

A build of press has judged its pages before they take the place of the old ones, and says so with ``PRESS``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def press(*words: str) -> int:
    """Run a module of press in the book's folder."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run([sys.executable, "-m", *words], cwd=ROOT, env=environment, check=False).returncode


def main() -> int:
    """Finish and judge the site where all of it has just been rendered."""
    if os.environ.get("PRESS") or not os.environ.get("QUARTO_PROJECT_RENDER_ALL"):
        return 0
    site = str(ROOT / os.environ.get("QUARTO_PROJECT_OUTPUT_DIR", "_site"))
    return press("press.search", site) or press("press", "--root", str(ROOT), "check", site)


if __name__ == "__main__":
    sys.exit(main())
