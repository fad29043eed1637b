"""The demo utility as it is generated: figures that add up, people who are not mixed up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import bson
import holidays
import numpy as np
import pytest
from bson.raw_bson import RawBSONDocument
from shapely.geometry import Point, shape

from app.scenario import load_scenario
from cli.commands import seed as seed_command
from contracts.pricing import Use, is_peak_day, price
from contracts.records import Account, Bill, Customer, Outage, Premise
from stores.mongo.addresses import address_key
from stores.mongo.connect import CODEC
from stores.mongo.documents import account_of, customer_of, outage_of, premise_of
from stores.mongo.journal import receivable
from stores.mongo.statements import bills_of
from stores.mongo.tariffs import tariff_of
from stores.seed import payments, visits
from stores.seed.block import BLOCK
from stores.seed.demo import DEMO, VACANT
from stores.seed.estimates import rounded
from stores.seed.generate import Generator, batches
from stores.seed.places import Places, street
from stores.seed.tariffs import RIDERS

pytestmark = pytest.mark.unit

NOW = datetime(2026, 1, 15, 18, 0, tzinfo=UTC)
AFTER_A_CLOCK_CHANGE = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
ZONE = ZoneInfo("America/Los_Angeles")
COUNT = 300  # of two blocks

Made = dict[str, dict[str, dict[str, Any]]]


@dataclass(frozen=True)
class Household:
    customer: Customer
    account: Account
    premise: Premise
    bills: list[Bill]  # oldest first
    opening: dict[str, Any]
    readings: dict[str, dict[str, Any]]  # electric and gas

    @property
    def owed(self) -> Decimal:
        legs = {leg["ledger"]: leg["amount"] for leg in self.opening["legs"]}
        owed: Decimal = legs[receivable(self.account.account_number)]
        return owed

    def daily(self, series: str = "daily", kind: str = "electric") -> dict[date, int]:
        """Hundredths by day."""
        found = self.readings[kind]
        start = date.fromisoformat(found["start"])
        values = np.frombuffer(found[series], "<u2").tolist()
        return {start + timedelta(days=n): value for n, value in enumerate(values)}


def made(now: datetime, count: int, first: int = 0) -> Made:
    """Documents by collection and id, as they come out of the store."""
    generator, found = Generator(now), Counter[str]()
    written: Made = {}
    for batch in (generator.common(), *(generator.batch(*b) for b in batches(first, count))):
        for name, documents in batch.items():
            plain = [_decoded(document) for document in documents]
            found.update({name: len(plain)})
            written.setdefault(name, {}).update({d["_id"]: d for d in plain})
    assert {name: len(kept) for name, kept in written.items()} == dict(found), "ids are unique"
    return written


def _decoded(document: Any) -> dict[str, Any]:
    raw = document.raw if isinstance(document, RawBSONDocument) else bson.encode(
        document, codec_options=CODEC
    )  # fmt: skip
    return bson.decode(raw, CODEC)


def households_of(utility: Made) -> Iterator[Household]:
    for document in utility["customers"].values():
        customer = customer_of(document)
        account = account_of(utility["accounts"][customer.account_number])
        premise = premise_of(utility["premises"][account.premise_id])
        yield Household(
            customer,
            account,
            premise,
            bills_of(utility["statements"][account.account_number]),
            utility["journal"][f"opening:{account.account_number}"],
            {meter.kind: utility["readings"][meter.meter_id] for meter in premise.meters},
        )


@pytest.fixture(scope="module")
def utility() -> Made:
    return made(NOW, COUNT)


@pytest.fixture(scope="module")
def households(utility: Made) -> list[Household]:
    return list(households_of(utility))


@pytest.fixture(scope="module")
def demo(households: list[Household]) -> dict[str, Household]:
    return {h.customer.first_name: h for h in households[: len(DEMO)]}


def numbers(household: Household) -> list[str]:
    return [c.value for c in household.customer.contacts if c.kind == "phone"]


# --- the same again ---------------------------------------------------------------------------


def test_the_same_for_the_same_day_and_another_for_another(utility: Made) -> None:
    assert made(NOW, COUNT) == utility
    later = made(NOW + timedelta(days=1), 20)
    assert later["readings"] != {key: utility["readings"][key] for key in later["readings"]}


def test_the_same_in_whatever_batch(utility: Made) -> None:
    for first, end in ((0, 16), (16, 100), (260, COUNT)):
        part = made(NOW, end, first)
        for name in ("customers", "accounts", "statements", "journal", "readings", "enrolments"):
            assert part[name] == {key: utility[name][key] for key in part[name]}
        assert len(part["customers"]) == end - first


def test_every_premise_is_written_by_one_batch(utility: Made) -> None:
    parts = [made(NOW, end, first)["premises"] for first, end in ((0, 16), (16, 100), (100, 300))]
    assert sum(map(len, parts)) == len(utility["premises"])
    assert {key for part in parts for key in part} == set(utility["premises"])


# --- figures that add up ----------------------------------------------------------------------


def test_every_line_is_what_the_tariff_says(utility: Made, households: list[Household]) -> None:
    """The vectorised prices against `contracts.pricing`, by the version at the period's end."""
    tariffs = [tariff_of(document) for document in utility["tariffs"].values()]

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


def test_peak_hours_are_those_of_the_tariff(utility: Made, households: list[Household]) -> None:
    tariff = next(t for t in map(tariff_of, utility["tariffs"].values()) if t.peak)
    free = holidays.country_holidays("US", years=range(2023, 2027))
    for household in households[:20]:
        daily = household.daily()
        for day, value in household.daily("peak").items():
            assert value <= daily[day]
            assert (value > 0) == is_peak_day(tariff, day, free)


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


def test_weather_has_seasons_and_is_the_same_whenever_it_is_seeded(utility: Made) -> None:
    by_month: dict[int, list[Decimal]] = {}
    for day, kept in utility["weather"].items():
        by_month.setdefault(int(day[5:7]), []).append(Decimal(kept["mean_f"]))
        assert Decimal(kept["heating"]) == max(65 - Decimal(kept["mean_f"]), 0)
        assert Decimal(kept["cooling"]) == max(Decimal(kept["mean_f"]) - 65, 0)
    assert sum(by_month[1]) / len(by_month[1]) < 48 < 62 < sum(by_month[7]) / len(by_month[7])
    later = made(NOW + timedelta(days=200), 14)["weather"]
    shared = [day for day in utility["weather"] if day in later and day < "2025-11"]
    assert len(shared) > 300
    assert all(later[day] == utility["weather"][day] for day in shared)


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


def test_plans_cover_what_was_past_due(utility: Made, demo: dict[str, Household]) -> None:
    assert utility["plans"]
    policy = load_scenario("utilities").policies.payment_plans
    for plan in utility["plans"].values():
        parts = [part["amount"] for part in plan["installments"]]
        assert sum(parts) + plan["down_payment"] == plan["total"]
        assert plan["down_payment"] * 100 >= plan["total"] * policy.min_down_percent
        assert len(parts) <= policy.longest_months
        assert min(parts) >= policy.least_installment
        assert all(part["due"] > "2026-01-15" for part in plan["installments"])
    nora = demo["Nora"]
    plan = next(p for p in utility["plans"].values()
                if p["account_number"] == nora.account.account_number)  # fmt: skip
    assert nora.owed == nora.bills[-1].total + plan["total"] - plan["down_payment"]


# --- people and places ------------------------------------------------------------------------


def test_nobody_shares_what_proves_who_they_are(households: list[Household]) -> None:
    assert all(h.account.account_number.isdigit() for h in households)
    assert {len(h.account.account_number) for h in households} == {10}
    assert len({who.born for who in DEMO}) == len({who.ssn_last4 for who in DEMO}) == len(DEMO)
    assert len({h.account.account_number for h in households}) == COUNT
    assert len({m.serial for h in households for m in h.premise.meters}) > COUNT


def test_one_number_is_shared_and_no_other(households: list[Household]) -> None:
    counted = Counter(number for household in households for number in numbers(household))
    assert [number for number, times in counted.items() if times > 1] == ["+15550105"]


@pytest.mark.parametrize("first", [9_995, 249_995])
def test_made_up_numbers_stay_apart_in_a_large_utility(first: int) -> None:
    customers = [customer_of(d) for d in made(NOW, first + 10, first)["customers"].values()]
    known = {c.value for customer in customers for c in customer.contacts if c.kind == "phone"}
    assert len(known) == 10
    assert all(number[5:8] == "555" and len(number) == 12 for number in known)


def test_every_premise_is_in_the_territory(utility: Made) -> None:
    territory = Places().territory
    for document in utility["premises"].values():
        assert territory.contains(shape(document["location"]))


def test_every_premise_is_found_by_its_address(utility: Made) -> None:
    kept = utility["premises"].values()
    assert all(p["address_key"] == address_key(p["street"], p["zip"]) for p in kept)
    assert len({p["address_key"] for p in kept}) == len(kept)
    assert len({street(n) for n in range(30_000)}) == 30_000


def test_some_premises_are_vacant(utility: Made, households: list[Household]) -> None:
    served = {h.premise.premise_id for h in households}
    empty = [p for p in utility["premises"].values() if not p["occupied"]]
    assert {p["_id"] for p in empty}.isdisjoint(served)
    assert all(p["meters"] for p in empty)
    assert 0.02 < len(empty) / len(served) < 0.05
    assert {(street, town) for street, town, _ in VACANT} < {
        (p["street"], p["city"]) for p in empty
    }
    assert "12 Alder Street, Cedar Falls, OR 97201" in {p["address"] for p in empty}


def test_homes_differ(households: list[Household]) -> None:
    homes = [h.premise.home for h in households if h.premise.home]
    assert len(homes) == COUNT
    assert {home.kind for home in homes} == {"house", "townhouse", "apartment", "shop"}
    assert {home.heating for home in homes} == {"gas", "electric", "heat pump"}
    for household, home in zip(households, homes, strict=True):
        assert household.account.gas_plan or home.heating != "gas"
        assert bool(household.account.gas_plan) == ("gas" in household.readings)
        assert (home.kind == "shop") == (household.account.rate_plan == "General Service")
        assert all(m.installed.year < 2024 for m in household.premise.meters)
    assert 0.5 * COUNT < sum("gas" in h.readings for h in households) < 0.95 * COUNT


def test_programmes_fit_the_rate_plan(utility: Made, households: list[Household]) -> None:
    enrolled = {(e["account_number"], e["programme"]) for e in utility["enrolments"].values()}
    assert {programme for _, programme in enrolled} == {
        "time of use", "demand response", "budget billing"}  # fmt: skip
    for account in (h.account for h in households):
        number = account.account_number
        assert ((number, "time of use") in enrolled) == ("Time of Use" in account.rate_plan)
        assert ((number, "budget billing") in enrolled) == (account.budget_amount is not None)


def test_visits_are_those_of_the_appointments_policy(utility: Made) -> None:
    policy = load_scenario("utilities").policies.appointments
    assert policy.windows == visits.WINDOWS
    assert {work.kind: work.technicians for work in visits.WORK}.items() <= (
        policy.technicians.items()
    )
    booked = utility["appointments"].values()
    assert len({a["place"] for a in booked}) == len(booked) > 20
    assert max(a["on"] for a in booked) <= f"{(NOW + timedelta(days=policy.farthest_days)).date()}"
    for order in utility["orders"].values():
        assert utility["appointments"][order["_id"]]["on"] == order["on"]


def test_a_calendar_is_no_fuller_in_a_large_utility() -> None:
    assert not made(NOW, 40 * BLOCK, 39 * BLOCK)["appointments"]


# --- stories ----------------------------------------------------------------------------------


def test_marias_story_holds(demo: dict[str, Household]) -> None:
    maria = demo["Maria"]
    assert numbers(maria) == ["+15550101"]
    assert maria.owed == maria.bills[-1].total > 0
    assert maria.bills[-1].due > NOW.date()
    assert [m.label for m in maria.account.methods if m.default] == ["Visa ending in 4242"]
    assert [m.token for m in maria.account.methods] == ["tok_visa_4242", "tok_bank_9911"]


def test_james_is_behind_and_may_have_a_plan(demo: dict[str, Household]) -> None:
    james, policy = demo["James"], load_scenario("utilities").policies.payment_plans
    assert [fee["bill_id"] for fee in james.opening["fees"]] == [james.bills[-2].bill_id]
    assert james.owed == james.bills[-1].total + james.bills[-2].total + Decimal("12.00")
    assert james.bills[-2].due < NOW.date()
    assert james.owed >= policy.least_balance


@pytest.mark.parametrize("month", range(1, 13))
def test_hannahs_bill_went_up_by_weather_and_by_own_use(month: int) -> None:
    now = datetime(2026, month, 18, 18, tzinfo=UTC)
    utility = made(now, len(DEMO))
    hannah = next(h for h in households_of(utility) if h.customer.first_name == "Hannah")
    newest, year_ago = hannah.bills[-1], hannah.bills[-13]
    assert newest.kwh / newest.days > Decimal("1.2") * year_ago.kwh / year_ago.days
    assert {m.token for m in hannah.account.methods} >= {"tok_visa_0408"}


def test_the_others_stories_hold(utility: Made, demo: dict[str, Household]) -> None:
    assert demo["Walter"].customer.medical_equipment
    assert "tok_visa_0002" in {m.token for m in demo["Sam"].account.methods}
    assert demo["Sam"].premise.home is not None
    assert demo["Sam"].premise.home.kind == "shop"
    assert demo["Sam"].owed > 2 * demo["Maria"].owed / Decimal("1.5")
    wei = demo["Wei"]
    assert wei.owed == 0
    assert wei.account.autopay
    assert wei.account.rate_plan == "Residential Time of Use"
    assert wei.premise.home is not None
    assert wei.premise.home.roof is not None
    assert "electric car" in wei.premise.home.appliances
    assert len(demo["Aisha"].bills) == 2
    assert timedelta(50) < NOW.date() - demo["Aisha"].account.opened < timedelta(90)
    assert demo["Tom"].account.budget_amount is not None
    assert demo["Tom"].owed == 0
    assert all(h.owed >= 0 for h in demo.values())


def test_bens_outage_is_creditable_and_nobody_elses(utility: Made) -> None:
    policy = load_scenario("utilities").policies.outage_credits
    long = []
    for outage in map(outage_of, utility["outages"].values()):
        for first_name in _inside(utility, outage):
            if outage.restored and outage.restored - outage.started >= timedelta(
                hours=policy.first_hours
            ):
                long.append((first_name, outage.restored - outage.started))
    assert long == [("Ben", timedelta(hours=31))]


def test_an_outage_at_one_demo_home_is_none_at_another(utility: Made) -> None:
    outages = [outage_of(document) for document in utility["outages"].values()]
    dark = {o.outage_id: _inside(utility, o) for o in outages if o.status != "restored"}
    assert dark == {"O-48213": ["Maria"], "O-48219": ["Diego"]}
    counts = {o.outage_id: o.customers_affected for o in outages}
    assert (counts["O-48213"], counts["O-48219"]) == (864, 41)


def test_restored_outages_have_a_history(utility: Made) -> None:
    restored = [o for o in map(outage_of, utility["outages"].values()) if o.status == "restored"]
    assert len(restored) > 30
    assert sum(o.major_event for o in restored) == 1
    assert any(len(o.history) > 2 for o in restored)
    for outage in restored:
        assert outage.restored is not None
        assert outage.started < outage.restored < NOW
        assert [e.at for e in outage.history] == sorted(e.at for e in outage.history)
        assert outage.eta == outage.history[-1].eta


def _inside(utility: Made, outage: Outage) -> list[str]:
    """The first names of the demo customers whose homes an outage held."""
    area = shape(outage.area)
    homes = [(who, utility["premises"][f"P-{100_001 + i}"]) for i, who in enumerate(DEMO)]
    return [
        who.first_name
        for who, premise in homes
        if area.contains(Point(premise["location"]["coordinates"]))
    ]


# --- neighbours -------------------------------------------------------------------------------


def test_neighbours_leave_the_asker_out(households: list[Household]) -> None:
    generator = Generator(NOW)
    groups = {group["_id"]: group for group in generator.neighbours(COUNT)}
    use: dict[str, list[int]] = {}
    for household in households:
        days = household.daily()
        month = [day for day in days if (day.year, day.month) == (2025, 11)]
        home = household.premise.home
        if home and len(month) == 30:
            key = f"{household.premise.city}|{home.kind}|{home.heating}"
            use.setdefault(key, []).append(sum(days[day] for day in month))
    compared = 0
    for key, used in use.items():
        homes, total, low, following = groups[key]["months"]["2025-11"]
        assert (homes, total) == (len(used), sum(used))
        for own in used if len(used) > 2 else ():
            others = sorted(used)
            others.remove(own)
            efficient = others[max(0, math.ceil(len(others) / 5) - 1)]
            assert (following if own <= low else low) == efficient
            compared += 1
    assert compared > 0.5 * COUNT
    assert max(month for group in groups.values() for month in group["months"]) == "2025-12"


def test_neighbours_are_the_same_for_who_made_no_batches() -> None:
    generator = Generator(NOW)
    for batch in batches(20, COUNT):
        generator.batch(*batch)
    assert generator.neighbours(COUNT) == Generator(NOW).neighbours(COUNT)


def test_estimates_are_quarters_of_an_hour() -> None:
    assert rounded(NOW) == NOW
    assert rounded(NOW + timedelta(seconds=1)) == NOW + timedelta(minutes=15)


def test_the_command_seeds_all_demo_customers_first() -> None:
    assert len(DEMO) == seed_command.DEMO
