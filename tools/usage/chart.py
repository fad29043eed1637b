"""The figures of a usage chart: use by billing period, day or hour, what it cost, what was used
before it, and the weather.

Days and hours are priced by what is charged for one unit more, riders and taxes included and fixed
charges left out: at the prices of the bill that a day belongs to, else at today's. So the hours of
a day make up the day, and the days of a bill its energy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from contracts.pricing import to_cent
from contracts.records import Bill, PeakHours, Readings
from contracts.tooling import Call
from tools.common import local, local_now, today
from tools.usage.place import Place, Service, year_before
from tools.usage.priced import BILLS, PRICED, Known, Pricing, days_known, pricing_of
from tools.usage.series import DAY, KEPT, Span, Weather, units, weather_in

By = Literal["month", "day", "hour"]

MONTHS_SHOWN = 12
DAYS_SHOWN = 30
_WEEK = timedelta(days=7)
_HOUR = timedelta(hours=1)
_HOURS_BACK = timedelta(days=70)  # more than are kept
_READS = 100
_READ_WITHIN = timedelta(days=2)  # of the end of a billing period


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Point(_Frozen):
    """One bar. Energy is in the meter's unit, money in dollars.

    day, end: its first and its last day. at: when it begins, of an hour. before: what was used a
    year earlier, of an hour a week earlier. peak: the part in peak hours. estimated: the meter did
    not report, and the figure is the utility's estimate. unbilled: the days since the last bill.
    """

    day: date
    end: date
    at: AwareDatetime | None = None
    used: Decimal
    cost: Decimal | None = None
    before: Decimal | None = None
    before_cost: Decimal | None = None
    before_day: date | None = None
    peak: Decimal | None = None
    mean_f: Decimal | None = None
    heating: Decimal | None = None
    cooling: Decimal | None = None
    estimated: bool = False
    unbilled: bool = False


class Series(_Frozen):
    """Points in order. first, last: the days that there are readings of, or of months the ends of
    the first and the last billing period. hours_from: of days, the first one whose hours are known.
    price: dollars a unit, outside peak hours."""

    fuel: Service
    by: By
    points: tuple[Point, ...] = ()
    first: date | None = None
    last: date | None = None
    hours_from: date | None = None
    plan: str = ""
    price: Decimal | None = None
    peak_price: Decimal | None = None
    peak: PeakHours | None = None


async def chart(
    call: Call, place: Place, service: Service, by: By, span: Span | None = None
) -> Series:
    """What a meter of the customer counted. Of months those that end within the span; without one
    the latest: 12 bills, 30 days, the hours of a day. Empty where nothing is known."""
    if place.meter(service) is None:
        return Series(fuel=service, by=by)
    if by == "month":
        return await _by_month(call, place, service, span)
    if by == "day":
        return await _by_day(call, place, service, span)
    return await _by_hour(call, place, service, span)


# --- months -------------------------------------------------------------------------------------


async def _by_month(call: Call, place: Place, service: Service, span: Span | None) -> Series:
    kept = await call.services.records.billing.bills(place.account.account_number, BILLS)
    shown = [b for b in kept if b.period_end in span] if span else kept[:MONTHS_SHOWN]
    since = kept[0].period_end + DAY if kept else place.account.opened
    running = None
    if span is None or (span.start <= today(call) and span.end >= since):
        running = await days_known(call, place, service, Span(since, today(call) - DAY))
    first = min([since, *(bill.period_start for bill in shown)])
    weather = await weather_in(call, Span(first, today(call)))
    pricing = await pricing_of(call, place, service, None)
    read = await estimated_reads(call, place, service)
    months = Months(service, shown, kept, weather, read)
    return monthly(months, running, pricing)


@dataclass(frozen=True, slots=True)
class Months:
    """Bills, the newest first: those shown, and all. estimated: days of estimated reads."""

    service: Service
    shown: Sequence[Bill]
    kept: Sequence[Bill]
    weather: Weather
    estimated: frozenset[date] = frozenset()


async def first_chart(
    call: Call, place: Place, shown: Sequence[Bill], kept: Sequence[Bill], weather: Weather
) -> Series:
    """By month, of the bills that a tool has at hand: electricity, where there is some."""
    service: Service = "electric" if place.meter("electric") else "gas"
    since = kept[0].period_end + DAY if kept else place.account.opened
    running, pricing, read = await asyncio.gather(
        days_known(call, place, service, Span(since, today(call) - DAY)),
        pricing_of(call, place, service, None),
        estimated_reads(call, place, service),
    )
    return monthly(Months(service, shown, kept, weather, read), running, pricing)


def monthly(months: Months, running: Known | None, pricing: Pricing) -> Series:
    """The bills of a year, each beside the one of a year before; then the days since."""
    earlier = {_month(bill): bill for bill in months.kept}
    points = [_bill_point(months, bill, earlier) for bill in reversed(months.shown)]
    if running is not None and running.used:
        points.append(_running_point(months, running, pricing))
    ends = [bill.period_end for bill in months.kept]
    last = max([*ends, *(p.end for p in points)], default=None)
    return _series(months.service, "month", points, (min(ends, default=last), last), pricing)


def billed_energy(bill: Bill, service: Service) -> Decimal:
    """Dollars of a bill for one service's energy, with its share of riders and taxes."""
    unit = "kWh" if service == "electric" else "therm"
    charges = sum((li.amount for li in bill.lines if li.unit == unit), Decimal(0))
    shares = sum((li.rate for li in bill.lines if li.rate and not li.unit), Decimal(0))
    return to_cent(charges * (1 + shares))


async def estimated_reads(call: Call, place: Place, service: Service) -> frozenset[date]:
    """The days on which a meter was not read but estimated."""
    meter = place.meter(service)
    reads = await call.services.records.usage.reads(meter.meter_id, _READS) if meter else []
    return frozenset(local(call, read.at).date() for read in reads if read.source == "estimate")


def _bill_point(months: Months, bill: Bill, earlier: dict[tuple[int, int], Bill]) -> Point:
    year, month = _month(bill)
    before = earlier.get((year - 1, month))
    read = (bill.period_end + n * DAY for n in range(_READ_WITHIN.days + 1))
    return Point(
        day=bill.period_start,
        end=bill.period_end,
        used=_used(bill, months.service),
        cost=billed_energy(bill, months.service),
        before=_used(before, months.service) if before else None,
        before_cost=billed_energy(before, months.service) if before else None,
        before_day=before.period_start if before else None,
        estimated=any(day in months.estimated for day in read),
        **_weather_of(months.weather, bill.period_start, bill.period_end),
    )


def _running_point(months: Months, running: Known, pricing: Pricing) -> Point:
    start, end = min(running.used), max(running.used)
    costs = [pricing.cost(day, units(much)) for day, much in running.used.items()]
    known = [cost for cost in costs if cost is not None]
    return Point(
        day=start,
        end=end,
        used=units(sum(running.used.values())),
        cost=to_cent(sum(known, Decimal(0))) if known else None,
        unbilled=True,
        **_weather_of(months.weather, start, end),
    )


def middle_of(start: date, end: date) -> date:
    """A billing period is called by the month in which most of it lies."""
    return start + (end - start) / 2


def _month(bill: Bill) -> tuple[int, int]:
    middle = middle_of(bill.period_start, bill.period_end)
    return middle.year, middle.month


def _used(bill: Bill, service: Service) -> Decimal:
    return bill.kwh if service == "electric" else bill.therms


# --- days ---------------------------------------------------------------------------------------


async def _by_day(call: Call, place: Place, service: Service, span: Span | None) -> Series:
    yesterday = today(call) - DAY
    known = await days_known(call, place, service, Span(yesterday - KEPT, yesterday))
    there = known.span
    if there is None:
        return Series(fuel=service, by="day")
    span = span or Span(there.end - timedelta(days=DAYS_SHOWN - 1), there.end)
    weather = await weather_in(call, span)
    pricing = await pricing_of(call, place, service, Span(year_before(span.start), span.end))
    points = [_day_point(day, known, weather, pricing) for day in _days_of(span, known)]
    series = _series(service, "day", points, (there.start, there.end), pricing)
    hours = await _hourly(call, place, service)
    first = local(call, hours.start).date() if hours else None
    return series.model_copy(update={"hours_from": first})


def _day_point(day: date, known: Known, weather: Weather, pricing: Pricing) -> Point:
    used, before_day = units(known.used[day]), year_before(day)
    before = known.used.get(before_day)
    return Point(
        day=day,
        end=day,
        used=used,
        cost=pricing.cost(day, used),
        before=None if before is None else units(before),
        before_cost=None if before is None else pricing.cost(before_day, units(before)),
        before_day=None if before is None else before_day,
        peak=pricing.peak(day),
        estimated=day in known.estimated,
        **_weather_of(weather, day, day),
    )


def _days_of(span: Span, known: Known) -> list[date]:
    days = (span.start + timedelta(days=n) for n in range(span.days))
    return [day for day in days if day in known.used]


# --- hours --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours by when they begin in UTC, since the clock shows some of them twice: what was used, in
    hundredths, and when they begin on the clock."""

    used: dict[datetime, int]
    clock: dict[datetime, datetime]
    estimated: frozenset[datetime]

    def week_before(self, at: datetime) -> datetime | None:
        """The same hour of the clock a week earlier, where there was one and it was read."""
        clock = self.clock[at]
        before = datetime.combine(clock.date() - _WEEK, clock.timetz()).astimezone(UTC)
        read = self.clock.get(before)
        return before if read and read.hour == clock.hour else None


async def _by_hour(call: Call, place: Place, service: Service, span: Span | None) -> Series:
    known = await _hours(call, place, service)
    if not known.used:
        return Series(fuel=service, by="hour")
    days = [at.date() for at in known.clock.values()]
    span = span or Span(days[-1], days[-1])
    weather = await weather_in(call, span)
    pricing = await pricing_of(call, place, service, Span(span.start - _WEEK, span.end))
    shown = [at for at, day in zip(known.used, days, strict=True) if day in span]
    points = [_hour_point(at, known, weather, pricing) for at in shown]
    return _series(service, "hour", points, (days[0], days[-1]), pricing)


async def _hours(call: Call, place: Place, service: Service) -> Hours:
    """A day has 23 to 25 of them."""
    found = await _hourly(call, place, service)
    if found is None:
        return Hours({}, {}, frozenset())
    first = found.start.astimezone(UTC)
    begin = [first + n * _HOUR for n in range(len(found.hundredths))]
    return Hours(
        dict(zip(begin, found.hundredths, strict=True)),
        {at: local(call, at) for at in begin},
        frozenset(begin[n] for n in found.estimated),
    )


async def _hourly(call: Call, place: Place, service: Service) -> Readings | None:
    """All there are since the account was opened."""
    meter, now = place.meter(service), local_now(call)
    opened = datetime.combine(place.account.opened, time.min, now.tzinfo)
    start = max(now - _HOURS_BACK, opened)
    return await call.services.records.usage.hourly(meter.meter_id, start, now) if meter else None


def _hour_point(begin: datetime, known: Hours, weather: Weather, pricing: Pricing) -> Point:
    at, used, earlier = known.clock[begin], units(known.used[begin]), known.week_before(begin)
    before = units(known.used[earlier]) if earlier else None
    then = known.clock[earlier] if earlier else None
    return Point(
        day=at.date(),
        end=at.date(),
        at=at,
        used=used,
        cost=pricing.hour_cost(at, used),
        before=before,
        before_cost=None if then is None or before is None else pricing.hour_cost(then, before),
        before_day=then.date() if then else None,
        peak=pricing.hour_peak(at, used),
        estimated=begin in known.estimated,
        **_weather_of(weather, at.date(), at.date()),
    )


def _series(
    service: Service,
    by: By,
    points: Sequence[Point],
    known: tuple[date | None, date | None],
    pricing: Pricing,
) -> Series:
    plan = pricing.plans.on(points[-1].end) if points else pricing.plans.now
    return Series(
        fuel=service,
        by=by,
        points=tuple(points),
        first=known[0],
        last=known[1],
        plan=plan.name if plan else "",
        price=plan.price.quantize(PRICED) if plan else None,
        peak_price=plan.peak_price.quantize(PRICED) if plan and plan.peak else None,
        peak=plan.peak if plan else None,
    )


def _weather_of(weather: Weather, start: date, end: date) -> dict[str, Decimal]:
    """Nothing, unless every day is known."""
    there = weather.within(Span(start, end))
    if there.mean_f is None:
        return {}
    return {"mean_f": there.mean_f, "heating": there.heating, "cooling": there.cooling}
