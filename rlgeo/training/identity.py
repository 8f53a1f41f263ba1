"""What a stored result depends on: its inputs, and every line of code that is not installed."""

import hashlib
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import scipy


def digests(inputs: list[tuple[Any, ...]]) -> list[str]:
    """Digests of inputs, as pickle writes them (classes and functions by name), and of all code.

    Raises
    ------
    ValueError
        For what cannot be pickled, or has no source file, as what a notebook defines.
    """
    try:
        contents = [pickle.dumps(one, protocol=5) for one in inputs]
    except Exception as error:
        raise ValueError(f"nothing can be stored, because results could be mistaken for others': {error}") from None
    script = any(b"__main__" in content for content in contents)
    if script and not hasattr(sys.modules["__main__"], "__file__"):
        raise ValueError("nothing can be stored of what a notebook defines: move it to a module of its own")
    code = _code(script)
    return [hashlib.sha256(code + content).hexdigest() for content in contents]


def _code(script: bool) -> bytes:
    """A digest of every loaded module that is neither Python's nor installed, and of the versions of those that are."""
    found = hashlib.sha256(f"{sys.version} {np.__version__} {scipy.__version__}".encode())
    for name, module in sorted(sys.modules.items()):
        file, top = getattr(module, "__file__", None) or "", name.partition(".")[0]
        installed = top in sys.stdlib_module_names or "site-packages" in file or "dist-packages" in file
        own = script if name == "__main__" else top == "rlgeo" or not installed
        if own and file.endswith(".py"):
            found.update(name.encode() + b"\0" + Path(file).read_bytes())
    return found.digest()
