"""What can be wrong with a book, said with the place where it is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong with the book: a file (relative to the book), a line (0 where none applies), a cause."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}" if place else self.message


class BuildError(Exception):
    """The build stops; every fault found so far is reported together."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(set(faults))
        super().__init__("\n".join(map(str, self.faults)))


def stop(message: str, file: str = "", line: int = 0) -> BuildError:
    """A `BuildError` of a single fault."""
    return BuildError([Fault(file, line, message)])
