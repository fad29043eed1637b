"""Payment plans, by the written policy (`policies/payment-plans.md`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from contracts.errors import Conflict
from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card
from contracts.policies import PaymentPlanPolicy
from contracts.records import Account, Charge, Payment, PaymentMethod, PaymentPlan
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done, Effect
from tools import methods, speech
from tools.arguments import BALANCE, Count, Money, Payable
from tools.billing.bills import bill_fact
from tools.billing.charging import charge_account
from tools.billing.payments import when_settled
from tools.billing.preview import offered
from tools.billing.terms import Terms, fit_terms, schedule, schedule_said
from tools.common import local, own_account, today
from tools.dates import months_after
from tools.owing import owed_of
from tools.speech import figure, money
from tools.toolkit import WANTED, OwnAccount, tool

_PLANS = 20
_DOWN = ":down"  # a plan's key with it is that of its down payment


async def read_back_plan(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    """The plan in figures, all of its terms resolved."""
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    if refusal := await _refusal(call, account):
        return refusal
    policy = call.services.scenario.policies.payment_plans
    owed = (await owed_of(call, account)).payable
    total = owed if args.total_amount == BALANCE else args.total_amount
    terms = fit_terms(policy, owed, total, args.months, args.down_payment)
    if isinstance(terms, AskAgain):
        return replace(terms, show=offered(policy, owed, total, today(call)))
    method = methods.choose(account.methods, "default")
    if isinstance(method, AskAgain):
        return Cannot(
            "no_default_method",
            t("You have no default payment method for the down payment."),
            t("I can get you a person to choose one."),
        )
    if isinstance(method, Cannot):
        return method
    read_back = t(
        "I'll take {down} now from your {method}, and you pay the rest in {schedule}. Your new "
        "bills are due beside it. Shall I go ahead?",
        down=money(terms.down_payment),
        method=methods.named(method.label),
        schedule=schedule_said(terms, today(call)),
    )
    return Confirmation(
        {
            "total_amount": figure(terms.total),
            "months": terms.months,
            "down_payment": figure(terms.down_payment),
        },
        read_back,
    )


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step=marked("Setting up your payment plan"),
    confirm=read_back_plan,
)
async def setup_payment_plan(
    call: Call,
    total_amount: Annotated[Payable, WANTED] = BALANCE,
    months: Annotated[Count | None, WANTED] = None,
    down_payment: Money | None = None,
    account_number: OwnAccount = None,
) -> Done | AskAgain | Cannot:
    """Let the customer pay what they owe in monthly installments: a down payment now from the
    default payment method, the rest over some months. The customer is asked for a yes first.

    Args:
        total_amount: Dollars to spread, like "240.00", or "balance" for everything owed.
        months: Over how many months.
        down_payment: Dollars to pay now, if the customer named an amount.
    """
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    if total_amount == BALANCE or months is None or down_payment is None:
        return AskAgain(("months",), t("Over how many months would you like to pay?"))
    return await _agree(call, account, Terms(total_amount, down_payment, months))


def broken_on(plan: PaymentPlan, today: date) -> date:
    """The day a broken plan was broken; where that is not on record, its last due date so far."""
    due = [i.due for i in plan.installments if i.due <= today]
    return plan.ended or max(due, default=plan.at.date())


async def _refusal(call: Call, account: Account) -> Cannot | None:
    """Why there can be no plan at all."""
    policy = call.services.scenario.policies.payment_plans
    billing = call.services.records.billing
    if plan := await billing.plan(account.account_number):
        return _has_plan(call, plan)
    all_owed = await owed_of(call, account)
    if any(charge.key.endswith(_DOWN) for charge in all_owed.on_their_way):
        return Cannot(
            "on_its_way",
            t("The down payment for your plan is still being processed, so I won't take it twice."),
            await when_settled(call),
        )
    if all_owed.payable < policy.least_balance:
        return _too_small(policy, all_owed.payable)
    for plan in await billing.plans(account.account_number, _PLANS):
        free = months_after(broken_on(plan, today(call)), policy.broken_bars_months)
        if plan.status == "broken" and today(call) < free:
            return Cannot(
                "broken_plan",
                t(
                    "Your last payment plan wasn't kept, so a new one is possible from {day}.",
                    day=speech.day(free, today(call)),
                ),
                t("I can look for assistance programs with you, or get you a person."),
            )
    return None


def _too_small(policy: PaymentPlanPolicy, owed: Decimal) -> Cannot:
    return Cannot(
        "balance_too_small",
        t(
            "A payment plan is for {least} or more, and you owe {owed}.",
            least=money(policy.least_balance),
            owed=money(max(owed, Decimal(0))),
        ),
        t("I can take a payment for a part of it now.") if owed > 0 else "",
    )


async def _unfit(call: Call, account: Account, terms: Terms) -> AskAgain | Cannot | None:
    if refusal := await _refusal(call, account):
        return refusal
    policy = call.services.scenario.policies.payment_plans
    owed = (await owed_of(call, account)).payable
    fitting = fit_terms(policy, owed, terms.total, terms.months, terms.down_payment)
    return fitting if isinstance(fitting, AskAgain) else None


async def _begun(call: Call, account: Account, key: str) -> Charge | Payment | None:
    """The down payment that an earlier run of this very call has sent or made."""
    sent = (c for c in (await owed_of(call, account)).on_their_way if c.key == key)
    return next(sent, None) or await call.services.records.billing.payment(key)


async def _agree(call: Call, account: Account, terms: Terms) -> Done | AskAgain | Cannot:
    """The down payment, then the plan: never a plan without it."""
    key = f"{call.key}{_DOWN}"
    # After a crash the call runs again, when the down payment has lowered the balance.
    if await _begun(call, account, key) is None and (refusal := await _unfit(call, account, terms)):
        return refusal
    method = methods.choose(account.methods, "default")
    if not isinstance(method, PaymentMethod):
        return method
    outcome = await charge_account(
        call.services,
        key=key,
        customer_id=call.customer_id,
        account=account,
        amount=terms.down_payment,
        method=method,
        at=call.services.clock.now(),
    )
    if isinstance(outcome, Payment):
        return await _agreed(call, account, terms, outcome)
    if outcome.status == "declined":
        return _no_down_payment(outcome)
    return await _waiting(call, terms, outcome)


async def _agreed(call: Call, account: Account, terms: Terms, down: Payment) -> Done | Cannot:
    """The dates are those that were read back, however late the yes or the down payment came."""
    begins = call.agreed.at if call.agreed else down.at
    plan = PaymentPlan(
        plan_id="",
        account_number=account.account_number,
        total=terms.total,
        down_payment=terms.down_payment,
        installments=schedule(terms, local(call, begins).date()),
        at=call.services.clock.now(),
    )
    billing = call.services.records.billing
    try:
        plan = await billing.open_plan(key=call.key, plan=plan)
    except Conflict:
        refusal = _has_plan(call, await billing.plan(account.account_number) or plan)
        taken = t(
            "The {amount} you just paid counts toward what you owe.", amount=money(down.amount)
        )
        return replace(refusal, say=f"{refusal.say} {taken}")
    bills = await billing.bills(account.account_number, 1)
    fact = bill_fact(down.balance_after, next(iter(bills), None))
    return _plan_done(call, plan, down, fact)


async def _waiting(call: Call, terms: Terms, charge: Charge) -> Done:
    """The bank hasn't answered: a person sets the plan up once the down payment is settled."""
    case = await call.services.records.cases.open(
        key=f"{call.key}:plan",
        kind="assistance",
        customer_id=call.customer_id,
        channel=call.channel,
        reason="a payment plan waits for its down payment",
        priority="normal",
        summary=call.summary,
        details={
            "charge": charge.key,
            "total": figure(terms.total),
            "down_payment": figure(terms.down_payment),
            "months": terms.months,
        },
        at=call.services.clock.now(),
    )
    data = {"status": "processing", "case": case.case_id, "amount": figure(charge.amount)}
    amount = money(charge.amount)
    say = t(
        "Your down payment of {amount} is still being processed. When it has gone through, one of "
        "our people sets up the plan and tells you. Please don't pay it again.",
        amount=amount,
    )
    rows = (
        (t("Down payment"), t("{amount}, being processed", amount=amount)),
        (t("From"), methods.named(charge.method.label)),
        (t("Case"), case.case_id),
    )
    card = Card(card="case", title=t("Your payment plan"), rows=rows, data=data)
    return Done(data, say, (card,), {"payment_plan": data})


def _no_down_payment(charge: Charge) -> Cannot:
    return Cannot(
        "declined",
        t(
            "The down payment of {amount} didn't go through, so there's no plan yet. {reason} "
            "Nothing was taken.",
            amount=money(charge.amount),
            reason=speech.sentence(t(charge.reason)),
        ),
        t("I can try again, or get you a person to change your default payment method."),
    )


def _has_plan(call: Call, plan: PaymentPlan) -> Cannot:
    upcoming = next((i for i in plan.installments if i.due >= today(call)), None)
    say = t("You have a payment plan already, and there's one at a time.")
    if upcoming:
        following = t(
            "Its next installment, {amount}, is due on {day}.",
            amount=money(upcoming.amount),
            day=speech.day(upcoming.due, today(call)),
        )
        say = f"{say} {following}"
    return Cannot("has_plan", say, t("If it no longer fits, I can get you a person."))


def _plan_done(call: Call, plan: PaymentPlan, down: Payment, fact: dict[str, Any]) -> Done:
    day = today(call)
    data = {
        "plan_id": plan.plan_id,
        "total": figure(plan.total),
        "down_payment": figure(plan.down_payment),
        "receipt_number": down.receipt_number,
        "installments": [
            {"due": i.due.isoformat(), "amount": figure(i.amount)} for i in plan.installments
        ],
    }
    taken = money(plan.down_payment)
    rows = (
        (t("Paid now"), t("{amount}, receipt {number}", amount=taken, number=down.receipt_number)),
        *((speech.day(i.due, day), money(i.amount)) for i in plan.installments),
        (t("In all"), money(plan.total)),
    )
    terms = Terms(plan.total, plan.down_payment, len(plan.installments))
    say = t(
        "Your payment plan is set up. I've taken {down}, receipt number {number}, and the rest is "
        "{schedule}.",
        down=taken,
        number=speech.code(down.receipt_number, call.channel),
        schedule=schedule_said(terms, plan.at.date(), plan, day),
    )
    shown = {**data, "as_of": day.isoformat()}
    card = Card(card="plan", title=t("Your payment plan"), rows=rows, data=shown)
    small = {"id": plan.plan_id, "next": data["installments"][0]}
    return Done(data, say, (card,), {"payment_plan": small, **fact})


TOOLS = (setup_payment_plan,)
