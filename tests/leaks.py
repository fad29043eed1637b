"""What was left behind. Products that other tests share work on in the same loop and process: their
tasks come and go, and the loop's threads stay."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import Any

WITHIN_S = 45.0  # a heartbeat of a store on the same loop takes ten
_SOCKETS = Path("/proc/self/net/tcp")
_LISTENS, _LINGERS = "0A", "06"  # the kernel's states without an open end
_OF_THE_LOOP = ("asyncio_", "ThreadPoolExecutor")


async def no_tasks_beyond(before: set[asyncio.Task[Any]]) -> None:
    """Fails where a task that was not there before stays."""
    if new := asyncio.all_tasks() - before:
        _, staying = await asyncio.wait(new, timeout=WITHIN_S)
        assert not staying, "\n".join(str(it) for it in staying)


def threads() -> int:
    """How many the process has, those of native libraries too, without those of pools."""
    pooled = [it for it in threading.enumerate() if it.name.startswith(_OF_THE_LOOP)]
    return len(os.listdir("/proc/self/task")) - len(pooled)


def connections(port: int) -> int:
    """How many ends of TCP connections with a port of this machine are open."""
    rows = [line.split()[1:4] for line in _SOCKETS.read_text().splitlines()[1:]]
    ends = [state for ours, theirs, state in rows if f":{port:04X}" in (ours[-5:], theirs[-5:])]
    return sum(state not in (_LISTENS, _LINGERS) for state in ends)
