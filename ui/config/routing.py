"""Who answers on a number, a message answered, and how the channels stand."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from channels.addresses import normalise
from channels.numbers.checks_channels import CARRIED
from channels.numbers.router import name_of
from channels.numbers.service import NotThere
from channels.numbers.statistics import statistics
from contracts.errors import MemoryUnavailable
from contracts.messages import Inbound, Turn
from contracts.records import ChannelEntry
from contracts.records.numbers import Provider
from ui.config.shapes import Answer, Message, OfProvider, OurNumber, Routed, Status

if TYPE_CHECKING:
    from app.build import App

log = logging.getLogger(__name__)

WEEK = timedelta(days=7)
PROVIDERS: tuple[Provider, ...] = ("acs", "infobip")
NOBODY = "nobody"  # in place of a customer, where only the number matters


class Routing:
    def __init__(self, app: App) -> None:
        self._app = app
        self._router = app.number_router

    async def routed(self, phone: str, *, sender: str = "", text: str = "") -> Routed:
        """Raises NotThere for a number that is none of ours, BadInput for a sender that is none."""
        channel = await self._channel(phone)
        inbound = self._inbound(channel, sender, text)
        agent = await self._router.agent_for(channel.registration_id, inbound, count=False)
        return Routed(phone=channel.number, channel=channel, agent=agent)

    async def answered(self, message: Message) -> Answer:
        """The turn of a message that came in on a number of ours. The answer goes to whoever asked,
        and to nobody else. Raises NotThere, BadInput, Overloaded, ThreadBusy."""
        channel = await self._channel(message.to)
        inbound = self._inbound(channel, message.sender, message.text, message.id)
        agent = await self._router.agent_for(channel.registration_id, inbound)
        routed = inbound.model_copy(update={"agent": name_of(agent)})
        turn: Turn | None = None
        async for part in self._app.gateway.receive(routed):
            turn = part if isinstance(part, Turn) else turn
        if turn is None:  # the memory is down: what was said is an apology, and no turn
            raise MemoryUnavailable("the message was not taken")
        return Answer(
            id=message.id or inbound.id,
            agent=turn.agent,
            reply=turn.reply,
            parts=[part.model_dump(mode="json") for part in turn.parts],
        )

    async def status(self) -> Status:
        app = self._app
        configuration = await self._router.configuration()
        counted = await statistics(app.records.numbers, app.scenario, app.clock, WEEK.days)
        return Status(
            providers=tuple(self._provider(name) for name in PROVIDERS),
            numbers=tuple(
                OurNumber.model_validate(it, from_attributes=True) for it in configuration.channels
            ),
            waiting=await self._waiting(),
            last_message=counted.last,
        )

    def _provider(self, name: Provider) -> OfProvider:
        adapters = self._app.messaging.carriers.adapters
        carried = {it.channel for it in adapters if it.provider == name}
        carries = tuple(kind for kind in CARRIED[name] if kind in carried)
        return OfProvider(provider=name, configured=bool(carries), carries=carries)

    async def _waiting(self) -> int | None:
        try:
            return await self._app.memory.sends.waiting()
        except MemoryUnavailable:
            log.warning("it can't be known what waits to be sent")
            return None

    async def _channel(self, phone: str) -> ChannelEntry:
        channel = await self._router.channel_of(phone)
        if channel is None:
            raise NotThere("that is no active number or address of ours: GET /config/api/channels")
        return channel

    def _inbound(
        self, channel: ChannelEntry, sender: str, text: str, message_id: str = ""
    ) -> Inbound:
        """`message_id` is the asker's own: it never is that of a provider's message."""
        region = self._app.scenario.brand.region
        address = normalise(channel.type, sender, region) if sender else NOBODY
        return Inbound(
            channel=channel.type,
            address=address,
            id=f"route-{message_id or uuid4().hex}",
            text=text,
            at=self._app.clock.now(),
        )
