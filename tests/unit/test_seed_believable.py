"""What an analyst of the utility would look at: what homes use, and who lives in them."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from statistics import median

import numpy as np
import pytest

from app.scenario import load_scenario
from contracts.records import Home
from stores.seed import homes
from stores.seed.block import Workshop, make_block
from stores.seed.days import BILLS, Days
from stores.seed.demo import DEMO
from stores.seed.generate import Generator
from stores.seed.homes import KINDS
from stores.seed.load import needs
from stores.seed.places import TOWN
from tests.households import NOW, Household, Made
from tools.usage.appliances import run_of

pytestmark = pytest.mark.unit

JANUARY, JULY = (2025, 1), (2025, 7)


def home_of(household: Household) -> Home:
    assert household.premise.home is not None
    return household.premise.home


def monthly(household: Household, month: tuple[int, int], kind: str = "electric") -> float | None:
    """kWh or therms of a month that is known whole."""
    days = [v for d, v in household.daily(kind=kind).items() if (d.year, d.month) == month]
    return sum(days) / 100 if len(days) == 31 else None


def middle(
    households: list[Household], kinds: set[str], heating: str, month: tuple[int, int], meter: str
) -> float:
    """The median of homes of a kind."""
    found = [
        used
        for h in households
        if home_of(h).kind in kinds and home_of(h).heating == heating and meter in h.readings
        if (used := monthly(h, month, meter)) is not None
    ]
    assert len(found) >= 5
    return median(found)


@pytest.mark.parametrize(
    ("kinds", "heating", "meter", "month", "least", "most"),
    [
        ({"house"}, "gas", "electric", JANUARY, 550, 850),
        ({"house"}, "gas", "electric", JULY, 550, 950),
        ({"house"}, "gas", "gas", JANUARY, 75, 125),
        ({"house"}, "gas", "gas", JULY, 8, 30),
        ({"house"}, "electric", "electric", JANUARY, 1600, 2500),
        ({"house"}, "heat pump", "electric", JANUARY, 950, 1700),
        ({"apartment"}, "electric", "electric", JANUARY, 550, 1100),
        ({"apartment"}, "electric", "electric", JULY, 250, 650),
    ],
)
def test_homes_use_what_such_homes_use(
    households: list[Household],
    kinds: set[str],
    heating: str,
    meter: str,
    month: tuple[int, int],
    least: float,
    most: float,
) -> None:
    assert least < middle(households, kinds, heating, month, meter) < most


def test_no_home_uses_what_none_does(households: list[Household]) -> None:
    for household in households:
        if home_of(household).kind != "shop":
            assert max(household.daily().values()) < 220_00
            assert max(bill.kwh for bill in household.bills) < 4800
            assert min(bill.kwh for bill in household.bills) > 100
            assert 35 < median(bill.total for bill in household.bills) < 450


def test_nights_are_quiet_and_evenings_are_not(households: list[Household]) -> None:
    kept = [h for h in households if home_of(h).kind != "shop" and len(h.bills) == BILLS]
    plain = [h for h in kept if "electric car" not in home_of(h).appliances]
    hours = sum(np.frombuffer(h.readings["electric"]["hourly"], "<u2").reshape(60, 24)
                .sum(axis=0).astype(np.int64) for h in plain)  # fmt: skip
    night, morning, evening = hours[1:4].mean(), hours[6:8].mean(), hours[17:20].mean()
    assert night < 0.6 * morning
    assert night < 0.6 * evening


@pytest.mark.parametrize(
    ("known", "kind", "named"),
    [
        (homes.HOT_TUB, homes.HOUSE, "hot tub"),
        (homes.FREEZER, homes.HOUSE, "freezer"),
        (homes.WATER_HEATER, homes.HOUSE, "electric water heater"),
        (homes.CAR, homes.HOUSE, "electric car"),
        (homes.DRYER, homes.HOUSE, "electric dryer"),
        (homes.OVEN, homes.SHOP, "commercial oven"),
        (homes.REFRIGERATION, homes.SHOP, "walk-in cooler"),
    ],
)
def test_the_catalogue_says_what_the_homes_have(known: int, kind: int, named: str) -> None:
    """What an appliance is said to take against what it adds to a home's use."""
    two = homes.Homes.draw(np.random.default_rng(1), 2, 1)
    two.kind[:], two.people[:], two.square_feet[:] = kind, 3, 1800
    two.has[:] = False
    two.has[1, known] = True
    need = needs(two, np.random.default_rng(1), np.ones(2, np.bool_))
    adds = float(np.diff(need.base + need.car)[0])
    appliance = next(a for a in load_scenario("utilities").catalogue.appliances if a.name == named)
    said = run_of(appliance, appliance.usual_hours, 365, 4).kwh
    assert float(said) == pytest.approx(adds, rel=0.2)


def test_only_apartments_have_no_roof(generated: Made) -> None:
    for premise in generated["premises"].values():
        home = premise["home"]
        assert (home["roof"] is None) == (home["kind"] == "apartment"), premise["_id"]
        if home["roof"]:
            share = home["roof"]["usable_square_feet"] / home["square_feet"]
            assert 0.1 < share < 0.36


def test_a_home_has_room_for_who_lives_there(households: list[Household]) -> None:
    ordinary = households[len(DEMO) :]
    assert all(home_of(h).square_feet >= 300 * (home_of(h).people - 1) for h in ordinary)


def test_accounts_are_of_grown_people_and_of_homes_that_stand(households: list[Household]) -> None:
    for household in households[len(DEMO) :]:
        opened, born = household.account.opened, household.customer.date_of_birth
        assert born is not None
        assert (opened - born).days / 365.25 > 18
        assert (NOW.date() - born).days / 365.25 < 95
        assert opened.year > home_of(household).built
        assert all(m.installed.year > home_of(household).built for m in household.premise.meters)


def test_bills_by_e_mail_go_to_who_has_an_address(households: list[Household]) -> None:
    paperless = [h for h in households if h.account.paperless]
    assert 0.3 * len(households) < len(paperless) < 0.6 * len(households)
    assert all(any(c.kind == "email" for c in h.customer.contacts) for h in paperless)


def test_names_are_spelled_as_they_are(generated: Made) -> None:
    names = [c["name"] for c in generated["customers"].values()]
    names += [p["street"] for p in generated["premises"].values()]
    assert any(part.startswith("Mc") for name in names for part in name.split())
    for name in names:
        assert "  " not in name
        assert not any(p.startswith("Mc") and p[2:3].islower() for p in name.split()), name


def test_who_may_speak_for_an_account_bears_the_name_of_kin(households: list[Household]) -> None:
    users = [(u, h.customer) for h in households for u in h.customer.authorized_users]
    assert users
    for user, customer in users:
        family = customer.name.removeprefix(customer.first_name)
        if user.relationship in {"spouse", "partner", "child", "parent"}:
            assert user.name.endswith(family)
        if user.relationship == "child":
            assert customer.date_of_birth is not None
            assert (NOW.date() - customer.date_of_birth).days > 41 * 365


def test_some_are_past_due_and_most_are_not() -> None:
    workshop = Workshop(Days(NOW))
    blocks = [make_block(workshop, number) for number in range(4)]
    due = [b.paid.count < (workshop.days.issued[b.accounts.cycle] + 21 < workshop.days.count)
           .sum(axis=1) for b in blocks]  # fmt: skip
    assert 0.03 < float(np.mean(np.concatenate(due))) < 0.15
    assert 0.2 < float(np.mean([b.accounts.autopay.mean() for b in blocks])) < 0.4


def test_five_hundred_homes_are_enough_to_compare_each_demo_customer() -> None:
    groups = {g["_id"]: g for g in Generator(NOW).neighbours(500)}
    month = f"{date(NOW.year - 1, 12, 1):%Y-%m}"
    counted = {key: group["months"][month][0] for key, group in groups.items()}
    for who in DEMO:
        like = f"{who.home.kind}|{who.home.heating}"
        town = f"{TOWN[who.city].name}|{like}"
        assert max(counted[town], counted[f"*|{like}"]) > 10, who.first_name
    by_kind = groupby(sorted(counted, key=_kind), key=_kind)
    for _, keys in by_kind:
        *towns, everywhere = sorted(keys, key=lambda key: key.startswith("*"))
        assert counted[everywhere] == sum(counted[key] for key in towns)
    assert groups["*|house|gas"]["group"] == "gas-heated houses in our area"
    assert {key.split("|")[1] for key in groups} == set(KINDS)


def _kind(key: str) -> str:
    return key.partition("|")[2]
