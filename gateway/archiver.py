"""Moving finished turns into the records."""

from __future__ import annotations

import logging

from contracts.errors import RecordsUnavailable
from contracts.identity import is_anonymous, thread_id_of
from contracts.ports import TurnLog
from contracts.records import Records
from gateway.restore import state_to_snapshot
from gateway.thread import ThreadRunner

log = logging.getLogger(__name__)

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
            for turn in turns:
                if turn.settled:  # a call's session is the call
                    await self._records.calls.change(turn.session_id, summary=turn.settled)
            for thread_id in {t.thread_id for t in turns if not is_anonymous(t.customer_id)}:
                await self._snapshot(thread_id)
            await self._log.archived([entry for entry, _ in batch])
            total += len(batch)
        return total

    async def moved(self, source: str, target: str, *, call_id: str = "") -> None:
        """Somebody proved to be another customer, who is given their call, if it is one; of a
        visitor everything."""
        records = self._records
        try:
            if is_anonymous(source):
                await self.drain()  # turns still on their way would stay behind
                await records.transcripts.adopt(source, target)
                await records.calls.adopt(source, target)
            elif call_id:
                thread_id = thread_id_of(target)
                await records.calls.change(call_id, customer_id=target, thread_id=thread_id)
        except RecordsUnavailable:
            log.warning("what somebody said before was not joined to their records")

    async def _snapshot(self, thread_id: str) -> None:
        values = (await self._runner.load(thread_id)).values if thread_id else {}
        if values:
            await self._records.threads.save(thread_id, state_to_snapshot(values))
