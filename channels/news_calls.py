"""News told by a call: `Channel.VOICE` as an adapter, over calls that we place.

Each time we ring is one message of the sending, the call's id its provider's. What came of a call
is in its record, which is looked at until the call is over: nothing here waits for a phone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from channels.adapter import NoLonger, NotSent, NotYet, Template
from contracts.clock import Clock
from contracts.errors import ConfigurationError, NotPlaced
from contracts.messages import Channel, Inbound, Remote
from contracts.ports import NewsCalls
from contracts.records import CallRecord, Records
from contracts.sending import Aloud, Sending, Status, StatusUpdate

TRIES = 3
AGAIN_AFTER = timedelta(minutes=15)  # a call that nobody took
LOOK_S = 10.0  # while it rings, or they talk
WAIT_S = 30.0  # for a better time; newer news is seen in between
_TALKED = frozenset({"completed", "moved", "transferred"})
_TOLD = _TALKED | {"abandoned", "silent"}  # taken, though nobody said anything

IsNews = Callable[[Aloud], Awaitable[bool]]


class CallsWithNews:
    """An `Adapter`. `quiet`: whether nobody is called unasked now; `is_news`: whether it is worth a
    call still. Nothing is placed before `placed_by` was told who places calls."""

    channel = Channel.VOICE
    provider = "acs"
    window: timedelta | None = None

    def __init__(
        self, records: Records, clock: Clock, *, quiet: Callable[[], bool], is_news: IsNews
    ) -> None:
        self._records = records
        self._clock = clock
        self._quiet = quiet
        self._is_news = is_news
        self._calls: NewsCalls | None = None

    def placed_by(self, calls: NewsCalls) -> None:
        self._calls = calls

    def parse(self, event: Mapping[str, Any]) -> Inbound | StatusUpdate | None:
        """None: what happens in calls comes elsewhere."""
        return None

    async def fetch(self, remote: Remote) -> bytes:
        raise NotSent("nothing comes with a call")

    async def deliver(
        self, sending: Sending, *, sent: int = 0, template: Template | None = None
    ) -> AsyncIterator[str]:
        """Ring once more, if it is time; `sent` is how often we did. Ends once somebody was told.
        Raises NotYet, NoLonger, NotSent."""
        last = await self._last(sending, sent)
        if last is not None and last.outcome in _TOLD:
            await self._note(last)
            return
        await self._check(sending, last, tried=sent)
        yield await self._ring(sending, sent)
        raise NotYet(LOOK_S)

    async def _last(self, sending: Sending, sent: int) -> CallRecord | None:
        """The last call, once it is over. Raises NotYet."""
        if not sent:
            return None
        calls = self._opened()
        call = await self._records.calls.get(calls.id_of(sending, sent - 1))
        if call is not None and call.ended is None:
            raise NotYet(LOOK_S)
        return call

    async def _check(self, sending: Sending, last: CallRecord | None, *, tried: int) -> None:
        """Returns where they are to be rung now."""
        if sending.aloud is None or not await self._is_news(sending.aloud):
            raise NoLonger("it is no news any more")
        if self._quiet() and not sending.aloud.anytime:
            raise NotYet(WAIT_S)
        if tried >= TRIES:
            raise NotSent("nobody took the call")
        if last is not None and last.ended is not None:
            wait = (last.ended + AGAIN_AFTER - self._clock.now()).total_seconds()
            if wait > 0:
                raise NotYet(min(wait, WAIT_S))
        if not await self._opened().free_for(sending.customer_id):
            raise NotYet(LOOK_S)

    async def _ring(self, sending: Sending, nth: int) -> str:
        try:
            return await self._opened().place(sending, nth)
        except NotPlaced as error:
            after_s = AGAIN_AFTER.total_seconds() if error.passes else None
            raise NotSent(error.reason, after_s=after_s) from error

    async def _note(self, call: CallRecord) -> None:
        """What the outbox says of it then."""
        await self._records.outbox.noted(
            StatusUpdate(
                message_id=call.call_id,
                channel=Channel.VOICE,
                status=Status.READ if call.outcome in _TALKED else Status.DELIVERED,
                at=call.ended or self._clock.now(),
            )
        )

    def _opened(self) -> NewsCalls:
        if self._calls is None:
            raise ConfigurationError("calls are carried by nobody: `placed_by` comes first")
        return self._calls
