"""Show how far the build is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars


class Progress:
    """Chapters done, and the cells of those that are running."""

    def __init__(self, chapters: int, quiet: bool = False) -> None:
        console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.live = console.is_terminal
        self.bars = Bars(*columns, console=console, transient=True, disable=quiet or not self.live)
        self.total = self.bars.add_task("chapters", total=chapters)
        self.tasks: dict[str, TaskID] = {}
        self.chapters, self.finished, self.lock = chapters, 0, threading.Lock()

    def __enter__(self) -> Progress:
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def start(self, name: str, cells: int) -> None:
        """A chapter begins."""
        self.tasks[name] = self.bars.add_task(name, total=max(cells, 1))

    def tick(self, name: str) -> None:
        """One of its cells has run."""
        self.bars.advance(self.tasks[name])

    def done(self, name: str) -> None:
        """The chapter is finished."""
        self.bars.remove_task(self.tasks.pop(name))
        self.bars.advance(self.total)
        with self.lock:
            self.finished = self.finished % self.chapters + 1  # print begins again
            if not self.live:
                self.say(f"{name} ({self.finished} of {self.chapters})")

    def say(self, message: str) -> None:
        """One line for the reader."""
        self.bars.console.print(message, markup=False)
