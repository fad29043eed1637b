"""Text messages over Azure Communication Services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from channels.acs.clients import AcsClients, repeat_id
from channels.acs.sms_events import read_sms
from channels.adapter import NotSent, Template
from channels.letters import Letter, TextLetter
from channels.senders import SenderOf
from contracts.clock import Clock
from contracts.errors import BadInput
from contracts.messages import Channel, Inbound, Remote
from contracts.sending import Sending, StatusUpdate

Render = Callable[[Sending], Awaitable[Sequence[Letter]]]


class AcsSms:
    channel = Channel.SMS
    provider = "acs"
    window: timedelta | None = None

    def __init__(
        self, clients: AcsClients, render: Render, sender_of: SenderOf, clock: Clock
    ) -> None:
        self._clients = clients
        self._render = render
        self._sender_of = sender_of
        self._clock = clock

    def parse(self, event: Mapping[str, Any]) -> Inbound | StatusUpdate | None:
        return read_sms(event)

    async def deliver(
        self, sending: Sending, *, sent: int = 0, template: Template | None = None
    ) -> AsyncIterator[str]:
        if template is not None:
            raise NotSent("a text message has no templates")
        async with self._clients.speaking():
            letters = await self._render(sending)
        sender = (await self._sender_of(sending)).number
        for index, letter in enumerate(letters):
            if not isinstance(letter, TextLetter):
                raise NotSent(f"a text message can't be a {type(letter).__name__}")
            if index >= sent:
                yield await self._send(sender, sending, letter.text, index)

    async def _send(self, sender: str, sending: Sending, text: str, index: int) -> str:
        async with self._clients.speaking():
            return await self._clients.sms().send_once(
                sender,
                sending.address,
                text,
                repeat=repeat_id(sending.key, index),
                at=self._clock.now(),
            )

    async def fetch(self, remote: Remote) -> bytes:
        raise BadInput("a text message over Azure brings no files")
