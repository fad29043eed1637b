"""What became of a payment, as it is told: the receipt, or why there is none."""

from __future__ import annotations

from decimal import Decimal

from contracts.language import t
from contracts.messages import Card
from contracts.records import Charge, Payment
from contracts.tooling import Call, Done
from tools import methods, speech
from tools.billing.bills import bill_fact
from tools.common import local, today
from tools.speech import figure, money


async def receipt(call: Call, payment: Payment) -> Done:
    """A payment that was made, just now or a while ago."""
    bills = await call.services.records.billing.bills(payment.account_number, 1)
    left = payment.balance_after
    data = {
        "receipt_number": payment.receipt_number,
        "amount": figure(payment.amount),
        "method": payment.method_label,
        "at": local(call, payment.at).isoformat(),
        "balance": figure(left),
    }
    method = methods.named(payment.method_label)
    rows = (
        (t("Paid"), money(payment.amount)),
        (t("From"), method),
        (t("Date"), speech.day(local(call, payment.at).date(), today(call))),
        (t("Receipt"), payment.receipt_number),
        (t("Still owed"), money(max(left, Decimal(0)))),
    )
    say = t(
        "I've paid {amount} from your {method}. Your receipt number is {number}.",
        amount=money(payment.amount),
        method=method,
        number=speech.code(payment.receipt_number, call.channel),
    )
    # What is owed changes: only `bill` keeps it, so that no thread knows of two balances.
    paid = {name: value for name, value in data.items() if name != "balance"}
    facts = {"payment": paid, **bill_fact(left, bills[0] if bills else None)}
    card = Card(card="receipt", title=t("Receipt"), rows=rows, data=data)
    return Done(data, f"{say} {left_said(left)}", (card,), facts)


def processing(charge: Charge, when_settled: str) -> Done:
    """A payment that the processor has not answered."""
    data = {
        "status": "processing",
        "amount": figure(charge.amount),
        "method": charge.method.label,
    }
    method = methods.named(charge.method.label)
    rows = (
        (t("Amount"), money(charge.amount)),
        (t("From"), method),
        (t("Status"), t("being processed")),
    )
    say = t(
        "Your payment of {amount} from your {method} is still being processed, so please don't pay "
        "it again.",
        amount=money(charge.amount),
        method=method,
    )
    card = Card(card="payment", title=t("Payment being processed"), rows=rows, data=data)
    return Done(data, f"{say} {when_settled}", (card,), {"payment": data})


def declined(charge: Charge, reason: str) -> Done:
    """A payment that the processor declined after the talk had gone on."""
    data = {
        "status": "declined",
        "amount": figure(charge.amount),
        "method": charge.method.label,
        "reason": reason,
    }
    rows = (
        (t("Amount"), money(charge.amount)),
        (t("From"), methods.named(charge.method.label)),
        (t("Status"), t("declined")),
    )
    say = t(
        "Your payment of {amount} didn't go through. {reason} Nothing was taken.",
        amount=money(charge.amount),
        reason=speech.sentence(t(reason)),
    )
    card = Card(card="payment", title=t("Payment declined"), rows=rows, data=data)
    return Done(data, say, (card,), {"payment": data})


def left_said(left: Decimal) -> str:
    if left <= 0:
        return t("You owe nothing now.")
    return t("You still owe {amount}.", amount=money(left))
