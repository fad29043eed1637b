"""What the customer's use is made of, in energy and in dollars."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card
from contracts.tooling import Call, Cannot, Done, Effect
from tools import speech
from tools.common import today
from tools.speech import figure, money
from tools.toolkit import OwnAccount, tool
from tools.usage import words
from tools.usage.parts import Parts, break_down
from tools.usage.place import NO_READINGS, own_place, prices_of
from tools.usage.series import DAY, Days, Span, Weather, units
from tools.usage.split import ALWAYS_ON, COOLING, HEATING, HOT_WATER, OTHER

_GOES = {
    "electric": marked("Your electricity goes about {shares}."),
    "gas": marked("Your gas goes about {shares}."),
}
_SHARES = {
    HEATING: marked("{percent} percent to heating"),
    COOLING: marked("{percent} percent to cooling"),
    ALWAYS_ON: marked("{percent} percent to what's always on"),
    HOT_WATER: marked("{percent} percent to hot water"),
    OTHER: marked("{percent} percent to everything else"),
}
_LABELS = {
    HEATING: marked("{service}: heating"),
    COOLING: marked("{service}: cooling"),
    ALWAYS_ON: marked("{service}: always on"),
    HOT_WATER: marked("{service}: hot water"),
    OTHER: marked("{service}: other"),
}
_MONTH = timedelta(days=30)
_HOW = (
    "an estimate: heating and cooling from how the daily readings follow the weather, "
    "always on from the quietest hours, hot water from what is typical for the household"
)


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step=marked("Working out what your energy goes to"),
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
    found = await break_down(call, place, prices)
    if found is None:
        return NO_READINGS
    parts, electric = found.parts, found.electric
    data = {
        "from": electric.start.isoformat(),
        "to": electric.end.isoformat(),
        "services": {p.service: _parts_data(p) for p in parts},
        "highest_days": _highest(electric, found.weather),
        "how": _HOW,
    }
    title = t("What your energy goes to")
    card = Card(card="breakdown", title=title, rows=_rows(parts), data=data)
    how = t("The parts are my estimate from your readings and the weather.")
    say = f"{_said(parts)} {_highest_said(call, electric)} {how}"
    return Done(data, say, (card,))


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
    return t(
        "In the last 30 days, you used the most on {day}: {used}.",
        day=speech.day(when, today(call)),
        used=words.said(kwh, "electric"),
    )


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
        label = words.capital(t(words.SERVICE[service.service]))
        for name in service.largest:
            used = words.shown(units(service.hundredths[name]), service.service)
            share = words.percent(units(service.hundredths[name]), service.total)
            cost = money(service.dollars[name])
            much = t("{used}, {percent}%, about {cost}", used=used, percent=share, cost=cost)
            rows.append((t(_LABELS[name], service=label), much))
        total = words.shown(service.total, service.service)
        cost = money(service.cost)
        whole = t("{used}, {cost} without fixed charges", used=total, cost=cost)
        rows.append((t("{service} in all", service=label), whole))
    return tuple(rows)


def _said(parts: list[Parts]) -> str:
    sentences = []
    for service in parts:
        known = [name for name in service.largest if name != OTHER]
        shares = [
            t(_SHARES[name], percent=share)
            for name in [*known, OTHER][:3]
            if (share := words.percent(units(service.hundredths[name]), service.total))
        ]
        if shares:
            sentences.append(t(_GOES[service.service], shares=speech.listed(shares)))
    return " ".join(sentences)


TOOLS = (get_usage_breakdown,)
