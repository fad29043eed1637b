"""Paying: what is read back is what is paid, to the cent, and once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from contracts.identity import Rung
from contracts.messages import Card
from contracts.records import Account, Payment, PaymentMethod
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done, Effect
from tools import methods, speech
from tools.arguments import BALANCE, Payable
from tools.billing import bill_fact
from tools.common import local, own_account, today
from tools.speech import figure, money
from tools.toolkit import OwnAccount, tool

_RECENT = timedelta(hours=24)  # as long as a confirmation may wait for its yes


async def read_back_payment(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    """Amount and method resolved; the arguments hold the method's id and the amount in figures."""
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    balance = await call.services.records.billing.balance(account.account_number)
    amount = balance if args.amount == BALANCE else args.amount
    if refusal := _refusal(amount, balance):
        return refusal
    method = methods.choose(account.methods, args.payment_method)
    if not isinstance(method, PaymentMethod):
        return method
    return Confirmation(
        {"amount": figure(amount), "payment_method": method.method_id},
        f"I'll pay {money(amount)} from your {method.label}. Shall I go ahead?",
    )


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step="Making your payment",
    confirm=read_back_payment,
)
async def process_payment(
    call: Call, amount: Payable, payment_method: str, account_number: OwnAccount = None
) -> Done | AskAgain | Cannot:
    """Pay what the customer owes, or a part of it, from a saved payment method. The customer is
    asked for a yes first.

    Args:
        amount: Dollars, like "50.00", or "balance" for everything owed.
        payment_method: A saved method by name, kind or last four digits, or "default".
    """
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    if amount == BALANCE:
        return AskAgain(("amount",), "How much would you like to pay?")
    method = methods.choose(account.methods, payment_method)
    if not isinstance(method, PaymentMethod):
        return method
    payment = await _pay(call, account, amount, method)
    return payment if isinstance(payment, Cannot) else await _receipt(call, account, payment)


async def _pay(
    call: Call, account: Account, amount: Decimal, method: PaymentMethod
) -> Payment | Cannot:
    """The payment, made now or by an earlier run of this very call."""
    billing = call.services.records.billing
    balance = await billing.balance(account.account_number)
    if refusal := _refusal(amount, balance):
        # After a crash the call runs again, when its own payment has lowered the balance.
        return await _made_before(call, account, amount, method) or refusal
    return await billing.pay(
        key=call.key,
        account_number=account.account_number,
        amount=amount,
        method=method,
        at=call.services.clock.now(),
    )


async def _made_before(
    call: Call, account: Account, amount: Decimal, method: PaymentMethod
) -> Payment | None:
    since = call.services.clock.now() - _RECENT
    payments = await call.services.records.billing.payments(account.account_number, 20)
    return next(
        (
            payment
            for payment in payments
            if payment.at >= since
            and payment.amount == amount
            and payment.method_label == method.label
        ),
        None,
    )


def _refusal(amount: Decimal, balance: Decimal) -> Cannot | None:
    if balance <= 0:
        credit = f" You even have a credit of {money(-balance)}." if balance < 0 else ""
        return Cannot(
            "nothing_owed", f"You owe nothing right now, so there's nothing to pay.{credit}"
        )
    if amount > balance:
        return Cannot(
            "too_much",
            f"You owe {money(balance)}, so that's the most I can take.",
            f"Shall I pay the {money(balance)} instead?",
        )
    return None


async def _receipt(call: Call, account: Account, payment: Payment) -> Done:
    bills = await call.services.records.billing.bills(account.account_number, 1)
    left = payment.balance_after
    data = {
        "receipt_number": payment.receipt_number,
        "amount": figure(payment.amount),
        "method": payment.method_label,
        "at": local(call, payment.at).isoformat(),
        "balance": figure(left),
    }
    rows = (
        ("Paid", money(payment.amount)),
        ("From", payment.method_label),
        ("Date", speech.day(local(call, payment.at).date(), today(call))),
        ("Receipt", payment.receipt_number),
        ("Still owed", money(max(left, Decimal(0)))),
    )
    owed = "You owe nothing now." if left <= 0 else f"You still owe {money(left)}."
    number = speech.code(payment.receipt_number, call.channel)
    say = (
        f"I've paid {money(payment.amount)} from your {payment.method_label}. "
        f"Your receipt number is {number}. {owed}"
    )
    facts = {"payment": data, **bill_fact(left, bills[0] if bills else None)}
    return Done(data, say, (Card(card="receipt", title="Receipt", rows=rows, data=data),), facts)


TOOLS = (process_payment,)
