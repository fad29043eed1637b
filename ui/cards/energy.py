"""The usage desk's smaller cards: what a home's energy goes to, what it costs, and its meters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.language import marked, plural, spoken, t
from contracts.messages import Card
from tools import speech
from tools.speech import money
from tools.usage import words
from tools.usage.place import Service
from tools.usage.split import ALWAYS_ON, COOLING, HEATING, HOT_WATER, OTHER
from ui.cards.sheet import Props, action, amount_of, chip, rows_of, sheet
from ui.my.usage_view import clock

_FULL = 100
_HOURS = 24
_NOON, _SIX, _EIGHTEEN = 12, 6, 18
_PARTS = {
    HEATING: (marked("Heating"), 2),
    COOLING: (marked("Cooling"), 1),
    ALWAYS_ON: (marked("Always on"), 3),
    HOT_WATER: (marked("Hot water"), 4),
    OTHER: (marked("Everything else"), 5),
}
_FUELS: dict[Service, str] = {"electric": marked("Electricity"), "gas": marked("Gas")}
_UNITS: dict[Service, str] = {"electric": "kwh", "gas": "therms"}
_SWITCHES = {
    "time of use": (marked("Switch to {plan}"), marked("Put me on time of use")),
    "demand response": (marked("Join {plan}"), marked("Sign me up for demand response")),
}
_METERS: dict[Service, str] = {"electric": marked("Electric meter"), "gas": marked("Gas meter")}
_SHOW = {"electric": marked("kWh"), "gas": marked("therms")}


def _bar(label: str, value: str, amount: Decimal, most: Decimal, tone: int) -> Props:
    share = round(abs(amount) / most * _FULL) if most else 0
    return {"label": label, "value": value, "share": share, "tone": tone}


def _day(text: str) -> str:
    return speech.short_day(date.fromisoformat(text))


def breakdown(card: Card) -> Props:
    """Shares of each service, the largest first."""
    data = card.data
    services = data.get("services", {})
    cost = sum((amount_of(of, "cost") for of in services.values()), Decimal(0))
    return sheet(
        card,
        figure=money(cost),
        under=t("From {start} to {end}, without fixed charges", **_span_said(data)),
        stacks=[_stack(service, of) for service, of in services.items()],
        note=t("An estimate from your readings and the weather."),
        actions=[
            action(t("How can I save?"), t("How can I save energy?"), primary=True),
            action(t("Compare with neighbors"), t("How do I compare with my neighbors?")),
        ],
    )


def _span_said(data: Mapping[str, Any]) -> dict[str, str]:
    days = (date.fromisoformat(data[edge]) for edge in ("from", "to"))
    start, end = (speech.month_and_year(day) for day in days)
    return {"start": start, "end": end}


def _stack(service: Service, of: Props) -> Props:
    unit = _UNITS[service]
    parts = [(n, p) for n, p in of["parts"].items() if amount_of(p, unit) > 0]
    parts.sort(key=lambda it: (it[0] == OTHER, -amount_of(it[1], unit)))
    return {
        "label": t(_FUELS[service]),
        "value": f"{words.shown(Decimal(of['total']), service)} · {money(amount_of(of, 'cost'))}",
        "parts": [
            {
                "label": t(_PARTS[name][0]),
                "tone": _PARTS[name][1],
                "share": max(float(amount_of(part, unit)), 0.01),
                "value": f"{part['percent']}% · {money(amount_of(part, 'cost'))}",
            }
            for name, part in parts
        ],
    }


def neighbors(card: Card) -> Props:
    data = card.data
    figures = [amount_of(data, name) for name in ("your_kwh", "average_kwh", "efficient_kwh")]
    names = (t("You"), t("Average home"), t("Efficient homes"))
    most = max(figures)
    bars = [
        _bar(name, words.shown(used, "electric"), used, most, tone)
        for name, used, tone in zip(names, figures, (1, 5, 4), strict=True)
    ]
    change = data.get("percent_of_average") or 0
    return sheet(
        card,
        chip=_against(change),
        bars=bars,
        under=dict(card.rows).get(t("Compared with"), ""),
        note=t("Nobody's own use is shown to anybody else."),
        actions=[action(t("What uses the most?"), t("What uses the most energy in my home?"))],
    )


def _against(change: int) -> Props:
    """How the customer stands beside the average."""
    if change > 0:
        return chip(t("{percent}% above average", percent=change), "warn")
    if change < 0:
        return chip(t("{percent}% below average", percent=-change), "good")
    return chip(t("Average"))


def usage_compared(card: Card) -> Props:
    """Two periods side by side, and what the weather made of it."""
    data = card.data
    dollars = amount_of(data, "dollars")
    now, then = (_dates(data[name]) for name in ("now", "then"))
    stated = {t("Electricity"), t("Gas"), t("Cost of the difference"), t("Compared")}
    return sheet(
        card,
        figure=money(abs(dollars)),
        under=t("more at today's prices") if dollars > 0 else t("less at today's prices"),
        bars=[
            bar
            for service, change in data["services"].items()
            for bar in _pair(service, change, (now, then))
        ],
        rows=[row for row in rows_of(card) if row["label"] not in stated],
        actions=[action(t("Show my usage"), t("Show me my usage history"))],
    )


def _dates(span: Mapping[str, Any]) -> str:
    start, end = (date.fromisoformat(span[edge]) for edge in ("from", "to"))
    if start == end:
        return t("{day}, {year}", day=speech.short_day(start), year=start.year)
    days = t("{start} to {end}", start=speech.short_day(start), end=speech.short_day(end))
    return t("{day}, {year}", day=days, year=end.year)


def _pair(service: Service, change: Props, names: Sequence[str]) -> list[Props]:
    figures = [amount_of(change, "now"), amount_of(change, "then")]
    fuel = t(_FUELS[service])
    return [
        _bar(f"{fuel}, {name}", words.shown(used, service), used, max(figures), tone)
        for name, used, tone in zip(names, figures, (1, 5), strict=True)
    ]


def cost(card: Card) -> Props:
    """An appliance by the month and the year."""
    data = card.data
    month, year = amount_of(data, "month"), amount_of(data, "year")
    peak = amount_of(data, "month_in_peak")
    bars = []
    if peak:
        bars = [
            _bar(t("Outside peak hours"), money(month), month, peak, 1),
            _bar(t("In peak hours"), money(peak), peak, peak, 2),
        ]
    stated = {t("Costs a month"), t("Costs a year")}
    return sheet(
        card,
        figure=t("{amount} a month", amount=money(month)),
        under=t("about {amount} a year", amount=money(year)),
        bars=bars,
        rows=[row for row in rows_of(card) if row["label"] not in stated],
        note=t("An estimate for a typical one of its kind."),
    )


def solar(card: Card) -> Props:
    data = card.data
    made, used = amount_of(data, "kwh_a_year"), amount_of(data, "own_kwh_a_year")
    saved = amount_of(data, "saves_a_year")
    most = max(made, used)
    bars = [_bar(t("Panels would make"), words.shown(made, "electric"), made, most, 4)]
    if used:
        bars.append(_bar(t("You use"), words.shown(used, "electric"), used, most, 1))
    stated = {t("Makes a year"), t("You use a year"), t("Saves a year")}
    return sheet(
        card,
        figure=t("{amount} a year", amount=f"${saved:,.0f}"),
        under=t("saved on your rate plan, by our estimate"),
        barsTitle=t("In a year"),
        bars=bars,
        rows=[row for row in rows_of(card) if row["label"] not in stated],
        quote=_quote(saved) if saved > 0 else None,
    )


def _quote(saved: Decimal) -> Props:
    """What the records don't hold, the customer may: the price an installer asks."""
    return {
        "label": t("An installer's price, in dollars"),
        "hint": t("Enter a quote to see how soon it pays for itself."),
        "answer": t("It pays for itself in about {years} years, at today's prices."),
        "a_year": str(saved),
        "language": spoken(),
    }


def rates(card: Card) -> Props:
    """A rate plan: its prices, its peak hours, and what others would have cost."""
    data = card.data
    if "plan" not in data:  # the plan was just changed
        return sheet(card, chip=chip(t("Done"), "good"), rows=rows_of(card))
    plan, all_in = data["plan"], data["all_in"]
    compared = data.get("compared") or {}
    stated = {t("Also: {plan}", plan=t(it["name"])) for it in data.get("on_offer", ())}
    stated |= {t("Plan"), t("Peak hours")}
    rows = [row for row in rows_of(card) if row["label"] not in stated]
    return sheet(
        card,
        chip=chip(t(plan["name"])),
        figure="" if "kwh" not in all_in else words.cents(Decimal(all_in["kwh"])),
        under="" if "kwh" not in all_in else t("a kWh, riders and taxes included"),
        day=_clock_of(data) if data.get("peak") else None,
        barsTitle=_bars_title(compared),
        bars=_plans(compared),
        more={"label": t("All prices"), "rows": rows},
        actions=_switches(data),
    )


def _clock_of(data: Mapping[str, Any]) -> Props:
    """A weekday's 24 hours, and the two prices."""
    start, end = data["peak"]["start"], data["peak"]["end"]
    price = {name: words.cents(Decimal(data["all_in"][name])) for name in _PEAK_PRICES}
    return {
        "label": t("Monday to Friday, but for holidays"),
        "hours": [start <= hour < end for hour in range(_HOURS)],
        "ticks": [{"hour": hour, "label": clock(hour)} for hour in (0, _SIX, _NOON, start, end)],
        "rows": [
            {
                "label": t("Peak, {start} to {end}", start=clock(start), end=clock(end)),
                "value": t("{price} a kWh", price=price["kwh_peak"]),
                "tone": 2,
            },
            {
                "label": t("All other times"),
                "value": t("{price} a kWh", price=price["kwh_off_peak"]),
                "tone": 1,
            },
        ],
    }


_PEAK_PRICES = ("kwh_peak", "kwh_off_peak")


def _bars_title(compared: Mapping[str, Any]) -> str:
    if not compared:
        return ""
    return plural(
        "The electricity of your last bill on each plan",
        "The electricity of your last {count} bills on each plan",
        int(compared["bills"]),
    )


def _plans(compared: Mapping[str, Any]) -> list[Props]:
    plans = compared.get("plans", [])
    most = max((amount_of(it, "cost") for it in plans), default=Decimal(0))
    named = [(it["plan"], amount_of(it, "cost")) for it in plans]
    return [
        _bar(t(plan), money(cost), cost, most, 5 if place else 1)
        for place, (plan, cost) in enumerate(named)
    ]


def _switches(data: Mapping[str, Any]) -> list[Props]:
    """For those who may change: the tool reads the change back before anything happens."""
    if not data.get("own_plan"):
        return []
    known = [(it["name"], _SWITCHES.get(it.get("kind", ""))) for it in data.get("on_offer", ())]
    return [
        action(t(texts[0], plan=t(name)), t(texts[1])) for name, texts in known if texts is not None
    ]


def meter(card: Card) -> Props:
    """Registers as they stand, or the reading that was just recorded."""
    data = card.data
    if "reading" in data:
        of = data["meter"]
        taken = {**of, "last_reading": data["reading"], "read_on": data["on"]}
        return sheet(card, chip=chip(t("Recorded"), "good"), registers=[_register(taken)])
    following = data.get("next_read")
    said = t("Next read for a bill: about {day}", day=_day(following)) if following else ""
    return sheet(
        card,
        under=said,
        registers=[_register(it) for it in data.get("meters", ())],
        actions=[
            action(t("Give a reading"), t("I want to give you my meter reading")),
            action(t("How do I read it?"), t("How do I read my meter?")),
            action(t("Have it tested"), t("I want my meter tested")),
        ],
    )


def _register(of: Mapping[str, Any]) -> Props:
    kind: Service = of["kind"]
    value, on = of.get("last_reading"), of.get("read_on")
    number = t("No. {serial}", serial=of["serial"])
    read = t("Read {day}", day=_day(on)) if on else ""
    return {
        "label": t(_METERS[kind]),
        "chip": t("Smart meter") if of.get("smart") else t("Read by hand"),
        "digits": str(value).zfill(int(of.get("digits") or 0)) if value else "",
        "said": f"{int(value):,} {t(_SHOW[kind])}" if value else "",
        "unit": t(_SHOW[kind]),
        "under": " · ".join(filter(None, (number, read))),
    }


def how_to(card: Card) -> Props:
    actions = []
    if card.data.get("own_meter"):
        actions = [action(t("Give a reading"), t("I want to give you my meter reading"))]
    return sheet(card, steps=[step for _, step in card.rows], actions=actions)
