"""Cases for people at the utility, transcripts, threads, and messages sent outside a turn."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, Protocol

from pydantic import AwareDatetime

from contracts.messages import Channel, Turn
from contracts.records.base import Record
from contracts.sending import Status, StatusUpdate

CaseKind = Literal[
    "escalation",
    "callback",
    "gas leak",
    "downed wire",
    "bill review",
    "meter test",
    "assistance",
    "photo",
]


class Case(Record):
    """Something a person at the utility has to take up."""

    case_id: str
    kind: CaseKind
    customer_id: str
    channel: Channel
    reason: str
    priority: Literal["normal", "high", "emergency"]
    summary: str
    details: dict[str, Any]
    opened: AwareDatetime
    status: Literal["open", "closed"] = "open"


class OutboxMessage(Record):
    """A message to a customer, and what became of it; what `throughline outbox` prints. A reply
    that went out over a provider is one as well (purpose "reply")."""

    key: str
    customer_id: str
    channel: str
    address: str
    text: str
    purpose: str
    at: AwareDatetime
    status: Status = Status.QUEUED
    reason: str = ""  # of a failure, for an operator


class Cases(Protocol):
    async def open(
        self,
        *,
        key: str,
        kind: str,
        customer_id: str,
        channel: Channel,
        reason: str,
        priority: str,
        summary: str,
        details: dict[str, Any],
        at: datetime,
    ) -> Case:
        """Open a case once: the same key gives the same case back."""
        ...

    async def of(self, customer_id: str, limit: int) -> list[Case]: ...

    async def change(self, case_id: str, *, details: dict[str, Any]) -> Case | None:
        """Give a case other details; None if it is closed or there is none."""
        ...

    async def waiting(self, kind: str, limit: int) -> list[Case]:
        """The open ones of a kind, oldest first."""
        ...

    async def close(self, case_id: str, *, details: dict[str, Any]) -> Case | None:
        """It is done, and these are its details; None if it is closed or there is none."""
        ...


class Transcripts(Protocol):
    async def append(self, turns: list[Turn]) -> None:
        """Keep turns; one that is there already is left as it was. What one says that was heard of
        an earlier turn of the same customer (`reached`) is noted with that one (`heard`)."""
        ...

    async def recent(self, customer_id: str, limit: int) -> list[Turn]:
        """The last turns, oldest first."""
        ...

    async def find(self, inbound_key: str) -> Turn | None: ...

    async def adopt(self, source: str, target: str) -> None:
        """Give the turns of one customer id to another: a visitor turned out to be known."""
        ...


class Threads(Protocol):
    """The latest snapshot of a thread's lasting part, from which a lost checkpoint is rebuilt."""

    async def save(self, thread_id: str, snapshot: dict[str, Any]) -> None: ...

    async def load(self, thread_id: str) -> dict[str, Any] | None: ...


class Outbox(Protocol):
    async def add(self, message: OutboxMessage) -> bool:
        """Keep a message once a key; False if it was there."""
        ...

    async def recent(self, limit: int) -> list[OutboxMessage]:
        """Newest first."""
        ...

    async def sent(self, key: str, message_id: str) -> OutboxMessage | None:
        """The provider took one of its messages, by this id. What it says of it later, or said
        before this was known, counts for the message of that key: it as it is then."""
        ...

    async def became(self, key: str, status: Status, *, reason: str = "") -> OutboxMessage | None:
        """What became of a message here. A status only grows (`Status` is in order); None if there
        is no such message."""
        ...

    async def noted(self, update: StatusUpdate) -> OutboxMessage | None:
        """A provider's word, in whatever order and however often it comes; the message with what
        it became, or None as long as the id is not known."""
        ...

    async def of_message(self, message_id: str) -> OutboxMessage | None:
        """The message that a provider's id belongs to."""
        ...

    async def of_keys(self, keys: Iterable[str]) -> dict[str, OutboxMessage]:
        """Those messages that there are, by key."""
        ...


class OptOuts(Protocol):
    """Who said STOP, by address: nothing that they did not ask for is sent there."""

    async def stop(self, channel: Channel, address: str, at: datetime) -> None: ...

    async def start(self, channel: Channel, address: str) -> None: ...

    async def stopped(self, channel: Channel, address: str) -> bool: ...
