"""What happens in a call, on its way into the records: a few events at a time."""

from __future__ import annotations

import logging
from datetime import datetime

from contracts.clock import Clock
from contracts.errors import RecordsUnavailable
from contracts.records import CallEvent, CallEventKind, CallRecord, Calls, Outcome

log = logging.getLogger(__name__)

WAITING = 500  # events that are kept for records that do not answer; older ones are dropped


class CallLog:
    """Records that do not answer hold up no call: what was to be noted waits for the next time."""

    def __init__(self, calls: Calls, call_id: str, clock: Clock) -> None:
        self._calls = calls
        self._call_id = call_id
        self._clock = clock
        self._waiting: list[CallEvent] = []
        self._unbegun: CallRecord | None = None
        self._ended: tuple[Outcome, datetime] | None = None

    async def begin(self, call: CallRecord) -> None:
        """Keep the call; nothing happens where its carrier has done so."""
        try:
            await self._calls.begin(call)
        except RecordsUnavailable:
            self._unbegun = call
            self._late()
        self.note(CallEventKind.CALL_STARTED)

    def note(self, kind: CallEventKind, detail: str = "") -> None:
        """Something happened; kept by the next `flush`. `detail` holds nothing that was said."""
        self._waiting.append(CallEvent(kind=kind, at=self._clock.now(), detail=detail[:400]))
        del self._waiting[:-WAITING]

    async def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        try:
            if self._unbegun is not None:
                await self._calls.begin(self._unbegun)
                self._unbegun = None
            await self._calls.note(self._call_id, *waiting)
        except RecordsUnavailable:
            self._waiting = (waiting + self._waiting)[-WAITING:]
            self._late()

    async def recorded(self, where: str) -> None:
        """The call is being recorded; the provider keeps it there."""
        self.note(CallEventKind.RECORDING_STARTED)
        try:
            await self._calls.change(self._call_id, recording=where)
        except RecordsUnavailable:
            self._late()

    async def end(self, outcome: Outcome) -> bool:
        """Whether the records have all of it; where not, `catch_up` is to be called again."""
        self.note(CallEventKind.CALL_ENDED, outcome)
        self._ended = (outcome, self._clock.now())
        return await self.catch_up()

    async def catch_up(self) -> bool:
        """Keep what waits. Whether the records have all of it."""
        await self.flush()
        if self._waiting:
            return False
        try:
            if self._ended is not None:
                await self._calls.end(self._call_id, *self._ended)
        except RecordsUnavailable:
            self._late()
            return False
        return True

    def _late(self) -> None:
        log.warning("the records of a call wait", extra={"call_id": self._call_id})
