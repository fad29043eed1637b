"""What a payment plan would be like, before one is asked for: by the same rules, in figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from contracts.language import t
from contracts.messages import Card
from contracts.policies import PaymentPlanPolicy
from contracts.records import Installment
from contracts.tooling import AskAgain
from tools import speech
from tools.billing.terms import Terms, fit_terms, schedule
from tools.speech import figure, money

_DOLLAR = Decimal(1)
_USUAL_MONTHS = 6  # what a customer is shown first, if it may be as long


@dataclass(frozen=True, slots=True)
class Bounds:
    """What can be picked: the whole dollars to pay now, and the months for the rest of it."""

    least_down: Decimal
    most_down: Decimal
    longest: int


def bounds(policy: PaymentPlanPolicy, total: Decimal, down: Decimal) -> Bounds:
    """`longest` is for this down payment; 0 where what is left is too little for a plan."""
    least = (total * policy.min_down_percent / 100).quantize(_DOLLAR, ROUND_CEILING)
    most = (total - policy.least_installment).quantize(_DOLLAR, ROUND_FLOOR)
    longest = min(policy.longest_months, int((total - down) / policy.least_installment))
    return Bounds(least, max(least, most), max(longest, 0))


def fitting(
    policy: PaymentPlanPolicy, owed: Decimal, total: Decimal, months: int, down: Decimal
) -> tuple[Terms, str]:
    """The terms to show, and what is said if they are not those that were picked: fewer months
    where the installments would be too small. Without any terms that fit, those picked."""
    found = fit_terms(policy, owed, total, months, down)
    if isinstance(found, Terms):
        return found, ""
    longest = bounds(policy, total, down).longest
    if found.missing == ("months",) and longest:
        return Terms(total, down, min(months, longest)), ""
    return Terms(total, down, months), found.say


def offered(
    policy: PaymentPlanPolicy, owed: Decimal, total: Decimal, day: date
) -> tuple[Card, ...]:
    """A card to try plans on, with a plan that fits; nothing where none does."""
    down = bounds(policy, total, Decimal(0)).least_down
    terms, problem = fitting(policy, owed, total, _USUAL_MONTHS, down)
    if problem or isinstance(fit_terms(policy, owed, total, terms.months, down), AskAgain):
        return ()
    rows = (
        (t("You owe"), money(total)),
        (t("Down payment"), money(terms.down_payment)),
        *((speech.day(i.due, day), money(i.amount)) for i in schedule(terms, day)),
    )
    data = plan_data(policy, terms, schedule(terms, day), day)
    return (Card(card="plan_offer", title=t("Try a payment plan"), rows=rows, data=data),)


def plan_data(
    policy: PaymentPlanPolicy, terms: Terms, installments: tuple[Installment, ...], day: date
) -> dict[str, object]:
    """Terms with what can be picked instead, as data."""
    limits = bounds(policy, terms.total, terms.down_payment)
    return {
        "total": figure(terms.total),
        "down_payment": figure(terms.down_payment),
        "months": terms.months,
        "least_down": figure(limits.least_down),
        "most_down": figure(limits.most_down),
        "longest": limits.longest,
        "installments": [
            {"due": i.due.isoformat(), "amount": figure(i.amount)} for i in installments
        ],
        "as_of": day.isoformat(),
    }
