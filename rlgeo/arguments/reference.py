"""The package's reference as Markdown, made from its own docstrings.

Nothing is listed by hand: a module, class or function that is added with a docstring appears by itself.
"""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from itertools import pairwise
from types import ModuleType
from typing import Any

import rlgeo

SKIPPED = ("rlgeo.figures", "rlgeo.live", "rlgeo.arguments.reference")
"""What the reference leaves out: it is documented by the pages that show it."""

_CODE = re.compile(r"``(.+?)``|:\w+:`~?(.+?)`|`([^`]+)`|(\*\w[\w ]*\*)")
"""Code in its three spellings, or an emphasized word."""
_SPECIAL = re.compile(r"([\\*_<>$\[\]^~|@#{}])")
_SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.MULTILINE)


def modules() -> list[ModuleType]:
    """The package's public modules, the root first and folders before what is in them."""
    found = [rlgeo]
    for info in pkgutil.walk_packages(rlgeo.__path__, "rlgeo."):
        hidden = any(part.startswith("_") for part in info.name.split("."))
        if not hidden and not info.name.startswith(SKIPPED):
            found.append(importlib.import_module(info.name))
    return found


def members(owner: Any) -> Iterator[tuple[str, Any]]:
    """Public classes and functions defined in a module, or public methods and properties of a class, as written."""
    for name, item in vars(owner).items():
        raw = item.__func__ if isinstance(item, (classmethod, staticmethod)) else item
        if isinstance(owner, ModuleType):
            local = getattr(item, "__module__", None) == owner.__name__
            wanted = local and (inspect.isclass(item) or inspect.isfunction(item) or hasattr(item, "cache_info"))
        else:
            wanted = inspect.isfunction(raw) or isinstance(raw, property) or hasattr(raw, "attrname")
        if wanted and not name.startswith("_") and inspect.getdoc(item):
            yield name, item


def constants(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Public names that a module assigns, with the string that stands below each of them as its docstring."""
    for statement, after in pairwise(ast.parse(inspect.getsource(module)).body):
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        for target in targets:
            text = after.value if isinstance(after, ast.Expr) else None
            named = isinstance(target, ast.Name) and not target.id.startswith("_")
            if named and isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield target.id, inspect.cleandoc(text.value)


def signature(name: str, item: Any) -> str:
    """``name(parameter, other=default)`` without annotations and ``self``; a property is its bare name."""
    raw = item.__func__ if isinstance(item, (classmethod, staticmethod)) else item
    if not callable(raw):
        return name
    try:
        parameters = list(inspect.signature(raw).parameters.values())
    except ValueError:
        return name
    shown = [p.replace(annotation=inspect.Parameter.empty) for p in parameters if p.name not in ("self", "cls")]
    shown = [p.replace(default=_Shown(p.default)) if p.default is not p.empty else p for p in shown]
    return f"{name}{inspect.Signature(shown)}"


class _Shown:
    """A default value as a reader would write it."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        if repr(self.value) == "<factory>":
            return "..."
        if dataclasses.is_dataclass(self.value):
            return type(self.value).__name__ + "(...)"
        return self.value.__name__ if callable(self.value) else repr(self.value)


def markdown(text: str) -> str:
    """A docstring's running text as Markdown: its code stays code, everything else is literal."""
    parts, position = [], 0
    for match in _CODE.finditer(text):
        parts.append(_SPECIAL.sub(r"\\\1", text[position : match.start()]))
        *code, emphasis = match.groups()
        parts.append(emphasis or f"`{next(group for group in code if group)}`")
        position = match.end()
    parts.append(_SPECIAL.sub(r"\\\1", text[position:]))
    return "".join(parts)


def described(docstring: str) -> str:
    """A NumPy-style docstring as Markdown, with its sections as definition lists."""
    opening, *rest = _SECTION.split(inspect.cleandoc(docstring) + "\n")
    blocks = [_paragraphs(opening)]
    for title, body in zip(rest[::2], rest[1::2], strict=True):
        blocks.append(f"**{title}**\n\n" + _entries(body))
    return "\n\n".join(block for block in blocks if block)


def _paragraphs(text: str) -> str:
    """Paragraphs; indented lines are formulas and stay as they are."""
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        formula = all(line.startswith("    ") for line in block.splitlines())
        blocks.append(f"```text\n{inspect.cleandoc(block)}\n```" if formula else markdown(block.strip()))
    return "\n\n".join(blocks)


def _entries(body: str) -> str:
    """``name`` lines with their indented explanation, as a definition list."""
    entries: list[tuple[str, list[str]]] = []
    for line in body.strip("\n").splitlines():
        if line.startswith(" ") and entries:
            entries[-1][1].append(line.strip())
        elif line.strip():
            entries.append((line.strip(), []))
    listed = []
    for term, lines in entries:
        term = ", ".join(f"`{part}`" for part in re.split(r",\s*", term)) if lines else markdown(term)
        listed.append(f"{term}\n:   {markdown(' '.join(lines))}" if lines else term)
    return "\n\n".join(listed)


def _definition(term: str, text: str) -> str:
    """One entry of a definition list; an empty line lets Markdown keep several paragraphs apart."""
    gap = "\n\n" if "\n\n" in text else "\n"
    return f"`{term}`{gap}:   " + re.sub(r"\n(?!\n)", "\n    ", text)


def reference() -> str:
    """The whole package as Markdown: a section per module, its names folded below what it is for."""
    lines = []
    for module in modules():
        items, values = list(members(module)), list(constants(module))
        if not items and not values:
            continue
        anchor = module.__name__.replace(".", "-")
        lines += [f"## {module.__name__} {{#sec-{anchor}}}", described(inspect.getdoc(module) or "")]
        names = ", ".join(name for name, _ in [*values, *items])
        lines.append(f'::: {{.fold summary="{names}"}}')
        lines += [_definition(name, described(text)) for name, text in values]
        for name, item in items:
            lines += [f"### {name} {{.unnumbered}}", f"```python\n{signature(name, item)}\n```"]
            lines.append(described(inspect.getdoc(item) or ""))
            inner = list(members(item)) if inspect.isclass(item) else []
            lines += [
                _definition("." + signature(method, function), described(inspect.getdoc(function) or ""))
                for method, function in inner
            ]
        lines.append(":::")
    return "\n\n".join(lines) + "\n"
