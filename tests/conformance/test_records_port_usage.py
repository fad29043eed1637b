"""What every adapter of `contracts.records.Usage` holds."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from contracts.records import Readings, Usage, WeatherDay
from tests.conformance.contenders import Contender
from tests.conformance.records_data import NOW

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

REPOSITORY = "usage"
ZONE = ZoneInfo("America/Los_Angeles")
FIRST = date(2026, 10, 30)  # the clocks go back on November 1
DAYS = tuple(range(1_000, 1_010))
HOURS = tuple(range(100, 175))  # three days, one of them of 25 hours
_numbers = count(1)


@pytest.fixture
def usage(contender: Contender) -> Usage:
    return contender.records.usage


@pytest.fixture
async def meter(contender: Contender) -> str:
    """A meter with ten days of readings, and the hours of its first ones."""
    number = f"port-meter-{next(_numbers)}"
    midnight = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=ZONE)
    await contender.load(
        Readings(meter_id=number, step="day", start=midnight, hundredths=DAYS),
        Readings(meter_id=number, step="hour", start=midnight, hundredths=HOURS),
    )
    return number


async def test_days_both_ends_included(usage: Usage, meter: str) -> None:
    found = await usage.daily(meter, FIRST + timedelta(days=2), FIRST + timedelta(days=4))
    assert found is not None
    assert found.hundredths == DAYS[2:5]
    assert found.start.astimezone(ZONE).date() == FIRST + timedelta(days=2)
    assert found.total == Decimal("30.09")


async def test_what_was_estimated_is_named(usage: Usage, contender: Contender) -> None:
    number = f"port-meter-{next(_numbers)}"
    midnight = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=ZONE)
    await contender.load(
        Readings(meter_id=number, step="day", start=midnight, hundredths=DAYS, estimated=(1, 4)),
        Readings(meter_id=number, step="hour", start=midnight, hundredths=HOURS, estimated=(60,)),
    )
    days = await usage.daily(number, FIRST + timedelta(days=2), FIRST + timedelta(days=5))
    hours = await usage.hourly(number, midnight + timedelta(days=2), midnight + timedelta(days=4))
    assert days is not None
    assert hours is not None
    assert days.estimated == (2,)
    assert hours.estimated == (60 - 48,)


async def test_only_days_that_there_are(usage: Usage, meter: str) -> None:
    found = await usage.daily(meter, FIRST - timedelta(days=5), FIRST + timedelta(days=50))
    assert found is not None
    assert found.hundredths == DAYS
    assert found.start.astimezone(ZONE).date() == FIRST
    assert await usage.daily(meter, FIRST - timedelta(9), FIRST - timedelta(1)) is None
    assert await usage.daily("no-such-meter", FIRST, FIRST) is None
    assert await usage.peak("no-such-meter", FIRST, FIRST) is None


async def test_hours_are_elapsed_hours(usage: Usage, meter: str) -> None:
    """The day on which the clocks go back has 25 of them."""
    sunday = datetime(2026, 11, 1, tzinfo=ZONE)
    found = await usage.hourly(meter, sunday, datetime(2026, 11, 2, tzinfo=ZONE))
    assert found is not None
    assert found.hundredths == HOURS[48:73]
    assert found.start == sunday
    assert await usage.hourly(meter, sunday, sunday) is None


async def test_the_weather_of_days(contender: Contender, usage: Usage) -> None:
    days = [
        WeatherDay(
            day=date(1999, 1, n),
            mean_f=Decimal("41.5"),
            heating=Decimal("23.5"),
            cooling=Decimal(0),
        )
        for n in range(1, 6)
    ]
    await contender.load(*days)
    assert await usage.weather(date(1999, 1, 2), date(1999, 1, 4)) == days[1:4]
    assert await usage.weather(date(1999, 1, 4), date(1999, 2, 4)) == days[3:]


async def test_a_reading_is_kept_once_a_key(usage: Usage, meter: str) -> None:
    async def submit(key: str, value: int, minute: int) -> object:
        at = NOW + timedelta(minutes=minute)
        return await usage.submit(
            key=f"{meter}:{key}", meter_id=meter, value=value, at=at, source="customer"
        )

    first = await submit("a", 4_711, 0)
    assert await submit("a", 9_999, 5) == first
    second = await submit("b", 4_712, 1)
    assert await usage.reads(meter, 10) == [second, first]
    assert await usage.reads(meter, 1) == [second]
    assert await usage.reads("no-such-meter", 10) == []


async def test_a_place_in_no_group_has_no_neighbours(usage: Usage) -> None:
    for everywhere in (False, True):
        found = await usage.neighbours("no-such-premise", date(2026, 10, 1), everywhere=everywhere)
        assert found is None
