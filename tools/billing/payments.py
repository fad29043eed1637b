"""Paying: what is read back is what is paid, to the cent, and once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card
from contracts.policies import PaymentPolicy
from contracts.records import Account, Charge, Payment, PaymentMethod
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done, Effect
from tools import methods, speech
from tools.arguments import BALANCE, Payable
from tools.billing.bills import bill_fact
from tools.billing.charging import charge_account
from tools.common import known_customer, local, own_account, today
from tools.owing import Owed, owed_of
from tools.reach import route_for_news
from tools.speech import figure, money
from tools.toolkit import OwnAccount, tool


async def read_back_payment(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    """Amount and method resolved; the arguments hold the method's id and the amount in figures."""
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    owed = await owed_of(call, account)
    amount = owed.payable if args.amount == BALANCE else args.amount
    if refusal := await _refused(call, amount, owed):
        return refusal
    method = methods.choose(account.methods, args.payment_method)
    if not isinstance(method, PaymentMethod):
        return method
    return Confirmation(
        {"amount": figure(amount), "payment_method": method.method_id},
        t(
            "I'll pay {amount} from your {method}. Shall I go ahead?",
            amount=money(amount),
            method=methods.named(method.label),
        ),
    )


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step=marked("Making your payment"),
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
        return AskAgain(("amount",), t("How much would you like to pay?"))
    method = methods.choose(account.methods, payment_method)
    if not isinstance(method, PaymentMethod):
        return method
    return await _pay(call, account, amount, method)


def declined(account: Account, charge: Charge) -> Cannot:
    """What the processor said, and the other saved methods."""
    others = [m for m in account.methods if m.method_id != charge.method.method_id]
    say = t(
        "Your payment of {amount} didn't go through. {reason} Nothing was taken.",
        amount=money(charge.amount),
        reason=speech.sentence(t(charge.reason)),
    )
    if others:
        instead = t("I can try {methods} instead.", methods=methods.listed_or(others))
    else:
        instead = t("I can get you a person to save another payment method.")
    return Cannot("declined", say, instead)


async def _pay(
    call: Call, account: Account, amount: Decimal, method: PaymentMethod
) -> Done | AskAgain | Cannot:
    owed = await owed_of(call, account)
    # After a crash the call runs again, when its own payment has lowered the balance.
    if not await _begun(call, owed) and (refusal := await _refused(call, amount, owed)):
        return refusal
    outcome = await charge_account(
        call.services,
        key=call.key,
        customer_id=call.customer_id,
        account=account,
        amount=amount,
        method=method,
        at=call.services.clock.now(),
    )
    if isinstance(outcome, Payment):
        return await _receipt(call, account, outcome)
    if outcome.status == "declined":
        return declined(account, outcome)
    return _processing(outcome, await when_settled(call))


async def _begun(call: Call, owed: Owed) -> bool:
    """Whether an earlier run of this very call has sent or made the payment."""
    if any(charge.key == call.key for charge in owed.on_their_way):
        return True
    return await call.services.records.billing.payment(call.key) is not None


async def when_settled(call: Call) -> str:
    """How the customer learns what became of a payment; promises no message to nobody's number."""
    customer = await known_customer(call)
    if customer and route_for_news(customer, call.services.scenario.router.prefer):
        return t("We'll send you a message as soon as it's settled.")
    return t("That usually takes a few minutes; ask me again then, and I can tell you.")


async def _refused(call: Call, amount: Decimal, owed: Owed) -> AskAgain | Cannot | None:
    if owed.balance <= 0:
        return _nothing_owed(owed)
    if waiting := _same_on_its_way(amount, owed):
        total = sum((charge.amount for charge in waiting), Decimal(0))
        say = t(
            "A payment of {amount} is still being processed, so I won't send it twice.",
            amount=money(total),
        )
        return Cannot("on_its_way", say, await when_settled(call))
    if amount > owed.payable:
        return _too_much(owed)
    return _beyond_policy(call.services.scenario.policies.payments, amount, owed.payable)


def _nothing_owed(owed: Owed) -> Cannot:
    say = t("You owe nothing right now, so there's nothing to pay.")
    if owed.balance < 0:
        credit = t("You even have a credit of {credit}.", credit=money(-owed.balance))
        say = f"{say} {credit}"
    return Cannot("nothing_owed", say)


def _too_much(owed: Owed) -> Cannot:
    amount = money(owed.payable)
    if owed.on_their_way:
        say = t(
            "Besides what's being processed, you owe {amount}, so that's the most I can take.",
            amount=amount,
        )
    else:
        say = t("You owe {amount}, so that's the most I can take.", amount=amount)
    return Cannot("too_much", say, t("Shall I pay the {amount} instead?", amount=amount))


def _same_on_its_way(amount: Decimal, owed: Owed) -> Sequence[Charge]:
    """A payment may be asked for again because its answer is late; it is not sent twice."""
    same = [charge for charge in owed.on_their_way if charge.amount == amount]
    return same or (owed.on_their_way if owed.payable <= 0 else ())


def _beyond_policy(
    policy: PaymentPolicy, amount: Decimal, payable: Decimal
) -> AskAgain | Cannot | None:
    if amount > policy.most:
        return Cannot(
            "over_limit",
            t("The most I can take in one payment is {amount}.", amount=money(policy.most)),
            t("I can take that much now, or get you a person for the whole amount."),
        )
    if amount < min(policy.least, payable):
        least = money(policy.least)
        say = t("A payment is at least {amount}. How much would you like?", amount=least)
        return AskAgain(("amount",), say)
    return None


def _processing(charge: Charge, when_settled: str) -> Done:
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
    method = methods.named(payment.method_label)
    rows = (
        (t("Paid"), money(payment.amount)),
        (t("From"), method),
        (t("Date"), speech.day(local(call, payment.at).date(), today(call))),
        (t("Receipt"), payment.receipt_number),
        (t("Still owed"), money(max(left, Decimal(0)))),
    )
    owed = (
        t("You owe nothing now.") if left <= 0 else t("You still owe {amount}.", amount=money(left))
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
    return Done(data, f"{say} {owed}", (card,), facts)


TOOLS = (process_payment,)
