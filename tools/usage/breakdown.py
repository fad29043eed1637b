"""What the customer's use is made of, in energy and in dollars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from contracts.identity import Rung
from contracts.messages import Card
from contracts.pricing import Use
from contracts.tooling import Call, Cannot, Done, Effect
from tools import speech
from tools.common import local_now, today
from tools.speech import figure, money
from tools.toolkit import OwnAccount, tool
from tools.usage import words
from tools.usage.place import NO_READINGS, Place, Prices, Service, own_place, prices_of, shared_out
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
from tools.usage.split import OTHER, always_on, fit, hot_water, split

_HOURS_KEPT = timedelta(days=60)
_MONTH = timedelta(days=30)
_HOW = (
    "an estimate: heating and cooling from how the daily readings follow the weather, "
    "always on from the quietest hours, hot water from what is typical for the household"
)


@dataclass(frozen=True, slots=True)
class Parts:
    """One service's use and what it costs, by part; both add up to their totals.

    `hundredths`: of the meter's unit. Fixed charges are no part of the cost.
    """

    service: Service
    span: Span
    hundredths: dict[str, int]
    dollars: dict[str, Decimal]

    @property
    def total(self) -> Decimal:
        return units(sum(self.hundredths.values()))

    @property
    def cost(self) -> Decimal:
        return sum(self.dollars.values(), Decimal("0.00"))

    @property
    def largest(self) -> list[str]:
        """Parts that there are, the largest first; what is left over comes last."""
        there = [name for name, much in self.hundredths.items() if much]
        return sorted(there, key=lambda name: (name == OTHER, -self.hundredths[name]))


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step="Working out what your energy goes to",
)
async def get_usage_breakdown(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """Estimate what the customer's energy goes to over the last 12 months: heating, cooling,
    always on, hot water and the rest. Also says on which day the most was used."""
    place = await own_place(call)
    if isinstance(place, Cannot):
        return place
    prices = await prices_of(call, place.account)
    if isinstance(prices, Cannot):
        return prices
    electric = await recent_days(call, place, "electric", YEAR)
    if not electric.hundredths:
        return NO_READINGS
    weather = await weather_in(call, electric.span)
    parts = await parts_of(call, place, prices, electric, weather)
    highest = _highest(electric, weather)
    data = {
        "from": electric.start.isoformat(),
        "to": electric.end.isoformat(),
        "services": {p.service: _parts_data(p) for p in parts},
        "highest_days": highest,
        "how": _HOW,
    }
    card = Card(card="breakdown", title="What your energy goes to", rows=_rows(parts), data=data)
    say = f"{_said(parts)} {_highest_said(call, electric)} The parts are my estimate from your "
    say += "readings and the weather."
    return Done(data, say, (card,))


async def own_parts(call: Call, place: Place, prices: Prices) -> list[Parts]:
    """The parts of the last 12 months' use, of each service there are readings of."""
    electric = await recent_days(call, place, "electric", YEAR)
    if not electric.hundredths:
        return []
    return await parts_of(call, place, prices, electric, await weather_in(call, electric.span))


async def parts_of(
    call: Call, place: Place, prices: Prices, electric: Days, weather: Weather
) -> list[Parts]:
    cools = place.home is None or place.home.cooling
    always = await _always_on(call, place)
    wholes = {"electric": split_days(place, "electric", electric, weather, cools, always)}
    gas = (await recent_days(call, place, "gas", YEAR)).within(electric.span)
    if gas.hundredths:
        wholes["gas"] = split_days(place, "gas", gas, weather, False, 0)
    spans = {"electric": electric.span, "gas": gas.span}
    costs = {
        "electric": prices.cost(await _electric_use(call, place, prices, electric)),
        "gas": prices.cost(Use(therms=gas.total)),
    }
    services: tuple[Service, ...] = ("electric", "gas")
    return [
        Parts(s, spans[s], wholes[s], shared_out(costs[s], wholes[s]))
        for s in services
        if s in wholes
    ]


def split_days(
    place: Place, service: Service, days: Days, weather: Weather, cools: bool, always: int
) -> dict[str, int]:
    """Some days' use in its parts, in hundredths."""
    model = fit(*matched(days, weather.days), cools=cools)
    there = weather.within(days.span)
    hot = hot_water(place.home, service, gas=place.meter("gas") is not None)
    degree_days = (there.heating, there.cooling)
    return split(in_hundredths(days.total), len(days), model, degree_days, always, hot)


async def _always_on(call: Call, place: Place) -> int:
    """Hundredths of a kWh a day, of the customer's own hours."""
    meter = place.meter("electric")
    if meter is None:
        return 0
    now = local_now(call)
    opened = datetime.combine(place.account.opened, time.min, now.tzinfo)
    found = await call.services.records.usage.hourly(
        meter.meter_id, max(now - _HOURS_KEPT, opened), now
    )
    return always_on(found.hundredths) if found else 0


async def _electric_use(call: Call, place: Place, prices: Prices, days: Days) -> Use:
    meter = place.meter("electric")
    if meter is None or prices.electric.peak is None:
        return Use(kwh=days.total)
    return Use(kwh=days.total, peak=(await peak_of(call, meter, days.span)).total)


def _highest(days: Days, weather: Weather) -> list[dict[str, Any]]:
    """The day of the highest use of the last 30 days, and of all of them."""
    recent = days.within(Span(days.end - _MONTH + DAY, days.end))
    found = []
    for among, name in ((recent, "last 30 days"), (days, "last 12 months")):
        highest = among.highest()
        if highest is not None:
            day, kwh = highest
            mean = weather.within(Span(day, day)).mean_f
            found.append(
                {
                    "of": name,
                    "day": day.isoformat(),
                    "kwh": str(kwh),
                    "average_f": None if mean is None else str(mean),
                }
            )
    return found


def _highest_said(call: Call, days: Days) -> str:
    highest = days.within(Span(days.end - _MONTH + DAY, days.end)).highest()
    if highest is None:
        return ""
    when, kwh = highest
    used = words.said(kwh, "electric")
    return f"In the last 30 days, you used the most on {speech.day(when, today(call))}: {used}."


def _parts_data(parts: Parts) -> dict[str, Any]:
    unit = "kwh" if parts.service == "electric" else "therms"
    return {
        "days": parts.span.days,
        "total": str(parts.total),
        "cost": figure(parts.cost),
        "parts": {
            name: {
                unit: str(units(parts.hundredths[name])),
                "percent": words.percent(units(parts.hundredths[name]), parts.total),
                "cost": figure(parts.dollars[name]),
            }
            for name in parts.hundredths
        },
    }


def _rows(parts: list[Parts]) -> tuple[tuple[str, str], ...]:
    rows = []
    for service in parts:
        label = words.SERVICE[service.service].capitalize()
        for name in service.largest:
            used = words.shown(units(service.hundredths[name]), service.service)
            share = words.percent(units(service.hundredths[name]), service.total)
            cost = money(service.dollars[name])
            rows.append((f"{label}: {name}", f"{used}, {share}%, about {cost}"))
        total = words.shown(service.total, service.service)
        rows.append((f"{label} in all", f"{total}, {money(service.cost)} without fixed charges"))
    return tuple(rows)


def _said(parts: list[Parts]) -> str:
    sentences = []
    for service in parts:
        named = [
            f"{words.percent(units(service.hundredths[name]), service.total)} percent {name}"
            for name in service.largest[:3]
        ]
        if named:
            energy = words.SERVICE[service.service]
            sentences.append(f"About {speech.listed(named)} is what your {energy} goes to.")
    return " ".join(sentences)


TOOLS = (get_usage_breakdown,)
