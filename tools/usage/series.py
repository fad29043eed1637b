"""Daily use and the weather behind it, as the tools calculate with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from contracts.records import Meter, Readings, WeatherDay
from contracts.records.usage import HUNDREDTH
from contracts.tooling import Call
from tools.common import local, today
from tools.usage.place import Place, Service

DAY = timedelta(days=1)
YEAR = timedelta(days=365)
KEPT = timedelta(days=2 * 366)  # readings older than that are not kept


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `start` to `end`, both included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


@dataclass(frozen=True, slots=True)
class Days:
    """Use on consecutive days, in hundredths of the meter's unit."""

    start: date
    hundredths: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.hundredths)

    @property
    def end(self) -> date:
        return self.start + timedelta(days=len(self.hundredths) - 1)

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    @property
    def total(self) -> Decimal:
        return units(sum(self.hundredths))

    def within(self, span: Span) -> Days:
        """The part of them that lies in a span."""
        first = max((span.start - self.start).days, 0)
        last = max((span.end - self.start).days + 1, first)
        return Days(self.start + timedelta(days=first), self.hundredths[first:last])

    def covers(self, span: Span) -> bool:
        return len(self) > 0 and self.start <= span.start and span.end <= self.end

    def highest(self) -> tuple[date, Decimal] | None:
        """The day of the highest use; the latest of several."""
        if not self.hundredths:
            return None
        most = max(self.hundredths)
        ahead = len(self.hundredths) - 1 - self.hundredths[::-1].index(most)
        return self.start + timedelta(days=ahead), units(most)


@dataclass(frozen=True, slots=True)
class Weather:
    """Known days of weather."""

    days: tuple[WeatherDay, ...]

    def within(self, span: Span) -> Weather:
        return Weather(tuple(d for d in self.days if d.day in span))

    @property
    def heating(self) -> Decimal:
        return sum((d.heating for d in self.days), Decimal(0))

    @property
    def cooling(self) -> Decimal:
        return sum((d.cooling for d in self.days), Decimal(0))

    @property
    def mean_f(self) -> Decimal | None:
        if not self.days:
            return None
        mean = sum((d.mean_f for d in self.days), Decimal(0)) / len(self.days)
        return mean.quantize(Decimal("0.1"))


def units(hundredths: int) -> Decimal:
    return Decimal(hundredths) * HUNDREDTH


def in_hundredths(amount: Decimal) -> int:
    return int(amount / HUNDREDTH)


def days_in(call: Call, readings: Readings | None) -> Days | None:
    """Readings of a day each; their start is a midnight in the utility's zone."""
    if readings is None:
        return None
    return Days(local(call, readings.start).date(), readings.hundredths)


async def days_of(call: Call, place: Place, service: Service, span: Span) -> Days:
    """The use of this very customer: days before the account was opened are somebody else's."""
    meter = place.meter(service)
    start = max(span.start, place.account.opened)
    if meter is None or start > span.end:
        return Days(start)
    found = await call.services.records.usage.daily(meter.meter_id, start, span.end)
    return days_in(call, found) or Days(start)


async def peak_of(call: Call, meter: Meter, span: Span) -> Days:
    found = await call.services.records.usage.peak(meter.meter_id, span.start, span.end)
    return days_in(call, found) or Days(span.start)


async def recent_days(call: Call, place: Place, service: Service, back: timedelta = KEPT) -> Days:
    """Up to the last whole day there is a reading of."""
    yesterday = today(call) - DAY
    return await days_of(call, place, service, Span(yesterday - back + DAY, yesterday))


async def weather_in(call: Call, span: Span) -> Weather:
    return Weather(tuple(await call.services.records.usage.weather(span.start, span.end)))


def matched(days: Days, weather: Iterable[WeatherDay]) -> tuple[Sequence[int], list[WeatherDay]]:
    """The use and the weather of those days of which both are known."""
    span = days.span
    known = [d for d in weather if d.day in span]
    return [days.hundredths[(d.day - days.start).days] for d in known], known
