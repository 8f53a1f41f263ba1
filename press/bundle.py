"""Run the project's pre-render commands, as Quarto does before it renders: here, the build of the web bundle."""

from __future__ import annotations

import shlex
import subprocess
import sys

from press.config import Book
from press.environment import environment
from press.errors import stop


def pre_render(book: Book) -> None:
    """Run each command of `project: pre-render:` in the book's folder.

    ``python`` means the Python that runs press, whatever is first on PATH.
    """
    commands = book.data["project"].get("pre-render") or []
    for command in [commands] if isinstance(commands, str) else commands:
        words = shlex.split(command)
        if words[0].endswith(".py"):
            words.insert(0, sys.executable)
        elif words[0] in ("python", "python3"):
            words[0] = sys.executable
        env = environment(book.root, QUARTO_PROJECT_RENDER_ALL="1")
        done = subprocess.run(words, cwd=book.root, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            line = book.lines.get("project.pre-render", 0)
            raise stop(f"`{command}` failed:\n{(done.stdout + done.stderr).strip()}", "_quarto.yml", line)
