"""What a unit of energy costs: the customer's own rate plan, and those on offer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from contracts.identity import Rung
from contracts.language import ENGLISH, marked, speaking, t
from contracts.messages import Card
from contracts.records import Rate, Tariff
from contracts.tooling import Call, Cannot, Done, Effect
from tools import speech
from tools.common import today
from tools.speech import figure, money
from tools.toolkit import OwnAccount, tool
from tools.usage import words
from tools.usage.place import Place, Prices, own_place, prices_of, standard_prices
from tools.usage.yearly import billed_use, cost_of

_PER_UNIT = {
    "month": marked("{price} a month"),
    "kWh": marked("{price} a kWh"),
    "therm": marked("{price} a therm"),
}


@tool(
    effect=Effect.READ,
    rung=Rung.ANONYMOUS,
    grants=("usage",),
    step=marked("Looking up the prices"),
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
    hours = prices.electric.peak
    shown = {
        **data,
        "peak": {"start": hours.start, "end": hours.end} if hours else None,
        "compared": await _compared(call, place, prices, others),
    }
    title = t("Your rate plan") if own else t("Our standard rate plan")
    card = Card(card="rates", title=title, rows=_rows(call, prices, others), data=shown)
    return Done(data, _said(call, prices, others, own=own), (card,))


async def on_offer(call: Call, kind: str) -> Tariff | None:
    """The electric rate plan of a kind that customers may choose today."""
    offered = await call.services.records.tariffs.on_offer(today(call))
    return next((o for o in offered if o.kind == kind and o.service == "electric"), None)


def peak_said(tariff: Tariff) -> str:
    """ "5 to 9 PM on weekdays"; empty without peak hours."""
    if tariff.peak is None:
        return ""
    start, end = tariff.peak.start, tariff.peak.end
    hours = {"start": start % 12 or 12, "end": end % 12 or 12}
    if end < 12:
        return t("{start} to {end} AM on weekdays", **hours)
    return t("{start} to {end} PM on weekdays", **hours)


async def _others(call: Call, place: Place | None, prices: Prices) -> list[Tariff]:
    """The electric plans to choose from; they are for homes."""
    if place and place.home and place.home.kind == "shop":
        return []
    offered = await call.services.records.tariffs.on_offer(today(call))
    return [o for o in offered if o.name != prices.electric.name and o.service == "electric"]


async def _compared(
    call: Call, place: Place | None, prices: Prices, others: list[Tariff]
) -> dict[str, Any] | None:
    """What the electricity of the last bills costs on each plan, at today's prices."""
    uses = await billed_use(call, place) if place and others else []
    if not uses:
        return None
    plans = [prices.electric, *others]
    costs = [
        {"plan": plan.name, "kind": plan.kind, "cost": figure(cost_of(prices.on(plan), uses))}
        for plan in plans
    ]
    return {"bills": len(uses), "plans": costs}


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
    with speaking(ENGLISH):  # data has no language
        peak = peak_said(tariff)
    return {
        "code": tariff.code,
        "name": tariff.name,
        "summary": tariff.summary,
        "effective": tariff.effective.isoformat(),
        "kind": tariff.kind,
        "peak_hours": peak or None,
        "rates": [
            {"label": rate.label, "per": rate.per, "price": str(rate.price)}
            for rate in tariff.rates
        ],
    }


def _rows(call: Call, prices: Prices, others: list[Tariff]) -> tuple[tuple[str, str], ...]:
    rows = [(t("Plan"), t(prices.electric.name))]
    for tariff in (prices.electric, prices.gas, prices.riders):
        rows += [(t(rate.label), _price_shown(rate)) for rate in tariff.rates] if tariff else []
    if peak := peak_said(prices.electric):
        rows.append((t("Peak hours"), peak))
    rows.append((t("In force since"), _since(call, prices.electric.effective)))
    rows += [(t("Also: {plan}", plan=t(other.name)), t(other.summary)) for other in others]
    return tuple(rows)


def _price_shown(rate: Rate) -> str:
    if rate.per == "share":
        return t("{percent}% of the charges", percent=f"{(rate.price * 100).normalize():f}")
    price = money(rate.price) if rate.per == "month" else f"${rate.price.normalize():f}"
    return t(_PER_UNIT[rate.per], price=price)


def _said(call: Call, prices: Prices, others: list[Tariff], *, own: bool) -> str:
    told = [_price_said(prices, own=own)]
    if prices.gas:
        therm = money(prices.per_therm().quantize(Decimal("0.01")))
        told.append(t("A therm of gas costs {price}.", price=therm))
    since = _since(call, prices.electric.effective)
    told.append(t("The price last changed on {day}.", day=since))
    if others:
        plans = speech.listed([t(other.name) for other in others], "or")
        told.append(t("You could also choose {plans}.", plans=plans))
    return " ".join(told)


def _price_said(prices: Prices, *, own: bool) -> str:
    values = {"plan": t(prices.electric.name), "price": words.cents(prices.per_kwh())}
    if not prices.electric.peak:
        if own:
            return t(
                "You're on the {plan} plan: a kilowatt-hour costs {price}, taxes included.",
                **values,
            )
        return t(
            "Our standard plan is {plan}: a kilowatt-hour costs {price}, taxes included.",
            **values,
        )
    values |= {
        "peak": words.cents(prices.per_kwh(peak=True)),
        "hours": peak_said(prices.electric),
    }
    if own:
        return t(
            "You're on the {plan} plan: a kilowatt-hour costs {peak} from {hours}, and {price} at "
            "all other times, taxes included.",
            **values,
        )
    return t(
        "Our standard plan is {plan}: a kilowatt-hour costs {peak} from {hours}, and {price} at "
        "all other times, taxes included.",
        **values,
    )


def _since(call: Call, when: date) -> str:
    return speech.day(when, today(call))


TOOLS = (get_rate_schedule,)
