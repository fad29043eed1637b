"""`NumberRouter`: which agent answers a message, by the number it came in on.

The configuration is kept in memory and looked at afresh for each message by its version alone, so
that a change is felt at the next message in every process.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from channels.numbers.rules import by_content, chosen, mappings_of
from channels.numbers.traffic import Traffic
from contracts.clock import Clock
from contracts.errors import MemoryUnavailable, RecordsUnavailable
from contracts.messages import Channel, Inbound
from contracts.ports import KeyValue
from contracts.records import AgentEntry, ChannelEntry, Configuration, Mapping, Numbers
from contracts.scenario import Scenario
from nodes.desk import AWAY

log = logging.getLogger(__name__)

DOWN_S = 1.0  # without another look at records that did not answer
MAX_READ = 600  # characters of a message


@dataclass(frozen=True, slots=True)
class _Table:
    """The configuration as it is looked up."""

    configuration: Configuration
    channels: dict[str, ChannelEntry] = field(default_factory=dict)  # active, by id and number
    agents: dict[str, AgentEntry] = field(default_factory=dict)
    mappings: dict[str, tuple[Mapping, ...]] = field(default_factory=dict)  # by channel


def name_of(agent: AgentEntry | None) -> str:
    """The agent as an inbound names it: one of ours, or "@" and the id of one served elsewhere."""
    if agent is None:
        return ""
    return agent.own or f"{AWAY}{agent.agent_id}"


class NumberRouter:
    def __init__(
        self, numbers: Numbers, scenario: Scenario, clock: Clock, keyvalue: KeyValue
    ) -> None:
        self._zone = ZoneInfo(scenario.brand.timezone)
        self._going_on_s = scenario.identity.session_idle_minutes * 60.0
        self._numbers = numbers
        self._clock = clock
        self._keyvalue = keyvalue
        self._traffic = Traffic(numbers, clock, self._zone)
        self._table: _Table | None = None
        self._looking = asyncio.Lock()
        self._asked = self._answered = 0
        self._down_until = 0.0

    async def channel_of(self, where: str) -> ChannelEntry | None:
        """The active channel with this registration id, number or address. Raises
        RecordsUnavailable where nothing was ever read."""
        return (await self._current()).channels.get(_key(where))

    async def channel_for(self, kind: Channel, provider: str = "") -> ChannelEntry | None:
        """The first active channel of a kind: what a message is sent from that answers none.
        Raises RecordsUnavailable where nothing was ever read."""
        for channel in (await self._current()).configuration.channels:
            if channel.active and channel.type is kind and provider in ("", channel.provider):
                return channel
        return None

    async def agent_for(
        self, where: str, inbound: Inbound, *, count: bool = True
    ) -> AgentEntry | None:
        """As `placed`, without the channel."""
        return (await self.placed(where, inbound, count=count))[1]

    async def placed(
        self, where: str, inbound: Inbound, *, count: bool = True
    ) -> tuple[ChannelEntry | None, AgentEntry | None]:
        """The channel that a message came in on, by its registration id, number or address, and the
        agent to which it is mapped; None where the number is not known, and our own first agent
        answers.

        `count`: it is a customer's message, for the statistics. Raises RecordsUnavailable where
        nothing was ever read.
        """
        table = await self._current()
        channel = table.channels.get(_key(where))
        if channel is None:
            return None, None
        mapping = await self._mapping(table, channel, inbound, keep=count)
        agent = table.agents.get(mapping.agent_id) if mapping else None
        if agent is not None and count:
            self._traffic.count(inbound.key, channel.channel_id, agent.agent_id)
        return channel, agent

    async def called(
        self, number: str, address: str
    ) -> tuple[ChannelEntry | None, AgentEntry | None]:
        """The channel whose number somebody called, switched on or off, and the agent to which it
        is mapped; None where the number is not known. Raises RecordsUnavailable where nothing was
        ever read."""
        table = await self._current()
        of_number = [
            channel
            for channel in table.configuration.channels
            if channel.type is Channel.VOICE and _key(channel.number) == _key(number)
        ]
        channel = next(iter(sorted(of_number, key=lambda it: not it.active)), None)
        if channel is None or not channel.active:
            return channel, None
        call = Inbound(channel=Channel.VOICE, address=address, at=self._clock.now())
        mapping = await self._mapping(table, channel, call, keep=False)
        agent = table.agents.get(mapping.agent_id) if mapping else None
        if agent is not None:
            self._traffic.count(call.key, channel.channel_id, agent.agent_id)
        return channel, agent

    async def configuration(self) -> Configuration:
        """As it stands. Raises RecordsUnavailable where nothing was ever read."""
        return (await self._current()).configuration

    async def close(self) -> None:
        """Let what was counted be written."""
        await self._traffic.close()

    async def _mapping(
        self, table: _Table, channel: ChannelEntry, inbound: Inbound, *, keep: bool
    ) -> Mapping | None:
        own = table.mappings.get(channel.channel_id, ())
        watched = any(by_content(mapping) for mapping in own)
        key = _going_on_key(channel, inbound.address)
        found = chosen(
            own,
            text=inbound.text[:MAX_READ],
            at=self._clock.now().astimezone(self._zone),
            address=inbound.address,
            before=await self._before(key) if watched else "",
        )
        if keep and watched and found is not None and by_content(found):
            await self._go_on(key, found)
        return found

    async def _before(self, key: str) -> str:
        try:
            kept = await self._keyvalue.get(key)
        except MemoryUnavailable:
            return ""
        return str(kept["mapping_id"]) if kept else ""

    async def _go_on(self, key: str, mapping: Mapping) -> None:
        try:
            kept = {"mapping_id": mapping.mapping_id}
            await self._keyvalue.set(key, kept, ttl_s=self._going_on_s)
        except MemoryUnavailable:
            log.warning("it was not kept which mapping a conversation chose")

    # --- the configuration --------------------------------------------------------------------

    async def _current(self) -> _Table:
        """The table by a look that began after this was asked for; those who ask at once share."""
        self._asked += 1
        mine = self._asked
        async with self._looking:
            if self._answered < mine:
                covers = self._asked
                await self._look()
                self._answered = covers
            if self._table is None:
                raise RecordsUnavailable("the numbers were never read: MongoDB does not answer")
            return self._table

    async def _look(self) -> None:
        if time.monotonic() < self._down_until:
            return
        try:
            version = await self._numbers.version()
            if self._table is None or self._table.configuration.version != version:
                self._table = _table_of(await self._numbers.load())
        except RecordsUnavailable:
            log.warning("the numbers can't be looked at: those known last are used")
            self._down_until = time.monotonic() + DOWN_S


def _table_of(configuration: Configuration) -> _Table:
    active = [channel for channel in configuration.channels if channel.active]
    by_number = {_key(channel.number): channel for channel in active}
    return _Table(
        configuration=configuration,
        channels={**by_number, **{_key(it.registration_id): it for it in active}},
        agents={agent.agent_id: agent for agent in configuration.agents if agent.active},
        mappings=mappings_of(configuration),
    )


def _key(where: str) -> str:
    return where.strip().lower()


def _going_on_key(channel: ChannelEntry, address: str) -> str:
    """Without the address itself: keys are seen where values are not."""
    digest = hashlib.sha256(f"{channel.channel_id}\0{address}".encode()).hexdigest()
    return f"desk:{digest[:32]}"
