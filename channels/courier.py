"""What waits to go out, handed to the providers.

Each sending is claimed with a lease, sent by its channel's adapter, and done. Where a courier dies,
another goes on where it stopped; the provider knows by its repeatability id what it has already.
What a provider can't take now is tried again, later and later; what it never takes is told on the
customer's next channel.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import timedelta

from channels.adapter import Adapter, NoLonger, NotSent, NotYet
from channels.moving import Moving, record_of
from channels.rates import Rates
from channels.templates import Chosen, chosen
from channels.window import Windows
from channels.woken import Woken
from contracts.clock import Clock
from contracts.errors import MemoryUnavailable, RecordsUnavailable, StoreUnavailable
from contracts.messages import Channel
from contracts.records import ChannelEntry, Records
from contracts.scenario import Scenario
from contracts.sending import CODES, Claimed, Sending, Status, StatusUpdate, was_again

log = logging.getLogger(__name__)

WORKERS = 8  # sendings at once, of different customers
POLL_S = 0.3  # for what other processes put
DOWN_S = 2.0  # before a store that is down is asked again
LEASE_S = 60.0
ATTEMPT_S = 45.0  # well within the lease: nobody else has it while it is sent
ATTEMPTS = 8
FIRST_S = 7.0  # doubled with each attempt: about a quarter of an hour in all, at most
CLOSING_S = 5.0  # for what is being sent when the process ends

NumberOf = Callable[[Sending], Awaitable[ChannelEntry | None]]


class Courier:
    """`numbers`: the number of ours that a sending goes out from, for its provider and its rate."""

    def __init__(
        self,
        *,
        queue: Woken,
        adapters: Iterable[Adapter],
        records: Records,
        windows: Windows,
        moving: Moving,
        scenario: Scenario,
        clock: Clock,
        rng: random.Random,
        numbers: NumberOf | None = None,
        rates: Rates | None = None,
        workers: int = WORKERS,
    ) -> None:
        self._queue = queue
        self._adapters = tuple(adapters)
        self._records = records
        self._windows = windows
        self._moving = moving
        self._templates = scenario.messaging.templates
        self._code_life = timedelta(minutes=scenario.identity.code_minutes)
        self._clock = clock
        self._numbers = numbers
        self._rates = rates or Rates(scenario.messaging.per_second)
        self._rng = rng
        self._free = asyncio.Semaphore(workers)
        self._down = False
        self._loop: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # --- the loop -----------------------------------------------------------------------------

    def start(self) -> None:
        if self._loop is None:
            self._loop = asyncio.create_task(self.run())

    async def run(self) -> None:
        """Work the queue off until this is cancelled. A store that is down is waited for."""
        while True:
            await self._free.acquire()
            found = await self._next()
            if found is None:
                self._free.release()
                await self._rest(DOWN_S if self._down else POLL_S)
                continue
            task = asyncio.create_task(self._freeing(found))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Claim nothing more, and let what is being sent end. May be called twice."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
            self._loop = None
        if self._tasks:
            _, slow = await asyncio.wait(self._tasks, timeout=CLOSING_S)
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)

    async def drain(self) -> int:
        """Send all that is due now, one after another; how many there were."""
        count = 0
        while (found := await self._queue.claim(LEASE_S)) is not None:
            await self.serve(found)
            count += 1
        return count

    async def _next(self) -> Claimed | None:
        self._queue.bell.clear()  # what is put from here on rings again
        try:
            found = await self._queue.claim(LEASE_S)
        except MemoryUnavailable:
            if not self._down:
                log.warning("nothing goes out: the memory is down")
            self._down = True
            return None
        except Exception:  # one that can't be read holds up its own lane alone
            log.exception("a sending could not be claimed")
            return None
        self._down = False
        return found

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._queue.bell.wait()

    async def _freeing(self, claimed: Claimed) -> None:
        try:
            await self.serve(claimed)
        except StoreUnavailable:
            log.warning("a sending waits for its lease to end: a store is down")
        finally:
            self._free.release()

    # --- one sending --------------------------------------------------------------------------

    async def serve(self, claimed: Claimed) -> None:
        """Send it, put it off, or give it up. Raises MemoryUnavailable: its lease then ends."""
        try:
            async with asyncio.timeout(ATTEMPT_S):
                await self._attempt(claimed)
        except NotYet as wait:
            await self._queue.again(claimed, wait.after_s, counted=False)
        except NoLonger as error:
            became = self._records.outbox.became
            await self._kept(became(claimed.sending.key, Status.REFUSED, reason=error.reason))
            await self._queue.done(claimed)
        except NotSent as error:
            await self._not_sent(claimed, error)
        except TimeoutError:
            await self._not_sent(claimed, NotSent("no answer in time", after_s=0.0))
        except RecordsUnavailable:
            await self._queue.again(claimed, DOWN_S)
        except MemoryUnavailable:
            raise
        except Exception as error:
            log.exception("an adapter failed", extra=_told(claimed.sending))
            failed = NotSent(f"an error of ours: {type(error).__name__}", after_s=0.0)
            await self._not_sent(claimed, failed)
        else:
            await self._queue.done(claimed)

    async def told(self, update: StatusUpdate) -> None:
        """A provider's word on a message of ours, in whatever order and however often it comes.
        Raises StoreUnavailable: then it has to come again."""
        message = await self._records.outbox.noted(update)
        if message is None or update.status is not Status.FAILED:
            return
        if update.window_closed and not was_again(message.key):
            await self._moving.tell_again(message)
        else:
            await self._moving.move_recorded(message)

    async def _attempt(self, claimed: Claimed) -> None:
        sending = claimed.sending
        await self._kept(self._records.outbox.add(record_of(sending)))
        if not sending.solicited and await self._stopped(sending):
            await self._records.outbox.became(
                sending.key, Status.REFUSED, reason="the customer said STOP"
            )
            return
        if sending.purpose in CODES and self._clock.now() - sending.at > self._code_life:
            raise NotSent("the code has expired")
        number = await self._number(sending)
        adapter = self._adapter(sending, number)
        rated = number.registration_id if number else sending.sender
        in_place = await self._in_place(claimed, adapter)
        if in_place is None:
            await self._send(claimed, adapter, rated)
        else:
            await self._send_template(claimed, adapter, rated, in_place)

    async def _send(self, claimed: Claimed, adapter: Adapter, rated: str) -> None:
        sending, sent = claimed.sending, claimed.sent
        messages = adapter.deliver(sending, sent=sent)
        async for message_id in self._paced(messages, sending.channel, rated):
            sent += 1
            await self._queue.progress(claimed, sent)
            await self._taken(sending, message_id)
        if sent == 0:
            await self._kept(
                self._records.outbox.became(sending.key, Status.SENT, reason="nothing to be sent")
            )

    async def _send_template(
        self, claimed: Claimed, adapter: Adapter, rated: str, in_place: Chosen
    ) -> None:
        """No progress is kept: should the window open, the text itself begins at its first."""
        sending = claimed.sending
        messages = adapter.deliver(sending, template=in_place.template)
        moved = False
        async for message_id in self._paced(messages, sending.channel, rated):
            moved = await self._taken(sending, message_id)
        if in_place.whole or moved:
            return
        await self._windows.hold(sending)
        await self._kept(self._records.outbox.became(sending.key, Status.HELD))
        if await self._is_open(sending, adapter):  # they wrote in this moment
            await self._windows.release(sending.lane)

    async def _paced(
        self, messages: AsyncIterator[str], channel: Channel, number: str
    ) -> AsyncIterator[str]:
        """The messages, each no sooner than its number's rate allows."""
        while True:
            await self._rates.take(channel, number)
            try:
                yield await anext(messages)
            except StopAsyncIteration:
                self._rates.give_back(channel, number)
                return
            except NotYet:
                self._rates.give_back(channel, number)
                raise

    async def _in_place(self, claimed: Claimed, adapter: Adapter) -> Chosen | None:
        """The template that has to stand in; None where it can be said freely. Raises NotSent."""
        sending = claimed.sending
        if claimed.sent or await self._is_open(sending, adapter):
            return None
        found = chosen(sending, self._templates)
        if found is None:
            raise NotSent("the customer has not written for a day, and no template fits")
        return found

    async def _is_open(self, sending: Sending, adapter: Adapter) -> bool:
        return await self._windows.is_open(sending.channel, sending.address, adapter.window)

    async def _stopped(self, sending: Sending) -> bool:
        return await self._records.opt_outs.stopped(sending.channel, sending.address)

    async def _number(self, sending: Sending) -> ChannelEntry | None:
        """None where no number is known: the adapter says what it makes of that."""
        if self._numbers is None:
            return None
        try:
            return await self._numbers(sending)
        except RecordsUnavailable as error:
            raise NotSent("the numbers can't be looked up", after_s=DOWN_S) from error

    def _adapter(self, sending: Sending, number: ChannelEntry | None) -> Adapter:
        """The channel's, of the number's provider where there are several. Raises NotSent."""
        able = [adapter for adapter in self._adapters if adapter.channel is sending.channel]
        if not able:
            raise NotSent(f"nothing here carries {sending.channel}")
        provider = number.provider if number else ""
        return next((adapter for adapter in able if adapter.provider == provider), able[0])

    # --- what became of it --------------------------------------------------------------------

    async def _not_sent(self, claimed: Claimed, error: NotSent) -> None:
        sending = claimed.sending
        if error.after_s is not None and claimed.attempt < ATTEMPTS:
            await self._queue.again(claimed, self._pause(claimed.attempt, error.after_s))
            return
        log.warning("a message was given up", extra=_told(sending) | {"attempt": claimed.attempt})
        try:
            await self._records.outbox.became(sending.key, Status.FAILED, reason=error.reason)
            await self._moving.move(sending)
        except RecordsUnavailable:  # who it could go to can't be looked up
            await self._queue.again(claimed, DOWN_S)
            return
        await self._queue.done(claimed)

    def _pause(self, attempt: int, after_s: float) -> float:
        """Seconds: what the provider asked for, and a share of the back-off by chance, so that not
        all come back at once."""
        return after_s + self._rng.uniform(0, FIRST_S * 2 ** (attempt - 1))

    async def _taken(self, sending: Sending, message_id: str) -> bool:
        """Keep the id of a message that the provider took. Its failure may have been told before
        the id was known, when nobody could move it: whether it was moved now."""
        try:
            message = await self._records.outbox.sent(sending.key, message_id)
            if message is None or message.status is not Status.FAILED:
                return False
            return await self._moving.move(sending)
        except RecordsUnavailable:
            log.warning("the id of a message was not kept: the records are down")
            return False

    async def _kept(self, bookkeeping: Awaitable[object]) -> None:
        """Messages go out even while the records are down: words about safety may be among them.
        They are then missing in the outbox."""
        try:
            await bookkeeping
        except RecordsUnavailable:
            log.warning("the outbox misses what became of a message: the records are down")


def _told(sending: Sending) -> dict[str, str]:
    return {"channel": sending.channel.value, "purpose": sending.purpose}
