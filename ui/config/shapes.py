"""What the operators' REST takes and gives."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from channels.numbers.problem import Problem
from contracts.messages import MAX_TEXT, Channel
from contracts.records import AgentEntry, AuditEntry, ChannelEntry, Mapping
from contracts.records.numbers import Kind, Provider


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Agents(BaseModel):
    version: int
    agents: tuple[AgentEntry, ...]


class Channels(BaseModel):
    version: int
    channels: tuple[ChannelEntry, ...]


class Mappings(BaseModel):
    version: int
    mappings: tuple[Mapping, ...]


class Wrong(BaseModel):
    """Why something was refused: nothing was changed."""

    detail: str
    problems: tuple[Problem, ...] = ()


class Changed(BaseModel):
    """What stands after a change. `entry` is None where it was deleted."""

    version: int
    kind: Kind
    id: str
    entry: AgentEntry | ChannelEntry | Mapping | None


class Validation(BaseModel):
    sound: bool
    problems: tuple[Problem, ...]


class Trail(BaseModel):
    entries: tuple[AuditEntry, ...]


class Import(BaseModel):
    """`problems` are warnings."""

    stored: bool
    version: int
    changes: tuple[AuditEntry, ...]
    problems: tuple[Problem, ...]


class Routed(BaseModel):
    """Who answers on a number now. agent None: our own first agent."""

    phone: str
    channel: ChannelEntry
    agent: AgentEntry | None


class Switch(_Given):
    id: str = Field(min_length=1, max_length=80)
    on: bool


class Named(_Given):
    id: str = Field(min_length=1, max_length=80)


class Message(_Given):
    """`from` is the customer, `to` a number, address or registration id of ours."""

    sender: str = Field(alias="from", min_length=1, max_length=320)
    to: str = Field(min_length=1, max_length=320)
    text: str = Field(min_length=1, max_length=MAX_TEXT)
    id: str = Field(default="", max_length=180)  # the same again is the same message


class Answer(BaseModel):
    id: str
    agent: str
    reply: str
    parts: list[dict[str, Any]]


class OfProvider(BaseModel):
    """`configured`: its settings are there. `carries`: the channels it carries here."""

    provider: Provider
    configured: bool
    carries: tuple[Channel, ...]


class OurNumber(BaseModel):
    channel_id: str
    type: Channel
    provider: Provider
    number: str
    active: bool


class Status(BaseModel):
    """`waiting`: messages that were not handed to a provider yet; None where that can't be known
    now. `last_message`: when the latest one came in, of the last week."""

    providers: tuple[OfProvider, ...]
    numbers: tuple[OurNumber, ...]
    waiting: int | None
    last_message: AwareDatetime | None
