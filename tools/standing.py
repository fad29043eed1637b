"""How an account stands: what is past due, and how its bills were paid, out of the records."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from contracts.pricing import to_cent
from contracts.records import Account, Bill, Credit, Dispute, Fee, Payment, PaymentPlan
from contracts.tooling import Call
from tools.common import local_now
from tools.dates import months_after

_BILLS = 25
_ENTRIES = 200  # payments, credits and fees that are looked at
_NONE = Decimal("0.00")
AVERAGED = 12  # bills


@dataclass(frozen=True, slots=True)
class Books:
    """All that is known of an account's bills and what was paid of them; newest first."""

    balance: Decimal
    bills: Sequence[Bill] = ()
    payments: Sequence[Payment] = ()
    credits: Sequence[Credit] = ()
    fees: Sequence[Fee] = ()
    disputes: Sequence[Dispute] = ()
    plan: PaymentPlan | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """`past_due`: what was due before today, less what is in dispute and what an active plan puts
    off. `judged`: bills whose due date has come or that are paid, newest first, and whether each
    was paid on time. `average_bill` is that of the last twelve bills."""

    balance: Decimal
    past_due: Decimal
    oldest_due: date | None  # of the bills that are past due
    disputed: Decimal
    average_bill: Decimal
    judged: tuple[tuple[Bill, bool], ...]
    plan: PaymentPlan | None = None

    @property
    def on_time_months(self) -> int:
        """How many bills in a row, the newest first, were paid on time."""
        late = (n for n, (_, on_time) in enumerate(self.judged) if not on_time)
        return next(late, len(self.judged))

    def late_bills(self, months: int, before: date) -> int:
        """How many bills that were due in so many months before a day were not paid on time."""
        return sum(not on_time for on_time in self._due_in(months, before))

    def paid_on_time(self, months: int, before: date) -> bool:
        """Whether there is a bill for each of so many months before a day, all paid on time."""
        found = self._due_in(months, before)
        return len(found) >= months and all(found)

    def bills_due(self, months: int, before: date) -> int:
        """How many bills, paid on time or not, were due in so many months before a day."""
        return len(self._due_in(months, before))

    def _due_in(self, months: int, before: date) -> list[bool]:
        # Due dates wander by some days from month to month.
        since = months_after(before, -months) - timedelta(days=5)
        return [on_time for bill, on_time in self.judged if since <= bill.due < before]


async def standing(call: Call, account: Account) -> Standing:
    """How an account stands today."""
    grace = call.services.scenario.policies.credits.late_fee_grace_days
    return assess(await books_of(call, account), local_now(call), grace)


async def open_bills(call: Call, account: Account) -> dict[str, Decimal]:
    """What of each of the latest bills is not paid, by the bill's id."""
    books, now = await books_of(call, account), local_now(call)
    return open_amounts(books, _received(books, now), now.date())


async def books_of(call: Call, account: Account) -> Books:
    billing, number = call.services.records.billing, account.account_number
    found: Any = await asyncio.gather(
        billing.balance(number),
        billing.bills(number, _BILLS),
        billing.payments(number, _ENTRIES),
        billing.credits(number, _ENTRIES),
        billing.fees(number, _ENTRIES),
        billing.disputes(number, _BILLS),
        billing.plan(number),
    )
    return Books(*found)


def assess(books: Books, now: datetime, grace_days: int) -> Standing:
    """How books stand at a moment in the utility's zone.

    What comes in goes to the oldest bill first. A late fee is itself the record of a late bill;
    what it costs is settled after the bills, so that an unpaid fee makes no later bill late.
    """
    today, received = now.date(), _received(books, now)
    open_now = open_amounts(books, received, today)
    due = {b.bill_id for b in books.bills if b.due < today}
    disputed = _disputed(books, open_now)
    in_dispute = {d.bill_id for d in books.disputes if d.status == "open"}
    late = [b for b in books.bills if b.bill_id in due - in_dispute and open_now[b.bill_id] > 0]
    owed_later = sum((b.total for b in books.bills if b.bill_id not in due), _NONE)
    owed_later += _recent_fees(books, now) + _put_off(books.plan, today)
    disputed_due = sum((disputed[i] for i in disputed if i in due), _NONE)
    past_due = max(books.balance - owed_later - disputed_due, _NONE)
    return Standing(
        balance=books.balance,
        past_due=past_due,
        oldest_due=min((b.due for b in late), default=None) if past_due else None,
        disputed=sum(disputed.values(), _NONE),
        average_bill=average(books.bills[:AVERAGED]),
        judged=tuple(_judged(books, received, today, grace_days)),
        plan=books.plan,
    )


def open_amounts(
    books: Books, received: Sequence[tuple[date, Decimal]], on: date
) -> dict[str, Decimal]:
    """What of each bill was not paid by the end of a day, by the bill's id."""
    billed = sum((b.total for b in books.bills), _NONE)
    fees = sum((f.amount for f in books.fees), _NONE)
    # What was owed before the oldest bill that is known.
    carried = books.balance - billed - fees + sum((a for _, a in received), _NONE)
    left = sum((a for day, a in received if day <= on), _NONE) - carried
    found: dict[str, Decimal] = {}
    for bill in reversed(books.bills):
        found[bill.bill_id] = min(max(bill.total - left, _NONE), max(bill.total, _NONE))
        left -= bill.total
    return found


def average(bills: Sequence[Bill]) -> Decimal:
    """Of their totals, to the cent; zero without bills."""
    return to_cent(sum((b.total for b in bills), _NONE) / len(bills)) if bills else _NONE


def _received(books: Books, now: datetime) -> list[tuple[date, Decimal]]:
    """Day and amount of every payment and credit."""
    entries: list[Payment | Credit] = [*books.payments, *books.credits]
    return [(entry.at.astimezone(now.tzinfo).date(), entry.amount) for entry in entries]


def _judged(
    books: Books, received: Sequence[tuple[date, Decimal]], today: date, grace_days: int
) -> list[tuple[Bill, bool]]:
    charged = {fee.bill_id for fee in books.fees if fee.kind == "late fee"}
    in_dispute = {d.bill_id for d in books.disputes if d.status == "open"}
    now = open_amounts(books, received, today)
    found: list[tuple[Bill, bool]] = []
    for bill in books.bills:
        last = bill.due + timedelta(days=grace_days)
        is_open = now[bill.bill_id] > 0
        if is_open and (today <= last or bill.bill_id in in_dispute):
            continue
        paid_by_then = open_amounts(books, received, last)[bill.bill_id] <= 0
        found.append((bill, paid_by_then and bill.bill_id not in charged))
    return found


def _disputed(books: Books, open_now: dict[str, Decimal]) -> dict[str, Decimal]:
    """What is in dispute of each bill and not paid."""
    return {
        d.bill_id: min(d.amount, open_now.get(d.bill_id, d.amount))
        for d in books.disputes
        if d.status == "open"
    }


def _recent_fees(books: Books, now: datetime) -> Decimal:
    """Fees since the latest bill: they are due with the next one."""
    issued = books.bills[0].issued if books.bills else date.min
    days = ((f.at.astimezone(now.tzinfo).date(), f.amount) for f in books.fees)
    return sum((amount for day, amount in days if day > issued), _NONE)


def _put_off(plan: PaymentPlan | None, today: date) -> Decimal:
    """What an active plan lets the customer pay later."""
    if plan is None:
        return _NONE
    return sum((i.amount for i in plan.installments if i.due >= today), _NONE)
