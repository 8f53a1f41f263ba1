"""Run the project's own commands before and after rendering, as Quarto does: here, the build of the web bundle."""

from __future__ import annotations

import shlex
import subprocess
import sys

from press.config import Book
from press.environment import environment
from press.errors import stop


def run_commands(book: Book, when: str) -> None:
    """Run each command of `project: pre-render:` or `post-render:` (``when``) in the book's folder.

    ``python`` means the Python that runs press, whatever is first on PATH.
    """
    commands = book.data["project"].get(when) or []
    for command in [commands] if isinstance(commands, str) else commands:
        place = ("_quarto.yml", book.lines.get(f"project.{when}", 0))
        try:
            words = shlex.split(str(command))
        except ValueError as error:
            raise stop(f"`{command}` is no command: {error}", *place) from None
        if not words:
            raise stop(f"`{when}` names an empty command", *place)
        if words[0].endswith(".py"):
            words.insert(0, sys.executable)
        elif words[0] in ("python", "python3"):
            words[0] = sys.executable
        env = environment(
            book.root, PRESS="1", QUARTO_PROJECT_RENDER_ALL="1", QUARTO_PROJECT_OUTPUT_DIR=str(book.output)
        )
        try:
            done = subprocess.run(words, cwd=book.root, env=env, capture_output=True, text=True, check=False)
            said, failed = (done.stdout + done.stderr).strip(), done.returncode != 0
        except OSError as error:
            said, failed = str(error), True
        if failed:
            raise stop(f"`{command}` failed:\n{said}", *place)
