"""Whoever gives something else for a problem, such as a preset's name, is told so by whatever takes one."""

import functools
import inspect
import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any

from rlgeo.arguments import check
from rlgeo.toy.problem import Problem


def is_problem(problem: Any) -> None:
    """Raise a ``ValueError`` that says what was given and what is wanted, unless it is one."""
    check.instance("problem", problem, Problem, 'a Problem, for example Problem("double")')


def guard(*packages: str) -> None:
    """Make the public functions and methods of these packages look at their argument ``problem`` before they run."""
    for package in packages:
        for info in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
            module = import_module(info.name)
            classes = [item for item in vars(module).values() if inspect.isclass(item) and item.__module__ == info.name]
            for owner in (module, *classes):
                _guard(owner, info.name)


def _guard(owner: Any, home: str) -> None:
    guarded: dict[Any, Any] = {}
    for name, item in vars(owner).items():
        if inspect.isfunction(item) and item.__module__ == home and not name.startswith("_"):
            code = inspect.unwrap(item).__code__
            names = code.co_varnames[: code.co_argcount]
            if "problem" in names:
                guarded[item] = _guarded(item, names.index("problem"))
    for name, item in list(vars(owner).items()):
        if isinstance(item, dict):  # a table of functions
            item.update({key: guarded[entry] for key, entry in item.items() if callable(entry) and entry in guarded})
        elif callable(item) and item in guarded:
            setattr(owner, name, guarded[item])


def _guarded(function: Callable[..., Any], position: int) -> Callable[..., Any]:
    @functools.wraps(function)
    def guarded(*given: Any, **named: Any) -> Any:
        if position < len(given):
            is_problem(given[position])
        elif "problem" in named:
            is_problem(named["problem"])
        return function(*given, **named)

    return guarded
