"""Which business number belongs to which agent: what operators say at /config/."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, Literal, Protocol

from pydantic import AwareDatetime, Field

from contracts.messages import Channel
from contracts.records.base import Record

Provider = Literal["acs", "infobip"]
Kind = Literal["agent", "channel", "mapping"]
Speech = Literal["", "local", "azure", "voicelive", "openai_realtime"]
MAX_ENTRIES = 2_000  # of each kind


class AgentEntry(Record):
    """An agent that numbers can be mapped to: one of the scenario's (`own`), or one that is served
    elsewhere (`endpoint`; an id that begins with `asst_` is one of Azure AI Foundry)."""

    agent_id: str
    name: str
    own: str = ""  # name of an agent of the scenario
    endpoint: str = ""  # https://...
    description: str = ""
    tags: tuple[str, ...] = ()
    active: bool = True


class ChannelEntry(Record):
    """A number or address of the utility's, and how its provider knows it."""

    channel_id: str
    registration_id: str  # the provider's: ACS's channel registration GUID, Infobip's sender
    name: str
    type: Channel
    provider: Provider = "acs"
    number: str  # E.164; an address in lower case for e-mail
    business_name: str = ""
    scenario: str = ""
    # What hears and speaks in calls to it; empty: the setting SPEECH.
    speech: Speech = ""
    active: bool = True


class Rule(Record):
    """When a mapping counts. What is not given does not matter."""

    days: tuple[int, ...] = ()  # 0 is Monday
    begins: time | None = None  # in the utility's zone; after `ends`: over midnight
    ends: time | None = None
    language: str = ""  # "en", "es"
    words: tuple[str, ...] = ()  # one of them is in the message


class Mapping(Record):
    """A channel's agent. Of those whose rule fits, the lowest order counts; of the same order each
    gets its weight's share of customers, always the same ones. The primary one counts where no rule
    fits."""

    mapping_id: str
    channel_id: str
    agent_id: str
    primary: bool = False
    order: int = 0
    rule: Rule | None = None
    weight: int = Field(default=1, ge=1, le=1000)


class AuditEntry(Record):
    """Who changed what. `before` and `after` are the entry as JSON; None: it was not there."""

    at: AwareDatetime
    who: str
    action: Literal["add", "edit", "switch on", "switch off", "delete", "import"]
    kind: Kind
    id: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class MessageCount(Record):
    """How many messages came in on a channel on a day (in the utility's zone) for an agent."""

    day: date
    channel_id: str
    agent_id: str
    messages: int
    last: AwareDatetime  # when the latest of them came in


class Configuration(Record):
    """All of it at one version."""

    version: int = 0
    agents: tuple[AgentEntry, ...] = ()
    channels: tuple[ChannelEntry, ...] = ()
    mappings: tuple[Mapping, ...] = ()


class Numbers(Protocol):
    async def version(self) -> int:
        """Grows with each change, in whatever process it is made."""
        ...

    async def load(self) -> Configuration: ...

    async def change(
        self, configuration: Configuration, *, audit: tuple[AuditEntry, ...]
    ) -> Configuration:
        """Put it in place of what stands, in one step; the configuration with its new version.
        Raises Conflict where what stands is not of `configuration.version`: somebody was quicker.
        """
        ...

    async def audited(self, limit: int) -> list[AuditEntry]:
        """Newest first."""
        ...

    async def count(self, counts: dict[tuple[date, str, str], int], at: datetime) -> None:
        """Add so many messages to a day, channel and agent, the latest of them come in at `at`.
        Kept for 400 days."""
        ...

    async def counted(self, since: date, limit: int) -> list[MessageCount]:
        """From that day on, the latest day first."""
        ...
