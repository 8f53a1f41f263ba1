"""Do the same to several chapters at once, and report everything that is wrong with any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from press.errors import BuildError, Fault
from press.kernels import halt

WORKERS = 2

Item = TypeVar("Item")
Made = TypeVar("Made")


def together(function: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
    """Map in parallel; when some fail, let the others finish and report all faults at once."""
    faults: list[Fault] = []
    made: list[Made] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            for future in [pool.submit(function, item) for item in items]:
                try:
                    made.append(future.result())
                except BuildError as error:
                    faults.extend(error.faults)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            halt()
            raise
    if faults:
        raise BuildError(faults)
    return made
