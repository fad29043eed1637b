"""What a turn said, on its way to a customer who was not waiting for it."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.clock import Clock
from contracts.messages import Inbound, Outbound, Step, Text, Turn
from contracts.ports import SendQueue
from contracts.sending import REPLY, Sending, turn_key
from stores.directory import Directory


class Replies:
    """Puts a turn's parts into the queue of what goes out, once for each message."""

    def __init__(self, sends: SendQueue, directory: Directory, clock: Clock) -> None:
        self._sends = sends
        self._directory = directory
        self._clock = clock

    async def put(self, inbound: Inbound, turn: Turn, language: str) -> None:
        """Nothing happens where the customer reads the reply on a page, or there is none. Raises
        Overloaded, MemoryUnavailable."""
        parts = tuple(part for part in turn.parts if not isinstance(part, Step))
        if not inbound.to or inbound.happening is not None or not parts:
            return
        await self._sends.put(
            Sending(
                key=turn_key(inbound.key),
                customer_id=turn.customer_id,
                channel=inbound.channel,
                address=inbound.address,
                purpose=turn.purpose or REPLY,
                parts=parts,
                sender=inbound.to,
                language=language,
                at=self._clock.now(),
            )
        )

    async def refuse(self, inbound: Inbound, safety: Sequence[Outbound], error: Exception) -> bool:
        """The answer to a message that no turn is run for: the safety words, else what is wrong
        with it. Whether it is new."""
        who = await self._directory.resolve(inbound.channel, inbound.address)
        told = tuple(part for part in safety if isinstance(part, Text)) or (Text(text=str(error)),)
        return await self._sends.put(
            Sending(
                key=turn_key(inbound.key),
                customer_id=who.customer_id,
                channel=inbound.channel,
                address=inbound.address,
                purpose=REPLY,
                parts=told,
                sender=inbound.to,
                at=self._clock.now(),
            )
        )
