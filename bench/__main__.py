"""``make bench``: every number that the documentation claims, measured; name benchmarks to run only those.

Each module of this folder that defines ``measure() -> list[bench.row.Row]`` is one benchmark.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table


def main(wanted: list[str]) -> None:
    names = [m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)])]
    modules = {name: importlib.import_module(f"bench.{name}") for name in names if name != "__main__"}
    benchmarks = {name: module.measure for name, module in modules.items() if hasattr(module, "measure")}
    unknown = [name for name in wanted if name not in benchmarks]
    if unknown:
        sys.exit(f"no benchmark is called {unknown[0]!r}; there are: {', '.join(benchmarks)}")
    for name in wanted or benchmarks:
        table = Table("what", "measured", "budget", "", title=name, title_justify="left")
        for row in benchmarks[name]():
            table.add_row(*row.cells())
        Console(width=110).print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
