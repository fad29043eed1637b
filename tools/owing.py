"""What an account owes now, and how that is said: the bill, what of it is past due or put off,
and payments on their way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.records import Account, Bill, Charge, Installment, PaymentPlan
from contracts.tooling import Call
from tools import speech
from tools.common import today
from tools.speech import figure, money
from tools.standing import standing

_OPEN = 20  # charges of an account that can be on their way


@dataclass(frozen=True, slots=True)
class Owed:
    """The balance, and the payments the processor has not answered yet."""

    balance: Decimal
    on_their_way: tuple[Charge, ...]

    @property
    def being_processed(self) -> Decimal:
        return sum((charge.amount for charge in self.on_their_way), Decimal(0))

    @property
    def payable(self) -> Decimal:
        return self.balance - self.being_processed


@dataclass(frozen=True, slots=True)
class Owing:
    """The latest bill, if there is one, and what of the balance is past due or under review."""

    bill: Bill | None
    balance: Decimal
    past_due: Decimal
    disputed: Decimal
    plan: PaymentPlan | None
    on_their_way: tuple[Charge, ...]
    today: date

    @property
    def is_put_off(self) -> bool:
        """Whether a part is not due on the bill's day: it is on a plan, or under review."""
        return self.plan is not None or self.disputed > 0

    @property
    def is_late(self) -> bool:
        return self.bill is not None and self.bill.due < self.today

    @property
    def data(self) -> dict[str, Any]:
        found = {"balance": figure(self.balance), "past_due": figure(self.past_due)}
        if self.on_their_way:
            total = Owed(self.balance, self.on_their_way).being_processed
            found["being_processed"] = figure(total)
        return found


async def owed_of(call: Call, account: Account) -> Owed:
    """What can still be paid. A payment that is settled in between is counted twice, as one on its
    way and in the balance: the other way round it would not count, and could be paid again."""
    billing, number = call.services.records.billing, account.account_number
    charges = await billing.open_charges(_OPEN, number)
    return Owed(await billing.balance(number), tuple(charges))


async def owing_of(call: Call, account: Account) -> Owing:
    billing, number = call.services.records.billing, account.account_number
    charges = await billing.open_charges(_OPEN, number)
    balance, bills, plan, disputes = await asyncio.gather(
        billing.balance(number),
        billing.bills(number, 1),
        billing.plan(number),
        billing.disputes(number, _OPEN),
    )
    bill, day = next(iter(bills), None), today(call)
    past_due = disputed = Decimal("0.00")
    # Nothing can be past due where no more is owed than a bill that isn't due yet.
    owed_later = bill is not None and bill.due >= day and balance <= bill.total
    if not owed_later or any(dispute.status == "open" for dispute in disputes):
        stands = await standing(call, account)
        past_due, disputed = stands.past_due, stands.disputed
    return Owing(bill, balance, past_due, disputed, plan, tuple(charges), day)


def bill_said(owing: Owing, bill: Bill) -> str:
    """The latest bill and what of it is owed."""
    name = f"Your {speech.month(bill.period_end)} bill"
    if owing.balance <= 0:
        return _joined(f"{name} of {money(bill.total)} is paid.", owed_said(owing))
    before = owing.balance - bill.total
    if before == owing.past_due > 0 and not owing.is_put_off and not owing.is_late:
        due = f"{name} is {money(bill.total)}, due on {speech.day(bill.due, owing.today)}."
        in_all = f"With {money(before)} that's past due you owe {money(owing.balance)} in all."
        return _joined(due, in_all, _sent(owing))
    return _joined(_bill_and_balance(owing, bill, name), *_parts_said(owing))


def owed_said(owing: Owing) -> str:
    """What is owed and by when."""
    balance, past_due, bill = owing.balance, owing.past_due, owing.bill
    if balance < 0:
        return _joined(f"You owe nothing and have a credit of {money(-balance)}.", _sent(owing))
    if balance == 0:
        return _joined("You owe nothing right now.", _sent(owing))
    if bill is None or owing.is_put_off:
        return _joined(f"You owe {money(balance)}.", *_parts_said(owing))
    when = speech.day(bill.due, owing.today)
    if owing.is_late:
        return _joined(f"You owe {money(balance)}, which was due on {when}.", *_parts_said(owing))
    if past_due:
        parts = f"{money(past_due)} of it is past due, and the rest is due by {when}."
        return _joined(f"You owe {money(balance)}.", parts, _sent(owing))
    return _joined(f"You owe {money(balance)} by {when}.", _sent(owing))


def _bill_and_balance(owing: Owing, bill: Bill, name: str) -> str:
    balance, when = owing.balance, speech.day(bill.due, owing.today)
    if owing.is_put_off:
        return f"{name} is {money(bill.total)}. In all you owe {money(balance)}."
    if balance == bill.total:
        it_is = "it was" if owing.is_late else "it's"
        return f"{name} is {money(bill.total)}, and {it_is} due on {when}."
    if balance < bill.total:
        due = f"{'was' if owing.is_late else 'is'} due on {when}"
        return f"{name} is {money(bill.total)}. {money(balance)} of it is still open and {due}."
    before = f"With {money(balance - bill.total)} from before you owe {money(balance)}"
    if owing.is_late:
        return f"{name} is {money(bill.total)}. {before}, which was due on {when}."
    return f"{name} is {money(bill.total)}, due on {when}. {before}."


def _parts_said(owing: Owing) -> list[str]:
    """What of the balance is past due, under review, on the plan, or on its way to be paid."""
    said: list[str] = []
    if 0 < owing.past_due < owing.balance:
        said.append(f"{money(owing.past_due)} of it is past due.")
    if owing.disputed:
        said.append(f"{money(owing.disputed)} is under review and not due meanwhile.")
    if following := _next_installment(owing):
        when = speech.day(following.due, owing.today)
        said.append(f"The next payment of your plan, {money(following.amount)}, is due on {when}.")
    return [*said, _sent(owing)]


def _next_installment(owing: Owing) -> Installment | None:
    installments = owing.plan.installments if owing.plan else ()
    return next((i for i in installments if i.due >= owing.today), None)


def _sent(owing: Owing) -> str:
    if not owing.on_their_way:
        return ""
    total = money(Owed(owing.balance, owing.on_their_way).being_processed)
    if len(owing.on_their_way) == 1:
        return f"A payment of {total} is still being processed."
    return f"Payments of {total} in all are still being processed."


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
