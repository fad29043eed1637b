"""What ACS tells of a call under way: unordered, more than once, and to any worker."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from contracts.clock import Clock
from contracts.errors import StoreUnavailable, ThroughlineError
from contracts.records import CallEvent, CallEventKind, CallRecord, Calls
from voice.acs.events import Notice, masked, raw_ids
from voice.acs.memory import LEAVING, OVER, CallMemory
from voice.acs.taking_over import TakingOver

log = logging.getLogger(__name__)

NOTICES_KNOWN_S = 3600.0
HANDLED_WITHIN_S = 30.0  # or whoever had a notice is taken to be dead
_PEOPLE = "people"
_BEGUN = {"PlayStarted"}  # of an operation, whose outcome is waited for


class InHand(ThroughlineError):
    """The same notice is being handled, which may fail yet: it has to be told again."""


class Live(Protocol):
    """The calls whose sockets are here."""

    def __contains__(self, call_id: object) -> bool: ...

    def over(self, call_id: str) -> None:
        """ACS says that a call has ended. Nothing happens for one that is not here."""
        ...


class Callbacks:
    def __init__(
        self,
        *,
        memory: CallMemory,
        calls: Calls,
        live: Live,
        taking_over: TakingOver,
        clock: Clock,
    ) -> None:
        self._memory = memory
        self._calls = calls
        self._live = live
        self._taking_over = taking_over
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._by_kind: dict[str, Callable[[CallRecord, Notice], Awaitable[None]]] = {
            "CallConnected": self._connected,
            "CallDisconnected": self._disconnected,
            "CreateCallFailed": self._not_connected,
            "AnswerFailed": self._not_connected,
            "ParticipantsUpdated": self._people,
            "MediaStreamingStopped": self._stopped,
            "MediaStreamingFailed": self._stopped,
            "RecordingStateChanged": self._recording,
        }

    async def take(self, call_id: str, notice: Notice) -> bool:
        """Whether it was new. It is known once it was handled, and not if that was broken off, by
        the end of the process say. Raises StoreUnavailable, InHand: then it has to be told again.
        """
        call = await self._calls.get(call_id)
        if call is None:
            log.warning("a notice of a call that is not known", extra={"kind": notice.kind})
            return False
        once = f"notice:{call_id}:{notice.id}"
        if not await self._memory.first(once, lasts_s=HANDLED_WITHIN_S):
            if await self._memory.is_done(once):
                return False
            raise InHand("the notice is being handled")
        try:
            await self._take(call, notice)
            await self._memory.done(once, lasts_s=NOTICES_KNOWN_S)
        except BaseException:  # a cancellation, too
            await self._memory.undo(once)
            raise
        return True

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take(self, call: CallRecord, notice: Notice) -> None:
        if notice.kind.endswith("Failed"):
            log.warning(
                "something failed in a call",
                extra={"kind": notice.kind, "status": notice.code, "subcode": notice.subcode},
            )
        of_an_operation = notice.context and notice.context != call.call_id
        if of_an_operation and notice.kind not in _BEGUN:
            told: dict[str, Any] = {"kind": notice.kind, "code": notice.code}
            await self._memory.tell(call.call_id, notice.context, told)
        if act := self._by_kind.get(notice.kind):
            await act(call, notice)

    async def _connected(self, call: CallRecord, notice: Notice) -> None:
        await self._calls.change(
            call.call_id,
            connection_id=notice.connection_id or None,
            answered=None if call.answered else notice.at,
        )

    async def _disconnected(self, call: CallRecord, notice: Notice) -> None:
        await self._memory.tell(call.call_id, OVER)
        if call.call_id in self._live:
            self._live.over(call.call_id)
        elif not call.worker:
            await self._unheard(call, notice)

    async def _not_connected(self, call: CallRecord, notice: Notice) -> None:
        await self._memory.tell(call.call_id, OVER)
        await self._unheard(call, notice)

    async def _unheard(self, call: CallRecord, notice: Notice) -> None:
        """Over before there was any audio."""
        outcome = "unanswered" if call.direction == "outbound" else "abandoned"
        if await self._calls.end(call.call_id, outcome, notice.at):  # type: ignore[arg-type]
            await self._note(call, CallEventKind.CALL_ENDED, notice, outcome)

    async def _people(self, call: CallRecord, notice: Notice) -> None:
        """Who came and who went since what was told last; what is older tells nothing."""
        number = notice.data.get("sequenceNumber")
        before = await self._memory.told(call.call_id, _PEOPLE) or {"number": -1, "ids": []}
        if not isinstance(number, int) or number <= before["number"]:
            return
        now, was = raw_ids(notice.data), set(before["ids"])
        await self._memory.tell(call.call_id, _PEOPLE, {"number": number, "ids": sorted(now)})
        for raw_id in sorted(now - was):
            await self._note(call, CallEventKind.PARTICIPANT_JOINED, notice, masked(raw_id))
        for raw_id in sorted(was - now):
            await self._note(call, CallEventKind.PARTICIPANT_LEFT, notice, masked(raw_id))

    async def _stopped(self, call: CallRecord, notice: Notice) -> None:
        """The stream ended: by us, with the call, or since its worker died."""
        if call.ended or call.call_id in self._live:  # its socket ends, and is looked at then
            return
        if await self._memory.told(call.call_id, LEAVING) is not None:
            return
        task = asyncio.create_task(self._go_on(call, notice))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _go_on(self, call: CallRecord, notice: Notice) -> None:
        connection_id = notice.connection_id or call.connection_id
        try:
            if not await self._taking_over.is_over(call.call_id, connection_id):
                await self._taking_over.take(call, lost_at=notice.at)
        except StoreUnavailable:
            log.warning("a call waits to be taken over: a store is down")  # the job looks again

    async def _recording(self, call: CallRecord, notice: Notice) -> None:
        state, recording = notice.data.get("state"), notice.data.get("recordingId")
        if isinstance(recording, str) and recording and not call.recording:
            await self._calls.change(call.call_id, recording=recording)
        if str(state).lower() == "inactive":  # who began it has noted that
            await self._note(call, CallEventKind.RECORDING_STOPPED, notice)

    async def _note(
        self, call: CallRecord, kind: CallEventKind, notice: Notice, detail: str = ""
    ) -> None:
        event = CallEvent(kind=kind, at=notice.at, detail=detail[:400])
        await self._calls.note(call.call_id, event)
