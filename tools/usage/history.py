"""What the customer used: month by month, and one period against another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.identity import Rung
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
_PERIODS_SAID = "last month, last year, last winter, or the same week last year"


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step="Looking up what you used",
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
    card = Card(card="usage", title="Your energy use", rows=_history_rows(data), data=data)
    return Done(data, _history_said(kept, months, running), (card,))


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step="Comparing your use",
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
        say = f"I keep two years of readings. I can compare with {_PERIODS_SAID}. Which one?"
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
        "month": f"{_middle(bill.period_start, bill.period_end):%Y-%m}",
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
        degrees = f", {month['average_f']}°F on average" if month["average_f"] else ""
        start, end = date.fromisoformat(month["from"]), date.fromisoformat(month["to"])
        days = f"{start:%b} {start.day} to {end:%b} {end.day}"
        rows.append((f"{_middle(start, end):%B %Y}, {days}", used + degrees))
    if running := data["since_last_bill"]:
        used = _both(Decimal(running["kwh"]), Decimal(running["therms"]))
        rows.insert(0, (f"Since your last bill, {running['days']} days", used))
    return tuple(rows)


def _middle(start: date, end: date) -> date:
    """A billing period is called by the month in which most of it lies."""
    return start + (end - start) / 2


def _both(kwh: Decimal, therms: Decimal) -> str:
    return words.shown(kwh, "electric") + (f", {words.shown(therms, 'gas')}" if therms else "")


def _history_said(kept: list[Bill], months: int, running: dict[str, Any] | None) -> str:
    bills = kept[:months]
    if not bills:
        used = words.said(Decimal((running or {})["kwh"]), "electric")
        return f"You have no bill yet. So far you've used {used}."
    total = words.said(sum((b.kwh for b in bills), Decimal(0)), "electric")
    therms = sum((b.therms for b in bills), Decimal(0))
    total += f" and {words.said(therms, 'gas')} of gas" if therms else ""
    span = "on your last bill" if len(bills) == 1 else f"on your last {len(bills)} bills"
    highest = max(bills, key=lambda bill: bill.kwh)
    say = f"You used {total} {span}."
    if len(bills) > 1:
        most = words.said(highest.kwh, "electric")
        month = _middle(highest.period_start, highest.period_end)
        say += f" The highest month was {month:%B %Y}, with {most}."
    return f"{say} {_trend(kept)}".strip()


def _trend(bills: list[Bill]) -> str:
    """The latest bill against the one of a year before: use a day, as bills differ in length."""
    if len(bills) < 13:
        return ""
    latest, before = bills[0], bills[12]
    now, then = latest.kwh / latest.days, before.kwh / before.days
    share = words.percent(now - then, then)
    like = "as" if not share else "than"
    return f"Your latest bill is {words.change(share)} a day {like} the one a year ago."


def _too_early(call: Call, days: Days) -> Cannot:
    since = speech.day(days.start, today(call))
    return Cannot(
        "no_history",
        f"I have your readings from {since} on, which is too short for that.",
        "I can compare the last days with those before, if you like.",
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
        "now": _span_data(periods.now, periods.names[0], now),
        "then": _span_data(periods.then, periods.names[1], then),
        "services": {service: _change_data(c) for service, c in changes.items()},
        "dollars": figure(dollars),
        "note": "Dollars are at today's prices. The weather's part is an estimate from degree days "
        "and this home's own readings.",
    }
    rows = [(words.SERVICE[s].capitalize(), _change_shown(c)) for s, c in changes.items()]
    rows += [
        ("Cost of the difference", f"{money(abs(dollars))} {_direction(dollars)}"),
        ("Compared", f"{periods.names[0]} with {periods.names[1]}"),
        ("Average temperature", f"{now.mean_f}°F, before {then.mean_f}°F"),
    ]
    rows += [
        (f"Weather's part, {words.SERVICE[s]}", f"about {_signed(c.weather, s)}")
        for s, c in changes.items()
    ]
    card = Card(card="comparison", title="Your use compared", rows=tuple(rows), data=data)
    return Done(data, _compared_said(periods, changes, dollars), (card,))


def _compared_said(periods: Periods, changes: dict[Service, Change], dollars: Decimal) -> str:
    electric = changes["electric"]
    used = words.said(electric.now, "electric")
    say = f"In {periods.names[0]} you used {used}, {words.change(electric.percent)}"
    say += f" {'as' if not electric.percent else 'than'} in {periods.names[1]}."
    if gas := changes.get("gas"):
        say += f" Your gas was {words.change(gas.percent)}."
    if dollars:
        say += f" Altogether that's {money(abs(dollars))} {_direction(dollars)} at today's prices."
    if _mostly_weather(electric):
        say += " By my estimate, the weather made most of the difference."
    return say


def _mostly_weather(change: Change) -> bool:
    moved = change.now - change.then
    return (
        bool(change.percent) and change.weather * moved > 0 and abs(change.weather) * 2 > abs(moved)
    )


def _span_data(span: Span, name: str, weather: Weather) -> dict[str, Any]:
    return {
        "name": name,
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
    return f"{now}, before {then}: {words.change(change.percent)}"


def _signed(amount: Decimal, service: Service) -> str:
    return ("+" if amount > 0 else "") + words.shown(amount, service)


def _direction(dollars: Decimal) -> str:
    return "more" if dollars > 0 else "less"


TOOLS = (get_usage_history, get_usage_comparison)
