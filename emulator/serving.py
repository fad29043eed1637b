"""Serving an emulator in the process and loop that asks for it."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from contracts.errors import ConfigurationError
from emulator.acs import Emulator

HOST = "127.0.0.1"
GRACE_S = 1
_FURTHER = 20  # ports tried after one that is taken


def listen(port: int, *, further: bool = False) -> socket.socket:
    """A socket on that port of loopback; 0 is any, `further` takes the next free one. Raises
    ConfigurationError if there is none."""
    last = min(port + _FURTHER, 65_535) if further and port else port
    for number in range(port, last + 1):
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, number))
            listening.listen()
        except OSError as error:
            listening.close()
            if error.errno != errno.EADDRINUSE or number == last:
                raise ConfigurationError(
                    f"the emulator can't listen on port {number} ({error.strerror}): set "
                    "EMULATOR_PORT to a free one, 0 for any, or EMULATOR=off"
                ) from error
        else:
            return listening
    raise AssertionError("unreachable")


def url_of(listening: socket.socket) -> str:
    return f"http://{HOST}:{listening.getsockname()[1]}"


class QuietServer(uvicorn.Server):
    """Signals are for whoever runs the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_until_stopped(emulator: Emulator, listening: socket.socket) -> None:
    """Answer and deliver events until Ctrl-C or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with served(emulator, listening):
        emulator.start()
        await stop.wait()


@asynccontextmanager
async def served(emulator: Emulator, listening: socket.socket) -> AsyncIterator[None]:
    """Answer on that socket. The events' player is not started: `Emulator.start` does."""
    async with answering(emulator.web, listening):
        try:
            yield
        finally:
            await emulator.close()


@asynccontextmanager
async def loopback(web: ASGIApp) -> AsyncIterator[str]:
    """Any application on a free port, in this loop; its address."""
    with listen(0) as listening:
        async with answering(web, listening):
            yield url_of(listening)


@asynccontextmanager
async def answering(web: ASGIApp, listening: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        web,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_S,
    )
    server = QuietServer(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving
