"""What appliances cost and what a roof could make, on the seeded utility."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from contracts.identity import Rung
from contracts.pricing import Use, price, total
from tests.usage import BY_TIME, FLAT, TODAY, riders, set_premise, tariff
from tests.utility import Utility

pytestmark = pytest.mark.integration


# --- appliances ---------------------------------------------------------------------------------


async def test_an_appliance_costs_by_the_own_tariff(utility: Utility) -> None:
    result = await utility.done(
        "calculate_appliance_cost", appliance="space heater", hours_per_day=4
    )
    plans = [await tariff(utility, FLAT), await riders(utility)]
    kwh = Decimal("1.5") * 4 * 365 / 12
    cost = total(price(plans, Use(kwh=kwh))) - total(price(plans, Use()))
    assert Decimal(result.data["month"]) == cost
    assert result.data["own_plan"] is True
    assert f"${cost}" in result.say


async def test_a_heater_costs_only_on_cold_days(utility: Utility) -> None:
    data = (await utility.done("calculate_appliance_cost", appliance="my heater")).data
    days = await utility.records.usage.weather(TODAY - timedelta(days=365), date(2026, 1, 14))
    assert data["days_a_year"] == sum(day.heating >= 10 for day in days)
    assert 0 < data["days_a_year"] < 365


async def test_time_of_use_has_two_costs(utility: Utility) -> None:
    call = await utility.call("Wei")
    data = (
        await utility.done("calculate_appliance_cost", call, appliance="dryer", hours_per_day="1")
    ).data
    assert data["appliance"] == "electric dryer"
    assert Decimal(data["month_in_peak"]) > Decimal(data["month"])
    fridge = (await utility.done("calculate_appliance_cost", call, appliance="fridge")).data
    assert "month_in_peak" not in fridge  # nobody turns it off from 5 to 9
    plans = [await tariff(utility, BY_TIME), await riders(utility)]
    kwh = Decimal("1.5") * 365 / 12
    use = Use(kwh=kwh, peak=kwh * 4 / 24 * 5 / 7)
    assert Decimal(fridge["month"]) == total(price(plans, use)) - total(price(plans, Use()))


async def test_a_gas_appliance_costs_by_the_therm(utility: Utility) -> None:
    data = (
        await utility.done(
            "calculate_appliance_cost", appliance="gas fireplace", hours_per_day="2 hours"
        )
    ).data
    gas = await tariff(utility, (await utility.account("Maria")).gas_plan)
    plans = [await tariff(utility, FLAT), gas, await riders(utility)]
    therms = Decimal("0.3") * 2 * 365 / 12
    cost = total(price(plans, Use(therms=therms))) - total(price(plans, Use()))
    assert Decimal(data["month"]) == cost


@pytest.mark.parametrize(
    ("appliance", "start"),
    [
        ("led bulb", "An LED bulb, 5 hours a day, costs about $"),
        ("cpap", "A CPAP machine, 8 hours a day, costs about $"),
        ("christmas lights", "A string of holiday lights, 6 hours a day, costs about $"),
        ("kettle", "An electric kettle, 15 minutes a day, costs about $"),
        ("hot tub", "A hot tub, running by itself, costs about $"),
    ],
)
async def test_an_appliance_is_called_as_people_do(
    utility: Utility, appliance: str, start: str
) -> None:
    result = await utility.done("calculate_appliance_cost", appliance=appliance)
    assert result.say.startswith(start)


async def test_without_weather_no_days_are_counted(utility: Utility) -> None:
    await utility.database["weather"].delete_many({})
    say = (await utility.done("calculate_appliance_cost", appliance="space heater")).say
    assert not re.search(r"\b0 (cold|hot|days)", say)


async def test_strangers_get_the_standard_plan(utility: Utility) -> None:
    call = await utility.call("Wei", rung=Rung.ANONYMOUS)
    result = await utility.done("calculate_appliance_cost", call, appliance="fridge")
    assert result.data["own_plan"] is False
    assert "standard plan" in result.say
    refused = await utility.refused("calculate_appliance_cost", call, appliance="gas fireplace")
    assert refused.reason == "not_verified"


async def test_a_home_without_gas_has_no_price_for_it(utility: Utility) -> None:
    call = await utility.call("Wei")
    refused = await utility.refused("calculate_appliance_cost", call, appliance="gas oven")
    assert refused.reason == "no_gas"


async def test_an_unclear_appliance_is_asked_again(utility: Utility) -> None:
    for appliance in ("", "flux capacitor", "dehumidifyer", "AC", "🙂"):
        asked = await utility.asked("calculate_appliance_cost", appliance=appliance)
        assert asked.missing == ("appliance",)
        assert asked.say.endswith("?")
        assert asked.show or not appliance


async def test_hours_have_to_fit_in_a_day(utility: Utility) -> None:
    for hours in ("-1", 25, "1000000", "many"):
        asked = await utility.asked(
            "calculate_appliance_cost", appliance="fan", hours_per_day=hours
        )
        assert asked.missing == ("hours_per_day",)


# --- solar --------------------------------------------------------------------------------------


async def test_a_sunny_roof_is_worth_it(utility: Utility) -> None:
    result = await utility.done("check_solar_eligibility", await utility.call("Wei"))
    data = result.data
    assert data["eligible"] is True
    assert data["kilowatts"] == "11.2"  # 620 square feet of panels
    per_kilowatt = Decimal(data["kwh_a_year"]) / Decimal(data["kilowatts"])
    assert 1000 < per_kilowatt < 1100
    used = min(Decimal(data["kwh_a_year"]), Decimal(data["own_kwh_a_year"]))
    plans = [await tariff(utility, BY_TIME), await riders(utility)]
    cost = total(price(plans, Use(kwh=used))) - total(price(plans, Use()))
    assert Decimal(data["saves_a_year"]) == cost
    assert "estimate" in result.say


async def test_some_roofs_are_not(utility: Utility) -> None:
    roofs = {
        None: "no_roof",
        (900, 180, 30, "0.70"): "too_little_sun",
        (40, 180, 30, "0.00"): "too_small",
        (900, 0, 60, "0.10"): "too_little_sun",
    }
    for roof, reason in roofs.items():
        names = ("usable_square_feet", "azimuth", "tilt", "shade")
        fields = dict(zip(names, (*roof[:3], Decimal(roof[3])), strict=True)) if roof else None
        await set_premise(utility, "Maria", home__roof=fields)
        assert (await utility.refused("check_solar_eligibility")).reason == reason


async def test_a_roof_that_holds_more_than_is_used(utility: Utility) -> None:
    roof = {"usable_square_feet": 900, "azimuth": 180, "tilt": 30, "shade": Decimal("0.00")}
    await set_premise(utility, "Maria", home__roof=roof)
    result = await utility.done("check_solar_eligibility")
    enough, own = (Decimal(result.data[n]) for n in ("kilowatts_for_own_use", "own_kwh_a_year"))
    a_kilowatt = Decimal(result.data["kwh_a_year"]) / Decimal(result.data["kilowatts"])
    assert own <= enough * a_kilowatt < own + a_kilowatt / 5
    assert f"{enough} kilowatts would be enough" in result.say
    assert "percent" not in result.say


async def test_a_roof_that_holds_less_is_said_in_percent(utility: Utility) -> None:
    result = await utility.done("check_solar_eligibility", await utility.call("Wei"))
    assert result.data["kilowatts_for_own_use"] is None
    assert "percent of what you use" in result.say


async def test_an_apartment_has_no_roof_of_its_own(utility: Utility) -> None:
    for who in ("Aisha", "James"):
        assert (await utility.premise(who)).home.roof is None  # type: ignore[union-attr]
        refused = await utility.refused("check_solar_eligibility", await utility.call(who))
        assert refused.reason == "no_roof"


async def test_another_roof_is_not_looked_at(utility: Utility) -> None:
    other = (await utility.premise("James")).address
    refused = await utility.refused("check_solar_eligibility", service_address=other)
    assert refused.reason == "other_address"
