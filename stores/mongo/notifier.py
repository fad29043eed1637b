"""Messages outside a turn, by way of the outbox."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from contracts.clock import Clock
from contracts.errors import Overloaded
from contracts.language import marked, spoken, t
from contracts.messages import Channel, Text
from contracts.ports import SendQueue
from contracts.records import Outbox, OutboxMessage
from contracts.sending import Aloud, Sending, Status

log = logging.getLogger(__name__)

SUBJECTS = {  # of an e-mail, by purpose
    "handoff": marked("Let's go on here"),
    "one-time code": marked("Your one-time code"),
    "pay link": marked("Your payment link"),
    "payment": marked("News of your payment"),
    "contact changed": marked("Your contact details were changed"),
    "outage update": marked("An update on your outage"),
    "outage found": marked("An outage at your address"),
    "eta changed": marked("An update on your outage"),
    "power restored": marked("Your service is back"),
    "payment due": marked("A payment is due soon"),
    "appointment": marked("Your appointment"),
}


class OutboxNotifier:
    """`Notifier`: keeps each message in the outbox, once a key, and puts it into the queue where a
    provider carries its channel. Where none does, the outbox is where it ends."""

    def __init__(
        self,
        outbox: Outbox,
        clock: Clock,
        queue: SendQueue | None = None,
        carried: Iterable[Channel] = (),
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._queue = queue
        self._carried = frozenset(carried)

    async def send(
        self,
        *,
        key: str,
        customer_id: str,
        channel: Channel,
        address: str,
        text: str,
        purpose: str,
        aloud: Aloud | None = None,
    ) -> None:
        message = OutboxMessage(
            key=key,
            customer_id=customer_id,
            channel=channel.value,
            address=address,
            text=aloud.text if aloud else text,
            purpose=purpose,
            at=self._clock.now(),
        )
        await self._outbox.add(message)
        if self._queue is not None and channel in self._carried:
            await self._put(self._queue, _sending(message, channel, text, aloud))

    async def _put(self, queue: SendQueue, sending: Sending) -> None:
        """Also where the record was there: a crash may have come between the two."""
        try:
            await queue.put(sending)
        except Overloaded:
            log.warning("a message was not sent: too many wait", extra={"purpose": sending.purpose})
            reason = "too many messages wait for this address"
            await self._outbox.became(sending.key, Status.FAILED, reason=reason)


def _sending(message: OutboxMessage, channel: Channel, text: str, aloud: Aloud | None) -> Sending:
    subject = SUBJECTS.get(message.purpose)
    return Sending(
        key=message.key,
        customer_id=message.customer_id,
        channel=channel,
        address=message.address,
        purpose=message.purpose,
        parts=(Text(text=text),),
        language=spoken(),
        subject=t(subject) if subject else "",
        aloud=aloud,
        at=message.at,
    )
