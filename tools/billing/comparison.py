"""The high-bill question: one bill against another, with the change split by its causes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from contracts.messages import Card
from contracts.pricing import Use
from contracts.records import Account, Bill, Premise, Tariff, WeatherDay
from contracts.tooling import Call, Cannot, Done
from tools import speech
from tools.billing.split import (
    FEWEST_DAYS,
    DegreeDays,
    Period,
    Response,
    Responses,
    Split,
    fit,
    split,
)
from tools.common import local
from tools.speech import figure, money

_FITTED = timedelta(days=210)  # of daily use: of summer or winter at least one is in it
_SMALL = Decimal("0.50")  # dollars; less is not worth saying


@dataclass(frozen=True, slots=True)
class Compared:
    before: Bill
    after: Bill
    parts: Split
    weather: tuple[DegreeDays, DegreeDays]


async def compare(call: Call, account: Account, before: Bill, after: Bill) -> Done | Cannot:
    """Why the later bill differs from the earlier one, in words and figures."""
    premise = await call.services.records.accounts.premise(account.premise_id)
    weather, responses = await _responses(call, premise, before, after)
    degrees = degree_days(weather, before), degree_days(weather, after)
    plans = await asyncio.gather(*(_tariffs(call, account, bill) for bill in (before, after)))
    old, new = (
        _period(bill, days, tariffs)
        for bill, days, tariffs in zip((before, after), degrees, plans, strict=True)
    )
    return _done(Compared(before, after, split(old, new, responses), degrees))


def degree_days(weather: Sequence[WeatherDay], bill: Bill) -> DegreeDays:
    days = [d for d in weather if bill.period_start <= d.day <= bill.period_end]
    return DegreeDays(
        sum((d.heating for d in days), Decimal(0)), sum((d.cooling for d in days), Decimal(0))
    )


async def _responses(
    call: Call, premise: Premise | None, before: Bill, after: Bill
) -> tuple[list[WeatherDay], Responses]:
    """The weather of both periods, and how the meters of a place follow it."""
    meters = {meter.kind: meter.meter_id for meter in premise.meters} if premise else {}
    weather, electric, gas = await asyncio.gather(
        _weather(call, before, after),
        _daily(call, meters.get("electric"), after),
        _daily(call, meters.get("gas"), after),
    )
    return weather, Responses(*(_response(use, weather, after) for use in (electric, gas)))


async def _weather(call: Call, before: Bill, after: Bill) -> list[WeatherDay]:
    """Of the days that are fitted and, if it is further back, of the earlier period."""
    usage, first = call.services.records.usage, after.period_end - _FITTED
    if before.period_end >= first:
        return await usage.weather(min(first, before.period_start), after.period_end)
    earlier, later = await asyncio.gather(
        usage.weather(before.period_start, before.period_end),
        usage.weather(first, after.period_end),
    )
    return [*earlier, *later]


async def _daily(call: Call, meter_id: str | None, after: Bill) -> dict[date, Decimal]:
    """What was used by the day."""
    if meter_id is None:
        return {}
    last = after.period_end
    kept = await call.services.records.usage.daily(meter_id, last - _FITTED, last)
    if kept is None:
        return {}
    first = local(call, kept.start).date()
    return {
        first + timedelta(days=n): Decimal(amount) / 100 for n, amount in enumerate(kept.hundredths)
    }


def _response(use: dict[date, Decimal], weather: Sequence[WeatherDay], after: Bill) -> Response:
    """From the days before the later bill: what is new in it must not count as usual."""
    usual = {day: used for day, used in use.items() if day < after.period_start}
    return fit(usual if len(usual) >= FEWEST_DAYS else use, weather)


async def _tariffs(call: Call, account: Account, bill: Bill) -> tuple[Tariff, ...]:
    """What the bill was priced by: the versions that held when its period ended."""
    tariffs, on = call.services.records.tariffs, bill.period_end
    found = await asyncio.gather(
        _named(call, bill.tariff or account.rate_plan, on),
        _named(call, account.gas_plan, on),
        tariffs.riders(on),
    )
    return tuple(tariff for tariff in found if tariff is not None)


async def _named(call: Call, name: str, on: date) -> Tariff | None:
    return await call.services.records.tariffs.get(name, on) if name else None


def _period(bill: Bill, degrees: DegreeDays, tariffs: tuple[Tariff, ...]) -> Period:
    peak_codes = {r.code for t in tariffs for r in t.rates if r.period == "peak"}
    peak = sum(
        (li.quantity or Decimal(0) for li in bill.lines if li.code in peak_codes), Decimal(0)
    )
    use = Use(bill.kwh, peak, bill.therms)
    return Period(bill.days, use, degrees, tariffs, bill.total)


def _done(found: Compared) -> Done:
    before, after, parts = found.before, found.after, found.parts
    causes = _causes(found)
    data = {
        "before": _bill_data(before),
        "after": _bill_data(after),
        "change": figure(parts.change),
        "parts": [
            {"cause": name, "label": label, "amount": figure(amount)}
            for name, label, amount in causes
        ],
    }
    rows = (
        (_name(before), money(before.total)),
        *((label, _signed(amount)) for _, label, amount in causes),
        (_name(after), money(after.total)),
    )
    title = f"What changed from {_name(before)} to {_name(after)}"
    return Done(data, _said(found), (Card(card="comparison", title=title, rows=rows, data=data),))


def _causes(found: Compared) -> list[tuple[str, str, Decimal]]:
    """Name, label and dollars of each cause; "other" only where there is some."""
    parts, longer = found.parts, f"{found.after.days} days after {found.before.days}"
    word = weather_word(found)
    causes = [
        ("days", f"Days: {longer}", parts.days),
        ("weather", f"Weather, {word}" if word else "Weather", parts.weather),
        ("price", "Prices", parts.price),
        ("own_use", "Your own use", parts.own_use),
    ]
    return [*causes, ("other", "One-time items", parts.other)] if parts.other else causes


def _said(found: Compared) -> str:
    parts, name = found.parts, f"{found.after.period_end:%B}"
    earlier = f"the one for {_name(found.before)}"
    if found.before.period_end.year == found.after.period_end.year:
        earlier = f"the one for {found.before.period_end:%B}"
    total = f"Your {name} bill is {money(found.after.total)}"
    if not parts.change:
        return f"{total}, the same as {earlier}."
    way = "more" if parts.change > 0 else "less"
    start = f"{total}, {money(abs(parts.change))} {way} than {earlier}."
    told = sorted(
        (c for c in _causes(found) if abs(c[2]) >= _SMALL), key=lambda c: abs(c[2]), reverse=True
    )
    added = [f"{_spoken(c[0], found)} added {money(c[2])}" for c in told if c[2] > 0]
    taken = [f"{_spoken(c[0], found)} took off {money(-c[2])}" for c in told if c[2] < 0]
    ordered = added + taken if parts.change > 0 else taken + added
    if not ordered:
        return start
    because = speech.listed(ordered)
    return f"{start} {because[0].upper()}{because[1:]}."


def _spoken(cause: str, found: Compared) -> str:
    if cause == "days":
        more = found.after.days - found.before.days
        count = "one" if abs(more) == 1 else str(abs(more))
        return f"{count} {'more' if more > 0 else 'fewer'} day{'' if abs(more) == 1 else 's'}"
    return {
        "weather": " ".join(("the", *weather_word(found).split(), "weather")),
        "price": "prices",
        "own_use": "your own use",
        "other": "one-time items",
    }[cause]


def weather_word(found: Compared) -> str:
    """ "colder": what of the weather changed most by the day, of what can explain its part: heat
    and cold cost more, a mild month less. Empty if nothing does."""
    (old, new), spans = found.weather, (found.before.days, found.after.days)
    costlier = found.parts.weather > 0
    changes = {
        "colder" if costlier else "milder": new.heating / spans[1] - old.heating / spans[0],
        "hotter" if costlier else "cooler": new.cooling / spans[1] - old.cooling / spans[0],
    }
    fitting = {word: abs(by) for word, by in changes.items() if by and (by > 0) is costlier}
    return max(fitting, key=lambda word: fitting[word]) if fitting else ""


def _name(bill: Bill) -> str:
    return f"{bill.period_end:%B %Y}"


def _signed(amount: Decimal) -> str:
    return f"+{money(amount)}" if amount > 0 else money(amount)


def _bill_data(bill: Bill) -> dict[str, Any]:
    return {
        "period_end": bill.period_end.isoformat(),
        "days": bill.days,
        "total": figure(bill.total),
        "kwh": str(bill.kwh),
        "therms": str(bill.therms),
    }
