"""The place a customer asks about: its account, premise and meters, and what energy costs there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from contracts.language import marked, t
from contracts.pricing import Use, price, to_cent, total
from contracts.records import Account, Home, Meter, Premise, Tariff
from contracts.tooling import Call, Cannot
from tools.common import own_account, today

Service = Literal["electric", "gas"]

NO_READINGS = Cannot(
    "no_readings",
    marked("I have no meter readings for your account yet."),
    marked("They come in every day once a smart meter is in place, so please ask again soon."),
)
_MANY = Decimal(10_000)  # units, so that a price a unit is not rounded to the cent


@dataclass(frozen=True, slots=True)
class Place:
    account: Account
    premise: Premise

    @property
    def home(self) -> Home | None:
        return self.premise.home

    def meter(self, service: Service) -> Meter | None:
        return next((m for m in self.premise.meters if m.kind == service), None)


@dataclass(frozen=True, slots=True)
class Prices:
    """The tariffs of an account as they hold on a day."""

    electric: Tariff
    gas: Tariff | None = None
    riders: Tariff | None = None

    def bill(self, use: Use) -> Decimal:
        """What a month with this use costs, fixed charges and taxes included."""
        every = (self.electric, self.gas, self.riders)
        return total(price((tariff for tariff in every if tariff), use))

    def cost(self, use: Use) -> Decimal:
        """What the use alone costs: riders and taxes included, fixed charges left out."""
        return self.bill(use) - self.bill(Use())

    def per_kwh(self, *, peak: bool = False) -> Decimal:
        """Dollars for one kWh more, in peak hours or out of them, to the hundredth of a cent."""
        use = Use(kwh=_MANY, peak=_MANY if peak else Decimal(0))
        return (self.cost(use) / _MANY).quantize(Decimal("0.0001"))

    def per_therm(self) -> Decimal:
        return (self.cost(Use(therms=_MANY)) / _MANY).quantize(Decimal("0.0001"))

    def on(self, electric: Tariff) -> Prices:
        """The same with another electric rate plan."""
        return replace(self, electric=electric)

    @property
    def electric_only(self) -> Prices:
        return replace(self, gas=None)


async def own_place(call: Call) -> Place | Cannot:
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    premise = await call.services.records.accounts.premise(account.premise_id)
    if premise is None:
        return Cannot(
            "no_place",
            t("I can't find the address that this account is served at."),
            t("I can get you a person."),
        )
    return Place(account, premise)


async def prices_of(call: Call, account: Account) -> Prices | Cannot:
    """The prices of today. A Cannot where the records hold no tariff of that name."""
    tariffs, day = call.services.records.tariffs, today(call)
    electric = await tariffs.get(account.rate_plan, day)
    if electric is None:
        return no_prices()
    gas = await tariffs.get(account.gas_plan, day) if account.gas_plan else None
    return Prices(electric, gas, await tariffs.riders(day))


async def standard_prices(call: Call) -> Prices | Cannot:
    """Today's prices of the flat plan and the gas plan anybody can have."""
    offered = await call.services.records.tariffs.on_offer(today(call))
    flat = (o for o in offered if o.kind == "flat" and o.service == "electric")
    electric = next(flat, None)
    gas = next((o for o in offered if o.service == "gas"), None)
    if electric is None:
        return no_prices()
    return Prices(electric, gas, await call.services.records.tariffs.riders(today(call)))


def no_prices() -> Cannot:
    return Cannot(
        "no_tariff", t("I can't find the prices of this rate plan."), t("I can get you a person.")
    )


def shared_out(amount: Decimal, weights: dict[str, int]) -> dict[str, Decimal]:
    """An amount split by weights, in cents that add up to it. All zero for no weight at all."""
    whole = sum(weights.values())
    if whole <= 0:
        return {name: Decimal("0.00") for name in weights}
    cents = int(to_cent(amount) * 100)
    parts = {name: cents * weight // whole for name, weight in weights.items()}
    by_rest = sorted(weights, key=lambda name: -(cents * weights[name] % whole))
    for name in by_rest[: cents - sum(parts.values())]:
        parts[name] += 1
    return {name: Decimal(part).scaleb(-2) for name, part in parts.items()}


def year_before(day: date) -> date:
    """The same day a year earlier; the 28th of February for the 29th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
