"""Appliances, tips and rebates as they are found, and what the sun makes of a roof."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scenario import load_scenario
from contracts.language import speaking, t
from contracts.records import Home, Roof
from tools.usage.catalogue import find_appliances, focus_of, is_for, settle, similar
from tools.usage.solar import sun_share, yield_of
from tools.usage.split import PARTS

pytestmark = pytest.mark.unit

CATALOGUE = load_scenario("utilities").catalogue
HOUSE = Home(kind="house", square_feet=1750, built=1978, people=3, heating="gas", cooling=True)


# --- the catalogue ------------------------------------------------------------------------------


def test_the_catalogue_holds_enough() -> None:
    assert len(CATALOGUE.appliances) >= 35
    assert len({a.name for a in CATALOGUE.appliances}) == len(CATALOGUE.appliances)
    assert len(CATALOGUE.rebates) >= 10
    assert all(tip.acts_on in PARTS for tip in CATALOGUE.tips)
    assert all(not rebate.ends or date.fromisoformat(rebate.ends) for rebate in CATALOGUE.rebates)


def test_every_appliance_takes_something_and_is_found_by_its_names() -> None:
    for appliance in CATALOGUE.appliances:
        assert appliance.watts or appliance.kwh_a_day or appliance.therms_an_hour, appliance.name
        assert 0 <= appliance.usual_hours <= 24
        for name in (appliance.name, *appliance.names):
            assert appliance in find_appliances(f"what does my {name} cost", CATALOGUE.appliances)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("what does it cost to run my heater", ["space heater"]),
        ("the gas dryer", ["gas dryer"]),
        ("two fridges", ["refrigerator"]),
        ("leave the TV on all day", ["television"]),
        ("air conditioner", ["central air conditioner", "window air conditioner"]),
        ("a flux capacitor", []),
    ],
)
def test_appliances_are_found_in_the_words(text: str, names: list[str]) -> None:
    assert [a.name for a in find_appliances(text, CATALOGUE.appliances)] == names


def test_an_appliance_is_found_by_the_spanish_name_it_is_called_by() -> None:
    """What we offer to choose from can be typed back."""
    with speaking("es"):
        for appliance in CATALOGUE.appliances:
            assert find_appliances(t(appliance.name), CATALOGUE.appliances) == [appliance]


def test_a_home_settles_which_one_is_meant() -> None:
    heaters = find_appliances("water heater", CATALOGUE.appliances)
    assert [a.name for a in settle(heaters, HOUSE, gas=True)] == ["gas water heater"]
    assert [a.name for a in settle(heaters, HOUSE, gas=False)] == ["electric water heater"]
    assert settle(heaters, None, gas=True) == heaters
    furnaces = find_appliances("central heating", CATALOGUE.appliances)
    pumped = HOUSE.model_copy(update={"heating": "heat pump"})
    assert [a.name for a in settle(furnaces, pumped, gas=False)] == ["heat pump"]


def test_similar_appliances_are_suggested() -> None:
    assert "dehumidifier" in similar("teh dehumidifyer", CATALOGUE.appliances)
    assert similar("zzzz", CATALOGUE.appliances)


def test_tips_and_rebates_are_for_homes_like_this() -> None:
    ducted = next(r for r in CATALOGUE.rebates if r.code == "heat-pump-ducted")
    assert not is_for(ducted, HOUSE)
    assert is_for(ducted, None)
    electric = HOUSE.model_copy(update={"heating": "electric"})
    assert is_for(ducted, electric)
    assert not is_for(ducted, electric.model_copy(update={"kind": "apartment"}))
    solar = next(r for r in CATALOGUE.rebates if r.code == "solar")
    assert is_for(solar, HOUSE)
    assert not is_for(solar, HOUSE.model_copy(update={"kind": "apartment"}))
    assert focus_of("how do I save on showers") == "hot water"
    assert focus_of("everything") == ""
    assert focus_of("ahorrar en la calefacción") == "heating"
    assert focus_of("los focos") == "lighting"


# --- the sun ------------------------------------------------------------------------------------


@given(st.integers(0, 359), st.integers(0, 90))
def test_the_sun_never_gives_more_than_all(azimuth: int, tilt: int) -> None:
    assert 0 <= sun_share(azimuth, tilt) <= 1
    assert sun_share(azimuth, tilt) <= sun_share(180, 35) == 1


def test_south_is_better_than_west_and_west_better_than_north() -> None:
    assert sun_share(180, 30) > sun_share(270, 30) > sun_share(0, 30)
    assert sun_share(270, 30) == pytest.approx(0.82, abs=0.02)


def test_shade_takes_its_share() -> None:
    roof = Roof(usable_square_feet=500, azimuth=180, tilt=35, shade=Decimal("0.50"))
    assert yield_of(roof).kilowatts == Decimal("9.0")
    assert yield_of(roof).per_kilowatt == 550
    assert yield_of(roof).kwh == Decimal(4950)
