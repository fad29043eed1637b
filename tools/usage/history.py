"""What the customer used: month by month, and one period against another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.identity import Rung
from contracts.language import marked, plural, t
from contracts.messages import Card
from contracts.pricing import Use, to_cent
from contracts.records import Bill
from contracts.tooling import AskAgain, Call, Cannot, Done, Effect
from tools import speech
from tools.arguments import Months
from tools.common import today
from tools.speech import figure, money
from tools.toolkit import OwnAccount, tool
from tools.usage import words
from tools.usage.chart import first_chart, middle_of
from tools.usage.periods import Periods, read_periods
from tools.usage.place import NO_READINGS, Place, Prices, Service, own_place, prices_of
from tools.usage.series import (
    DAY,
    KEPT,
    YEAR,
    Days,
    Span,
    Weather,
    days_of,
    matched,
    peak_of,
    recent_days,
    units,
    weather_in,
)
from tools.usage.split import fit

_SERVICES: tuple[Service, ...] = ("electric", "gas")
_TREND = words.Change(
    same=marked("Your latest bill is about the same a day as the one a year ago."),
    more=marked("Your latest bill is {percent} percent more a day than the one a year ago."),
    less=marked("Your latest bill is {percent} percent less a day than the one a year ago."),
)
_COMPARED = words.Change(
    same=marked("In {now} you used {used}, about the same as in {then}."),
    more=marked("In {now} you used {used}, {percent} percent more than in {then}."),
    less=marked("In {now} you used {used}, {percent} percent less than in {then}."),
)
_GAS = words.Change(
    same=marked("Your gas was about the same."),
    more=marked("Your gas was {percent} percent more."),
    less=marked("Your gas was {percent} percent less."),
)
_SHOWN = words.Change(
    same=marked("{now}, before {then}: about the same"),
    more=marked("{now}, before {then}: {percent} percent more"),
    less=marked("{now}, before {then}: {percent} percent less"),
)
_WEATHERS = {
    "electric": marked("Weather's part, electricity"),
    "gas": marked("Weather's part, gas"),
}


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step=marked("Looking up what you used"),
)
async def get_usage_history(
    call: Call, account_number: OwnAccount = None, months: Months = 12
) -> Done | Cannot:
    """Show how much electricity and gas the customer used, month by month as billed, with the
    average temperature. For a total, a trend, or the month with the highest use.

    Args:
        months: How many months back, 1 to 36.
    """
    place = await own_place(call)
    if isinstance(place, Cannot):
        return place
    number = place.account.account_number
    kept = await call.services.records.billing.bills(number, months + 12)
    bills = kept[:months]
    running = await _running(call, place, bills)
    if not bills and running is None:
        return NO_READINGS
    first = bills[-1].period_start if bills else today(call)
    weather = await weather_in(call, Span(first, today(call)))
    data: dict[str, Any] = {
        "months": [_month_data(bill, weather) for bill in reversed(bills)],
        "since_last_bill": running,
        "total_kwh": str(sum((b.kwh for b in bills), Decimal(0))),
        "total_therms": str(sum((b.therms for b in bills), Decimal(0))),
    }
    chart = await first_chart(call, place, bills, kept, weather)
    shown = {**data, "chart": chart.model_dump(mode="json", exclude_none=True)}
    shown["meters"] = [meter.kind for meter in place.premise.meters]
    card = Card(card="usage", title=t("Your energy use"), rows=_history_rows(data), data=shown)
    return Done(data, _history_said(kept, months, running), (card,))


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step=marked("Comparing your use"),
)
async def get_usage_comparison(call: Call, comparison_period: str = "") -> Done | AskAgain | Cannot:
    """Compare the customer's own use now with an earlier period of the same length: in energy, in
    percent and in dollars, and how much of the change is the weather's.

    Args:
        comparison_period: What to compare with: "last month", "last year", "last winter",
            "same week last year", "October". Leave out for last month.
    """
    place = await own_place(call)
    if isinstance(place, Cannot):
        return place
    series = {service: await recent_days(call, place, service) for service in _SERVICES}
    if not series["electric"].hundredths:
        return NO_READINGS
    periods = read_periods(comparison_period, series["electric"].end)
    if periods is None:
        say = t(
            "I keep two years of readings. I can compare with last month, last year, last winter, "
            "or the same week last year. Which one?"
        )
        return AskAgain(("comparison_period",), say)
    if not series["electric"].covers(periods.then):
        return _too_early(call, series["electric"])
    prices = await prices_of(call, place.account)
    if isinstance(prices, Cannot):
        return prices
    earliest = min(periods.then.start, series["electric"].end - YEAR)
    weather = await weather_in(call, Span(earliest, periods.now.end))
    changes = {
        service: _change(place, service, days, periods, weather)
        for service, days in series.items()
        if days.covers(periods.then) and days.covers(periods.now)
    }
    dollars = await _dollars(call, place, periods, prices, changes)
    return _compared(periods, changes, weather, dollars)


@dataclass(frozen=True, slots=True)
class Change:
    """Of one service. `weather` and `own` add up to the change."""

    service: Service
    now: Decimal
    then: Decimal
    weather: Decimal
    own: Decimal

    @property
    def percent(self) -> int | None:
        return words.percent(self.now - self.then, self.then)


async def _running(call: Call, place: Place, bills: list[Bill]) -> dict[str, Any] | None:
    """What was used since the last bill."""
    start = bills[0].period_end + DAY if bills else place.account.opened
    span = Span(max(start, today(call) - KEPT), today(call) - DAY)
    electric = await days_of(call, place, "electric", span)
    gas = await days_of(call, place, "gas", span)
    if not electric.hundredths and not gas.hundredths:
        return None
    return {
        "from": span.start.isoformat(),
        "to": max(electric.end, gas.end).isoformat(),
        "days": max(len(electric), len(gas)),
        "kwh": str(electric.total),
        "therms": str(gas.total),
    }


def _month_data(bill: Bill, weather: Weather) -> dict[str, Any]:
    span = Span(bill.period_start, bill.period_end)
    return {
        "month": f"{middle_of(bill.period_start, bill.period_end):%Y-%m}",
        "from": bill.period_start.isoformat(),
        "to": bill.period_end.isoformat(),
        "days": bill.days,
        "kwh": str(bill.kwh),
        "therms": str(bill.therms),
        **words.weather_data(weather.within(span)),
    }


def _history_rows(data: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    rows = []
    for month in reversed(data["months"]):
        used = _both(Decimal(month["kwh"]), Decimal(month["therms"]))
        if month["average_f"]:
            used = t("{used}, {degrees}°F on average", used=used, degrees=month["average_f"])
        start, end = date.fromisoformat(month["from"]), date.fromisoformat(month["to"])
        label = t(
            "{month}, {start} to {end}",
            month=words.capital(speech.month_and_year(middle_of(start, end))),
            start=speech.short_day(start),
            end=speech.short_day(end),
        )
        rows.append((label, used))
    if running := data["since_last_bill"]:
        used = _both(Decimal(running["kwh"]), Decimal(running["therms"]))
        label = plural(
            "Since your last bill, {count} day",
            "Since your last bill, {count} days",
            running["days"],
        )
        rows.insert(0, (label, used))
    return tuple(rows)


def _both(kwh: Decimal, therms: Decimal) -> str:
    return words.shown(kwh, "electric") + (f", {words.shown(therms, 'gas')}" if therms else "")


def _history_said(kept: list[Bill], months: int, running: dict[str, Any] | None) -> str:
    bills = kept[:months]
    if not bills:
        used = words.said(Decimal((running or {})["kwh"]), "electric")
        return t("You have no bill yet. So far you've used {used}.", used=used)
    told = [
        plural(
            "You used {used} on your last bill.",
            "You used {used} on your last {count} bills.",
            len(bills),
            used=_total_said(bills),
        )
    ]
    if len(bills) > 1:
        highest = max(bills, key=lambda bill: bill.kwh)
        month = middle_of(highest.period_start, highest.period_end)
        told.append(
            t(
                "The highest month was {month}, with {used}.",
                month=speech.month_and_year(month),
                used=words.said(highest.kwh, "electric"),
            )
        )
    return f"{' '.join(told)} {_trend(kept)}".strip()


def _total_said(bills: list[Bill]) -> str:
    electricity = words.said(sum((b.kwh for b in bills), Decimal(0)), "electric")
    therms = sum((b.therms for b in bills), Decimal(0))
    if not therms:
        return electricity
    gas = words.said(therms, "gas")
    return t("{electricity} and {gas} of gas", electricity=electricity, gas=gas)


def _trend(bills: list[Bill]) -> str:
    """The latest bill against the one of a year before: use a day, as bills differ in length."""
    if len(bills) < 13:
        return ""
    latest, before = bills[0], bills[12]
    now, then = latest.kwh / latest.days, before.kwh / before.days
    return _TREND.said(words.percent(now - then, then))


def _too_early(call: Call, days: Days) -> Cannot:
    since = speech.day(days.start, today(call))
    return Cannot(
        "no_history",
        t("I have your readings from {day} on, which is too short for that.", day=since),
        t("I can compare the last days with those before, if you like."),
    )


def _change(
    place: Place, service: Service, days: Days, periods: Periods, weather: Weather
) -> Change:
    """The weather's part follows from how this home has answered to it over a year."""
    year = Span(days.end - YEAR + DAY, days.end)
    cools = service == "electric" and (place.home is None or place.home.cooling)
    model = fit(*matched(days.within(year), weather.days), cools=cools)
    now, then = weather.within(periods.now), weather.within(periods.then)
    driven = 0
    if len(now.days) == len(then.days) == periods.now.days:
        driven = model.driven(now.heating - then.heating, now.cooling - then.cooling)
    used, before = days.within(periods.now).total, days.within(periods.then).total
    return Change(service, used, before, units(driven), used - before - units(driven))


async def _dollars(
    call: Call, place: Place, periods: Periods, prices: Prices, changes: dict[Service, Change]
) -> Decimal:
    """What the change costs at today's prices, taxes and riders included."""
    now = await _use(call, place, periods.now, prices, {s: c.now for s, c in changes.items()})
    then = await _use(call, place, periods.then, prices, {s: c.then for s, c in changes.items()})
    return to_cent(prices.cost(now) - prices.cost(then))


async def _use(
    call: Call, place: Place, span: Span, prices: Prices, used: dict[Service, Decimal]
) -> Use:
    meter, zero = place.meter("electric"), Decimal(0)
    peak = zero
    if prices.electric.peak and meter:
        peak = (await peak_of(call, meter, span)).total
    return Use(used.get("electric", zero), peak, used.get("gas", zero))


def _compared(
    periods: Periods, changes: dict[Service, Change], weather: Weather, dollars: Decimal
) -> Done:
    now, then = weather.within(periods.now), weather.within(periods.then)
    data = {
        "now": _span_data(periods.now, now),
        "then": _span_data(periods.then, then),
        "services": {service: _change_data(c) for service, c in changes.items()},
        "dollars": figure(dollars),
        "note": "Dollars are at today's prices. The weather's part is an estimate from degree days "
        "and this home's own readings.",
    }
    rows = [
        *((words.capital(t(words.SERVICE[s])), _change_shown(c)) for s, c in changes.items()),
        (t("Cost of the difference"), _cost_shown(dollars)),
        (t("Compared"), t("{now} with {then}", now=periods.names[0], then=periods.names[1])),
        (
            t("Average temperature"),
            t("{now}°F, before {then}°F", now=now.mean_f, then=then.mean_f),
        ),
        *((t(_WEATHERS[s]), t("about {amount}", amount=_signed(c))) for s, c in changes.items()),
    ]
    card = Card(card="usage_compared", title=t("Your use compared"), rows=tuple(rows), data=data)
    return Done(data, _compared_said(periods, changes, dollars), (card,))


def _compared_said(periods: Periods, changes: dict[Service, Change], dollars: Decimal) -> str:
    electric = changes["electric"]
    now, then = periods.names
    used = words.said(electric.now, "electric")
    told = [_COMPARED.said(electric.percent, now=now, used=used, then=then)]
    if gas := changes.get("gas"):
        told.append(_GAS.said(gas.percent))
    if dollars > 0:
        told.append(t("Altogether that's {amount} more at today's prices.", amount=money(dollars)))
    elif dollars < 0:
        told.append(t("Altogether that's {amount} less at today's prices.", amount=money(-dollars)))
    if _mostly_weather(electric):
        told.append(t("By my estimate, the weather made most of the difference."))
    return " ".join(told)


def _mostly_weather(change: Change) -> bool:
    moved = change.now - change.then
    return (
        bool(change.percent) and change.weather * moved > 0 and abs(change.weather) * 2 > abs(moved)
    )


def _span_data(span: Span, weather: Weather) -> dict[str, Any]:
    return {
        "from": span.start.isoformat(),
        "to": span.end.isoformat(),
        "days": span.days,
        **words.weather_data(weather),
    }


def _change_data(change: Change) -> dict[str, Any]:
    return {
        "now": str(change.now),
        "then": str(change.then),
        "change": str(change.now - change.then),
        "percent": change.percent,
        "by_weather": str(change.weather),
        "by_own_use": str(change.own),
    }


def _change_shown(change: Change) -> str:
    now, then = words.shown(change.now, change.service), words.shown(change.then, change.service)
    return _SHOWN.said(change.percent, now=now, then=then)


def _signed(change: Change) -> str:
    """The weather's part."""
    shown = words.shown(change.weather, change.service)
    return f"+{shown}" if change.weather > 0 else shown


def _cost_shown(dollars: Decimal) -> str:
    if dollars > 0:
        return t("{amount} more", amount=money(dollars))
    return t("{amount} less", amount=money(-dollars))


TOOLS = (get_usage_history, get_usage_comparison)
