"""What an account owes now, and how that is said: the bill, what of it is past due or put off,
and payments on their way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.language import marked, t
from contracts.records import Account, Bill, Billing, Charge, Installment, PaymentPlan
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
    bills: tuple[Bill, ...] = ()  # newest first, as many as were asked for

    @property
    def payable(self) -> Decimal:
        return Owed(self.balance, self.on_their_way).payable

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
    return await owed_by(call.services.records.billing, account.account_number)


async def owed_by(billing: Billing, number: str) -> Owed:
    """As `owed_of`, of an account by its number."""
    charges = await billing.open_charges(_OPEN, number)
    return Owed(await billing.balance(number), tuple(charges))


async def owing_of(call: Call, account: Account, bills_kept: int = 1) -> Owing:
    """How an account stands; with so many of its bills."""
    billing, number = call.services.records.billing, account.account_number
    charges = await billing.open_charges(_OPEN, number)
    balance, bills, plan, disputes = await asyncio.gather(
        billing.balance(number),
        billing.bills(number, bills_kept),
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
    return Owing(bill, balance, past_due, disputed, plan, tuple(charges), day, tuple(bills))


def bill_said(owing: Owing, bill: Bill) -> str:
    """The latest bill and what of it is owed."""
    name, total = speech.month(bill.period_end), money(bill.total)
    if owing.balance <= 0:
        paid = t("Your {month} bill of {total} is paid.", month=name, total=total)
        return _joined(paid, owed_said(owing))
    before = owing.balance - bill.total
    if before == owing.past_due > 0 and not owing.is_put_off and not owing.is_late:
        in_all = t(
            "With {before} that's past due you owe {balance} in all.",
            before=money(before),
            balance=money(owing.balance),
        )
        return _joined(_due_said(owing, bill), in_all, _sent(owing))
    return _joined(_bill_and_balance(owing, bill), *_parts_said(owing))


def owed_said(owing: Owing) -> str:
    """What is owed and by when."""
    balance, past_due, bill = money(owing.balance), owing.past_due, owing.bill
    if owing.balance < 0:
        credit = money(-owing.balance)
        nothing = t("You owe nothing and have a credit of {credit}.", credit=credit)
        return _joined(nothing, _sent(owing))
    if owing.balance == 0:
        return _joined(t("You owe nothing right now."), _sent(owing))
    owed = t("You owe {balance}.", balance=balance)
    if bill is None or owing.is_put_off:
        return _joined(owed, *_parts_said(owing))
    when = speech.day(bill.due, owing.today)
    if owing.is_late:
        late = t("You owe {balance}, which was due on {day}.", balance=balance, day=when)
        return _joined(late, *_parts_said(owing))
    if past_due:
        parts = t(
            "{past_due} of it is past due, and the rest is due by {day}.",
            past_due=money(past_due),
            day=when,
        )
        return _joined(owed, parts, _sent(owing))
    return _joined(t("You owe {balance} by {day}.", balance=balance, day=when), _sent(owing))


def _bill_and_balance(owing: Owing, bill: Bill) -> str:
    if owing.is_put_off:
        in_all = t("In all you owe {balance}.", balance=money(owing.balance))
        return _joined(_total_said(bill), in_all)
    if owing.balance == bill.total:
        return _whole_open(owing, bill)
    if owing.balance < bill.total:
        return _joined(_total_said(bill), _part_open(owing, bill))
    before, balance = money(owing.balance - bill.total), money(owing.balance)
    if not owing.is_late:
        more = t("With {before} from before you owe {balance}.", before=before, balance=balance)
        return _joined(_due_said(owing, bill), more)
    late = t(
        "With {before} from before you owe {balance}, which was due on {day}.",
        before=before,
        balance=balance,
        day=speech.day(bill.due, owing.today),
    )
    return _joined(_total_said(bill), late)


def _total_said(bill: Bill) -> str:
    name, total = speech.month(bill.period_end), money(bill.total)
    return t("Your {month} bill is {total}.", month=name, total=total)


def _due_said(owing: Owing, bill: Bill) -> str:
    return t(
        "Your {month} bill is {total}, due on {day}.",
        month=speech.month(bill.period_end),
        total=money(bill.total),
        day=speech.day(bill.due, owing.today),
    )


def _whole_open(owing: Owing, bill: Bill) -> str:
    """Of a bill that is owed as it is."""
    month, total = speech.month(bill.period_end), money(bill.total)
    day = speech.day(bill.due, owing.today)
    if owing.is_late:
        text = marked("Your {month} bill is {total}, and it was due on {day}.")
    else:
        text = marked("Your {month} bill is {total}, and it's due on {day}.")
    return t(text, month=month, total=total, day=day)


def _part_open(owing: Owing, bill: Bill) -> str:
    """Of a bill that is paid in part."""
    if owing.is_late:
        text = marked("{amount} of it is still open and was due on {day}.")
    else:
        text = marked("{amount} of it is still open and is due on {day}.")
    return t(text, amount=money(owing.balance), day=speech.day(bill.due, owing.today))


def _parts_said(owing: Owing) -> list[str]:
    """What of the balance is past due, under review, on the plan, or on its way to be paid."""
    said: list[str] = []
    if 0 < owing.past_due < owing.balance:
        said.append(t("{amount} of it is past due.", amount=money(owing.past_due)))
    if owing.disputed:
        disputed = money(owing.disputed)
        said.append(t("{amount} is under review and not due meanwhile.", amount=disputed))
    if following := _next_installment(owing):
        said.append(
            t(
                "The next payment of your plan, {amount}, is due on {day}.",
                amount=money(following.amount),
                day=speech.day(following.due, owing.today),
            )
        )
    return [*said, _sent(owing)]


def _next_installment(owing: Owing) -> Installment | None:
    installments = owing.plan.installments if owing.plan else ()
    return next((i for i in installments if i.due >= owing.today), None)


def _sent(owing: Owing) -> str:
    if not owing.on_their_way:
        return ""
    total = money(Owed(owing.balance, owing.on_their_way).being_processed)
    if len(owing.on_their_way) == 1:
        return t("A payment of {amount} is still being processed.", amount=total)
    return t("Payments of {amount} in all are still being processed.", amount=total)


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
