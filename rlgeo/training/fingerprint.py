"""A digest of everything that a result depends on: values, and the code that would compute it.

The code is what runs, not what a file says now: bytecode, constants, defaults, closures and every global that it
names, followed down to installed packages, whose versions stand for them. So a method that was edited, patched or
written in a notebook is told from its namesake. What code looks up by a computed name is not seen.
"""

from __future__ import annotations

import copyreg
import dis
import hashlib
import pickle
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import _lru_cache_wrapper, cached_property
from importlib import import_module
from importlib.util import resolve_name
from types import CodeType, FunctionType, MemberDescriptorType, ModuleType
from typing import Any

import numpy as np

ATOMS = (type(None), type(...), bool, int, float, complex, str, bytes)
CODE = ("code", "exceptiontable", "flags", "names", "varnames", "argcount", "posonlyargcount", "kwonlyargcount")
"""The parts of a code object that say what it does; the others say where it stands, or are read apart."""


def fingerprint(*things: Any) -> str:
    """The digest of ``things``.

    Raises
    ------
    ValueError
        For something that means nothing outside of this process, such as an open file.
    """
    found: dict[int, Any] = {}
    try:
        parts, read = [*_value(things, found)], 0
        while read < len(found):
            for thing in [*found.values()][read:]:
                parts += _class(thing, found) if isinstance(thing, type) else _function(thing, found)
                read += 1
    except RecursionError:
        raise ValueError(f"{things!r:.200} cannot be told from its namesakes: it contains itself") from None
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _value(value: Any, found: dict[int, Any], names: Sequence[str] = ()) -> Iterator[str]:
    """A value by its content; ``names`` are all that the code around it mentions.

    Functions and classes, which name each other in circles, are read later; the order in which they were found stands
    for them.
    """
    kind = type(value)
    if kind in ATOMS:
        yield repr(value)
    elif kind in (tuple, list):
        yield f"{kind.__name__} of {len(value)}"
        for item in value:
            yield from _value(item, found, names)
    elif isinstance(value, (type, FunctionType)):
        found.setdefault(id(value), value)
        yield f"definition {[*found].index(id(value))}"
    else:
        yield from _value([kind, *_content(value, kind, names)], found, names)


def _content(value: Any, kind: type, names: Sequence[str]) -> Iterable[Any]:
    if kind is dict:
        return list(value.items())
    if kind in (set, frozenset):
        return sorted(map(fingerprint, value))
    if kind is np.ndarray and not value.dtype.hasobject:
        return str(value.dtype.descr), value.shape, value.tobytes()
    if kind is ModuleType:
        used = [] if _installed(value.__name__) else [name for name in names if name in vars(value)]
        return _origin(value.__name__), [(name, vars(value)[name]) for name in used]
    if kind in (classmethod, staticmethod, _lru_cache_wrapper):
        return [value.__wrapped__]
    if kind is property:
        return value.fget, value.fset, value.fdel
    return [value.func] if kind is cached_property else _state(value, kind)


def _state(value: Any, kind: type) -> Iterable[Any]:
    """An object as pickle takes it apart, without what it has computed from the rest and remembers."""
    try:
        reduced = copyreg.dispatch_table[kind](value) if kind in copyreg.dispatch_table else value.__reduce_ex__(4)
    except Exception as error:
        raise ValueError(f"{value!r} cannot be told from its namesakes: {error}") from None
    if isinstance(reduced, str):  # pickle knows it by its name
        module = str(pickle.whichmodule(value, reduced))  # type: ignore[attr-defined]
        if not (_installed(module) and hasattr(sys.modules[module], reduced)):
            raise ValueError(f"{value!r} cannot be told from its namesakes: its code cannot be read")
        return _origin(module), reduced
    make, arguments, state, *items = [*reduced, None][: max(3, len(reduced))]
    if isinstance(state, Mapping):
        state = {name: x for name, x in state.items() if type(getattr(kind, name, None)) is not cached_property}
    return make, arguments, state, *(part and list(part) for part in items)


def _function(function: Any, found: dict[int, Any]) -> Iterator[str]:
    scope, codes = function.__globals__, [function.__code__]
    module = scope.get("__name__", "")
    for code in codes:  # it grows meanwhile
        codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    names = [name for code in codes for name in code.co_names]
    cells = [getattr(cell, "cell_contents", None) for cell in function.__closure__ or ()]
    parts = [
        _origin(module),
        function.__qualname__,
        function.__defaults__,
        function.__kwdefaults__,
        vars(function),
        cells,
    ]
    yield from _value(parts, found, names)
    if not _installed(module):
        for code in codes:
            constants = [constant for constant in code.co_consts if not isinstance(constant, CodeType)]
            yield from _value([*(getattr(code, f"co_{part}") for part in CODE), constants], found)
            yield from _value([*_imports(code, scope)], found, names)
        yield from _value([scope[name] for name in names if name in scope], found, names)


def _imports(code: CodeType, scope: dict[str, Any]) -> Iterator[ModuleType]:
    """The modules that a function imports when it runs."""
    steps = list(dis.get_instructions(code)) if dis.opmap["IMPORT_NAME"] in code.co_code[::2] else []
    for level, step in zip(steps, steps[2:], strict=False):
        if step.opname == "IMPORT_NAME":
            yield import_module(resolve_name("." * level.argval + step.argval, scope.get("__package__")))


def _class(cls: type, found: dict[int, Any]) -> Iterator[str]:
    yield f"{_origin(cls.__module__)} {cls.__qualname__}"
    if not _installed(cls.__module__):
        yield from _value([type(cls), cls.__bases__], found)
        for name, member in sorted(vars(cls).items()):
            # Without what Python keeps in a class for itself.
            if (
                isinstance(member, (classmethod, staticmethod))
                or callable(member)
                or not name.startswith(("__", "_abc"))
            ):
                yield from _value((name, None if isinstance(member, MemberDescriptorType) else member), found)


def _installed(module: str) -> bool:
    """Whether a module is Python's or an installed package's; ``rlgeo`` is read wherever it lies."""
    top, file = module.partition(".")[0], getattr(sys.modules.get(module), "__file__", None) or ""
    own = top in ("rlgeo", "__main__")
    return top in sys.stdlib_module_names or (not own and ("site-packages" in file or "dist-packages" in file))


def _origin(module: str) -> str:
    """A module's name, with the version of what is installed."""
    top = module.partition(".")[0]
    version = getattr(sys.modules.get(top), "__version__", "") or sys.version.split()[0]
    return f"{module} {version}" if _installed(module) else module
