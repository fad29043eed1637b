"""Turning autopay on: the one way to do it, for the billing and the service agent."""

from __future__ import annotations

from decimal import Decimal

from contracts.messages import Card
from contracts.records import Account, AccountChange, Bill, PaymentMethod
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done
from tools import methods, speech
from tools.common import own_account, today
from tools.speech import money


async def read_back_autopay(
    call: Call, payment_method: str, payment_day: int | None = None
) -> Confirmation | AskAgain | Cannot:
    """What turning autopay on will do; the arguments hold the method's id, and the day if one was
    asked for."""
    found = await _checked(call, payment_method, payment_day)
    if isinstance(found, AskAgain | Cannot):
        return found
    account, method = found
    if _is_on(account, method, payment_day):
        return Cannot(
            "already_on",
            f"Autopay is on already: {_draws(account.autopay_day, method)}.",
            "I can change the day or the payment method.",
        )
    day = payment_day or account.autopay_day
    args = {"payment_method": method.method_id}
    return Confirmation(
        args if payment_day is None else {**args, "payment_day": payment_day},
        f"I'll turn on autopay: {_draws(day, method)}. Shall I go ahead?",
    )


async def turn_on(
    call: Call, payment_method: str, payment_day: int | None = None
) -> Done | AskAgain | Cannot:
    """Turn autopay on, with this method, on this day of the month; without a day it stays on the
    one it was on, or the due date. Again with the same arguments changes nothing."""
    found = await _checked(call, payment_method, payment_day)
    if isinstance(found, AskAgain | Cannot):
        return found
    account, method = found
    account = await call.services.records.accounts.change(
        account.account_number,
        AccountChange(autopay=True, autopay_method=method.method_id, autopay_day=payment_day),
    )
    billing = call.services.records.billing
    bills = await billing.bills(account.account_number, 1)
    balance = await billing.balance(account.account_number)
    return _done(call, account, method, next(iter(bills), None), balance)


async def _checked(
    call: Call, payment_method: str, payment_day: int | None
) -> tuple[Account, PaymentMethod] | AskAgain | Cannot:
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    if account.status == "closed":
        return Cannot("closed", "This account is closed, so there's nothing left for autopay.")
    last = call.services.scenario.policies.payments.autopay_last_day
    if payment_day is not None and not 1 <= payment_day <= last:
        return AskAgain(
            ("payment_day",),
            f"Autopay can run on a day from the 1st to the {speech.ordinal(last)}. Which one?",
        )
    method = methods.choose(account.methods, payment_method)
    return (account, method) if isinstance(method, PaymentMethod) else method


def _is_on(account: Account, method: PaymentMethod, day: int | None) -> bool:
    if not account.autopay or (day is not None and day != account.autopay_day):
        return False
    if account.autopay_method:
        return account.autopay_method == method.method_id
    return method.default


def _draws(day: int | None, method: PaymentMethod) -> str:
    return f"what you owe is paid from your {method.label} {_when(day)}"


def _when(day: int | None) -> str:
    return f"on the {speech.ordinal(day)} of each month" if day else "on each bill's due date"


def _done(
    call: Call, account: Account, method: PaymentMethod, bill: Bill | None, balance: Decimal
) -> Done:
    when = _when(account.autopay_day)
    data = {
        "autopay": True,
        "method": method.label,
        "day": account.autopay_day,
        "balance": speech.figure(balance),
    }
    rows = (("Autopay", "on"), ("From", method.label), ("When", when.removeprefix("on ")))
    say = f"Autopay is on: {_draws(account.autopay_day, method)}."
    if bill and balance > 0 and bill.due < today(call):
        say += f" The {money(balance)} you owe was due already, so it's best to pay that now."
    card = Card(card="autopay", title="Autopay", rows=rows, data=data)
    return Done(data, say, (card,), {"account": {"autopay": True}})
