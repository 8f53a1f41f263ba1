"""Show how far the build is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars


class Progress:
    """Chapters done, and the cells of those that are running."""

    def __init__(self, chapters: int, quiet: bool = False) -> None:
        self.quiet, self.chapters, self.finished = quiet, chapters, 0
        self.lock = threading.Lock()
        self.console = Console(stderr=True, highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.bars = Bars(*columns, console=self.console, transient=True)
        self.total = self.bars.add_task("chapters", total=chapters)
        self.tasks: dict[str, object] = {}
        self.live = not quiet and self.console.is_terminal

    def __enter__(self) -> Progress:
        if self.live:
            self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live:
            self.bars.stop()

    def start(self, name: str, cells: int) -> None:
        """A chapter begins."""
        with self.lock:
            self.tasks[name] = self.bars.add_task(name, total=max(cells, 1))

    def tick(self, name: str) -> None:
        """One of its cells has run."""
        self.bars.advance(self.tasks[name], 1)  # type: ignore[arg-type]

    def done(self, name: str) -> None:
        """The chapter is finished."""
        with self.lock:
            self.bars.remove_task(self.tasks.pop(name))  # type: ignore[arg-type]
            self.bars.advance(self.total)
            self.finished = self.finished % self.chapters + 1  # print begins again
            if not self.live:
                self.say(f"{name} ({self.finished} of {self.chapters})")

    def say(self, message: str) -> None:
        """One line for the reader."""
        if self.quiet:
            return
        if self.live:
            self.console.print(message)
        else:
            print(message, file=sys.stderr, flush=True)
