"""What goes on behind the turns: recovering what a dead process left, archiving, other jobs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from contracts.errors import StoreUnavailable, ThreadBusy
from gateway.archiver import Archiver
from gateway.gateway import Gateway

log = logging.getLogger(__name__)

IDLE_S = 3.0  # a message that waits this long with nobody at its thread was abandoned
EVERY_S = 1.0

Job = tuple[float, Callable[[], Awaitable[object]]]  # seconds between two runs, and what is run


class Background:
    """Runs the recoverer, the archiver and further `jobs` until it is closed.

    A store that is down is waited for.
    """

    def __init__(self, gateway: Gateway, archiver: Archiver, jobs: Iterable[Job] = ()) -> None:
        self._gateway = gateway
        self._archiver = archiver
        self._jobs = tuple(jobs)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        async def recover() -> None:
            await self._gateway.recover(IDLE_S)

        async def archive() -> None:
            await self._archiver.drain()

        jobs = ((EVERY_S, recover), (EVERY_S, archive), *self._jobs)
        self._tasks = [asyncio.create_task(_every(seconds, job)) for seconds, job in jobs]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            await self._archiver.drain()
        except StoreUnavailable:
            log.warning("turns wait for the archive: a store is down")


async def _every(seconds: float, job: Callable[[], Awaitable[object]]) -> None:
    down = False
    while True:
        try:
            await job()
            down = False
        except (StoreUnavailable, ThreadBusy):
            if not down:
                log.warning("background work waits: a store is down")
            down = True
        except Exception:
            log.exception("background work failed")
        if _cancelled():
            return
        await asyncio.sleep(seconds)


def _cancelled() -> bool:
    """Whether this task was cancelled, even if somebody below it kept that to themselves.

    On Python 3.11 asyncio.wait_for, which pymongo sends through, can swallow a cancellation.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
