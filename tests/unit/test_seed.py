"""The demo utility as it is generated: figures that add up, people who are not mixed up."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from contracts.records import Bill
from stores.seed.demo import DEMO
from stores.seed.generate import Generator, Household, inside
from stores.seed.outages import demo_outages, rounded

pytestmark = pytest.mark.unit

NOW = datetime(2026, 1, 15, 18, 0, tzinfo=UTC)
COUNT = 60
CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def households() -> list[Household]:
    return list(Generator(NOW).households(0, COUNT))


def owed(household: Household) -> Decimal:
    billed = sum((bill.total for bill in household.bills), Decimal(0))
    return billed - sum((paid.amount for paid in household.paid), Decimal(0))


def numbers(household: Household) -> list[str]:
    return [c.value for c in household.customer.contacts if c.kind == "phone"]


def test_the_same_in_whatever_batch(households: list[Household]) -> None:
    generator = Generator(NOW)
    later = list(generator.households(30, COUNT - 30))
    assert [*generator.households(0, 30), *later] == households


def test_lines_add_up_to_the_cent(households: list[Household]) -> None:
    for bill in (bill for household in households for bill in household.bills):
        assert bill.total == sum(line.amount for line in bill.lines)
        for line in bill.lines:
            if line.quantity is not None and line.rate is not None:
                assert line.amount == (line.quantity * line.rate).quantize(CENT, ROUND_HALF_UP)


def test_periods_follow_each_other_and_are_past(households: list[Household]) -> None:
    for household in households:
        for bill in household.bills:
            assert bill.period_start < bill.period_end < bill.issued < bill.due
            assert bill.issued <= NOW.date()
        assert len({bill.bill_id for bill in household.bills}) == len(household.bills)
        assert all(paid.at < NOW for paid in household.paid)


def test_winter_costs_more_gas_than_summer(households: list[Household]) -> None:
    def therms(bill: Bill) -> Decimal:
        return next(line.quantity or Decimal(0) for line in bill.lines if line.unit == "therms")

    by_month = {bill.period_end.month: therms(bill) for bill in households[0].bills}
    assert by_month[1] > 2 * by_month[7]


def test_most_owe_nothing_or_the_newest_bill(households: list[Household]) -> None:
    settled = [h for h in households if owed(h) in {Decimal(0), h.bills[-1].total}]
    assert all(owed(household) >= 0 for household in households)
    assert len(settled) > 0.75 * COUNT
    assert len(settled) < COUNT, "somebody is in arrears"


def test_nobody_shares_what_proves_who_they_are(households: list[Household]) -> None:
    assert len({h.customer.customer_id for h in households}) == COUNT
    assert len({h.account.account_number for h in households}) == COUNT
    assert len({h.premise.premise_id for h in households}) == COUNT
    assert all(h.account.account_number.isdigit() for h in households)
    assert {len(h.account.account_number) for h in households} == {10}
    demo = households[: len(DEMO)]
    assert len({h.customer.date_of_birth for h in demo}) == len(DEMO)
    assert len({h.customer.ssn_last4 for h in demo}) == len(DEMO)


def test_one_number_is_shared_and_no_other(households: list[Household]) -> None:
    counted = Counter(number for household in households for number in numbers(household))
    assert [number for number, times in counted.items() if times > 1] == ["+15550105"]


@pytest.mark.parametrize("first", [12, 9_995, 249_995])
def test_made_up_numbers_stay_apart_in_a_large_utility(first: int) -> None:
    made = [number for h in Generator(NOW).households(first, 10) for number in numbers(h)]
    assert len(set(made)) == 10
    assert all(number[5:8] == "555" and len(number) == 12 for number in made)


def test_every_home_is_in_the_territory(households: list[Household]) -> None:
    territory = Generator(NOW).territory
    for household in households:
        assert inside((household.premise.longitude, household.premise.latitude), territory)


def test_an_outage_at_one_demo_home_is_none_at_another(households: list[Household]) -> None:
    homes = {h.customer.first_name: h.premise for h in households[: len(DEMO)]}
    outages = demo_outages(homes["Maria"], homes["Diego"], homes["James"], NOW)
    dark = {
        name
        for name, home in homes.items()
        for outage in outages
        if outage.status != "restored"
        and inside((home.longitude, home.latitude), _ring(outage.area["coordinates"][0]))
    }
    assert dark == {"Maria", "Diego"}


def _ring(corners: list[list[float]]) -> list[tuple[float, float]]:
    return [(corner[0], corner[1]) for corner in corners]


def test_marias_story_holds(households: list[Household]) -> None:
    maria = households[0]
    assert numbers(maria) == ["+15550101"]
    assert owed(maria) == maria.bills[-1].total > 0
    assert maria.bills[-1].due > NOW.date()
    assert [m.label for m in maria.account.methods if m.default] == ["Visa ending in 4242"]
    assert {m.kind for m in maria.account.methods} == {"card", "bank"}


def test_estimates_are_quarters_of_an_hour() -> None:
    assert rounded(NOW) == NOW
    assert rounded(NOW + timedelta(seconds=1)) == NOW + timedelta(minutes=15)
