"""What a chapter's cells find of Jupyter: ``IPython.display``, whose outputs go to the page."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

SHOWN: list[dict[str, Any]] = []
"""Outputs of the cell that runs, in their order."""


class Markdown:
    """A text that is shown as Markdown."""

    def __init__(self, data: str) -> None:
        self.data = data

    def _repr_markdown_(self) -> str:
        return self.data


def display(*values: Any, raw: bool = False, **_: Any) -> None:
    """Show values as the page would; with ``raw``, bundles of MIME types."""
    for value in values:
        SHOWN.append(bundled(value) if raw else output(value))


def bundled(bundle: dict[str, Any]) -> dict[str, Any]:
    """The best of a bundle of MIME types."""
    if "text/markdown" in bundle:
        return {"markdown": bundle["text/markdown"]}
    return {"text": str(bundle.get("text/plain", bundle))}


def output(value: Any) -> dict[str, Any]:
    """A value as the page shows it: a figure, Markdown, or its repr."""
    if hasattr(value, "to_plotly_json") and hasattr(value, "frames"):
        from rlgeo.figures.renderer import markup

        return {"figure": markup(value)}
    if hasattr(value, "_repr_markdown_"):
        return {"markdown": value._repr_markdown_()}
    return {"text": repr(value)}


def install() -> None:
    """Make ``from IPython.display import …`` find these."""
    package, module = ModuleType("IPython"), ModuleType("IPython.display")
    package.__path__ = []
    vars(module).update(display=display, Markdown=Markdown)
    vars(package).update(display=module, get_ipython=lambda: None)
    sys.modules.update({"IPython": package, "IPython.display": module})
