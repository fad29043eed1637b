"""What goes on behind the turns: recovering what a dead process left, and archiving."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from contracts.errors import StoreUnavailable, ThreadBusy
from contracts.identity import is_anonymous
from contracts.ports import TurnLog
from contracts.records import Records
from gateway.gateway import Gateway
from gateway.restore import state_to_snapshot
from gateway.thread import ThreadRunner

log = logging.getLogger(__name__)

IDLE_S = 3.0  # a message that waits this long with nobody at its thread was abandoned
EVERY_S = 1.0
BATCH = 500


class Archiver:
    """Moves finished turns into the records, and keeps each thread's snapshot there."""

    def __init__(self, turn_log: TurnLog, records: Records, runner: ThreadRunner) -> None:
        self._log = turn_log
        self._records = records
        self._runner = runner

    async def drain(self) -> int:
        """Archive all that is finished; how many turns."""
        total = 0
        while batch := await self._log.unarchived(BATCH):
            turns = [turn for _, turn in batch]
            await self._records.transcripts.append(turns)
            for thread_id in {t.thread_id for t in turns if not is_anonymous(t.customer_id)}:
                await self._snapshot(thread_id)
            await self._log.archived([entry for entry, _ in batch])
            total += len(batch)
        return total

    async def _snapshot(self, thread_id: str) -> None:
        values = (await self._runner.load(thread_id)).values if thread_id else {}
        if values:
            await self._records.threads.save(thread_id, state_to_snapshot(values))


class Background:
    """Runs the recoverer and the archiver until it is closed.

    A store that is down is waited for.
    """

    def __init__(self, gateway: Gateway, archiver: Archiver) -> None:
        self._gateway = gateway
        self._archiver = archiver
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        async def recover() -> None:
            await self._gateway.recover(IDLE_S)

        async def archive() -> None:
            await self._archiver.drain()

        self._tasks = [asyncio.create_task(_every(EVERY_S, job)) for job in (recover, archive)]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            await self._archiver.drain()
        except StoreUnavailable:
            log.warning("turns wait for the archive: a store is down")


async def _every(seconds: float, job: Callable[[], Awaitable[None]]) -> None:
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
        await asyncio.sleep(seconds)
