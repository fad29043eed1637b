"""Payment plans as figures: what fits the policy adds up, and what does not is met halfway."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scenario import load_scenario
from contracts.tooling import AskAgain
from tools.billing.terms import Terms, fit_terms, schedule

pytestmark = pytest.mark.unit

POLICY = load_scenario("utilities").policies.payment_plans
CENTS = st.decimals("0.01", "9000", places=2)


@given(owed=CENTS, total=CENTS, months=st.integers(1, 40), down=st.none() | CENTS)
def test_whatever_is_asked_for_fits_or_is_asked_again(
    owed: Decimal, total: Decimal, months: int, down: Decimal | None
) -> None:
    terms = fit_terms(POLICY, owed, total, months, down)
    if isinstance(terms, AskAgain):
        assert terms.missing[0] in {"total_amount", "down_payment", "months"}
        return
    amounts = [i.amount for i in schedule(terms, date(2026, 1, 31))]
    assert terms.down_payment + sum(amounts) == terms.total == total <= owed
    assert terms.down_payment >= total * POLICY.min_down_percent / 100
    assert min(amounts) >= POLICY.least_installment
    assert len(amounts) == months <= POLICY.longest_months
    assert max(amounts) - min(amounts) < months * Decimal("0.01")


@given(owed=st.decimals("75", "9000", places=2))
def test_the_nearest_that_is_offered_fits(owed: Decimal) -> None:
    asked = fit_terms(POLICY, owed, owed, 1_000, None)
    assert isinstance(asked, AskAgain)
    assert asked.missing == ("months",)
    words = asked.say.partition("Over ")[2].split()[0]
    offered = 1 if words == "one" else int(words)
    assert isinstance(fit_terms(POLICY, owed, owed, offered, None), Terms)
    assert isinstance(fit_terms(POLICY, owed, owed, offered + 1, None), AskAgain)


def test_the_cents_left_over_come_last_and_months_end_where_they_can() -> None:
    parts = schedule(Terms(Decimal("130.01"), Decimal("30.00"), 3), date(2026, 1, 31))
    assert [i.amount for i in parts] == [Decimal("33.33"), Decimal("33.33"), Decimal("33.35")]
    assert [i.due for i in parts] == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_too_little_left_for_one_installment() -> None:
    asked = fit_terms(POLICY, Decimal("80.00"), Decimal("80.00"), 3, Decimal("70.00"))
    assert isinstance(asked, AskAgain)
    assert asked.missing == ("down_payment",)
    assert f"${POLICY.least_installment:.2f}" in asked.say
