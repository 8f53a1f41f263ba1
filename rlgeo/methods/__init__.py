"""One method, one file. A file added to this folder joins METHODS by itself."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

from rlgeo.methods.base import Method


def _discover() -> dict[str, type[Method]]:
    """Every concrete ``Method`` of this folder, in the book's order."""
    modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    found = {
        item
        for module in modules
        for item in vars(module).values()
        if inspect.isclass(item) and issubclass(item, Method) and not inspect.isabstract(item)
    }
    return {method.name: method for method in sorted(found, key=lambda m: (m.chapter, m.name))}


METHODS: dict[str, type[Method]] = _discover()
"""Name → class, in the book's order."""

__all__ = ["METHODS", "Method"]
