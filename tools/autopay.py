"""Turning autopay on: the one way to do it, for the billing and the service agent; and what it
will draw."""

from __future__ import annotations

from datetime import date

from contracts.language import t
from contracts.messages import Card
from contracts.records import Account, AccountChange, PaymentMethod
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done
from tools import methods, speech
from tools.common import own_account
from tools.dates import months_after
from tools.owing import Owing, owing_of
from tools.speech import figure, money


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
            t("Autopay is on already: {draws}.", draws=_draws(account.autopay_day, method)),
            t("I can change the day or the payment method."),
        )
    day = payment_day or account.autopay_day
    args = {"payment_method": method.method_id}
    return Confirmation(
        args if payment_day is None else {**args, "payment_day": payment_day},
        t("I'll turn on autopay: {draws}. Shall I go ahead?", draws=_draws(day, method)),
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
    change = AccountChange(autopay=True, autopay_method=method.method_id)
    if payment_day is not None:  # a day given as None would be taken away
        change = change.model_copy(update={"autopay_day": payment_day})
    account = await call.services.records.accounts.change(account.account_number, change)
    return _done(account, method, await owing_of(call, account))


def coming(account: Account, owing: Owing) -> str:
    """What autopay will do about what is owed; empty where it is not known to do anything."""
    if not account.autopay or account.status == "closed" or owing.balance <= 0:
        return ""
    day = _next_draw(account, owing)
    if day is None or owing.is_put_off:
        return ""
    method = _method_of(account)
    if method is None:
        return t("Autopay is on, but it has no payment method, so please pay this one yourself.")
    return t(
        "Autopay pays what you owe from your {method} on {day}.",
        method=methods.named(method.label),
        day=speech.day(day, owing.today),
    )


def _next_draw(account: Account, owing: Owing) -> date | None:
    """The day autopay runs next; None on due dates, once the latest bill's has gone by."""
    today, wanted = owing.today, account.autopay_day
    if wanted is None:
        return owing.bill.due if owing.bill and not owing.is_late else None
    this_month = today.replace(day=wanted)
    return this_month if this_month >= today else months_after(this_month, 1)


def _method_of(account: Account) -> PaymentMethod | None:
    """The one autopay draws from: its own, or else the default one."""
    chosen = (m for m in account.methods if m.method_id == account.autopay_method)
    if account.autopay_method:
        return next(chosen, None)
    return next((m for m in account.methods if m.default), None)


async def _checked(
    call: Call, payment_method: str, payment_day: int | None
) -> tuple[Account, PaymentMethod] | AskAgain | Cannot:
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    if account.status == "closed":
        return Cannot("closed", t("This account is closed, so there's nothing left for autopay."))
    last = call.services.scenario.policies.payments.autopay_last_day
    if payment_day is not None and not 1 <= payment_day <= last:
        return AskAgain(
            ("payment_day",),
            t(
                "Autopay can run on a day from the 1st to the {last}. Which one?",
                last=speech.ordinal(last),
            ),
        )
    method = methods.choose(account.methods, payment_method)
    return (account, method) if isinstance(method, PaymentMethod) else method


def _is_on(account: Account, method: PaymentMethod, day: int | None) -> bool:
    if not account.autopay or (day is not None and day != account.autopay_day):
        return False
    return _method_of(account) == method


def _draws(day: int | None, method: PaymentMethod) -> str:
    label = methods.named(method.label)
    if not day:
        return t("what you owe is paid from your {method} on each bill's due date", method=label)
    return t(
        "what you owe is paid from your {method} on the {day} of each month",
        method=label,
        day=speech.ordinal(day),
    )


def _when(day: int | None) -> str:
    if not day:
        return t("each bill's due date")
    return t("the {day} of each month", day=speech.ordinal(day))


def _done(account: Account, method: PaymentMethod, owing: Owing) -> Done:
    data = {
        "autopay": True,
        "method": method.label,
        "day": account.autopay_day,
        "balance": figure(owing.balance),
    }
    rows = (
        (t("Autopay"), t("on")),
        (t("From"), methods.named(method.label)),
        (t("When"), _when(account.autopay_day)),
    )
    say = t("Autopay is on: {draws}.", draws=_draws(account.autopay_day, method))
    if past_due := owing.past_due:
        late = t("{amount} was due already, so it's best to pay that now.", amount=money(past_due))
        say = f"{say} {late}"
    card = Card(card="autopay", title=t("Autopay"), rows=rows, data=data)
    return Done(data, say, (card,), {"account": {"autopay": True}})
