"""Bills, payments, credits, plans and disputes; and the double-entry journal behind them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

from pydantic import AwareDatetime

from contracts.messages import Channel
from contracts.records.base import Record
from contracts.records.customers import PaymentMethod


class BillLine(Record):
    """`code` is that of the tariff's rate: what `explain_charges` goes by."""

    label: str
    code: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    rate: Decimal | None = None
    amount: Decimal


class Bill(Record):
    bill_id: str
    account_number: str
    period_start: date
    period_end: date
    issued: date
    due: date
    lines: tuple[BillLine, ...]
    total: Decimal  # of the lines
    tariff: str = ""  # the electric rate plan it was priced by
    kwh: Decimal = Decimal(0)
    therms: Decimal = Decimal(0)

    @property
    def days(self) -> int:
        return (self.period_end - self.period_start).days + 1


class Payment(Record):
    payment_id: str
    receipt_number: str
    account_number: str
    amount: Decimal
    method_label: str
    at: AwareDatetime
    balance_after: Decimal


class ReplyTo(Record):
    """Where a customer is told of something: in the conversation it was asked for in."""

    channel: Channel
    address: str
    language: str


class Charge(Record):
    """A payment on its way through the processor.

    sent: given to the processor, which has not answered. A charge is only ever settled once.
    """

    key: str
    account_number: str
    customer_id: str
    amount: Decimal
    method: PaymentMethod
    status: Literal["sent", "approved", "declined"]
    reason: str = ""  # of a decline, in a customer's words
    at: AwareDatetime
    reply_to: ReplyTo | None = None  # of a pay link's: where it was sent


class Paying(Record):
    """What a pay link is being used for, or was."""

    amount: Decimal
    method: PaymentMethod
    at: AwareDatetime


class PayLink(Record):
    """What a pay link is for. `amount` is what was owed when it was issued."""

    key: str  # of its charge; another one after a decline
    customer_id: str
    account_number: str
    amount: Decimal
    reply_to: ReplyTo
    expires_at: AwareDatetime
    declined: str = ""  # why the try before this one was, in a customer's words
    paying: Paying | None = None  # set once it is used


class Credit(Record):
    """Money the utility gave the account, by which rule."""

    credit_id: str
    account_number: str
    kind: Literal["late fee waiver", "outage", "deposit", "service guarantee"]
    amount: Decimal
    memo: str
    at: AwareDatetime


class Fee(Record):
    """A charge outside the bills: a late fee."""

    fee_id: str
    account_number: str
    kind: Literal["late fee", "returned payment"]
    amount: Decimal
    bill_id: str = ""
    at: AwareDatetime


class Installment(Record):
    due: date
    amount: Decimal


class PaymentPlan(Record):
    """Down payment and installments add up to the total."""

    plan_id: str
    account_number: str
    total: Decimal
    down_payment: Decimal  # due on the day of the agreement
    installments: tuple[Installment, ...]
    status: Literal["active", "kept", "broken"] = "active"
    at: AwareDatetime
    ended: date | None = None  # the day it was kept in full, or broken


class Dispute(Record):
    """A bill that somebody at the utility looks at again; the case says who asked for what."""

    dispute_id: str
    account_number: str
    bill_id: str
    amount: Decimal  # in dispute: not past due while it is open
    reason: str
    status: Literal["open", "upheld", "corrected"] = "open"
    at: AwareDatetime


class Billing(Protocol):
    """What is owed follows from the journal alone. Every entry is posted once a key and its legs
    add up to zero."""

    async def bills(self, account_number: str, limit: int) -> list[Bill]:
        """Newest first."""
        ...

    async def balance(self, account_number: str) -> Decimal:
        """What is owed now, out of the double-entry journal; negative is a credit."""
        ...

    async def payments(self, account_number: str, limit: int) -> list[Payment]:
        """Newest first."""
        ...

    async def pay(
        self, *, key: str, account_number: str, amount: Decimal, method: PaymentMethod, at: datetime
    ) -> Payment:
        """Post a payment exactly once: the same key gives the same payment back."""
        ...

    async def payment(self, key: str) -> Payment | None:
        """The payment that this key has posted."""
        ...

    async def begin_charge(self, charge: Charge) -> Charge:
        """Keep a charge before the processor is asked; the one this key has made, if there is."""
        ...

    async def charge(self, key: str) -> Charge | None:
        """The charge that this key has made."""
        ...

    async def settle_charge(self, key: str, *, approved: bool, reason: str = "") -> Charge:
        """The processor has answered. A settled charge stays as it is."""
        ...

    async def open_charges(self, limit: int, account_number: str | None = None) -> list[Charge]:
        """Charges the processor has not answered, oldest first."""
        ...

    async def grant(
        self, *, key: str, account_number: str, kind: str, amount: Decimal, memo: str, at: datetime
    ) -> tuple[Credit, bool]:
        """Post a credit exactly once; True if it was posted now. The key is the rule's own
        ("outage:O-1:4012345678"), so that what was granted is never granted again."""
        ...

    async def credits(self, account_number: str, limit: int) -> list[Credit]:
        """Newest first."""
        ...

    async def fees(self, account_number: str, limit: int) -> list[Fee]:
        """Newest first."""
        ...

    async def open_plan(self, *, key: str, plan: PaymentPlan) -> PaymentPlan:
        """Keep a plan once a key. Raises Conflict while another one of the account is active.
        `plan.plan_id` may be empty: it is given here."""
        ...

    async def plan(self, account_number: str) -> PaymentPlan | None:
        """The active plan."""
        ...

    async def plans(self, account_number: str, limit: int) -> list[PaymentPlan]:
        """Newest first, kept and broken ones too."""
        ...

    async def open_dispute(self, *, key: str, dispute: Dispute) -> Dispute:
        """Keep a dispute once a key. Raises Conflict while one of the same bill is open."""
        ...

    async def disputes(self, account_number: str, limit: int) -> list[Dispute]:
        """Newest first."""
        ...
