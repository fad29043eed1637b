"""Turns that other processes leave to this one."""

from __future__ import annotations

import asyncio
import logging

from contracts.errors import MemoryUnavailable
from contracts.ports import ReadyThreads
from gateway.gateway import Gateway

log = logging.getLogger(__name__)

WAIT_S = 1.0
DOWN_S = 1.0
TOLD_AFTER = 3  # tries: a memory that is stopped together with us is no news
AT_ONCE = 32  # threads; what is taken beyond it would wait here while another process is idle
FULL_S = 0.02


class Taking:
    """Takes threads that are ready and has their messages run, until it is closed."""

    def __init__(self, gateway: Gateway, ready: ReadyThreads) -> None:
        self._gateway = gateway
        self._ready = ready
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        failed = 0
        while True:
            if self._gateway.at_work >= AT_ONCE:
                await asyncio.sleep(FULL_S)
                continue
            try:
                thread_id = await self._ready.take(WAIT_S)
                failed = 0
                if thread_id is not None:
                    self._gateway.run(thread_id)
            except MemoryUnavailable:
                failed += 1
                if failed == TOLD_AFTER:
                    log.warning("no turns are taken: the memory is down")
                await asyncio.sleep(DOWN_S)
            except Exception:
                log.exception("a turn could not be taken")
                await asyncio.sleep(DOWN_S)
