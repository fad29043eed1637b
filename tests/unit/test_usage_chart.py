"""A usage chart's figures and words, made from readings at hand."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from contracts.language import speaking
from contracts.messages import Card
from contracts.records import PeakHours, Rate, Tariff
from tools.usage.chart import Hours, Point, Series
from tools.usage.priced import Plan, Plans, Pricing, plan_of
from tools.usage.series import Span
from ui.cards.usage import usage
from ui.my.usage import csv_of
from ui.my.usage_view import Bar, Range, chart_of

pytestmark = pytest.mark.unit

HOME = ZoneInfo("America/Los_Angeles")
HOUR = timedelta(hours=1)
PEAK = PeakHours(start=17, end=21)
BY_TIME = Plan("By time", Decimal("0.10"), Decimal("0.30"), PEAK)


def tariff(*rates: tuple[str, str, str, str], peak: PeakHours | None = None) -> Tariff:
    return Tariff.model_validate(
        {
            "code": "R",
            "name": "Some plan",
            "service": "electric",
            "kind": "flat",
            "summary": "",
            "effective": date(2025, 1, 1),
            "peak": peak,
            "rates": [
                Rate.model_validate(
                    {"code": code, "label": code, "per": per, "price": price, "period": period}
                )
                for code, per, price, period in rates
            ],
        }
    )


def hours_of(day: date) -> Hours:
    """A day and the week before it, hour by hour: the n-th of them uses n hundredths."""
    start = datetime(day.year, day.month, day.day, tzinfo=HOME).astimezone(UTC) - 8 * 24 * HOUR
    begin = [start + n * HOUR for n in range(10 * 24)]
    clock = {at: at.astimezone(HOME) for at in begin}
    return Hours({at: n for n, at in enumerate(begin)}, clock, frozenset())


def day_points(*used: str, start: date = date(2026, 1, 1)) -> tuple[Point, ...]:
    days = [start + timedelta(days=n) for n in range(len(used))]
    return tuple(
        Point(day=day, end=day, used=Decimal(it)) for day, it in zip(days, used, strict=True)
    )


def hour_points(day: date) -> tuple[Point, ...]:
    clock = hours_of(day).clock.values()
    return tuple(
        Point(day=day, end=day, at=at, used=Decimal("1.00")) for at in clock if at.date() == day
    )


# --- prices -------------------------------------------------------------------------------------


def test_a_unit_costs_energy_and_delivery_with_their_riders_and_taxes() -> None:
    plan = plan_of(
        tariff(("basic", "month", "11", "all"), ("e", "kWh", "0.10", "all"),
               ("d", "kWh", "0.05", "all")),
        tariff(("public", "share", "0.035", "all"), ("city", "share", "0.025", "all")),
        "electric",
    )  # fmt: skip
    assert plan is not None
    assert plan.price == plan.peak_price == Decimal("0.15") * Decimal("1.06")


def test_peak_hours_have_a_price_of_their_own() -> None:
    plan = plan_of(
        tariff(("p", "kWh", "0.20", "peak"), ("o", "kWh", "0.07", "off-peak"),
               ("d", "kWh", "0.05", "all"), peak=PEAK),
        None,
        "electric",
    )  # fmt: skip
    assert plan is not None
    assert (plan.price, plan.peak_price) == (Decimal("0.12"), Decimal("0.25"))
    assert plan.cost(Decimal(10), Decimal(4)) == Decimal("1.72")


def test_a_day_is_priced_by_the_bill_that_it_is_of() -> None:
    old = Plan("Old", Decimal("0.08"), Decimal("0.08"), None)
    plans = Plans(BY_TIME, ((Span(date(2025, 12, 1), date(2025, 12, 31)), old),))
    assert plans.on(date(2025, 12, 31)) is old
    assert plans.on(date(2026, 1, 1)) is BY_TIME
    pricing = Pricing(plans, {date(2026, 1, 2): 200})
    assert pricing.cost(date(2025, 12, 31), Decimal(10)) == Decimal("0.80")
    assert pricing.cost(date(2026, 1, 2), Decimal(10)) == Decimal("1.40")
    assert pricing.peak(date(2025, 12, 31)) is None


def test_a_holiday_has_no_peak() -> None:
    friday, christmas = date(2025, 12, 26), date(2025, 12, 25)
    pricing = Pricing(Plans(BY_TIME), {friday: 300, christmas: 0})
    for day, peak in ((friday, True), (christmas, False), (date(2025, 12, 24), True)):
        at = datetime(day.year, day.month, day.day, 17, tzinfo=HOME)
        assert pricing.is_peak(at) is peak, day
        assert not pricing.is_peak(at - HOUR)
        assert not pricing.is_peak(at + 4 * HOUR)


# --- days on which the clocks change --------------------------------------------------------------


@pytest.mark.parametrize(("day", "count"), [(date(2026, 3, 8), 23), (date(2025, 11, 2), 25)])
def test_a_day_has_as_many_bars_as_hours(day: date, count: int) -> None:
    series = Series(fuel="electric", by="hour", points=hour_points(day), first=day, last=day)
    bars = chart_of(series).bars
    assert len(bars) == len({bar.start for bar in bars}) == len({bar.label for bar in bars})
    assert len(bars) == count
    assert bars[0].label.startswith("12 AM to 1 AM")
    assert {it.end for it in bars[:-1]} == {it.start for it in bars[1:]}
    lines = list(csv.DictReader(io.StringIO(csv_of(series))))
    assert len({(it["date"], it["hour"], it["utc_offset"]) for it in lines}) == count


def test_an_hour_is_held_against_the_same_hour_of_the_clock_a_week_before() -> None:
    known = hours_of(date(2025, 11, 5))  # the clocks went back on November 2
    at = next(it for it, clock in known.clock.items() if clock.isoformat()[:13] == "2025-11-05T17")
    before = known.week_before(at)
    assert before is not None
    assert known.clock[before].isoformat() == "2025-10-29T17:00:00-07:00"


def test_an_hour_that_the_week_before_had_not_is_held_against_none() -> None:
    known = hours_of(date(2026, 3, 15))
    at = next(it for it, clock in known.clock.items() if clock.isoformat()[:13] == "2026-03-15T02")
    assert known.week_before(at) is None


# --- where one can go -----------------------------------------------------------------------------


def test_days_go_on_to_as_many_before_and_after_them() -> None:
    chart = chart_of(
        Series(
            fuel="electric",
            by="day",
            points=day_points("1", "2", "3", start=date(2026, 1, 10)),
            first=date(2025, 6, 1),
            last=date(2026, 1, 14),
            hours_from=date(2026, 1, 11),
        )
    )
    assert chart.earlier == Range(by="day", start=date(2026, 1, 7), end=date(2026, 1, 9))
    assert chart.later == Range(by="day", start=date(2026, 1, 13), end=date(2026, 1, 15))
    first, second, _ = chart.bars
    assert first.opens is None
    assert second.opens == Range(by="hour", start=date(2026, 1, 11), end=date(2026, 1, 11))


def test_there_is_nothing_beyond_the_first_and_the_last_day() -> None:
    points = day_points("1", "2")
    series = Series(fuel="gas", by="day", points=points, first=points[0].day, last=points[-1].day)
    chart = chart_of(series)
    assert (chart.earlier, chart.later) == (None, None)


def test_no_readings_are_no_bars() -> None:
    chart = chart_of(Series(fuel="gas", by="hour"))
    assert (chart.bars, chart.earlier, chart.later) == ((), None, None)
    assert csv_of(Series(fuel="gas", by="hour")).splitlines()[0].startswith("date,hour,utc_offset")


# --- words and files ------------------------------------------------------------------------------


def a_bar(language: str, **more: object) -> Bar:
    point = Point.model_validate(
        {
            "day": "2025-12-03",
            "end": "2026-01-02",
            "used": "1612.40",
            "cost": "201.70",
            "before": "1500.00",
            "before_day": "2024-12-03",
            "mean_f": "41.3",
            "heating": "712.4",
            "cooling": "0.0",
            **more,
        }
    )
    with speaking(language):
        return chart_of(Series(fuel="electric", by="month", points=(point,))).bars[0]


def test_a_bar_is_told_in_either_language() -> None:
    english, spanish = a_bar("en"), a_bar("es")
    assert english.label == "December 2025, Dec 3 to Jan 2"
    assert spanish.label == "Diciembre de 2025, del 3 dic al 2 ene"
    assert english.used_said == spanish.used_said == "1,612 kWh"
    assert english.before_label == "December 2024"
    assert english.weather == "41.3°F on average, 712 heating degree days"
    assert spanish.weather == "41.3 °F en promedio, 712 grados día de calefacción"
    assert a_bar("es", unbilled=True).label.startswith("Desde su última factura")


def test_a_change_is_told_of_what_can_be_compared() -> None:
    points = (
        Point(day=date(2026, 1, 1), end=date(2026, 1, 1), used=Decimal(12), before=Decimal(10)),
        Point(day=date(2026, 1, 2), end=date(2026, 1, 2), used=Decimal(90)),
    )
    chart = chart_of(Series(fuel="electric", by="day", points=points))
    assert chart.compared == "20% more than a year before"


def test_a_file_has_a_header_iso_dates_and_plain_figures() -> None:
    month = Point(
        day=date(2025, 12, 3),
        end=date(2026, 1, 2),
        used=Decimal("1612.40"),
        cost=Decimal("1201.70"),
        estimated=True,
    )
    text = csv_of(Series(fuel="electric", by="month", points=(month,)))
    assert text.endswith("\r\n")
    [line] = list(csv.DictReader(io.StringIO(text)))
    assert (line["start"], line["end"], line["unit"]) == ("2025-12-03", "2026-01-02", "kWh")
    assert (line["used"], line["cost_usd"], line["used_before"]) == ("1612.40", "1201.70", "")
    assert (line["estimated"], line["billed"]) == ("yes", "yes")


def test_a_card_of_before_there_were_charts_asks_for_its_figures() -> None:
    props = usage(Card(card="usage", title="Your energy use", data={"months": []}))
    assert props["chart"]["bars"] == []
    assert props["fuels"] == [{"id": "electric", "label": "Electricity"}]
