"""The figures of usage charts on the seeded utility, held against its records and its tools."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts.messages import Card, Channel
from contracts.tooling import Cannot
from stores.mongo.usage import pack
from tests.utility import Utility
from tools.usage.chart import By, Series, chart
from tools.usage.place import Service, own_place
from tools.usage.series import Span
from ui.cards import widget_of

pytestmark = pytest.mark.integration

HOME = ZoneInfo("America/Los_Angeles")
YESTERDAY = date(2026, 1, 14)
HUNDREDTH = Decimal("0.01")
WHO = ("Maria", "Wei", "Sam", "Aisha")  # gas and electric, by time, a shop, moved in lately


async def charted(
    utility: Utility, who: str, service: Service, by: By, span: Span | None = None
) -> Series:
    call = await utility.call(who)
    place = await own_place(call)
    assert not isinstance(place, Cannot)
    return await chart(call, place, service, by, span)


def used(series: Series) -> Decimal:
    return sum((point.used for point in series.points), Decimal(0))


def cost(series: Series) -> Decimal:
    return sum((point.cost or Decimal(0) for point in series.points), Decimal(0))


# --- one part adds up to the next -----------------------------------------------------------------


@pytest.mark.parametrize("who", WHO)
async def test_months_are_those_of_the_tool_and_of_the_bills(utility: Utility, who: str) -> None:
    account = await utility.account(who)
    bills = list(reversed(await utility.records.billing.bills(account.account_number, 12)))
    told = (await utility.done("get_usage_history", await utility.call(who))).data
    series = await charted(utility, who, "electric", "month")
    *months, running = series.points
    assert [str(point.used) for point in months] == [it["kwh"] for it in told["months"]]
    assert [(p.day, p.end) for p in months] == [(b.period_start, b.period_end) for b in bills]
    assert running.unbilled
    assert str(running.used) == told["since_last_bill"]["kwh"]


@pytest.mark.parametrize("who", WHO)
async def test_the_days_of_a_bill_make_up_the_bill(utility: Utility, who: str) -> None:
    for service in ("electric", "gas"):
        months = await charted(utility, who, service, "month")
        for month in months.points[-5:]:
            days = await charted(utility, who, service, "day", Span(month.day, month.end))
            assert used(days) == month.used, month.day
            assert month.cost is not None
            assert abs(cost(days) - month.cost) < Decimal("0.06"), month.day  # lines are rounded


@pytest.mark.parametrize("who", WHO)
async def test_the_hours_of_a_day_make_up_the_day(utility: Utility, who: str) -> None:
    days = await charted(utility, who, "electric", "day")
    for day in days.points[-8:]:
        hours = await charted(utility, who, "electric", "hour", Span(day.day, day.end))
        assert used(hours) == day.used
        assert abs(cost(hours) - (day.cost or 0)) < len(hours.points) * Decimal("0.0001")
        peak = sum((p.peak or Decimal(0) for p in hours.points), Decimal(0))
        assert day.peak is None or peak == day.peak


async def test_days_are_those_of_the_records_beside_those_of_a_year_before(
    utility: Utility,
) -> None:
    span = Span(date(2025, 12, 1), date(2025, 12, 31))
    series = await charted(utility, "Maria", "gas", "day", span)
    meter = next(m for m in (await utility.premise("Maria")).meters if m.kind == "gas")
    for points, start in (
        ([p.used for p in series.points], span.start),
        ([p.before for p in series.points], date(2024, 12, 1)),
    ):
        end = start + timedelta(days=30)
        found = await utility.records.usage.daily(meter.meter_id, start, end)
        assert found is not None
        assert points == [Decimal(value) * HUNDREDTH for value in found.hundredths]


async def test_each_day_has_its_weather(utility: Utility) -> None:
    series = await charted(utility, "Maria", "electric", "day")
    weather = await utility.records.usage.weather(series.points[0].day, series.points[-1].day)
    assert [(p.day, p.mean_f, p.heating) for p in series.points] == [
        (it.day, it.mean_f, it.heating) for it in weather
    ]


# --- whose, and from when -------------------------------------------------------------------------


async def test_nothing_of_those_who_lived_there_before(utility: Utility) -> None:
    opened = (await utility.account("Aisha")).opened
    for by in ("month", "day", "hour"):
        span = Span(opened - timedelta(days=60), YESTERDAY)
        series = await charted(utility, "Aisha", "electric", by, span)
        assert series.points
        assert all(point.day >= opened for point in series.points)
        assert all(p.before_day is None or p.before_day >= opened for p in series.points)


async def test_without_a_meter_there_is_nothing(utility: Utility) -> None:
    for by in ("month", "day", "hour"):
        assert (await charted(utility, "Wei", "gas", by)).points == ()


async def test_days_without_readings_are_left_out(utility: Utility) -> None:
    span = Span(YESTERDAY - timedelta(days=1), YESTERDAY + timedelta(days=30))
    assert len((await charted(utility, "Maria", "electric", "day", span)).points) == 2
    future = Span(date(2027, 1, 1), date(2027, 1, 31))
    for by in ("month", "day", "hour"):
        assert (await charted(utility, "Maria", "electric", by, future)).points == ()


# --- what is special ------------------------------------------------------------------------------


async def set_readings(utility: Utility, who: str, **fields: Any) -> str:
    meter = next(m for m in (await utility.premise(who)).meters if m.kind == "electric")
    await utility.database["readings"].update_one({"_id": meter.meter_id}, {"$set": fields})
    return meter.meter_id


async def test_what_was_estimated_is_marked(utility: Utility) -> None:
    day = date(2026, 1, 10)
    at = datetime(2026, 1, 10, 14, tzinfo=HOME).astimezone(UTC)
    await set_readings(utility, "Maria", estimated=[day.isoformat()], estimated_hours=[at])
    days = await charted(utility, "Maria", "electric", "day")
    assert [point.day for point in days.points if point.estimated] == [day]
    hours = await charted(utility, "Maria", "electric", "hour", Span(day, day))
    assert [point.at for point in hours.points if point.estimated] == [at]


async def test_a_bill_by_an_estimated_read_is_marked(utility: Utility) -> None:
    account = await utility.account("Maria")
    bill = (await utility.records.billing.bills(account.account_number, 3))[2]
    meter = next(m for m in (await utility.premise("Maria")).meters if m.kind == "electric")
    noon = datetime(*bill.period_end.timetuple()[:3], 12, tzinfo=HOME)
    await utility.records.usage.submit(
        key="estimate-1", meter_id=meter.meter_id, value=5, at=noon, source="estimate"
    )
    months = await charted(utility, "Maria", "electric", "month")
    assert [point.end for point in months.points if point.estimated] == [bill.period_end]


async def test_the_demo_has_estimated_hours(utility: Utility) -> None:
    days = await charted(utility, "Maria", "electric", "day")
    marked = [point.day for point in days.points if point.estimated]
    assert marked
    hours = await charted(utility, "Maria", "electric", "hour", Span(marked[0], marked[0]))
    assert sum(point.estimated for point in hours.points) == 3


async def test_a_day_on_which_the_clocks_change_has_all_its_hours(utility: Utility) -> None:
    start = datetime(2025, 11, 1, tzinfo=HOME).astimezone(UTC)
    counted = list(range(100, 100 + 24 + 25 + 24))
    await set_readings(utility, "Wei", hourly_start=start, hourly=pack(counted))
    utility.clock.advance(datetime(2025, 11, 5, 18, tzinfo=UTC) - utility.clock.now())
    change = date(2025, 11, 2)
    hours = await charted(utility, "Wei", "electric", "hour", Span(change, change))
    assert len(hours.points) == 25
    assert used(hours) == Decimal(sum(counted[24 : 24 + 25])) * HUNDREDTH
    offsets = [point.at.isoformat()[11:] for point in hours.points[:4] if point.at]
    assert offsets == ["00:00:00-07:00", "01:00:00-07:00", "01:00:00-08:00", "02:00:00-08:00"]


async def test_only_peak_hours_cost_what_they_do(utility: Utility) -> None:
    friday, sunday = date(2026, 1, 9), date(2026, 1, 11)
    for day, expected in ((friday, [17, 18, 19, 20]), (sunday, [])):
        hours = await charted(utility, "Wei", "electric", "hour", Span(day, day))
        assert [p.at.hour for p in hours.points if p.at and p.peak] == expected
        assert hours.price is not None
        assert hours.peak_price is not None
        for point in hours.points:
            price = hours.peak_price if point.peak else hours.price
            assert point.cost is not None
            assert abs(point.cost - point.used * price) < Decimal("0.001")


# --- cards ----------------------------------------------------------------------------------------


async def drawn(utility: Utility, tool: str, who: str = "Maria", **raw: Any) -> dict[str, Any]:
    call = await utility.call(who, channel=Channel.WEB)
    result = await utility.done(tool, call, **raw)
    return widget_of(next(part for part in result.show if isinstance(part, Card))).props


async def test_the_card_begins_with_the_months_that_were_told(utility: Utility) -> None:
    props = await drawn(utility, "get_usage_history")
    series = await charted(utility, "Maria", "electric", "month")
    assert [bar["used"] for bar in props["chart"]["bars"]] == [str(p.used) for p in series.points]
    assert [fuel["id"] for fuel in props["fuels"]] == ["electric", "gas"]


async def test_the_model_is_not_told_the_chart(utility: Utility) -> None:
    assert "chart" not in (await utility.done("get_usage_history")).data


async def test_shares_are_those_of_the_tool(utility: Utility) -> None:
    told = (await utility.done("get_usage_breakdown")).data["services"]
    props = await drawn(utility, "get_usage_breakdown")
    whole = sum(Decimal(of["cost"]) for of in told.values())
    assert props["figure"] == f"${whole:,.2f}"
    for stack, of in zip(props["stacks"], told.values(), strict=True):
        parts = [p for p in of["parts"].values() if Decimal(p.get("kwh") or p["therms"])]
        shares = sorted(f"{p['percent']}% · ${Decimal(p['cost']):,.2f}" for p in parts)
        assert sorted(part["value"] for part in stack["parts"]) == shares


async def test_each_plan_has_what_the_last_bills_would_have_cost(utility: Utility) -> None:
    props = await drawn(utility, "get_rate_schedule")
    bars = {bar["label"]: bar["value"] for bar in props["bars"]}
    read_back = (
        await utility.read_back("enroll_time_of_use", await utility.call("Maria", agent="usage"))
    ).read_back
    assert bars["Residential Time of Use"] in read_back
    assert bars["Residential Flat"] in read_back
    assert [action["words"] for action in props["actions"]] == [
        "Put me on time of use",
        "Sign me up for demand response",
    ]


async def test_a_day_of_prices_has_its_peak_hours(utility: Utility) -> None:
    day = (await drawn(utility, "get_rate_schedule", "Wei"))["day"]
    assert [hour for hour, peak in enumerate(day["hours"]) if peak] == [17, 18, 19, 20]
    assert "actions" in await drawn(utility, "get_rate_schedule", "Maria")
    assert "day" not in await drawn(utility, "get_rate_schedule", "Maria")


async def test_a_register_shows_its_digits(utility: Utility) -> None:
    told = (await utility.done("get_meter_info")).data["meters"]
    registers = (await drawn(utility, "get_meter_info"))["registers"]
    for register, of in zip(registers, told, strict=True):
        assert register["digits"] == of["last_reading"].zfill(of["digits"])
        assert of["serial"] in register["under"]
