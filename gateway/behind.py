"""Turns that nobody waits for: one task for each thread that has work, so many of them at once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from contracts.errors import ThreadBusy, ThroughlineError

log = logging.getLogger(__name__)

AT_ONCE = 32
TRIES_FOR_S = 60.0  # to have a thread's lock; then the recoverer finds what waits there
LOCK_WAIT_S = 0.2  # at a time: who waits for a lock keeps others waiting here
_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8)

WorkOff = Callable[[str, float], Awaitable[object]]


class Behind:
    """`work_off` runs what waits for a thread, waiting for its lock for so many seconds at most."""

    def __init__(self, work_off: WorkOff) -> None:
        self._work_off = work_off
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._more: dict[str, bool] = {}  # thread -> whether something came since it was begun
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many threads are at work."""
        return len(self._tasks)

    def begin(self, thread_id: str) -> None:
        """See to it that what waits for a thread is run."""
        if thread_id in self._more:
            self._more[thread_id] = True
            return
        self._more[thread_id] = True
        task = asyncio.create_task(self._run(thread_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, wait_s: float) -> None:
        """Let what has begun end."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=wait_s)

    async def _run(self, thread_id: str) -> None:
        try:
            while self._more[thread_id]:
                self._more[thread_id] = False
                await self._until_had(thread_id)
        except ThroughlineError as error:
            log.warning("a message waits for its thread", extra={"error": type(error).__name__})
        finally:
            del self._more[thread_id]

    async def _until_had(self, thread_id: str) -> None:
        """Raises ThreadBusy where somebody else had the thread all the time."""
        began, tries = time.monotonic(), 0
        while True:
            try:
                async with self._slots:
                    await self._work_off(thread_id, LOCK_WAIT_S)
                return
            except ThreadBusy:
                if time.monotonic() - began > TRIES_FOR_S:
                    raise
            await asyncio.sleep(_PAUSES_S[min(tries, len(_PAUSES_S) - 1)])
            tries += 1
