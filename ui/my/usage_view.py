"""A usage chart as the page shows it: the figures, and how they are said in the language spoken."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from babel.dates import format_date, format_time
from pydantic import BaseModel, Field

from contracts.language import ENGLISH, SPANISH, marked, spoken, t
from tools import speech
from tools.dates import months_after
from tools.speech import money
from tools.usage import words
from tools.usage.chart import MONTHS_SHOWN, By, Point, Series, middle_of
from tools.usage.place import Service

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_USUAL_HOURS = 24
_LONG_DAY = {ENGLISH: "EEEE, MMMM d, y", SPANISH: "EEEE, d 'de' MMMM 'de' y"}
_UNITS = {"electric": marked("kWh"), "gas": marked("therms")}
_NUMBER = {"electric": marked("{number} kWh"), "gas": marked("{number} therms")}
_PRICE = {"electric": marked("{price} a kWh"), "gas": marked("{price} a therm")}
_CHANGED = {
    "year": words.Change(
        same=marked("about the same as a year before"),
        more=marked("{percent}% more than a year before"),
        less=marked("{percent}% less than a year before"),
    ),
    "week": words.Change(
        same=marked("about the same as a week before"),
        more=marked("{percent}% more than a week before"),
        less=marked("{percent}% less than a week before"),
    ),
}


class Range(BaseModel):
    """Days to ask for next, both included."""

    by: By
    start: date = Field(description="What to ask for as `from`.")
    end: date = Field(description="What to ask for as `to`.")


class Bar(BaseModel):
    """One billing period, day or hour. Figures are decimal text; `*_said` and labels are words."""

    start: str = Field(description="ISO date; of an hour, ISO date and time with its offset.")
    end: str = Field(description="The last day; of an hour, when it is over.")
    tick: str
    label: str
    used: str
    used_said: str
    cost: str | None = None
    cost_said: str = ""
    before: str | None = None
    before_said: str = ""
    before_cost: str | None = None
    before_cost_said: str = ""
    before_label: str = ""
    peak: str | None = Field(None, description="The part in peak hours; none without such hours.")
    peak_said: str = ""
    in_peak: bool = False
    mean_f: str | None = None
    weather: str = ""
    estimated: bool = False
    unbilled: bool = False
    opens: Range | None = Field(None, description="The days of a month, the hours of a day.")


class Chart(BaseModel):
    """A usage chart: its bars in order, and where one can go from here."""

    fuel: Service
    by: By
    unit: str
    title: str
    start: date | None = None
    end: date | None = None
    total_said: str = ""
    cost_said: str = ""
    compared: str = ""
    bars: tuple[Bar, ...] = ()
    earlier: Range | None = None
    later: Range | None = None
    prices: tuple[str, ...] = Field((), description="What a unit costs, in words.")
    before_name: str = ""


def chart_of(series: Series) -> Chart:
    points = series.points
    if not points:
        return Chart(
            fuel=series.fuel, by=series.by, unit=t(_UNITS[series.fuel]), title=t("No readings")
        )
    costs = [p.cost for p in points if p.cost is not None]
    hourly = series.by == "hour"
    return Chart(
        fuel=series.fuel,
        by=series.by,
        unit=t(_UNITS[series.fuel]),
        title=_title(series),
        start=points[0].day,
        end=points[-1].end,
        total_said=_amount(sum((p.used for p in points), Decimal(0)), series.fuel),
        cost_said=money(sum(costs, Decimal(0))) if costs else "",
        compared=_compared(points, "week" if hourly else "year"),
        bars=tuple(_bar(point, series) for point in points),
        earlier=_earlier(series),
        later=_later(series),
        prices=_prices(series),
        before_name=t("A week before") if hourly else t("A year before"),
    )


def _bar(point: Point, series: Series) -> Bar:
    fuel = series.fuel
    return Bar(
        start=(point.at or point.day).isoformat(),
        end=_hour_end(point.at).isoformat() if point.at else point.end.isoformat(),
        tick=_TICKS[series.by](point),
        label=_label(point, series),
        used=str(point.used),
        used_said=_amount(point.used, fuel),
        cost=_text(point.cost),
        cost_said=_money(point.cost),
        before=_text(point.before),
        before_said="" if point.before is None else _amount(point.before, fuel),
        before_cost=_text(point.before_cost),
        before_cost_said=_money(point.before_cost),
        before_label=_before(point, series.by),
        peak=_text(point.peak),
        peak_said=_peak(point, fuel),
        in_peak=point.at is not None and bool(point.peak),
        mean_f=_text(point.mean_f),
        weather=_weather(point),
        estimated=point.estimated,
        unbilled=point.unbilled,
        opens=_opens(point, series),
    )


def _opens(point: Point, series: Series) -> Range | None:
    if series.by == "month":
        return Range(by="day", start=point.day, end=point.end)
    if series.hours_from is not None and point.day >= series.hours_from:
        return Range(by="hour", start=point.day, end=point.day)
    return None


def _earlier(series: Series) -> Range | None:
    """As much again, before what is shown."""
    points, first = series.points, series.first
    if series.by == "month":
        start, end = months_after(points[0].end, -MONTHS_SHOWN), points[0].end - _DAY
        return Range(by="month", start=start, end=end) if first and first <= end else None
    length = points[-1].end - points[0].day + _DAY
    end = points[0].day - _DAY
    known = first is not None and first <= end
    return Range(by=series.by, start=end - length + _DAY, end=end) if known else None


def _later(series: Series) -> Range | None:
    points, last = series.points, series.last
    start = points[-1].end + _DAY
    if last is None or last < start:
        return None
    if series.by == "month":
        end = months_after(points[-1].end, MONTHS_SHOWN)
    else:
        end = start + (points[-1].end - points[0].day)
    return Range(by=series.by, start=start, end=end)


def _compared(points: Sequence[Point], since: str) -> str:
    """In percent, of those that have something before them."""
    pairs = [(p.used, p.before) for p in points if p.before is not None and not p.unbilled]
    then = sum((before for _, before in pairs), Decimal(0))
    if not then:
        return ""
    now = sum((used for used, _ in pairs), Decimal(0))
    return _CHANGED[since].said(words.percent(now - then, then))


def _prices(series: Series) -> tuple[str, ...]:
    if series.price is None:
        return ()
    price = t(_PRICE[series.fuel], price=_price(series.price))
    if series.peak is None or series.peak_price is None:
        return (t("{price}, riders and taxes included", price=price),)
    peak = t(_PRICE[series.fuel], price=_price(series.peak_price))
    start, end = (clock(hour) for hour in (series.peak.start, series.peak.end))
    return (
        t("Peak, {start} to {end} on weekdays: {price}", start=start, end=end, price=peak),
        t("All other times: {price}", price=price),
    )


def _price(price: Decimal) -> str:
    return money(price) if price >= 1 else words.cents(price)


# --- words --------------------------------------------------------------------------------------


def _title(series: Series) -> str:
    start, end = series.points[0].day, series.points[-1].end
    if start == end:
        return words.capital(_long_day(start))
    if series.by == "month":
        start, end = _middle(series.points[0]), _middle(series.points[-1])
        names = (_short_month_and_year(start), _short_month_and_year(end))
    else:
        names = (_short_day_and_year(start), _short_day_and_year(end))
    return words.capital(t("{start} to {end}", start=names[0], end=names[1]))


def _label(point: Point, series: Series) -> str:
    if point.at is not None:
        return _hour_label(point.at, series)
    if series.by == "day":
        return words.capital(_long_day(point.day))
    start, end = speech.short_day(point.day), speech.short_day(point.end)
    if point.unbilled:
        return t("Since your last bill, {start} to {end}", start=start, end=end)
    month = words.capital(speech.month_and_year(_middle(point)))
    return t("{month}, {start} to {end}", month=month, start=start, end=end)


def _hour_label(at: datetime, series: Series) -> str:
    start, end = (_clock_of(hour) for hour in (at, _hour_end(at)))
    hours = t("{start} to {end}", start=start, end=end)
    shown = [p.at for p in series.points if p.day == at.date()]
    if len(shown) != _USUAL_HOURS:
        hours = f"{hours} ({at:%Z})"  # the clocks change: some hour is shown twice, or not at all
    if series.points[0].day == series.points[-1].end:
        return hours
    return words.capital(f"{_long_day(at.date())}, {hours}")


def _before(point: Point, by: By) -> str:
    if point.before_day is None:
        return ""
    if by == "month":
        return words.capital(speech.month_and_year(_middle(point, years=-1)))
    return words.capital(_long_day(point.before_day))


def _middle(point: Point, *, years: int = 0) -> date:
    return months_after(middle_of(point.day, point.end), 12 * years)


def _peak(point: Point, fuel: Service) -> str:
    if not point.peak:
        return ""
    if point.at is not None:
        return t("Peak hours")
    return t("{used} in peak hours", used=_amount(point.peak, fuel))


def _weather(point: Point) -> str:
    if point.mean_f is None:
        return ""
    told = t("{degrees}°F on average", degrees=point.mean_f)
    days = [
        t(text, count=f"{degrees:.0f}")
        for text, degrees in (
            (marked("{count} heating degree days"), point.heating),
            (marked("{count} cooling degree days"), point.cooling),
        )
        if degrees and degrees >= 1
    ]
    return ", ".join([told, *days])


def _amount(amount: Decimal, fuel: Service) -> str:
    """Hundredths of what is little, so that bars beside each other can be told apart."""
    number = f"{amount:,.2f}" if amount < 100 else f"{amount:,.0f}"
    return t(_NUMBER[fuel], number=number)


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else money(amount)


def _text(figure: Decimal | None) -> str | None:
    return None if figure is None else str(figure)


def _hour_end(at: datetime) -> datetime:
    return (at.astimezone(UTC) + _HOUR).astimezone(at.tzinfo)


def _clock_of(at: datetime) -> str:
    """ "5 PM", "5 p. m."."""
    return re.sub(r"\s", " ", format_time(at, "h a", tzinfo=at.tzinfo, locale=spoken()))


def clock(hour: int) -> str:
    """ "5 PM", "5 p. m.": a full hour; 24 is midnight."""
    return _clock_of(datetime(2000, 1, 1, hour % 24, tzinfo=UTC))


def _long_day(day: date) -> str:
    return format_date(day, _LONG_DAY[spoken()], locale=spoken())


def _short_day_and_year(day: date) -> str:
    pattern = {ENGLISH: "MMM d, y", SPANISH: "d MMM y"}[spoken()]
    return format_date(day, pattern, locale=spoken())


def _short_month_and_year(day: date) -> str:
    return format_date(day, "MMM y", locale=spoken())


def _month_tick(point: Point) -> str:
    return words.capital(format_date(_middle(point), "MMM", locale=spoken()))


def _hour_tick(point: Point) -> str:
    return _clock_of(point.at) if point.at else ""


_TICKS: dict[By, Callable[[Point], str]] = {
    "month": _month_tick,
    "day": lambda point: speech.short_day(point.day),
    "hour": _hour_tick,
}
