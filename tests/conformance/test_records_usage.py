"""Readings, weather, meter reads and neighbours."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts.records import (
    Home,
    Meter,
    MeterRead,
    Premise,
    Readings,
    Records,
    WeatherDay,
)
from stores.mongo.connect import Database, collection
from stores.mongo.documents import premise_document
from stores.mongo.usage import pack
from tests.conformance.records_data import NOW, household

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

HOME = ZoneInfo("America/Los_Angeles")
FIRST = date(2024, 1, 1)
LAST = date(2026, 11, 19)
HOUR = timedelta(hours=1)
# Two days on which the clocks change, so that both are within 60 days of no real history.
HOURLY_FIRST = datetime(2026, 10, 30, tzinfo=HOME)
HOURLY_COUNT = 5 * 24 + 1  # five days, one of them of 25 hours


def use_of(day: date) -> int:
    return 100 + (day - FIRST).days


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=HOME)


@pytest.fixture(scope="module")
async def meters(records_database: Database) -> Database:
    """ "E1", electric, with days, peaks and hours; "G1", gas, with days only."""
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    daily = pack([use_of(day) for day in days])
    electric = {
        "_id": "E1",
        "zone": HOME.key,
        "start": FIRST.isoformat(),
        "daily": daily,
        "peak": pack([use_of(day) // 10 if day.weekday() < 5 else 0 for day in days]),
        "hourly_start": HOURLY_FIRST,
        "hourly": pack(range(HOURLY_COUNT)),
    }
    gas = {"_id": "G1", "zone": HOME.key, "start": FIRST.isoformat(), "daily": daily}
    await collection(records_database, "readings").insert_many([electric, gas])
    return records_database


# --- days -------------------------------------------------------------------------------------


async def test_days_from_one_to_another(records: Records, meters: Database) -> None:
    readings = await records.usage.daily("E1", date(2026, 3, 10), date(2026, 3, 12))
    assert readings == Readings(
        meter_id="E1",
        step="day",
        start=midnight(date(2026, 3, 10)),
        hundredths=tuple(use_of(date(2026, 3, day)) for day in (10, 11, 12)),
    )
    assert readings.total == Decimal(sum(readings.hundredths)) / 100
    assert readings.start.tzinfo == HOME


@pytest.mark.parametrize(
    ("start", "end", "first", "count"),
    [
        (date(2023, 12, 25), date(2024, 1, 2), FIRST, 2),  # before there were any
        (date(2026, 11, 18), date(2027, 1, 1), date(2026, 11, 18), 2),  # to the day after tomorrow
        (date(2020, 1, 1), date(2030, 1, 1), FIRST, (LAST - FIRST).days + 1),
        (FIRST, FIRST, FIRST, 1),
        (LAST, LAST, LAST, 1),
        (date(2024, 2, 28), date(2024, 3, 1), date(2024, 2, 28), 3),  # 29 February
        (date(2026, 3, 7), date(2026, 3, 9), date(2026, 3, 7), 3),  # the clocks go forward
        (date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 1), 2),  # and back
    ],
)
async def test_days_as_far_as_there_are_readings(
    records: Records, meters: Database, start: date, end: date, first: date, count: int
) -> None:
    readings = await records.usage.daily("E1", start, end)
    assert readings is not None
    assert readings.start == midnight(first)
    assert readings.hundredths == tuple(use_of(first + timedelta(days=n)) for n in range(count))


@pytest.mark.parametrize(
    ("meter", "start", "end"),
    [
        ("E1", date(2023, 1, 1), date(2023, 12, 31)),
        ("E1", date(2026, 11, 20), date(2026, 12, 1)),
        ("E1", date(2026, 5, 2), date(2026, 5, 1)),
        ("E1", date(2023, 5, 2), date(2023, 5, 1)),
        ("E1", date.min, date.min),
        ("E1", date.max, date.max),
        ("nobody's", date(2026, 5, 1), date(2026, 5, 2)),
    ],
)
async def test_no_days_at_all(
    records: Records, meters: Database, meter: str, start: date, end: date
) -> None:
    assert await records.usage.daily(meter, start, end) is None
    assert await records.usage.peak(meter, start, end) is None


async def test_the_part_in_peak_hours(records: Records, meters: Database) -> None:
    readings = await records.usage.peak("E1", date(2026, 10, 30), date(2026, 11, 2))
    assert readings is not None
    friday, saturday, sunday, monday = readings.hundredths
    assert (saturday, sunday) == (0, 0)
    assert (friday, monday) == (use_of(date(2026, 10, 30)) // 10, use_of(date(2026, 11, 2)) // 10)
    assert await records.usage.peak("G1", FIRST, LAST) is None
    assert await records.usage.daily("G1", FIRST, LAST) is not None


# --- hours ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 10, 31), 24), (date(2026, 11, 1), 25), (date(2026, 11, 2), 24)]
)
async def test_a_day_has_as_many_hours_as_elapse(
    records: Records, meters: Database, day: date, hours: int
) -> None:
    readings = await records.usage.hourly("E1", midnight(day), midnight(day + timedelta(days=1)))
    assert readings is not None
    assert len(readings.hundredths) == hours
    first = int((midnight(day).astimezone(UTC) - HOURLY_FIRST.astimezone(UTC)) / HOUR)
    assert readings.hundredths == tuple(range(first, first + hours))
    assert (readings.step, readings.start) == ("hour", midnight(day))
    assert readings.start.tzinfo == HOME


async def test_a_day_of_23_hours(records: Records, records_database: Database) -> None:
    spring = date(2026, 3, 8)
    await collection(records_database, "readings").insert_one(
        {
            "_id": "spring",
            "zone": HOME.key,
            "start": spring.isoformat(),
            "daily": pack([sum(range(23))]),
            "hourly_start": midnight(spring),
            "hourly": pack(range(23 + 24)),
        }
    )
    tomorrow = midnight(spring + timedelta(days=1))
    hours = await records.usage.hourly("spring", midnight(spring), tomorrow)
    assert hours is not None
    assert len(hours.hundredths) == 23
    days = await records.usage.daily("spring", spring, spring)
    assert days is not None
    assert days.total == hours.total


@pytest.mark.parametrize(
    ("start", "end", "first", "end_at"),
    [
        (-48, 3, 0, 3),  # before there were any
        (118, 500, 118, HOURLY_COUNT),
        (0, 1, 0, 1),
        (2, 2.5, 2, 3),  # the hour that begins at 2 is in it
        (2.25, 4, 3, 4),  # and that at 2 is not
    ],
)
async def test_hours_as_far_as_there_are_readings(
    records: Records, meters: Database, start: float, end: float, first: int, end_at: int
) -> None:
    began = HOURLY_FIRST.astimezone(UTC)
    readings = await records.usage.hourly("E1", began + start * HOUR, began + end * HOUR)
    assert readings is not None
    assert readings.hundredths == tuple(range(first, end_at))
    assert readings.start == began + first * HOUR


@pytest.mark.parametrize(
    ("meter", "start", "end"), [("E1", -9, 0), ("E1", 121, 130), ("E1", 5, 5), ("G1", 0, 5)]
)
async def test_no_hours_at_all(
    records: Records, meters: Database, meter: str, start: int, end: int
) -> None:
    began = HOURLY_FIRST.astimezone(UTC)
    assert await records.usage.hourly(meter, began + start * HOUR, began + end * HOUR) is None
    for end_of_time in (datetime.min, datetime.max):
        at = end_of_time.replace(tzinfo=UTC)
        assert await records.usage.hourly(meter, at, at) is None


# --- weather, meter reads ---------------------------------------------------------------------


async def test_the_weather_of_some_days(records: Records, records_database: Database) -> None:
    days = [
        WeatherDay(
            day=date(2024, 2, 27) + timedelta(days=n),
            mean_f=Decimal("41.5"),
            heating=Decimal("23.5"),
            cooling=Decimal("0.0"),
        )
        for n in range(5)
    ]
    await collection(records_database, "weather").insert_many(
        [{"_id": d.day.isoformat(), **d.model_dump(exclude={"day"})} for d in reversed(days)]
    )
    assert await records.usage.weather(date(2024, 2, 28), date(2024, 3, 1)) == days[1:4]
    assert await records.usage.weather(date(2023, 1, 1), date(2030, 1, 1)) == days
    assert await records.usage.weather(date(2024, 3, 1), date(2024, 2, 28)) == []


async def submit(records: Records, key: str, value: int, **more: Any) -> MeterRead:
    fields: dict[str, Any] = {"meter_id": "E1", "at": NOW, "source": "customer"} | more
    return await records.usage.submit(key=key, value=value, **fields)


async def test_a_reading_is_kept_once_a_key(records: Records) -> None:
    at = NOW + timedelta(microseconds=123_456)
    kept = await asyncio.gather(
        *(submit(records, "once", 100 + n, meter_id="M1", at=at) for n in range(20))
    )
    assert kept == [kept[0]] * 20
    assert await records.usage.reads("M1", 10) == [kept[0]]
    assert await submit(records, "once", 999, meter_id="M1") == kept[0]
    with pytest.raises(ValueError, match="another meter"):
        await submit(records, "once", 1, meter_id="M2")
    assert await records.usage.reads("M2", 10) == []


async def test_readings_newest_first(records: Records) -> None:
    made = [
        await submit(records, f"r{n}", n, meter_id="M3", at=NOW + timedelta(days=n))
        for n in (1, 0, 2)
    ]
    assert await records.usage.reads("M3", 10) == [made[2], made[0], made[1]]
    assert await records.usage.reads("M3", 1) == [made[2]]
    assert await records.usage.reads("M3", 0) == []


# --- neighbours -------------------------------------------------------------------------------

MONTH = date(2026, 10, 1)


async def settle(database: Database, premise_id: str, used: int | None) -> Premise:
    """A gas-heated house that used so many hundredths each day of October; None: of no day."""
    premise = household().premise.model_copy(
        update={
            "premise_id": premise_id,
            "city": "Millbrook",
            "home": Home(
                kind="house",
                square_feet=1800,
                built=1960,
                people=3,
                heating="gas",
                cooling=False,
            ),
            "meters": tuple(
                Meter(
                    meter_id=f"{premise_id}-{kind}",
                    kind=kind,
                    serial="1",
                    unit=unit,
                    installed=date(2015, 1, 1),
                )
                for kind, unit in (("gas", "therm"), ("electric", "kWh"))
            ),
        }
    )
    await collection(database, "premises").insert_one(premise_document(premise))
    start, days = (MONTH, 31) if used is not None else (MONTH + timedelta(days=1), 30)
    await collection(database, "readings").insert_one(
        {
            "_id": f"{premise_id}-electric",
            "zone": HOME.key,
            "start": start.isoformat(),
            "daily": pack([used or 500] * days),
        }
    )
    return premise


@pytest.fixture(scope="module")
async def millbrook(records_database: Database) -> Database:
    """Eleven houses of 100, 200, ... 1100 a day; the lowest fifth's home of ten is the second."""
    used = [100 * n for n in range(1, 12)]
    for n, each in enumerate(used, 1):
        await settle(records_database, f"mill-{n}", each)
    await settle(records_database, "mill-new", None)
    figures = [11, 31 * sum(used), 31 * 200, 31 * 300]
    await collection(records_database, "neighbours").insert_many(
        [
            {
                "_id": "Millbrook|house|gas",
                "group": "gas-heated houses in Millbrook",
                "months": {"2026-10": figures, "2026-09": [1, 31_000, 31_000, 31_000]},
            }
        ]
    )
    return records_database


@pytest.mark.parametrize("asking", range(1, 12))
async def test_the_asker_is_left_out(records: Records, millbrook: Database, asking: int) -> None:
    others = sorted(31 * n for n in range(1, 12) if n != asking)
    group = await records.usage.neighbours(f"mill-{asking}", date(2026, 10, 17))
    assert group is not None
    assert (group.homes, group.month) == (10, MONTH)
    assert group.average == round(Decimal(sum(others)) / 10, 2)
    assert group.efficient == others[1]  # the lowest fifth of ten: the second
    assert group.group == "gas-heated houses in Millbrook"


async def test_who_is_not_counted_is_not_left_out(records: Records, millbrook: Database) -> None:
    group = await records.usage.neighbours("mill-new", MONTH)
    assert group is not None
    assert group.homes == 11
    assert group.average == Decimal(31 * 6)


async def test_the_group_of_all_towns(
    records: Records, records_database: Database, millbrook: Database
) -> None:
    figures = [20, 31 * 100 * 20, 31 * 20, 31 * 30]
    await collection(records_database, "neighbours").insert_one(
        {"_id": "*|house|gas", "group": "all gas-heated houses", "months": {"2026-10": figures}}
    )
    group = await records.usage.neighbours("mill-3", MONTH, everywhere=True)
    assert group is not None
    assert (group.homes, group.group) == (19, "all gas-heated houses")
    assert group.average == round(Decimal(31 * 100 * 20 - 31 * 300) / 100 / 19, 2) * 1
    town = await records.usage.neighbours("mill-3", MONTH)
    assert town is not None
    assert town.homes == 10


async def test_no_group(records: Records, records_database: Database, millbrook: Database) -> None:
    alone = household().premise
    await collection(records_database, "premises").insert_one(premise_document(alone))
    assert await records.usage.neighbours(alone.premise_id, MONTH) is None
    assert await records.usage.neighbours("nowhere", MONTH) is None
    for month in (date(2020, 1, 1), date.min, date.max):
        assert await records.usage.neighbours("mill-1", month) is None


async def test_a_group_of_the_asker_alone(records: Records, records_database: Database) -> None:
    premise = await settle(records_database, "lone-1", 100)
    await collection(records_database, "premises").update_one(
        {"_id": premise.premise_id}, {"$set": {"city": "Lonely"}}
    )
    await collection(records_database, "neighbours").insert_one(
        {"_id": "Lonely|house|gas", "group": "g", "months": {"2026-10": [1, 3100, 3100, 3100]}}
    )
    assert await records.usage.neighbours(premise.premise_id, MONTH) is None
