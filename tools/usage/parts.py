"""The parts of what an account used in the last 12 months, in energy and in dollars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from contracts.pricing import Use
from contracts.tooling import Call
from tools.common import local_now
from tools.usage.place import Place, Prices, Service, shared_out
from tools.usage.series import (
    DAY,
    YEAR,
    Days,
    Span,
    Weather,
    in_hundredths,
    matched,
    peak_of,
    recent_days,
    units,
    weather_in,
)
from tools.usage.split import COOLING, HEATING, Model, always_on, fit, hot_water, split

_HOURS_KEPT = timedelta(days=59)
_SERVICES: tuple[Service, ...] = ("electric", "gas")


@dataclass(frozen=True, slots=True)
class Parts:
    """One service's use and what it costs, by part; both add up to their totals.

    `hundredths`: of the meter's unit. Fixed charges are no part of the cost. `a_year`: what a
    part costs in a year like the last, where there are readings of less.
    """

    service: Service
    span: Span
    hundredths: dict[str, int]
    dollars: dict[str, Decimal]
    a_year: dict[str, Decimal]

    @property
    def total(self) -> Decimal:
        return units(sum(self.hundredths.values()))

    @property
    def cost(self) -> Decimal:
        return sum(self.dollars.values(), Decimal("0.00"))

    @property
    def largest(self) -> list[str]:
        """Parts that there are, the largest first."""
        there = [name for name, much in self.hundredths.items() if much]
        return sorted(there, key=lambda name: -self.hundredths[name])


@dataclass(frozen=True, slots=True)
class Breakdown:
    """`electric`, `weather`: the days behind it; the weather of a whole year."""

    parts: list[Parts]
    electric: Days
    weather: Weather


async def break_down(call: Call, place: Place, prices: Prices) -> Breakdown | None:
    """Of each service there are readings of; None without electric ones."""
    electric = await recent_days(call, place, "electric", YEAR)
    if not electric.hundredths:
        return None
    weather = await weather_in(call, Span(electric.end - YEAR + DAY, electric.end))
    gas = (await recent_days(call, place, "gas", YEAR)).within(electric.span)
    days = {"electric": electric, "gas": gas}
    costs = {
        "electric": prices.cost(await _electric_use(call, place, prices, electric)),
        "gas": prices.cost(Use(therms=gas.total)),
    }
    always = {"electric": await _always_on(call, place, electric, weather), "gas": 0}
    parts = [
        _parts(place, service, days[service], weather, always[service], costs[service])
        for service in _SERVICES
        if days[service].hundredths
    ]
    return Breakdown(parts, electric, weather)


def _parts(
    place: Place, service: Service, days: Days, weather: Weather, always: int, cost: Decimal
) -> Parts:
    model = _fit(place, service, days, weather)
    there = weather.within(days.span)
    hot = hot_water(place.home, service, gas=place.meter("gas") is not None)
    degree_days = (there.heating, there.cooling)
    whole = split(in_hundredths(days.total), len(days), model, degree_days, always, hot)
    dollars = shared_out(cost, whole)
    a_year = {n: d * _share_of_year(n, len(days), there, weather) for n, d in dollars.items()}
    return Parts(service, days.span, whole, dollars, a_year)


def _share_of_year(part: str, days: int, there: Weather, year: Weather) -> Decimal:
    """How many times a part has to be taken for a year: by its weather, or by its days."""
    if days >= YEAR.days:
        return Decimal(1)
    if part in {HEATING, COOLING}:
        whole, known = (getattr(weather, part) for weather in (year, there))
        return whole / known if known else Decimal(0)
    return Decimal(YEAR.days) / days


async def _always_on(call: Call, place: Place, days: Days, weather: Weather) -> int:
    """Hundredths of a kWh a day, of the customer's own hours."""
    meter = place.meter("electric")
    if meter is None:
        return 0
    now = local_now(call)
    first = max((now - _HOURS_KEPT).date(), place.account.opened)
    start = datetime.combine(first, time.min, now.tzinfo)
    found = await call.services.records.usage.hourly(meter.meter_id, start, now)
    if found is None:
        return 0
    recent = Span(first, days.end)
    there, used = weather.within(recent), sum(days.within(recent).hundredths)
    driven = _fit(place, "electric", days, weather).driven(there.heating, there.cooling)
    return always_on(found.hundredths, driven / used if used else 0.0)


def _fit(place: Place, service: Service, days: Days, weather: Weather) -> Model:
    cools = service == "electric" and (place.home is None or place.home.cooling)
    return fit(*matched(days, weather.days), cools=cools)


async def _electric_use(call: Call, place: Place, prices: Prices, days: Days) -> Use:
    meter = place.meter("electric")
    if meter is None or prices.electric.peak is None:
        return Use(kwh=days.total)
    return Use(kwh=days.total, peak=(await peak_of(call, meter, days.span)).total)
