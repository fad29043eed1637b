"""The number or address of ours that a sending goes out from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from channels.adapter import NotSent
from channels.numbers.router import NumberRouter
from contracts.errors import RecordsUnavailable
from contracts.messages import Channel
from contracts.records import ChannelEntry
from contracts.sending import Sending

AGAIN_S = 5.0

SenderOf = Callable[[Sending], Awaitable[ChannelEntry]]


class Senders:
    """`of` is a `SenderOf`."""

    def __init__(self, router: NumberRouter) -> None:
        self._router = router

    async def of(self, sending: Sending) -> ChannelEntry:
        """The entry of `sending.sender`; the channel's first active one where that is empty or not
        there any more. Raises NotSent."""
        kind = sending.channel
        try:
            found = await self._router.channel_of(sending.sender) if sending.sender else None
            if found is None or found.type is not kind:
                found = await self._router.channel_for(kind)
        except RecordsUnavailable as error:
            raise NotSent("the numbers can't be looked up", after_s=AGAIN_S) from error
        return found or _as_named(sending)


def _as_named(sending: Sending) -> ChannelEntry:
    """A number that a message came in on and nobody has entered. Raises NotSent."""
    if not sending.sender:
        raise NotSent(f"there is no active {sending.channel} number: add one at /config/")
    return ChannelEntry(
        channel_id=sending.sender,
        registration_id=sending.sender,
        name=sending.sender,
        type=Channel(sending.channel),
        number=sending.sender,
    )
