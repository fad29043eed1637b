"""The utility's records: their models, and the ports through which they are read and written.

Money is `Decimal` in dollars with two places; times are aware. A repository raises
RecordsUnavailable when the store does not answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict

from contracts.messages import Channel, Turn


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Contact(_Record):
    """Where a customer can be reached. `value` is E.164, or an e-mail address in lower case."""

    kind: Literal["phone", "email"]
    value: str
    channels: tuple[Channel, ...] = ()  # that reach this contact and that the customer agreed to
    primary: bool = False


class Customer(_Record):
    customer_id: str
    name: str
    first_name: str
    language: str
    date_of_birth: date
    ssn_last4: str
    contacts: tuple[Contact, ...]
    account_number: str
    story: str = ""  # what a demo customer is good for


class PaymentMethod(_Record):
    """A saved method; only the processor's token stands behind it, never a card number."""

    method_id: str
    kind: Literal["card", "bank"]
    label: str  # "Visa ending in 4242"
    default: bool = False


class Account(_Record):
    account_number: str  # 10 digits
    customer_id: str
    premise_id: str
    rate_plan: str
    autopay: bool
    paperless: bool
    opened: date
    methods: tuple[PaymentMethod, ...] = ()


class Premise(_Record):
    premise_id: str
    address: str  # one line: "418 Alder Street, Cedar Falls, OR 97201"
    street: str
    city: str
    state: str
    zip: str
    longitude: float
    latitude: float


class BillLine(_Record):
    label: str
    quantity: Decimal | None = None
    unit: str = ""
    rate: Decimal | None = None
    amount: Decimal


class Bill(_Record):
    bill_id: str
    account_number: str
    period_start: date
    period_end: date
    issued: date
    due: date
    lines: tuple[BillLine, ...]
    total: Decimal  # of the lines


class Payment(_Record):
    payment_id: str
    receipt_number: str
    account_number: str
    amount: Decimal
    method_label: str
    at: AwareDatetime
    balance_after: Decimal


class Crew(_Record):
    name: str
    status: Literal["assigned", "en route", "on site"]


class Outage(_Record):
    outage_id: str
    kind: Literal["electric", "gas"]
    status: Literal["reported", "confirmed", "crew assigned", "repairing", "restored"]
    cause: str
    started: AwareDatetime
    customers_affected: int
    crew: Crew | None = None
    eta: AwareDatetime | None = None
    eta_confidence: Literal["low", "medium", "high"] = "low"
    area: dict[str, Any]  # GeoJSON Polygon
    revisions: int = 0  # of the ETA


class Case(_Record):
    """Something a person at the utility has to take up."""

    case_id: str
    kind: Literal["escalation", "callback", "gas leak", "downed wire"]
    customer_id: str
    channel: Channel
    reason: str
    priority: Literal["normal", "high", "emergency"]
    summary: str
    details: dict[str, Any]
    opened: AwareDatetime
    status: Literal["open", "closed"] = "open"


class OutboxMessage(_Record):
    """A message sent to a customer outside a turn; what `throughline outbox` prints."""

    key: str
    customer_id: str
    channel: str
    address: str
    text: str
    purpose: str
    at: AwareDatetime


class Customers(Protocol):
    async def get(self, customer_id: str) -> Customer | None: ...

    async def by_contact(self, channel: Channel, address: str) -> Customer | None:
        """The one customer this address belongs to; None if nobody, or more than one."""
        ...

    async def by_account(self, account_number: str) -> Customer | None: ...

    async def demo(self) -> list[Customer]:
        """The demo customers, those with a story."""
        ...


class Accounts(Protocol):
    async def get(self, account_number: str) -> Account | None: ...

    async def premise(self, premise_id: str) -> Premise | None: ...


class Billing(Protocol):
    async def bills(self, account_number: str, limit: int) -> list[Bill]:
        """Newest first."""
        ...

    async def balance(self, account_number: str) -> Decimal:
        """What is owed now, out of the double-entry journal."""
        ...

    async def payments(self, account_number: str, limit: int) -> list[Payment]:
        """Newest first."""
        ...

    async def pay(
        self, *, key: str, account_number: str, amount: Decimal, method: PaymentMethod, at: datetime
    ) -> Payment:
        """Post a payment exactly once: the same key gives the same payment back."""
        ...


class Outages(Protocol):
    async def at_premise(self, premise: Premise) -> Outage | None:
        """The outage whose area holds this premise and that is not restored."""
        ...

    async def get(self, outage_id: str) -> Outage | None: ...

    async def largest(self) -> Outage | None: ...

    async def report(
        self,
        *,
        key: str,
        premise: Premise,
        kind: Literal["electric", "gas"],
        description: str,
        at: datetime,
    ) -> tuple[Outage, bool]:
        """Join the known outage at a premise, or open one; True if it was opened. Once a key."""
        ...


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


class Transcripts(Protocol):
    async def append(self, turns: list[Turn]) -> None:
        """Keep turns; one that is there already is left as it was."""
        ...

    async def recent(self, customer_id: str, limit: int) -> list[Turn]:
        """The last turns, oldest first."""
        ...

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


@dataclass(frozen=True, slots=True)
class Records:
    """All repositories together."""

    customers: Customers
    accounts: Accounts
    billing: Billing
    outages: Outages
    cases: Cases
    transcripts: Transcripts
    threads: Threads
    outbox: Outbox
