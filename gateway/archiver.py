"""Moving finished turns into the records."""

from __future__ import annotations

from contracts.identity import is_anonymous
from contracts.ports import TurnLog
from contracts.records import Records
from gateway.restore import state_to_snapshot
from gateway.thread import ThreadRunner

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

    async def adopt(self, source: str, target: str) -> None:
        """Give a visitor's turns to the customer they turned out to be."""
        await self.drain()  # those still on their way would stay behind
        await self._records.transcripts.adopt(source, target)

    async def _snapshot(self, thread_id: str) -> None:
        values = (await self._runner.load(thread_id)).values if thread_id else {}
        if values:
            await self._records.threads.save(thread_id, state_to_snapshot(values))
