"""Paying: what is read back is what is paid, to the cent, and once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.policies import PaymentPolicy
from contracts.records import Account, Charge, Payment, PaymentMethod
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done, Effect
from tools import methods, speech
from tools.arguments import BALANCE, Payable
from tools.billing.charging import charge_account
from tools.billing.paying import payment_card, without_method
from tools.billing.receipts import processing, receipt
from tools.common import known_customer, own_account
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
    if refused := await refusal(call, amount, owed):
        return refused
    method = await _method(call, account, args.payment_method, amount)
    if isinstance(method, AskAgain):
        form = payment_card(call, account, amount=amount, payable=owed.payable)
        return replace(method, show=form or method.show)
    if isinstance(method, Cannot):
        return method
    return Confirmation(
        {"amount": figure(amount), "payment_method": method.method_id},
        t(
            "I'll pay {amount} from your {method}. Shall I go ahead?",
            amount=money(amount),
            method=methods.named(method.label),
        ),
        payment_card(call, account, amount=amount, payable=owed.payable, method=method),
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
    method = await _method(call, account, payment_method, amount)
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


async def _method(
    call: Call, account: Account, wanted: str, amount: Decimal
) -> PaymentMethod | AskAgain | Cannot:
    if not account.methods:
        return await without_method(call, account, amount)
    return methods.choose(account.methods, wanted)


async def _pay(
    call: Call, account: Account, amount: Decimal, method: PaymentMethod
) -> Done | AskAgain | Cannot:
    owed = await owed_of(call, account)
    # After a crash the call runs again, when its own payment has lowered the balance.
    if not await _begun(call, owed) and (refused := await refusal(call, amount, owed)):
        return refused
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
        return await receipt(call, outcome)
    if outcome.status == "declined":
        return declined(account, outcome)
    return processing(outcome, await when_settled(call))


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


async def refusal(call: Call, amount: Decimal, owed: Owed) -> AskAgain | Cannot | None:
    """Why this amount can't be paid now; None if it can."""
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


TOOLS = (process_payment,)
