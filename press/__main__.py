"""The commands of press: ``python -m press [build|pdf|notebooks|check-notebooks|serve|check|clean]``."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from press.build import build, write_notebooks
from press.check import check
from press.config import load
from press.drafts import read_all
from press.errors import BuildError
from press.notebooks import check_notebooks
from press.own import clean
from press.serve import serve


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m press", description="Render the book without the Quarto CLI.")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="folder of _quarto.yml (default: this one)")
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")
    commands = parser.add_subparsers(dest="command", metavar="command")
    site = commands.add_parser("build", help="the website (default)")
    site.add_argument("--pdf", action="store_true", help="the PDF too, linked from the pages")
    commands.add_parser("pdf", help="the PDF and the website that links to it")
    commands.add_parser("notebooks", help="an executed notebook for each chapter")
    commands.add_parser("check-notebooks", help="whether the notebooks are those of the chapters as they stand")
    live = commands.add_parser("serve", help="rebuild what changed and reload the page")
    live.add_argument("--port", type=int, default=8000)
    judge = commands.add_parser("check", help="whether a site, of press or of Quarto, is sound")
    judge.add_argument("site", type=Path)
    commands.add_parser("clean", help="remove the site and the caches")
    return parser


def main(words: list[str] | None = None) -> int:
    """Run one command; 0 if all went well, 1 if the book has faults."""
    given = arguments().parse_args(words)
    root = given.root.resolve()
    try:
        if given.command == "clean":
            clean(load(root))
        elif given.command == "check":
            if faults := check(given.site, root):
                raise BuildError(faults)
        elif given.command == "serve":
            serve(root, given.port)
        elif given.command == "notebooks":
            write_notebooks(root, given.quiet)
        elif given.command == "check-notebooks":
            book = load(root)
            check_notebooks(book, read_all(book))
        else:
            build(root, quiet=given.quiet, pdf=given.command == "pdf" or getattr(given, "pdf", False))
    except BuildError as error:
        for fault in error.faults:
            print(f"error: {fault}", file=sys.stderr)
        count = len(error.faults)
        print(f"press: stopped, {count} fault{'s' if count > 1 else ''}.", file=sys.stderr)
        return 1
    except OSError as error:
        first = error.args[0][0][2] if isinstance(error, shutil.Error) else error
        print(f"error: {first}\npress: stopped; is the disk full, or a folder not to be written in?", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("press: interrupted.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
