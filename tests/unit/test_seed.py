"""The demo utility as it is generated: figures that add up, and what was paid."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import holidays
import numpy as np
import pytest

from app.scenario import load_scenario
from contracts.pricing import Use, price
from stores.mongo.tariffs import tariff_of
from stores.seed import payments
from stores.seed.tariffs import RIDERS
from tests.households import COUNT, NOW, ZONE, Household, Made, households_of, made

pytestmark = pytest.mark.unit

AFTER_A_CLOCK_CHANGE = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


# --- the same again ---------------------------------------------------------------------------


def test_the_same_for_the_same_day_and_another_for_another(generated: Made) -> None:
    assert made(NOW, COUNT) == generated
    later = made(NOW + timedelta(days=1), 20)
    assert later["readings"] != {key: generated["readings"][key] for key in later["readings"]}


def test_the_same_in_whatever_batch(generated: Made) -> None:
    for first, end in ((0, 16), (16, 100), (260, COUNT)):
        part = made(NOW, end, first)
        for name in ("customers", "accounts", "statements", "journal", "readings", "enrolments"):
            assert part[name] == {key: generated[name][key] for key in part[name]}
        assert len(part["customers"]) == end - first


def test_every_premise_is_written_by_one_batch(generated: Made) -> None:
    parts = [made(NOW, end, first)["premises"] for first, end in ((0, 16), (16, 100), (100, 300))]
    assert sum(map(len, parts)) == len(generated["premises"])
    assert {key for part in parts for key in part} == set(generated["premises"])


# --- figures that add up ----------------------------------------------------------------------


def test_every_line_is_what_the_tariff_says(generated: Made, households: list[Household]) -> None:
    """The vectorised prices against `contracts.pricing`, by the version at the period's end."""
    tariffs = [tariff_of(document) for document in generated["tariffs"].values()]

    def holding(name: str, day: date) -> Any:
        of = [t for t in tariffs if t.name == name and t.effective <= day]
        return max(of, key=lambda t: t.effective)

    checked: Counter[str] = Counter()
    for household in households:
        account, peak = household.account, household.daily("peak")
        names = [account.rate_plan, *filter(None, [account.gas_plan]), RIDERS]
        for bill in household.bills:
            days = [bill.period_start + timedelta(days=n) for n in range(bill.days)]
            use = Use(bill.kwh, Decimal(sum(peak[d] for d in days)).scaleb(-2), bill.therms)
            assert bill.lines == price([holding(name, bill.period_end) for name in names], use)
            checked[account.rate_plan] += 1
    assert len(checked) == 4, "all electric plans"


def test_lines_add_up_to_the_cent(households: list[Household]) -> None:
    for bill in (bill for household in households for bill in household.bills):
        assert bill.total == sum(line.amount for line in bill.lines) > 0


def test_days_add_up_to_the_bill(households: list[Household]) -> None:
    for household in households:
        electric = household.daily()
        gas = household.daily(kind="gas") if "gas" in household.readings else {}
        for bill in household.bills:
            days = [bill.period_start + timedelta(days=n) for n in range(bill.days)]
            assert bill.kwh * 100 == sum(electric[day] for day in days)
            assert bill.therms * 100 == sum(gas.get(day, 0) for day in days)


@pytest.mark.parametrize("now", [NOW, AFTER_A_CLOCK_CHANGE, datetime(2026, 4, 2, 5, tzinfo=UTC)])
def test_hours_add_up_to_the_day_whatever_the_clocks_do(now: datetime) -> None:
    utility, free = made(now, 40), holidays.country_holidays("US")
    lengths: set[int] = set()
    for household in households_of(utility):
        series = household.readings["electric"]
        hours = np.frombuffer(series["hourly"], "<u2").tolist()
        by_day: dict[date, list[tuple[int, int]]] = {}
        for n, value in enumerate(hours):
            at = (series["hourly_start"] + timedelta(hours=n)).astimezone(ZONE)
            by_day.setdefault(at.date(), []).append((at.hour, value))
        daily, peak = household.daily(), household.daily("peak")
        assert max(by_day) == max(daily) == now.astimezone(ZONE).date() - timedelta(days=1)
        for day, values in by_day.items():
            assert sum(value for _, value in values) == daily[day]
            in_peak = day.weekday() < 5 and day not in free
            assert peak[day] == sum(v for hour, v in values if 17 <= hour < 21) * in_peak
            lengths.add(len(values))
    assert lengths == ({24} if now is NOW else {24, 25} if now.month == 11 else {23, 24})


def test_peak_hours_are_those_of_the_tariff(generated: Made, households: list[Household]) -> None:
    assert any(tariff_of(kept).peak for kept in generated["tariffs"].values())
    free = holidays.country_holidays("US", years=range(2023, 2027))
    for household in households[:20]:
        daily = household.daily()
        for day, value in household.daily("peak").items():
            assert value <= daily[day]
            assert (value > 0) == (day.weekday() < 5 and day not in free)


def test_two_years_of_bills_follow_each_other(households: list[Household]) -> None:
    today = NOW.astimezone(ZONE).date()
    for household in households:
        bills = household.bills
        assert len({bill.bill_id for bill in bills}) == len(bills)
        for bill in bills:
            assert bill.period_start < bill.period_end < bill.issued < bill.due
            assert bill.issued < today
        for earlier, later in pairwise(bills):
            assert later.period_start == earlier.period_end + timedelta(days=1)
        days = household.daily()
        assert min(days) == bills[0].period_start
        assert max(days) == today - timedelta(days=1)
        assert len(days) >= 730 or household.account.opened == bills[0].period_start
    assert sum(len(h.bills) == 24 for h in households) > 0.8 * COUNT
    assert any(len(h.bills) < 24 for h in households)


def test_prices_change_within_the_two_years(demo: dict[str, Household]) -> None:
    rates = [next(x.rate for x in b.lines if x.code == "energy") for b in demo["Maria"].bills]
    assert len(set(rates)) >= 2
    assert rates == sorted(rates)  # type: ignore[type-var]
    assert rates[-1] in {Decimal("0.0983"), Decimal("0.0932")}


def test_winter_costs_more_gas_and_summer_more_cooling(households: list[Household]) -> None:
    gas = [h for h in households if h.premise.home and h.premise.home.heating == "gas"]
    for household in gas:
        by_month = {bill.period_end.month: bill for bill in household.bills[-12:]}
        if len(by_month) == 12 and household.premise.home.kind == "house":  # type: ignore[union-attr]
            assert by_month[1].therms > 2 * by_month[8].therms
    cooled = [h for h in gas if h.premise.home and h.premise.home.cooling]
    plain = [h for h in gas if h.premise.home and not h.premise.home.cooling]
    assert _summer_share(cooled) > 1.1 * _summer_share(plain)


def _summer_share(households: list[Household]) -> float:
    days = [(day, value) for h in households for day, value in h.daily().items()]
    summer = sum(value for day, value in days if day.month in {7, 8})
    return summer / sum(value for day, value in days if day.month in {4, 5})


def test_a_car_charges_at_night(demo: dict[str, Household]) -> None:
    series = demo["Wei"].readings["electric"]
    hours = np.frombuffer(series["hourly"], "<u2").reshape(60, 24).sum(axis=0)
    maria = np.frombuffer(demo["Maria"].readings["electric"]["hourly"], "<u2").reshape(60, 24)
    assert hours[:4].sum() / hours.sum() > 1.5 * maria[:, :4].sum() / maria.sum()


def test_weather_has_seasons_and_is_the_same_whenever_it_is_seeded(generated: Made) -> None:
    by_month: dict[int, list[Decimal]] = {}
    for day, kept in generated["weather"].items():
        by_month.setdefault(int(day[5:7]), []).append(Decimal(kept["mean_f"]))
        assert Decimal(kept["heating"]) == max(65 - Decimal(kept["mean_f"]), 0)
        assert Decimal(kept["cooling"]) == max(Decimal(kept["mean_f"]) - 65, 0)
    assert sum(by_month[1]) / len(by_month[1]) < 48 < 62 < sum(by_month[7]) / len(by_month[7])
    later = made(NOW + timedelta(days=200), 14)["weather"]
    settled = f"{NOW.date() - timedelta(days=80)}"  # what is later is made to fit the newest bills
    shared = [day for day in generated["weather"] if day in later and day < settled]
    assert len(shared) > 300
    assert all(later[day] == generated["weather"][day] for day in shared)


# --- what was paid ----------------------------------------------------------------------------


def test_the_legs_balance_and_the_balance_is_what_happened(households: list[Household]) -> None:
    """Replays each account's past, event by event."""
    for household in households:
        entry = household.opening
        assert sum(leg["amount"] for leg in entry["legs"]) == 0
        events = [
            *((_noon(bill.issued), bill.total * 100, None) for bill in household.bills),
            *((fee["at"], fee["amount"], None) for fee in entry["fees"]),
            *((credit["at"], -credit["amount"], None) for credit in entry["credits"]),
            *((p["at"], -p["amount"], p["balance_after"]) for p in entry["payments"]),
        ]
        owed = Decimal(0)
        for _, amount, after in sorted(events, key=lambda event: event[0]):
            owed += amount
            assert after is None or owed == after
        assert owed == household.owed * 100 >= 0
        assert all(p["amount"] > 0 and p["at"] < NOW for p in entry["payments"])
        assert [p["at"] for p in entry["payments"]] == sorted(p["at"] for p in entry["payments"])


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)


def test_who_pays_late_has_a_late_fee(households: list[Household]) -> None:
    policy = load_scenario("utilities").policies.credits
    assert policy.late_fee * 100 == payments.LATE_FEE
    assert policy.late_fee_grace_days == payments.GRACE_DAYS
    assert policy.waiver_on_time_months == payments.WAIVER_AFTER_MONTHS
    assert policy.missed_appointment_amount * 100 == payments.GUARANTEE
    fees = 0
    for household in households:
        charged = {fee["bill_id"] for fee in household.opening["fees"]}
        last = max((p["at"] for p in household.opening["payments"]), default=None)
        for bill in household.bills:
            deadline = bill.due + timedelta(days=policy.late_fee_grace_days)
            if deadline + timedelta(days=1) >= NOW.astimezone(ZONE).date():
                assert bill.bill_id not in charged
            elif last is None or last < _noon(bill.issued):
                assert bill.bill_id in charged, "unpaid for long"
        fees += len(charged)
    assert 0 < fees < 0.1 * 24 * COUNT
    kinds = Counter(c["kind"] for h in households for c in h.opening["credits"])
    assert set(kinds) == {"late fee waiver", "service guarantee"}


def test_most_owe_nothing_or_the_newest_bill(households: list[Household]) -> None:
    settled = [h for h in households if h.owed in {Decimal(0), h.bills[-1].total}]
    assert 0.8 * COUNT < len(settled) < COUNT, "and somebody is in arrears"
    assert 0.2 * COUNT < sum(h.owed == 0 for h in households) < 0.8 * COUNT


def test_receipts_and_payments_have_ids_of_their_own(households: list[Household]) -> None:
    paid = [p for h in households for p in h.opening["payments"]]
    assert len({p["receipt_number"] for p in paid}) == len({p["payment_id"] for p in paid})
    assert len({p["payment_id"] for p in paid}) == len(paid) > 20 * COUNT * 0.8


def test_plans_cover_what_was_past_due(generated: Made, demo: dict[str, Household]) -> None:
    assert generated["plans"]
    policy = load_scenario("utilities").policies.payment_plans
    for plan in generated["plans"].values():
        parts = [part["amount"] for part in plan["installments"]]
        assert sum(parts) + plan["down_payment"] == plan["total"]
        assert plan["down_payment"] * 100 >= plan["total"] * policy.min_down_percent
        assert len(parts) <= policy.longest_months
        assert min(parts) >= policy.least_installment
        assert all(part["due"] > "2026-01-15" for part in plan["installments"])
    nora = demo["Nora"]
    plan = next(p for p in generated["plans"].values()
                if p["account_number"] == nora.account.account_number)  # fmt: skip
    assert nora.owed == nora.bills[-1].total + plan["total"] - plan["down_payment"]
