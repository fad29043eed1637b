"""What a unit of energy costs: the customer's own rate plan, and those on offer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from contracts.identity import Rung
from contracts.messages import Card
from contracts.records import Rate, Tariff
from contracts.tooling import Call, Cannot, Done, Effect
from tools import speech
from tools.common import today
from tools.speech import money
from tools.toolkit import OwnAccount, tool
from tools.usage import words
from tools.usage.place import Place, Prices, own_place, prices_of, standard_prices


@tool(
    effect=Effect.READ,
    rung=Rung.ANONYMOUS,
    grants=("usage",),
    step="Looking up the prices",
)
async def get_rate_schedule(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """Show the prices of electricity and gas: the customer's own rate plan once they are verified,
    else the standard plan; when the price last changed, and which other plans there are."""
    own = call.rung >= Rung.VERIFIED
    place = await own_place(call) if own else None
    if isinstance(place, Cannot):
        return place
    prices = await (prices_of(call, place.account) if place else standard_prices(call))
    if isinstance(prices, Cannot):
        return prices
    others = await _others(call, place, prices)
    data: dict[str, Any] = {
        "own_plan": own,
        "plan": _tariff_data(prices.electric),
        "gas_plan": _tariff_data(prices.gas) if prices.gas else None,
        "riders": _tariff_data(prices.riders) if prices.riders else None,
        "all_in": _all_in(prices),
        "last_changed": prices.electric.effective.isoformat(),
        "on_offer": [_tariff_data(tariff) for tariff in others],
    }
    title = "Your rate plan" if own else "Our standard rate plan"
    card = Card(card="rates", title=title, rows=_rows(call, prices, others), data=data)
    return Done(data, _said(call, prices, others, own=own), (card,))


async def on_offer(call: Call, kind: str) -> Tariff | None:
    """The electric rate plan of a kind that customers may choose today."""
    offered = await call.services.records.tariffs.on_offer(today(call))
    return next((t for t in offered if t.kind == kind and t.service == "electric"), None)


def peak_said(tariff: Tariff) -> str:
    """ "5 to 9 PM on weekdays"; empty without peak hours."""
    if tariff.peak is None:
        return ""
    start, end = tariff.peak.start, tariff.peak.end
    return f"{start % 12 or 12} to {end % 12 or 12} {'AM' if end < 12 else 'PM'} on weekdays"


async def _others(call: Call, place: Place | None, prices: Prices) -> list[Tariff]:
    """The electric plans to choose from; they are for homes."""
    if place and place.home and place.home.kind == "shop":
        return []
    offered = await call.services.records.tariffs.on_offer(today(call))
    return [t for t in offered if t.name != prices.electric.name and t.service == "electric"]


def _all_in(prices: Prices) -> dict[str, str]:
    """Dollars for one unit more, riders and taxes included."""
    found = {}
    if prices.electric.peak:
        found["kwh_peak"] = str(prices.per_kwh(peak=True))
        found["kwh_off_peak"] = str(prices.per_kwh())
    else:
        found["kwh"] = str(prices.per_kwh())
    if prices.gas:
        found["therm"] = str(prices.per_therm())
    return found


def _tariff_data(tariff: Tariff) -> dict[str, Any]:
    return {
        "code": tariff.code,
        "name": tariff.name,
        "summary": tariff.summary,
        "effective": tariff.effective.isoformat(),
        "peak_hours": peak_said(tariff) or None,
        "rates": [
            {"label": rate.label, "per": rate.per, "price": str(rate.price)}
            for rate in tariff.rates
        ],
    }


def _rows(call: Call, prices: Prices, others: list[Tariff]) -> tuple[tuple[str, str], ...]:
    rows = [("Plan", prices.electric.name)]
    for tariff in (prices.electric, prices.gas, prices.riders):
        rows += [(rate.label, _price_shown(rate)) for rate in tariff.rates] if tariff else []
    if peak := peak_said(prices.electric):
        rows.append(("Peak hours", peak))
    rows.append(("In force since", _since(call, prices.electric.effective)))
    rows += [(f"Also: {tariff.name}", tariff.summary) for tariff in others]
    return tuple(rows)


def _price_shown(rate: Rate) -> str:
    if rate.per == "share":
        return f"{(rate.price * 100).normalize():f}% of the charges"
    if rate.per == "month":
        return f"{money(rate.price)} a month"
    return f"${rate.price.normalize():f} a {rate.per}"


def _said(call: Call, prices: Prices, others: list[Tariff], *, own: bool) -> str:
    name = prices.electric.name
    say = f"You're on the {name} plan" if own else f"Our standard plan is {name}"
    if prices.electric.peak:
        peak, off = words.cents(prices.per_kwh(peak=True)), words.cents(prices.per_kwh())
        say += f": a kilowatt-hour costs {peak} from {peak_said(prices.electric)}, and {off} "
        say += "at all other times, taxes included."
    else:
        say += f": a kilowatt-hour costs {words.cents(prices.per_kwh())}, taxes included."
    if prices.gas:
        say += f" A therm of gas costs {money(prices.per_therm().quantize(Decimal('0.01')))}."
    say += f" The price last changed on {_since(call, prices.electric.effective)}."
    if others:
        say += f" You could also choose {speech.listed([t.name for t in others], 'or')}."
    return say


def _since(call: Call, when: date) -> str:
    return speech.day(when, today(call))


TOOLS = (get_rate_schedule,)
