"""Kernels of nbval talk through sockets of their own: two workers would race for free ports."""

import tempfile
from pathlib import Path
from typing import Any

import nbval.kernel
from jupyter_client.manager import KernelManager

from press.kernels import transport


def manager(**options: Any) -> KernelManager:
    """What nbval asks for, with the transport of a build's kernels."""
    return KernelManager(config=transport(Path(tempfile.mkdtemp(prefix="nbval-"))), **options)


nbval.kernel.KernelManager = manager
