"""The terms of a payment plan: what the policy allows, its schedule, and how that is said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from contracts.language import plural, t
from contracts.policies import PaymentPlanPolicy
from contracts.pricing import CENT
from contracts.records import Installment, PaymentPlan
from contracts.tooling import AskAgain
from tools import speech
from tools.dates import months_after
from tools.speech import money


@dataclass(frozen=True, slots=True)
class Terms:
    """A plan that fits the policy."""

    total: Decimal
    down_payment: Decimal
    months: int

    @property
    def rest(self) -> Decimal:
        return self.total - self.down_payment


def fit_terms(
    policy: PaymentPlanPolicy,
    owed: Decimal,
    total: Decimal,
    months: int | None,
    down: Decimal | None,
) -> Terms | AskAgain:
    """The terms asked for, if the policy allows them; else what is allowed, nearest to them."""
    if total > owed or total <= 0:
        return AskAgain(
            ("total_amount",),
            t(
                "A plan can cover at most the {amount} you owe. How much shall it be?",
                amount=money(owed),
            ),
        )
    least_down = (total * policy.min_down_percent / 100).quantize(CENT, ROUND_UP)
    terms = Terms(total, least_down if down is None else down, months or 1)
    if not least_down <= terms.down_payment < total:
        return AskAgain(
            ("down_payment",),
            t(
                "The down payment for {total} is at least {least}, and less than the whole. How "
                "much can you pay now?",
                total=money(total),
                least=money(least_down),
            ),
        )
    longest = min(policy.longest_months, int(terms.rest / policy.least_installment))
    if longest < 1:
        return AskAgain(
            ("down_payment",),
            t(
                "What's left for installments has to be at least {amount}. How much can you pay "
                "now?",
                amount=money(policy.least_installment),
            ),
        )
    if months is None:
        return _open_months(terms, longest)
    return terms if months <= longest else _shorter(policy, terms, longest)


def schedule(terms: Terms, agreed: date) -> tuple[Installment, ...]:
    """Monthly from one month after the agreement; equal, the last one with the cents left over."""
    each = (terms.rest / terms.months).quantize(CENT, ROUND_DOWN)
    last = terms.rest - each * (terms.months - 1)
    amounts = [each] * (terms.months - 1) + [last]
    return tuple(
        Installment(due=months_after(agreed, number), amount=amount)
        for number, amount in enumerate(amounts, start=1)
    )


def schedule_said(
    terms: Terms, agreed: date, plan: PaymentPlan | None = None, day: date | None = None
) -> str:
    """ "3 monthly payments of $33.33, the last one $33.34, from December 20 to February 20"."""
    installments = plan.installments if plan else schedule(terms, agreed)
    first, last, seen = installments[0], installments[-1], day or agreed
    amount, start = money(first.amount), speech.day(first.due, seen)
    if len(installments) == 1:
        return t("one payment of {amount} on {day}", amount=amount, day=start)
    values = {
        "count": len(installments),
        "amount": amount,
        "first": start,
        "last": speech.day(last.due, seen),
    }
    if last.amount == first.amount:
        return t("{count} monthly payments of {amount} from {first} to {last}", **values)
    return t(
        "{count} monthly payments of {amount}, the last one {odd}, from {first} to {last}",
        odd=money(last.amount),
        **values,
    )


def _shorter(policy: PaymentPlanPolicy, terms: Terms, longest: int) -> AskAgain:
    nearest = schedule(Terms(terms.total, terms.down_payment, longest), date(2000, 1, 1))
    if longest < policy.longest_months:
        least = money(policy.least_installment)
        why = t("No installment can be below {amount}.", amount=least)
    else:
        why = t("The longest a plan can run is {count} months.", count=policy.longest_months)
    offer = plural(
        "Over one month it would be {amount} a month. Would that work, or fewer?",
        "Over {count} months it would be {amount} a month. Would that work, or fewer?",
        longest,
        amount=money(nearest[0].amount),
    )
    return AskAgain(("months",), f"{why} {offer}")


def _open_months(terms: Terms, longest: int) -> AskAgain:
    say = plural(
        "With {down} now, the other {rest} can be paid in one month. How many months would you "
        "like?",
        "With {down} now, the other {rest} can be paid over up to {count} months. How many months "
        "would you like?",
        longest,
        down=money(terms.down_payment),
        rest=money(terms.rest),
    )
    return AskAgain(("months",), say)
