"""What Quarto runs after it has rendered: shared links show the chapter, the search index gets words for its formulas,
pages work from files, too, and the judge of the site looks at them, so that a wrong page fails there as well.

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
BOOK = re.compile(r'<meta property="og:site_name" content="([^"]*)">')
OWN = re.compile(r'<meta name="description" content="([^"]*)">')


def press(*words: str) -> int:
    """Run a module of press in the book's folder."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run([sys.executable, "-m", *words], cwd=ROOT, env=environment, check=False).returncode


def shared(page: str) -> str:
    """A page whose links, where they are shared, show its own title and description: Quarto adds the chapter's number
    and the book's title to the one, and takes the book's for the other."""
    book, own = BOOK.search(page), OWN.search(page)
    if book:
        title = rf'((?:og|twitter):title" content=")(?:\w+&nbsp; |\w+ \w+ — )?(.*?)(?: – {re.escape(book[1])})?">'
        page = re.sub(title, r'\1\2">', page)
    if own:
        page = re.sub(r'((?:og|twitter):description" content=")[^"]*', lambda found: found[1] + own[1], page)
    return page


def from_file(page: str) -> str:
    """A page that a browser can open from a file, where it loads no modules and shows a folder as a list."""
    page = re.sub(r'(<script src="[^"]*/quarto-html/quarto\.js") type="module">', r"\1 defer>", page)
    page = re.sub(r'<script src="[^"]*/quarto-html/tabsets/tabsets\.js" type="module"></script>\n?', "", page)
    return re.sub(r'<a href="(\.\.?/)">', r'<a href="\1index.html">', page)


def plain_script(site: Path) -> None:
    """Make Quarto's module, with what it imports, a plain script."""
    script, esbuild = site / "site_libs/quarto-html/quarto.js", prebuild.WEB / "node_modules/esbuild/bin/esbuild"
    if not script.is_file():  # a PDF alone has none
        return
    bundle = [str(script), "--bundle", "--format=iife", "--allow-overwrite", f"--outfile={script}", "--log-level=error"]
    subprocess.run([str(prebuild.find_node()[0]), str(esbuild), *bundle], check=True)


def main() -> int:
    """Finish the site; judge it where all of it has just been rendered."""
    if os.environ.get("PRESS"):
        return 0
    site = ROOT / os.environ.get("QUARTO_PROJECT_OUTPUT_DIR", "_site")
    plain_script(site)
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(from_file(shared(text)), encoding="utf-8", newline="\n")
    failed = press("press.search", str(site))
    if failed or not os.environ.get("QUARTO_PROJECT_RENDER_ALL"):
        return failed
    return press("press", "--root", str(ROOT), "check", str(site))


if __name__ == "__main__":
    sys.exit(main())
