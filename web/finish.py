"""What Quarto runs after it has rendered the whole book: the search index gets words for its formulas, pages work
from files, too, and the judge of the site looks at them, so that a wrong page fails there as well.

A build of press has judged its pages before they take the place of the old ones, and says so with ``PRESS``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import prebuild

ROOT = Path(__file__).resolve().parent.parent


def press(*words: str) -> int:
    """Run a module of press in the book's folder."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run([sys.executable, "-m", *words], cwd=ROOT, env=environment, check=False).returncode


def plain_scripts(site: Path) -> None:
    """Make Quarto's module, with what it imports, a plain script: from a file, a browser loads no modules."""
    script, esbuild = site / "site_libs/quarto-html/quarto.js", prebuild.WEB / "node_modules/esbuild/bin/esbuild"
    bundle = [str(script), "--bundle", "--format=iife", "--allow-overwrite", f"--outfile={script}", "--log-level=error"]
    subprocess.run([str(prebuild.find_node()[0]), str(esbuild), *bundle], check=True)
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        text = re.sub(r'(<script src="[^"]*/quarto-html/quarto\.js") type="module">', r"\1 defer>", text)
        text = re.sub(r'<script src="[^"]*/quarto-html/tabsets/tabsets\.js" type="module"></script>\n?', "", text)
        page.write_text(text, encoding="utf-8", newline="\n")


def main() -> int:
    """Finish and judge the site where all of it has just been rendered."""
    if os.environ.get("PRESS") or not os.environ.get("QUARTO_PROJECT_RENDER_ALL"):
        return 0
    site = str(ROOT / os.environ.get("QUARTO_PROJECT_OUTPUT_DIR", "_site"))
    plain_scripts(Path(site))
    return press("press.search", site) or press("press", "--root", str(ROOT), "check", site)


if __name__ == "__main__":
    sys.exit(main())
