"""What a tool declares, gets and gives back. The decorator itself is `tools.toolkit.tool`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel

from contracts.clock import Clock
from contracts.identity import Rung
from contracts.messages import Channel, Part
from contracts.ports import (
    Attempts,
    Links,
    Notifier,
    OneTimeCodes,
    OutageLinks,
    PayLinks,
    PaymentProcessor,
    QueueMetrics,
)
from contracts.records import Records
from contracts.scenario import Scenario


class Effect(StrEnum):
    READ = "read"
    WRITE = "write"
    EMERGENCY = "emergency"  # never waits for identity or a yes
    HANDOFF = "handoff"  # to another agent


@dataclass(frozen=True, slots=True)
class Services:
    """Everything tools may use. Built once by the composition root."""

    records: Records
    queues: QueueMetrics
    notifier: Notifier
    codes: OneTimeCodes
    links: Links
    outage_links: OutageLinks
    pay_links: PayLinks
    attempts: Attempts
    processor: PaymentProcessor
    clock: Clock
    scenario: Scenario
    calls: bool = False  # whether we can call customers with news


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the customer said yes to, word for word, and when it was read back."""

    read_back: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """The call of a tool: who for, from where, with what.

    `customer_id` and `account_number` come from the verified thread, never from a model;
    `account_number` is None below RECOGNISED. `key` is the idempotency key: the same key
    twice is the same act.
    """

    services: Services
    customer_id: str
    rung: Rung
    account_number: str | None
    premise_id: str | None
    service_address: str | None
    channel: Channel
    address: str
    session_id: str
    agent: str
    key: str
    summary: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    agreed: Agreed | None = None  # for what the arguments don't hold
    settled: str = ""  # by this session so far, as far as its rung may be told


@dataclass(frozen=True, slots=True)
class Done:
    """The tool did its work.

    data: JSON for the model, figures as strings ("142.37"). say: one plain sentence or two,
    fit to be spoken. show: parts for channels that can show. facts: merged into the thread's
    collected data, seen by every agent, a DISCRETE one too.
    """

    data: dict[str, Any]
    say: str
    show: tuple[Part, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Something is missing or unusable. `missing` names arguments; `say` asks for them; `show`:
    choices, where there are few answers."""

    missing: tuple[str, ...]
    say: str
    show: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Cannot:
    """Refused, or not possible: why, and what the customer can do instead. show: a link to do it
    by."""

    reason: str  # a short code: "no_bill", "too_much", "locked", ...
    say: str
    next: str = ""
    show: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class GoTo:
    """A hand-off to another agent; the tools node turns it into a `Command`."""

    agent: str
    reason: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MoveTo:
    """The conversation moves to another channel: it was sent there. ends_call: the customer agreed
    that a phone call ends with it."""

    channel: Channel
    address: str
    message: str
    say: str
    ends_call: bool = False


@dataclass(frozen=True, slots=True)
class PutThrough:
    """The call goes to a person, who is told `summary` first. `say` ends the turn; data, facts and
    show as in `Done`; facts are kept with what is true once it was done (`fact`)."""

    say: str
    summary: str
    fact: str
    data: dict[str, Any]
    facts: dict[str, Any] = field(default_factory=dict)
    show: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer to move was made; it stands in the thread until it is answered."""

    channel: Channel
    reason: str
    say: str


@dataclass(frozen=True, slots=True)
class Verified:
    """The customer is who they say. The thread of an anonymous visitor is merged after this."""

    customer_id: str
    rung: Rung
    say: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a call will do, resolved and in words, before the customer's yes. show: where the page
    lets them change it."""

    args: dict[str, Any]  # JSON; exactly these run
    read_back: str
    show: tuple[Part, ...] = ()


Result = Done | AskAgain | Cannot | GoTo | MoveTo | PutThrough | Offered | Verified
Status = Literal["done", "ask_again", "cannot", "confirm", "failed"]

Body = Callable[..., Awaitable[Result]]
ReadBack = Callable[[Call, Any], Awaitable[Confirmation | AskAgain | Cannot]]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool, whole: everything that any part of the system needs to know of it."""

    name: str
    description: str
    args: type[BaseModel]
    body: Body
    effect: Effect
    rung: Rung
    grants: frozenset[str]  # agents that hold it; none for what only the graph itself calls
    step: str  # what it does, in the customer's words: "Looking up your bill"
    read_back: ReadBack | None = None  # needs a yes when set
    goes_to: str | None = None  # the agent a HANDOFF leads to
    phrases: tuple[str, ...] = ()  # how customers ask for it; for the embedded model
    secret_args: frozenset[str] = frozenset()  # masked wherever a call is kept or shown
    by_graph: bool = False  # no agent holds it and no model is told of it: the graph calls it
