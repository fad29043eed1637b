"""What it costs to run an appliance, at the customer's own prices."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contracts.catalogue import Appliance
from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card, Choice, Choices
from contracts.pricing import Use, to_cent
from contracts.tooling import AskAgain, Call, Cannot, Done, Effect
from tools import speech
from tools.arguments import Hours
from tools.common import today
from tools.speech import figure, money
from tools.toolkit import tool
from tools.usage import words
from tools.usage.catalogue import an_appliance, find_appliances, settle, similar
from tools.usage.place import Place, Prices, own_place, prices_of, standard_prices
from tools.usage.series import DAY, YEAR, Span, weather_in

_DAYS_A_MONTH = Decimal(365) / 12
_WEEKDAYS = Decimal(5) / 7
_COLD = Decimal(10)  # heating degree days of a day on which one heats
_HOT = Decimal(3)  # cooling degree days of a day on which one cools


@dataclass(frozen=True, slots=True)
class Run:
    """An appliance as it is run: energy a day, how much of it at most in peak hours, and on how
    many days of a year. `even`: it can't be kept out of them."""

    kwh: Decimal
    therms: Decimal
    peak: Decimal
    days: int
    even: bool = False

    def use(self, days: Decimal, *, peak: bool = False) -> Use:
        in_peak = self.peak * days * _WEEKDAYS if peak or self.even else Decimal(0)
        return Use(self.kwh * days, in_peak, self.therms * days)


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices, and whose they are."""

    prices: Prices
    place: Place | None  # None: the standard plan's


@tool(
    effect=Effect.READ,
    rung=Rung.ANONYMOUS,
    grants=("usage",),
    step=marked("Working out what it costs"),
)
async def calculate_appliance_cost(
    call: Call, appliance: str, hours_per_day: Hours | None = None
) -> Done | AskAgain | Cannot:
    """Work out what an appliance costs to run, a month and a year: at the customer's own prices
    once they are verified, else at the standard ones.

    Args:
        appliance: What it is: "space heater", "electric car", "fridge".
        hours_per_day: How long it runs a day, 0 to 24. Leave out for the usual.
    """
    rates = await _rates(call)
    if isinstance(rates, Cannot):
        return rates
    found = _the_one(call, appliance, rates.place)
    if isinstance(found, AskAgain):
        return found
    if found.therms_an_hour and rates.prices.gas is None:
        return _no_gas(rates.place is not None)
    hours = found.usual_hours if hours_per_day is None else hours_per_day
    run = run_of(found, hours, await _days_a_year(call, found), _peak_hours(rates.prices))
    return _costs(found, hours, run, rates)


def run_of(appliance: Appliance, hours: Decimal, days: int, peak_hours: int) -> Run:
    """`peak_hours`: of a weekday. What runs by itself runs evenly around the clock."""
    therms = (appliance.therms_an_hour or Decimal(0)) * hours
    if appliance.kwh_a_day is not None:
        even = appliance.kwh_a_day * peak_hours / 24
        return Run(appliance.kwh_a_day, therms, even, days, even=True)
    an_hour = Decimal(appliance.watts) / 1000
    return Run(an_hour * hours, therms, an_hour * min(hours, Decimal(peak_hours)), days)


async def _rates(call: Call) -> Rates | Cannot:
    if call.rung < Rung.VERIFIED:
        prices = await standard_prices(call)
        return prices if isinstance(prices, Cannot) else Rates(prices, None)
    place = await own_place(call)
    if isinstance(place, Cannot):
        return place
    prices = await prices_of(call, place.account)
    return prices if isinstance(prices, Cannot) else Rates(prices, place)


def _the_one(call: Call, text: str, place: Place | None) -> Appliance | AskAgain:
    known = call.services.scenario.catalogue.appliances
    found = find_appliances(text, known)
    if not found:
        names = similar(text, known)
        say = t("I don't know that one. Do you mean {appliances}?", appliances=_either(names))
        return _which(say, names)
    gas = place is not None and place.meter("gas") is not None
    left = settle(found, place.home if place else None, gas=gas)
    if len(left) == 1:
        return left[0]
    names = [appliance.name for appliance in left]
    return _which(t("Is it {appliances}?", appliances=_either(names)), names)


def _which(say: str, names: list[str]) -> AskAgain:
    options = tuple(Choice(id=name, label=t(name)) for name in names)
    return AskAgain(("appliance",), say, (Choices(prompt=t("Which appliance?"), options=options),))


def _either(names: list[str]) -> str:
    return speech.listed([t(an_appliance(name)) for name in names], "or")


def _no_gas(own: bool) -> Cannot:
    if own:
        return Cannot(
            "no_gas",
            t("You have no gas service with us, so I have no price for it."),
            t("I can work out what an electric one would cost instead."),
        )
    return Cannot(
        "not_verified",
        t("For the price of gas I need to look at your own plan."),
        t("Once I know who you are, I can work it out."),
    )


async def _days_a_year(call: Call, appliance: Appliance) -> int:
    """Of heaters the cold days of the last year, of coolers the hot ones."""
    if appliance.share_of not in {"heating", "cooling"}:
        return 365
    yesterday = today(call) - DAY
    weather = await weather_in(call, Span(yesterday - YEAR + DAY, yesterday))
    if appliance.share_of == "heating":
        return sum(day.heating >= _COLD for day in weather.days)
    return sum(day.cooling >= _HOT for day in weather.days)


def _peak_hours(prices: Prices) -> int:
    peak = prices.electric.peak
    return peak.end - peak.start if peak else 0


def _costs(appliance: Appliance, hours: Decimal, run: Run, rates: Rates) -> Done:
    prices = rates.prices
    month = to_cent(prices.cost(run.use(_DAYS_A_MONTH)))
    year = to_cent(prices.cost(run.use(Decimal(run.days))))
    data: dict[str, Any] = {
        "appliance": appliance.name,
        "watts": appliance.watts or None,
        "hours_per_day": None if appliance.kwh_a_day is not None else str(hours),
        "days_a_year": run.days,
        "kwh_a_month": str((run.kwh * _DAYS_A_MONTH).quantize(Decimal("0.1"))),
        "therms_a_month": str((run.therms * _DAYS_A_MONTH).quantize(Decimal("0.1"))),
        "month": figure(month),
        "year": figure(year),
        "rate_plan": prices.electric.name,
        "own_plan": rates.place is not None,
        "how": "an estimate by a typical appliance of this kind",
    }
    most = None
    if prices.electric.peak and run.peak and not run.even:
        most = to_cent(prices.cost(run.use(_DAYS_A_MONTH, peak=True)))
        data["month_in_peak"] = figure(most)
    rows = (
        (t("Runs"), _runs(appliance, hours)),
        (t("Uses a month"), _used(run, _DAYS_A_MONTH)),
        (t("Costs a month"), _month_shown(month, most)),
        (t("Costs a year"), _year_shown(appliance, run, year)),
        (t("Rate plan"), t(prices.electric.name)),
    )
    costs = _month_said(appliance, hours, month, most)
    say = f"{costs} {_year_said(appliance, run, year)} {_plan_said(rates)}"
    title = t("Running {appliance}", appliance=t(an_appliance(appliance.name)))
    return Done(data, say, (Card(card="cost", title=title, rows=rows, data=data),))


def _month_said(appliance: Appliance, hours: Decimal, month: Decimal, most: Decimal | None) -> str:
    """`most`: what a month costs if it runs in peak hours, where there are such."""
    values = {
        "appliance": words.capital(t(an_appliance(appliance.name))),
        "runs": _runs(appliance, hours),
        "amount": money(month),
    }
    if most is None:
        return t("{appliance}, {runs}, costs about {amount} a month.", **values)
    return t(
        "{appliance}, {runs}, costs about {amount} a month outside peak hours, and {most} if it "
        "runs in them.",
        **values,
        most=money(most),
    )


def _month_shown(month: Decimal, most: Decimal | None) -> str:
    if most is None:
        return t("about {amount}", amount=money(month))
    return t("{off_peak} off-peak, {peak} in peak hours", off_peak=money(month), peak=money(most))


def _year_said(appliance: Appliance, run: Run, year: Decimal) -> str:
    if not appliance.share_of or not run.days:
        return t("That's {amount} a year.", amount=money(year))
    values = {"days": run.days, "amount": money(year)}
    if appliance.share_of == "heating":
        return t("On the {days} cold days of the last year that makes {amount}.", **values)
    return t("On the {days} hot days of the last year that makes {amount}.", **values)


def _year_shown(appliance: Appliance, run: Run, year: Decimal) -> str:
    if appliance.share_of and run.days:
        return t("about {amount}, on {days} days", amount=money(year), days=run.days)
    return t("about {amount}", amount=money(year))


def _plan_said(rates: Rates) -> str:
    if rates.place is not None:
        return t("It's an estimate, at the prices of your own plan.")
    plan = t(rates.prices.electric.name)
    return t("It's an estimate, at the prices of our standard plan, {plan}.", plan=plan)


def _runs(appliance: Appliance, hours: Decimal) -> str:
    if appliance.kwh_a_day is not None:
        return t("running by itself")
    if 0 < hours < 1:
        return t("{minutes} minutes a day", minutes=f"{hours * 60:.0f}")
    if hours == 1:
        return t("1 hour a day")
    return t("{hours} hours a day", hours=f"{hours.normalize():f}")


def _used(run: Run, days: Decimal) -> str:
    used = [words.shown(run.kwh * days, "electric")] if run.kwh else []
    used += [words.shown(run.therms * days, "gas")] if run.therms else []
    return speech.listed(used) or t("nothing")


TOOLS = (calculate_appliance_cost,)
