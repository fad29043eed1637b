"""Messages outside a turn, by way of the outbox."""

from __future__ import annotations

from contracts.clock import Clock
from contracts.messages import Channel
from contracts.records import Outbox, OutboxMessage


class OutboxNotifier:
    """`Notifier`: keeps each message in the outbox, once a key."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock

    async def send(
        self, *, key: str, customer_id: str, channel: Channel, address: str, text: str, purpose: str
    ) -> None:
        message = OutboxMessage(
            key=key,
            customer_id=customer_id,
            channel=channel.value,
            address=address,
            text=text,
            purpose=purpose,
            at=self._clock.now(),
        )
        await self._outbox.add(message)
