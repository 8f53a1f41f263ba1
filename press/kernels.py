"""The Jupyter kernels of a build: each talks through sockets of its own, and none outlives an interrupted build."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from traitlets.config import Config

from press.errors import stop
from press.source import Cell

LONGEST_CELL = 600
"""Seconds that a cell may run."""
LONGEST_SOCKET = 90
"""Signs that the folder of a socket may have: systems allow about 104 for the whole name."""
RUNNING: set[Kernel] = set()
HALTED = threading.Event()


class Kernel(NotebookClient):
    """An nbclient that can also evaluate an expression the way inline code asks for it.

    ``root`` is the book's folder, ``done`` the executed cells by their count.
    """

    root: Path
    done: dict[int, Cell]

    async def evaluate(self, expression: str) -> dict[str, Any]:
        """Value of one expression: a MIME bundle, or a status "error" with its name and message."""
        assert self.kc is not None
        message = self.kc.execute("", user_expressions={"value": expression}, store_history=False)
        reply = await self.async_wait_for_reply(message)
        assert reply is not None
        result: dict[str, Any] = reply["content"]["user_expressions"]["value"]
        return result

    def kill(self) -> None:
        """End the kernel's process at once."""
        process = getattr(getattr(self.km, "provisioner", None), "process", None)
        if process is not None:
            process.kill()


LAUNCH = """
import sys
sys.path.remove("")
import IPython.core.application as application
from ipykernel import kernelapp
application.SYSTEM_CONFIG_DIRS, application.ENV_CONFIG_DIRS = [], []
kernelapp.launch_new_instance()
"""
"""What `ipykernel_launcher` does, without the settings that a machine has for everybody's IPython."""


class OwnPython(KernelSpecManager):
    """Kernels of the Python that runs press, whatever the machine calls python3."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The only one."""
        command = [sys.executable, "-c", LAUNCH, "-f", "{connection_file}"]
        return KernelSpec(argv=command, language="python", display_name=kernel_name)


def transport(folder: Path) -> Config:
    """Talk to the kernel through sockets in a folder of its own where their names fit: no ports to race for."""
    own = {"connection_file": str(folder / "connection.json")}
    if os.name == "posix" and len(str(folder)) < LONGEST_SOCKET:
        own |= {"transport": "ipc", "ip": str(folder / "k")}
    return Config({"KernelManager": own})


@asynccontextmanager
async def started(book: Any, root: Path, folder: Path, variables: dict[str, str]) -> AsyncIterator[Kernel]:
    """A kernel for a notebook, working in ``folder`` with ``variables`` as its environment.

    It reads no settings of the reader's IPython, and ends at once.
    """
    if HALTED.is_set():
        raise stop("stopped")
    with tempfile.TemporaryDirectory(prefix="press-", ignore_cleanup_errors=True) as own:
        config = transport(Path(own))
        manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=OwnPython(), config=config)
        place = {"metadata": {"path": str(folder)}}
        client = Kernel(book, km=manager, timeout=LONGEST_CELL, resources=place, shutdown_kernel="immediate")
        client.root, client.done = root, {}
        RUNNING.add(client)
        try:
            env = variables | {"IPYTHONDIR": own, "JUPYTER_RUNTIME_DIR": own}
            async with client.async_setup_kernel(env=env, stderr=subprocess.DEVNULL, cleanup_kc=True):
                if HALTED.is_set():
                    raise stop("stopped")
                yield client
        finally:
            RUNNING.discard(client)


def halt() -> None:
    """End every kernel, and start no other until `go_on`: someone has interrupted the build."""
    HALTED.set()
    for client in list(RUNNING):
        client.kill()


def go_on() -> None:
    """Let kernels start again."""
    HALTED.clear()
