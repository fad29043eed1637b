"""Daemons and ports: start, find again, stop."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import time
from pathlib import Path
from typing import BinaryIO

HOST = "127.0.0.1"
TERM_DEADLINE_S = 15.0
KILL_DEADLINE_S = 5.0
_POLL_S = 0.02
_LOWEST_PORT = 20_000
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


async def boot(command: list[str], output: Path, timeout_s: float) -> int:
    """Run a program that puts itself in the background; its exit code.

    It gets a session of its own, so that Ctrl-C in a terminal is not meant for it, and none
    of our environment, which may hold keys.
    """
    with _open_output(output) as file:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
            env={"LC_ALL": "C"},
        )
        waiter = asyncio.ensure_future(process.wait())
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.shield(waiter)
        except TimeoutError:
            process.kill()
            raise
        except asyncio.CancelledError:
            # Cut off between its two forks, it would leave a daemon nobody can find again.
            await asyncio.wait([waiter], timeout=timeout_s)
            raise


def _open_output(path: Path) -> BinaryIO:
    return path.open("wb")


def find(pid_file: Path, config: Path) -> int | None:
    """The process that `pid_file` names, if it lives and was started with `config`."""
    try:
        pid = int(pid_file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return pid if runs_with(pid, config) else None


def runs_with(pid: int, config: Path) -> bool:
    """True if the process lives and has `config` among its arguments (a pid can be used again)."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(config) in arguments


async def stop(pid: int, config: Path, *, ask: bool = True) -> None:
    """End a daemon: ask it (it saves its data), and kill it when it does not go in time."""
    if ask and await _signal(pid, config, signal.SIGTERM, TERM_DEADLINE_S):
        return
    await _signal(pid, config, signal.SIGKILL, KILL_DEADLINE_S)


async def _signal(pid: int, config: Path, number: signal.Signals, wait_s: float) -> bool:
    deadline = time.monotonic() + wait_s
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return True
    while runs_with(pid, config):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_POLL_S)
    return True


def choose_port() -> int:
    """A free port below those that the system gives to outgoing connections.

    Above that line a client's connection could sit on the port while its server restarts.
    """
    ceiling = max(_first_ephemeral(), _LOWEST_PORT + 1_000)
    for _ in range(1_000):
        port = _LOWEST_PORT + secrets.randbelow(ceiling - _LOWEST_PORT)
        if is_free(port):
            return port
    raise OSError(f"no free port between {_LOWEST_PORT} and {ceiling}")


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _first_ephemeral() -> int:
    try:
        return int(_EPHEMERAL.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768


async def is_listening(port: int, timeout_s: float = 1.0) -> bool:
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(HOST, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
