"""The people and places of the demo utility as they are generated, stories and neighbours."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from shapely.geometry import Point, shape

from app.scenario import load_scenario
from cli.commands import seed as seed_command
from contracts.records import Outage, WeatherDay
from stores.mongo.addresses import address_key
from stores.mongo.documents import customer_of, outage_of
from stores.seed import visits
from stores.seed.block import BLOCK
from stores.seed.demo import DEMO, VACANT
from stores.seed.estimates import rounded
from stores.seed.generate import Generator, batches
from stores.seed.places import Places, street
from tests.households import COUNT, NOW, Household, Made, households_of, made, numbers
from tools.usage.split import fit

pytestmark = pytest.mark.unit


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


def test_every_premise_is_in_the_territory(generated: Made) -> None:
    territory = Places().territory
    for document in generated["premises"].values():
        assert territory.contains(shape(document["location"]))


def test_every_premise_is_found_by_its_address(generated: Made) -> None:
    kept = generated["premises"].values()
    assert all(p["address_key"] == address_key(p["street"], p["zip"]) for p in kept)
    assert len({p["address_key"] for p in kept}) == len(kept)
    assert len({street(n) for n in range(30_000)}) == 30_000


def test_some_premises_are_vacant(generated: Made, households: list[Household]) -> None:
    served = {h.premise.premise_id for h in households}
    empty = [p for p in generated["premises"].values() if not p["occupied"]]
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


def test_programmes_fit_the_rate_plan(generated: Made, households: list[Household]) -> None:
    enrolled = {(e["account_number"], e["programme"]) for e in generated["enrolments"].values()}
    assert {programme for _, programme in enrolled} == {
        "time of use", "demand response", "budget billing"}  # fmt: skip
    for account in (h.account for h in households):
        number = account.account_number
        assert ((number, "time of use") in enrolled) == ("Time of Use" in account.rate_plan)
        assert ((number, "budget billing") in enrolled) == (account.budget_amount is not None)


def test_visits_are_those_of_the_appointments_policy(generated: Made) -> None:
    policy = load_scenario("utilities").policies.appointments
    assert policy.windows == visits.WINDOWS
    assert {work.kind: work.technicians for work in visits.WORK}.items() <= (
        policy.technicians.items()
    )
    booked = generated["appointments"].values()
    assert len({a["place"] for a in booked}) == len(booked) > 20
    assert max(a["on"] for a in booked) <= f"{(NOW + timedelta(days=policy.farthest_days)).date()}"
    for order in generated["orders"].values():
        assert generated["appointments"][order["_id"]]["on"] == order["on"]


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
def test_hannahs_bill_went_up_and_not_by_the_weather_alone(month: int) -> None:
    utility = made(datetime(2026, month, 18, 18, tzinfo=UTC), len(DEMO))
    hannah = next(h for h in households_of(utility) if h.customer.first_name == "Hannah")
    before, newest = hannah.bills[-2:]
    assert Decimal("1.15") < newest.total / before.total < Decimal("1.55")
    weather = {date.fromisoformat(d): WeatherDay(day=d, **w) for d, w in _weather(utility)}
    daily = {day: Decimal(value) / 100 for day, value in hannah.daily().items()}
    earlier = {day: used for day, used in daily.items() if day < newest.period_start}
    usual = fit([int(100 * u) for u in earlier.values()], [weather[day] for day in earlier])
    days = [weather[d] for d in daily if newest.period_start <= d <= newest.period_end]
    driven = usual.driven(sum(d.heating for d in days), sum(d.cooling for d in days))  # type: ignore[arg-type]
    expected = Decimal(round(usual.base * newest.days) + driven) / 100
    assert Decimal("1.05") < newest.kwh / expected < Decimal("1.55"), "her own use"
    assert {m.token for m in hannah.account.methods} >= {"tok_visa_0408"}


def _weather(utility: Made) -> Iterator[tuple[str, dict[str, str]]]:
    for day, kept in utility["weather"].items():
        yield day, {name: value for name, value in kept.items() if name != "_id"}


def test_in_the_fall_hannahs_bill_is_a_third_to_a_half_higher() -> None:
    for day in (5, 15, 25):
        utility = made(datetime(2026, 11, day, 18, tzinfo=UTC), len(DEMO))
        hannah = next(h for h in households_of(utility) if h.customer.first_name == "Hannah")
        before, newest = hannah.bills[-2:]
        assert Decimal("1.3") < newest.total / before.total < Decimal("1.55")
        assert 230 < newest.total < 330
        assert max(hannah.daily().values()) < 130_00


def test_the_others_stories_hold(generated: Made, demo: dict[str, Household]) -> None:
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


def test_bens_outage_is_creditable_and_nobody_elses(generated: Made) -> None:
    policy = load_scenario("utilities").policies.outage_credits
    long = []
    for outage in map(outage_of, generated["outages"].values()):
        for first_name in _inside(generated, outage):
            if outage.restored and outage.restored - outage.started >= timedelta(
                hours=policy.first_hours
            ):
                long.append((first_name, outage.restored - outage.started))
    assert long == [("Ben", timedelta(hours=31))]


def test_an_outage_at_one_demo_home_is_none_at_another(generated: Made) -> None:
    outages = [outage_of(document) for document in generated["outages"].values()]
    dark = {o.outage_id: _inside(generated, o) for o in outages if o.status != "restored"}
    assert dark == {"O-48213": ["Maria"], "O-48219": ["Diego"]}
    counts = {o.outage_id: o.customers_affected for o in outages}
    assert (counts["O-48213"], counts["O-48219"]) == (864, 41)


def test_restored_outages_have_a_history(generated: Made) -> None:
    restored = [o for o in map(outage_of, generated["outages"].values()) if o.status == "restored"]
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
