"""The Jupyter kernels of a build: each talks through sockets of its own, and none outlives an interrupted build."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from traitlets.config import Config

from press.source import Cell

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


def transport(folder: str) -> Config:
    """Talk to the kernel through sockets in a folder of its own where there are such: no ports to race for."""
    return Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/k"}} if os.name == "posix" else {})


@asynccontextmanager
async def started(book: Any, root: Path, folder: Path, variables: dict[str, str]) -> AsyncIterator[Kernel]:
    """A kernel for a notebook, working in ``folder`` with ``variables`` as its environment."""
    resources = {"metadata": {"path": str(folder)}}
    with tempfile.TemporaryDirectory(prefix="press-") as sockets:
        client = Kernel(book, timeout=600, kernel_name="python3", resources=resources, config=transport(sockets))
        client.root, client.done = root, {}
        if HALTED.is_set():
            raise KeyboardInterrupt
        RUNNING.add(client)
        try:
            async with client.async_setup_kernel(env=variables, stderr=subprocess.DEVNULL):
                yield client
        finally:
            RUNNING.discard(client)


def halt() -> None:
    """End every kernel, and start no other: someone has interrupted the build."""
    HALTED.set()
    for client in list(RUNNING):
        client.kill()
