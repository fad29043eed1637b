"""The numbers' configuration in memory, with a store that can be down and rivals that are quick."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from contracts.errors import Conflict, RecordsUnavailable
from contracts.messages import Channel
from contracts.records import (
    AgentEntry,
    AuditEntry,
    ChannelEntry,
    Configuration,
    Mapping,
    MessageCount,
)

WHATSAPP = "+15035550100"
GUID = "9f1c2b1e-5a0f-4c39-9a3e-6f0e8a2d0c01"


@dataclass
class FakeNumbers:
    standing: Configuration = field(default_factory=Configuration)
    trail: list[AuditEntry] = field(default_factory=list)
    counts: dict[tuple[date, str, str], int] = field(default_factory=dict)
    last: datetime = datetime(2026, 11, 20, tzinfo=UTC)
    down: bool = False
    looks: int = 0
    loads: int = 0
    # Called before each change is stored: where somebody else is quicker.
    between: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    def _reach(self) -> None:
        if self.down:
            raise RecordsUnavailable("records are down")

    async def version(self) -> int:
        self._reach()
        self.looks += 1
        await asyncio.sleep(0)  # as a store, which others run beside
        return self.standing.version

    async def load(self) -> Configuration:
        self._reach()
        self.loads += 1
        return self.standing

    async def change(
        self, configuration: Configuration, *, audit: tuple[AuditEntry, ...]
    ) -> Configuration:
        self._reach()
        if self.between:
            await self.between.pop(0)()
        if configuration.version != self.standing.version:
            raise Conflict("somebody was quicker")
        version = configuration.version + 1
        self.standing = configuration.model_copy(update={"version": version})
        self.trail[:0] = reversed(audit)
        return self.standing

    async def audited(self, limit: int) -> list[AuditEntry]:
        self._reach()
        return self.trail[:limit]

    async def count(self, counts: dict[tuple[date, str, str], int], at: datetime) -> None:
        self._reach()
        for key, messages in counts.items():
            self.counts[key] = self.counts.get(key, 0) + messages
            self.last = at

    async def counted(self, since: date, limit: int) -> list[MessageCount]:
        self._reach()
        return [
            MessageCount(
                day=day, channel_id=channel, agent_id=agent, messages=messages, last=self.last
            )
            for (day, channel, agent), messages in sorted(self.counts.items(), reverse=True)
            if day >= since
        ][:limit]


def agent(agent_id: str = "concierge", **given: object) -> AgentEntry:
    own = "" if given.get("endpoint") else agent_id
    fields = {"agent_id": agent_id, "name": agent_id.title(), "own": own, **given}
    return AgentEntry.model_validate(fields)


def channel(channel_id: str = "whatsapp", **given: object) -> ChannelEntry:
    fields = {
        "channel_id": channel_id,
        "registration_id": GUID,
        "name": "WhatsApp",
        "type": Channel.WHATSAPP,
        "number": WHATSAPP,
        **given,
    }
    return ChannelEntry.model_validate(fields)


def sms(**given: object) -> ChannelEntry:
    number = "+15035550101"
    fields = {"type": Channel.SMS, "number": number, "registration_id": number, **given}
    return channel("sms", **fields)


def mapping(mapping_id: str = "whatsapp", **given: object) -> Mapping:
    fields = {
        "mapping_id": mapping_id,
        "channel_id": "whatsapp",
        "agent_id": "concierge",
        "primary": mapping_id == "whatsapp",
        **given,
    }
    return Mapping.model_validate(fields)


def configured(*entries: AgentEntry | ChannelEntry | Mapping) -> Configuration:
    """The concierge on WhatsApp, and these."""
    given = (agent(), channel(), mapping(), *entries)
    return Configuration(
        version=1,
        agents=tuple(it for it in given if isinstance(it, AgentEntry)),
        channels=tuple(it for it in given if isinstance(it, ChannelEntry)),
        mappings=tuple(it for it in given if isinstance(it, Mapping)),
    )
