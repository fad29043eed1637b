"""Calls that lost their worker or their stream: another worker says sorry and goes on with them, in
the same thread and session. Who is gone by then is called back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from contracts.clock import Clock
from contracts.errors import MemoryUnavailable, Overloaded, StoreUnavailable
from contracts.language import marked
from contracts.messages import Channel, Inbound
from contracts.records import CallEvent, CallEventKind, CallRecord, Records
from gateway.gateway import Gateway
from voice.acs.answering import ANONYMOUS
from voice.acs.apologies import FAILED, Apologies
from voice.acs.client import CallClient, CallRefused
from voice.acs.memory import LEAVING, OVER, About, CallMemory
from voice.pulse import Pulse

log = logging.getLogger(__name__)

EVERY_S = 3.0
NO_SOCKET = timedelta(seconds=90)  # from a call's beginning to its first audio
TAKING_S = 20.0  # for which nobody else tries
TIMES = 2  # that a call is taken over
SORRY_WITHIN_S = 5.0
ENDS_WITHIN_S = 2.0  # from the stream's end to word that the call is over
CUT_OFF = "a call was cut off by a fault of ours"  # why somebody is called back
_SORRY = marked("I'm sorry, I lost you for a moment.")
_CUT_OFF = marked("I'm sorry, something went wrong on our side. We'll call you back.")


class TakingOver:
    def __init__(
        self,
        *,
        client: CallClient,
        apologies: Apologies,
        memory: CallMemory,
        records: Records,
        gateway: Gateway,
        pulse: Pulse,
        clock: Clock,
    ) -> None:
        self._client = client
        self._apologies = apologies
        self._memory = memory
        self._records = records
        self._gateway = gateway
        self._pulse = pulse
        self._clock = clock

    async def look(self, here: Callable[[str], bool]) -> None:
        """Take over the calls that have nobody. `here`: whether a call is carried in this process.
        Raises StoreUnavailable."""
        for call in await self._records.calls.open():
            if await self._has_nobody(call, here):
                await self.take(call)

    async def is_over(self, call_id: str, connection_id: str) -> bool:
        """Whether a call whose stream has ended is over, rather than cut off. Asked as soon as the
        stream ends: word of it may still come."""
        try:
            if await self._memory.told(call_id, LEAVING) is not None:
                return True
            if await self._memory.until(call_id, OVER, ENDS_WITHIN_S) is not None:
                return True
        except MemoryUnavailable:
            log.warning("whether a call is over is asked of ACS alone: the memory is down")
        try:
            return not await self._client.is_up(connection_id)
        except CallRefused as refused:
            log.warning("it is not known whether a call is over", extra={"error": str(refused)})
            return True

    async def take(self, call: CallRecord, lost_at: datetime | None = None) -> None:
        """Go on with a call that was cut off; one at a time does. `lost_at`: when its stream ended,
        which counts for nothing where another was opened since. Raises StoreUnavailable."""
        since = await self._memory.streams_since(call.call_id)
        if lost_at is not None and since is not None and lost_at < since:
            return
        if not await self._memory.first(_taking(call.call_id), lasts_s=TAKING_S):
            return
        found = await self._records.calls.get(call.call_id)
        if found is None or found.ended:  # since it was looked at
            return
        about = await self._memory.about(call.call_id) or About()
        try:
            up = bool(call.connection_id) and await self._client.is_up(call.connection_id)
            if up and about.resumed < TIMES:
                await self._resume(call, about)
            else:
                await self.lost(call, up=up)
        except CallRefused as refused:
            log.warning("a call could not be taken over", extra={"error": str(refused)})
            if refused.gone:
                await self.lost(call, up=False)

    async def taken(self, call_id: str) -> None:
        """Its stream is there again: it can be lost again. Raises MemoryUnavailable."""
        await self._memory.undo(_taking(call_id))

    async def let_go(self, call: CallRecord) -> None:
        """End a call whose caller is there still, and whose stream does not come back."""
        try:
            await self.lost(call, up=True)
        except StoreUnavailable:
            log.warning("nobody is told of a lost call: a store is down")
            await self._apologies.farewell(call, FAILED)

    async def lost(self, call: CallRecord, *, up: bool) -> None:
        """It can't go on: who was in it is called back. Raises StoreUnavailable."""
        now, calls = self._clock.now(), self._records.calls
        # All before the end can be done again, and is, where a store fails in between.
        if _is_missed(call) and not await self._tells_news(call):
            await self._call_back(call)
        if call.worker:
            await self._end_session(call)
        if not await calls.end(call.call_id, "failed", now):
            return
        log.error("a call was lost", extra={"call": call.call_id, "up": up})
        await calls.note(
            call.call_id,
            CallEvent(kind=CallEventKind.ERROR_OCCURRED, at=now, detail="its worker was lost"),
            CallEvent(kind=CallEventKind.CALL_ENDED, at=now, detail="failed"),
        )
        if up:
            await self._apologies.farewell(call, _CUT_OFF if _is_missed(call) else FAILED)

    async def _tells_news(self, call: CallRecord) -> bool:
        """Whether it is placed again by whoever has news to tell."""
        about = await self._memory.about(call.call_id)
        return about is not None and bool(about.told)

    async def _has_nobody(self, call: CallRecord, here: Callable[[str], bool]) -> bool:
        if call.worker == self._pulse.me:
            return not here(call.call_id)
        if call.worker:
            return not await self._pulse.alive(call.worker)
        return call.began < self._clock.now() - NO_SOCKET

    async def _resume(self, call: CallRecord, about: About) -> None:
        log.warning("a call is taken over", extra={"call": call.call_id})
        await self._memory.keep(
            call.call_id, about.model_copy(update={"resumed": about.resumed + 1})
        )
        await self._records.calls.note(
            call.call_id,
            CallEvent(
                kind=CallEventKind.ERROR_OCCURRED,
                at=self._clock.now(),
                detail="its stream was lost; another worker goes on",
            ),
        )
        said = f"sorry-{uuid4().hex[:12]}"
        if await self._apologies.say(call, _SORRY, said):  # to its end, before we speak as well
            await self._memory.until(call.call_id, said, SORRY_WITHIN_S)
        await self._client.stream(call.connection_id)

    async def _end_session(self, call: CallRecord) -> None:
        ended = Inbound(
            channel=Channel.VOICE,
            address=call.address,
            id=f"{call.call_id}:end",
            session=call.call_id,
            ended=True,
            at=self._clock.now(),
        )
        try:
            await self._gateway.take(ended)
        except Overloaded:
            log.warning("the session of a lost call stays open", extra={"call": call.call_id})

    async def _call_back(self, call: CallRecord) -> None:
        await self._records.cases.open(
            key=f"{call.call_id}:cut-off",
            kind="callback",
            customer_id=call.customer_id,
            channel=Channel.VOICE,
            reason=CUT_OFF,
            priority="high",
            summary="",
            details={"phone": call.address, "when": "soon"},
            at=self._clock.now(),
        )


def _taking(call_id: str) -> str:
    return f"take:{call_id}"


def _is_missed(call: CallRecord) -> bool:
    """Whether somebody waits for us to call back: who called us, or took our call, by telephone."""
    if call.address.startswith(ANONYMOUS) or (call.worker and not call.connection_id):
        return False  # no number, or the softphone's
    return call.direction == "inbound" or bool(call.worker)
