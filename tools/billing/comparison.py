"""The high-bill question: one bill against another, with the change split by its causes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from contracts.language import marked, plural, t
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
# What a cause did to the bill: (added, took off).
_EFFECTS = {
    "weather": (marked("the weather added {amount}"), marked("the weather took off {amount}")),
    "price": (marked("prices added {amount}"), marked("prices took off {amount}")),
    "own_use": (
        marked("your own use added {amount}"),
        marked("your own use took off {amount}"),
    ),
    "other": (
        marked("one-time items added {amount}"),
        marked("one-time items took off {amount}"),
    ),
}
_WEATHER_LABELS = {
    "": marked("Weather"),
    "colder": marked("Weather, colder"),
    "hotter": marked("Weather, hotter"),
    "milder": marked("Weather, milder"),
    "cooler": marked("Weather, cooler"),
}
_WEATHER_EFFECTS = {
    "colder": marked("the colder weather added {amount}"),
    "hotter": marked("the hotter weather added {amount}"),
    "milder": marked("the milder weather took off {amount}"),
    "cooler": marked("the cooler weather took off {amount}"),
}


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
        "parts": [{"cause": cause, "amount": figure(amount)} for cause, amount in causes],
        "weather": weather_word(found),
    }
    rows = (
        (_name(before), money(before.total)),
        *((_label(cause, found), _signed(amount)) for cause, amount in causes),
        (_name(after), money(after.total)),
    )
    title = t("What changed from {before} to {after}", before=_name(before), after=_name(after))
    labels = {cause: _label(cause, found) for cause, _ in causes}
    shown = {**data, "labels": labels}
    return Done(data, _said(found), (Card(card="bill_change", title=title, rows=rows, data=shown),))


def _causes(found: Compared) -> list[tuple[str, Decimal]]:
    """Name and dollars of each cause; "other" only where there is some."""
    parts = found.parts
    causes = [
        ("days", parts.days),
        ("weather", parts.weather),
        ("price", parts.price),
        ("own_use", parts.own_use),
    ]
    return [*causes, ("other", parts.other)] if parts.other else causes


def _label(cause: str, found: Compared) -> str:
    """A cause as a row's label."""
    if cause == "days":
        return t(
            "Days: {after} days after {before}", after=found.after.days, before=found.before.days
        )
    return {
        "weather": t(_WEATHER_LABELS[weather_word(found)]),
        "price": t("Prices"),
        "own_use": t("Your own use"),
        "other": t("One-time items"),
    }[cause]


def _said(found: Compared) -> str:
    start = _change_said(found)
    told = sorted(
        (c for c in _causes(found) if abs(c[1]) >= _SMALL), key=lambda c: abs(c[1]), reverse=True
    )
    added = [_effect(cause, amount, found) for cause, amount in told if amount > 0]
    taken = [_effect(cause, amount, found) for cause, amount in told if amount < 0]
    change = found.parts.change
    ordered = added + taken if change > 0 else taken + added
    if not change or not ordered:
        return start
    because = speech.listed(ordered)
    return f"{start} {because[0].upper()}{because[1:]}."


def _change_said(found: Compared) -> str:
    """The later bill, and by how much it differs."""
    before, after, change = found.before, found.after, found.parts.change
    same_year = before.period_end.year == after.period_end.year
    values = {
        "month": speech.month(after.period_end),
        "total": money(after.total),
        "earlier": speech.month(before.period_end) if same_year else _name(before),
    }
    if not change:
        return t("Your {month} bill is {total}, the same as the one for {earlier}.", **values)
    if change > 0:
        text = marked("Your {month} bill is {total}, {change} more than the one for {earlier}.")
    else:
        text = marked("Your {month} bill is {total}, {change} less than the one for {earlier}.")
    return t(text, change=money(abs(change)), **values)


def _effect(cause: str, amount: Decimal, found: Compared) -> str:
    """ "the colder weather added $12.40": within a sentence."""
    dollars = money(abs(amount))
    if cause == "days":
        return _days_effect(found.after.days - found.before.days, amount > 0, dollars)
    text = _EFFECTS[cause][0 if amount > 0 else 1]
    if cause == "weather":
        text = _WEATHER_EFFECTS.get(weather_word(found), text)
    return t(text, amount=dollars)


def _days_effect(more: int, added: bool, dollars: str) -> str:
    if more > 0 and added:
        return plural(
            "one more day added {amount}", "{count} more days added {amount}", more, amount=dollars
        )
    if more > 0:
        return plural(
            "one more day took off {amount}",
            "{count} more days took off {amount}",
            more,
            amount=dollars,
        )
    if added:
        return plural(
            "one fewer day added {amount}",
            "{count} fewer days added {amount}",
            -more,
            amount=dollars,
        )
    return plural(
        "one fewer day took off {amount}",
        "{count} fewer days took off {amount}",
        -more,
        amount=dollars,
    )


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
    return speech.month_and_year(bill.period_end)


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
