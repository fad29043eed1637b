"""Web servers in processes of their own: the product, and Chainlit's bare hello-world."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

READY_WITHIN_S = 120.0
STOPS_WITHIN_S = 20.0
LOOK_AGAIN_S = 0.1
ROOT = Path(__file__).parents[2]
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)
_SERVES = "from cli.main import app; app()"
_HELLO = """
import chainlit as cl

@cl.on_chat_start
async def hello():
    await cl.Message("Hello! How can I help?").send()

@cl.on_message
async def answer(message: cl.Message):
    await cl.Message(f"You said: {message.content}").send()
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens. `chat` is the path of its chat's page, "" at the root."""

    name: str
    base_url: str
    chat: str
    pid: int

    def resident_mb(self) -> float:
        """The memory of its process, as the system counts it; of no child of it."""
        return resident_mb(Path(f"/proc/{self.pid}/status").read_text("utf-8"))


def resident_mb(status: str) -> float:
    """From the text of a process' `status` in /proc."""
    found = _RESIDENT.search(status)
    if found is None:
        raise ValueError("no process of Linux: its status names no resident memory")
    return int(found.group(1)) / 1024


@asynccontextmanager
async def product(folder: Path) -> AsyncIterator[Server]:
    """`throughline serve` on its embedded stores and model, with its data below the folder."""
    command = [sys.executable, "-c", _SERVES, "serve", "--port", "0"]
    settings = {"THROUGHLINE_DATA": str(folder / "data"), "SEED_CUSTOMERS": "12"}
    async with _process(command, folder, settings, r"Open (http://\S+) ") as (pid, url):
        yield Server("ours", url, "/chat/", pid)


@asynccontextmanager
async def worker(folder: Path, settings: Mapping[str, str]) -> AsyncIterator[Server]:
    """The same on the stores that the settings name, one of several beside each other."""
    command = [sys.executable, "-c", _SERVES, "serve", "--port", "0"]
    own = {"THROUGHLINE_DATA": str(folder / "data"), **settings}
    async with _process(command, folder, own, r"Open (http://\S+) ") as (pid, url):
        yield Server("a worker", url, "/chat/", pid)


@asynccontextmanager
async def bare(folder: Path) -> AsyncIterator[Server]:
    """Chainlit's hello-world, as its own command serves it."""
    await asyncio.to_thread((folder / "hello.py").write_text, _HELLO, "utf-8")
    where = ["--host", "127.0.0.1", "--port", str(_free_port())]
    command = [sys.executable, "-m", "chainlit", "run", "hello.py", "--headless", *where]
    settings = {"CHAINLIT_APP_ROOT": str(folder)}
    async with _process(command, folder, settings, r"available at (http://\S+)") as (pid, url):
        yield Server("Chainlit bare", url, "/", pid)


@asynccontextmanager
async def _process(
    command: Sequence[str], folder: Path, settings: Mapping[str, str], ready: str
) -> AsyncIterator[tuple[int, str]]:
    """Run it in the folder, with nothing of our own environment, and stop it as Ctrl-C does.

    Yields its id, and what the pattern `ready` catches in what it prints.
    """
    environment = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        **settings,
    }
    printed = folder / "printed.log"  # a pipe would fill up, and hold the server
    with printed.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=environment, stdout=out, stderr=out
        )
    try:
        yield process.pid, await _said(process, printed, ready)
    finally:
        await _stop(process)


async def _said(process: asyncio.subprocess.Process, printed: Path, pattern: str) -> str:
    async with asyncio.timeout(READY_WITHIN_S):
        while True:
            ended = process.returncode is not None
            said = await asyncio.to_thread(printed.read_text, "utf-8")
            if found := re.search(pattern, said):
                return found.group(1)
            if ended:
                raise RuntimeError(f"a server ended before it listened:\n{said}")
            await asyncio.sleep(LOOK_AGAIN_S)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(STOPS_WITHIN_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
