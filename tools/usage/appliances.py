"""What it costs to run an appliance, at the customer's own prices."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contracts.catalogue import Appliance
from contracts.identity import Rung
from contracts.messages import Card, Choice, Choices
from contracts.pricing import Use, to_cent
from contracts.tooling import AskAgain, Call, Cannot, Done, Effect
from tools import speech
from tools.arguments import Hours
from tools.common import today
from tools.speech import figure, money
from tools.toolkit import tool
from tools.usage import words
from tools.usage.catalogue import find_appliances, settle, similar
from tools.usage.place import Place, Prices, own_place, prices_of, standard_prices
from tools.usage.series import DAY, YEAR, Span, weather_in

_DAYS_A_MONTH = Decimal(365) / 12
_WEEKDAYS = Decimal(5) / 7
_COLD = Decimal(10)  # heating degree days of a day on which one heats
_HOT = Decimal(3)  # cooling degree days of a day on which one cools
_SPOKEN_WITH_A_VOWEL = "AEFHILMNORSX"  # letters by their names: "an LED bulb"


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
    step="Working out what it costs",
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
        return _which("I don't know that one. Do you mean", names)
    gas = place is not None and place.meter("gas") is not None
    left = settle(found, place.home if place else None, gas=gas)
    return left[0] if len(left) == 1 else _which("Is it", [a.name for a in left])


def _which(start: str, names: list[str]) -> AskAgain:
    options = tuple(Choice(id=name, label=name) for name in names)
    say = f"{start} {speech.listed([_article(name) for name in names], 'or')}?"
    return AskAgain(("appliance",), say, (Choices(prompt="Which appliance?", options=options),))


def _no_gas(own: bool) -> Cannot:
    if own:
        return Cannot(
            "no_gas",
            "You have no gas service with us, so I have no price for it.",
            "I can work out what an electric one would cost instead.",
        )
    return Cannot(
        "not_verified",
        "For the price of gas I need to look at your own plan.",
        "Once I know who you are, I can work it out.",
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
    rows = [
        ("Runs", _runs(appliance, hours)),
        ("Uses a month", _used(run, _DAYS_A_MONTH)),
        ("Costs a month", f"about {money(month)}"),
        ("Costs a year", f"about {money(year)}{_season(appliance, run)}"),
        ("Rate plan", prices.electric.name),
    ]
    name = _article(appliance.name)
    say = f"{name[0].upper()}{name[1:]}, {_runs(appliance, hours)}, costs about "
    if prices.electric.peak and run.peak and not run.even:
        most = to_cent(prices.cost(run.use(_DAYS_A_MONTH, peak=True)))
        data["month_in_peak"] = figure(most)
        rows[2] = ("Costs a month", f"{money(month)} off-peak, {money(most)} in peak hours")
        say += f"{money(month)} a month outside peak hours, and {money(most)} if it runs in them. "
    else:
        say += f"{money(month)} a month. "
    say += f"{_year_said(appliance, run, year)} {_plan_said(rates)}"
    card = Card(
        card="cost", title=f"Running {_article(appliance.name)}", rows=tuple(rows), data=data
    )
    return Done(data, say, (card,))


def _year_said(appliance: Appliance, run: Run, year: Decimal) -> str:
    if not appliance.share_of or not run.days:
        return f"That's {money(year)} a year."
    kind = "cold" if appliance.share_of == "heating" else "hot"
    return f"On the {run.days} {kind} days of the last year that makes {money(year)}."


def _plan_said(rates: Rates) -> str:
    name = rates.prices.electric.name
    if rates.place is not None:
        return "It's an estimate, at the prices of your own plan."
    return f"It's an estimate, at the prices of our standard plan, {name}."


def _season(appliance: Appliance, run: Run) -> str:
    return f", on {run.days} days" if appliance.share_of and run.days else ""


def _runs(appliance: Appliance, hours: Decimal) -> str:
    if appliance.kwh_a_day is not None:
        return "running by itself"
    if 0 < hours < 1:
        return f"{hours * 60:.0f} minutes a day"
    number = f"{hours.normalize():f}"
    return f"{number} {'hour' if hours == 1 else 'hours'} a day"


def _used(run: Run, days: Decimal) -> str:
    used = [words.shown(run.kwh * days, "electric")] if run.kwh else []
    used += [words.shown(run.therms * days, "gas")] if run.therms else []
    return " and ".join(used) or "nothing"


def _article(name: str) -> str:
    vowels = _SPOKEN_WITH_A_VOWEL if name.split(maxsplit=1)[0].isupper() else "aeiou"
    return f"{'an' if name[0] in vowels else 'a'} {name}"


TOOLS = (calculate_appliance_cost,)
