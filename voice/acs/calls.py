"""Calls over Azure, put together."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.clock import Clock
from contracts.ports import KeyValue
from contracts.records import Records
from contracts.scenario import Scenario
from contracts.settings import Settings
from gateway.gateway import Gateway
from gateway.wire.authority import Authority
from voice.acs.answering import Answering, NumberOf
from voice.acs.apologies import Apologies
from voice.acs.callbacks import Callbacks
from voice.acs.client import CallClient
from voice.acs.door import Door
from voice.acs.media_socket import MediaSockets
from voice.acs.memory import CallMemory
from voice.acs.news import PlacedNews
from voice.acs.outbound import Outbound, SenderOf
from voice.acs.taking_over import TakingOver
from voice.acs.webhook import CallWebhook
from voice.pulse import Pulse
from voice.switchboard import Switchboard


@dataclass(frozen=True, slots=True)
class AcsCalls:
    client: CallClient
    door: Door
    memory: CallMemory
    sockets: MediaSockets
    switchboard: Switchboard
    taking_over: TakingOver
    callbacks: Callbacks
    outbound: Outbound
    news: PlacedNews
    webhook: CallWebhook

    async def look(self) -> None:
        """Take over the calls that have nobody. Raises StoreUnavailable."""
        await self.taking_over.look(self._is_here)

    def _is_here(self, call_id: str) -> bool:
        return call_id in self.sockets or call_id in self.switchboard

    async def close(self) -> None:
        await self.callbacks.close()
        await self.client.close()


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the parts of it stand on."""

    settings: Settings
    scenario: Scenario
    records: Records
    gateway: Gateway
    clock: Clock
    client: CallClient
    memory: CallMemory
    door: Door


def acs_calls_of(
    settings: Settings,
    scenario: Scenario,
    *,
    records: Records,
    keyvalue: KeyValue,
    gateway: Gateway,
    switchboard: Switchboard,
    pulse: Pulse,
    number_of: NumberOf,
    sender_of: SenderOf,
    clock: Clock,
    secret: bytes,
) -> AcsCalls:
    """Nothing is opened before it is needed. Raises ConfigurationError without ACS_ENDPOINT."""
    ground = _Ground(
        settings=settings,
        scenario=scenario,
        records=records,
        gateway=gateway,
        clock=clock,
        client=CallClient(settings, scenario.voice.voices),
        memory=CallMemory(keyvalue),
        door=Door(settings, secret, clock),
    )
    sockets, taking_over = _carried(ground, switchboard, pulse)
    outbound = _outbound(ground, number_of, sender_of)
    webhook, callbacks = _told(ground, sockets, taking_over, number_of)
    return AcsCalls(
        client=ground.client,
        door=ground.door,
        memory=ground.memory,
        sockets=sockets,
        switchboard=switchboard,
        taking_over=taking_over,
        callbacks=callbacks,
        outbound=outbound,
        news=PlacedNews(outbound, records.calls, gateway, clock),
        webhook=webhook,
    )


def _carried(
    on: _Ground, switchboard: Switchboard, pulse: Pulse
) -> tuple[MediaSockets, TakingOver]:
    """What carries calls, and takes over those that nobody carries any more."""
    apologies = Apologies(on.client, on.memory, on.records.customers)
    taking_over = TakingOver(
        client=on.client,
        apologies=apologies,
        memory=on.memory,
        records=on.records,
        gateway=on.gateway,
        pulse=pulse,
        clock=on.clock,
    )
    sockets = MediaSockets(
        client=on.client,
        apologies=apologies,
        door=on.door,
        memory=on.memory,
        calls=on.records.calls,
        switchboard=switchboard,
        taking_over=taking_over,
        pulse=pulse,
        voice=on.scenario.voice,
        clock=on.clock,
    )
    return sockets, taking_over


def _outbound(on: _Ground, number_of: NumberOf, sender_of: SenderOf) -> Outbound:
    return Outbound(
        client=on.client,
        door=on.door,
        memory=on.memory,
        calls=on.records.calls,
        gateway=on.gateway,
        number_of=number_of,
        sender_of=sender_of,
        clock=on.clock,
    )


def _told(
    on: _Ground, sockets: MediaSockets, taking_over: TakingOver, number_of: NumberOf
) -> tuple[CallWebhook, Callbacks]:
    """What ACS and Event Grid tell us of calls, and what is done about it."""
    answering = Answering(
        client=on.client,
        door=on.door,
        memory=on.memory,
        calls=on.records.calls,
        gateway=on.gateway,
        number_of=number_of,
        clock=on.clock,
        full=sockets.full,
    )
    callbacks = Callbacks(
        memory=on.memory,
        calls=on.records.calls,
        live=sockets,
        taking_over=taking_over,
        clock=on.clock,
    )
    webhook = CallWebhook(
        authority=Authority(on.settings, on.clock),
        door=on.door,
        answering=answering,
        callbacks=callbacks,
        sockets=sockets,
        clock=on.clock,
    )
    return webhook, callbacks
