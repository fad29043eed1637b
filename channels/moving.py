"""A message that failed is told on the customer's next channel, once, where they agreed to that."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from channels.window import Windows
from contracts.clock import Clock
from contracts.errors import Overloaded
from contracts.language import speaking, t
from contracts.messages import Channel, Part, Text
from contracts.ports import SendQueue
from contracts.records import Customer, OutboxMessage, Records
from contracts.scenario import Scenario
from contracts.sending import (
    HERE_ALONE,
    REPLY,
    WRITTEN,
    Sending,
    again_key,
    answered_by,
    is_moved,
    moved_key,
)
from tools.reach import Route, route_for_news
from tools.speech import channel_words

log = logging.getLogger(__name__)


class Moving:
    """`carried`: the channels that something goes out on here."""

    def __init__(
        self,
        *,
        queue: SendQueue,
        records: Records,
        windows: Windows,
        scenario: Scenario,
        clock: Clock,
        carried: Iterable[Channel],
    ) -> None:
        self._queue = queue
        self._records = records
        self._windows = windows
        self._clock = clock
        self._channels = tuple(
            channel
            for channel in dict.fromkeys((*scenario.router.prefer, *WRITTEN))
            if channel in frozenset(carried) & set(WRITTEN)
        )

    async def move(self, sending: Sending) -> bool:
        """Tell it elsewhere; False where there is nowhere. Moving twice tells it once. Raises
        StoreUnavailable."""
        if sending.purpose in HERE_ALONE or is_moved(sending.key, sending.channel):
            return self._nowhere(sending)
        customer = await self._records.customers.get(sending.customer_id)
        route = await self._route(sending, customer) if customer else None
        if customer is None or route is None:
            return self._nowhere(sending)
        moved = _told_anew(sending, route, sending.language or customer.language, self._clock)
        await self._records.outbox.add(record_of(moved))
        try:
            await self._queue.put(moved)
        except Overloaded:
            return self._nowhere(sending)
        await self._windows.drop(sending.channel, sending.address, sending.key)
        log.info("a failed message was moved", extra=_told(sending) | {"to": moved.channel})
        return True

    async def move_recorded(self, message: OutboxMessage) -> bool:
        """The same for one that the provider gave up after it had taken it: from its record."""
        return await self.move(await self._recorded(message, message.key))

    async def tell_again(self, message: OutboxMessage) -> None:
        """Say on the same channel what failed there since the window was closed, once: as a
        template now. Raises StoreUnavailable."""
        again = await self._recorded(message, again_key(message.key))
        await self._windows.forget(again.channel, again.address)
        try:
            await self._queue.put(again)
        except Overloaded:
            await self.move(again)

    async def _recorded(self, message: OutboxMessage, key: str) -> Sending:
        return Sending(
            key=key,
            customer_id=message.customer_id,
            channel=Channel(message.channel),
            address=message.address,
            purpose=message.purpose,
            parts=await self._parts(message),
            at=message.at,
        )

    async def _parts(self, message: OutboxMessage) -> tuple[Part, ...]:
        """A reply's are in its turn, unless that isn't archived yet."""
        if message.purpose == REPLY and (inbound_key := answered_by(message.key)):
            turn = await self._records.transcripts.find(inbound_key)
            if turn is not None and turn.parts:
                return turn.parts
        return (Text(text=message.text),)

    async def _route(self, sending: Sending, customer: Customer) -> Route | None:
        """The one it went by before, if it was moved; else the next that is open to it."""
        keys = {moved_key(sending.key, channel): channel for channel in self._channels}
        before = await self._records.outbox.of_keys(keys)
        channels = [keys[key] for key in before] or self._channels
        for channel in channels:
            if channel is sending.channel:
                continue
            route = route_for_news(customer, (channel,))
            if route is not None and await self._may_be_written_to(sending, route):
                return route
        return None

    async def _may_be_written_to(self, sending: Sending, route: Route) -> bool:
        return sending.solicited or not await self._records.opt_outs.stopped(
            route.carrier, route.contact.value
        )

    def _nowhere(self, sending: Sending) -> bool:
        log.warning("a message could not be delivered, nor moved", extra=_told(sending))
        return False


def record_of(sending: Sending) -> OutboxMessage:
    """What the outbox keeps of a sending."""
    return OutboxMessage(
        key=sending.key,
        customer_id=sending.customer_id,
        channel=sending.channel.value,
        address=sending.address,
        text=sending.aloud.text if sending.aloud else text_of(sending.parts),
        purpose=sending.purpose,
        at=sending.at,
    )


def text_of(parts: Iterable[Part]) -> str:
    """Parts in words, for people at the utility."""
    said = (_in_words(part) for part in parts)
    return "\n".join(words for words in said if words)


def _in_words(part: Part) -> str:
    match part.kind:
        case "text":
            return part.text
        case "card":
            return "\n".join([part.title, *(f"{label}: {value}" for label, value in part.rows)])
        case "link":
            return f"{part.label}: {part.url}"
        case "choices":
            options = ", ".join(option.label for option in part.options)
            return f"{part.prompt} ({options})"
    return ""


def _told_anew(sending: Sending, route: Route, language: str, clock: Clock) -> Sending:
    """In words that fit where it goes now, from that channel's own number."""
    with speaking(language):
        why = _why(sending.channel)
        subject = sending.subject or t("A message about your service")
    return sending.model_copy(
        update={
            "key": moved_key(sending.key, route.carrier),
            "channel": route.carrier,
            "address": route.contact.value,
            "parts": (Text(text=why), *sending.parts),
            "sender": "",
            "language": language,
            "subject": subject,
            "aloud": None,
            "at": clock.now(),
        }
    )


def _why(channel: Channel) -> str:
    if channel is Channel.VOICE:
        return t("We tried to call you and couldn't reach you, so here is our message:")
    return t("We couldn't reach you by {way}, so here is our message:", way=channel_words(channel))


def _told(sending: Sending) -> dict[str, str]:
    return {"channel": sending.channel.value, "purpose": sending.purpose}
