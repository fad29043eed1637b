"""What the sun could do on the customer's roof.

A simple model, and said to be one: a roof of this territory that faces south at the best tilt
yields so many kWh a year for each kW of panels; another direction, another tilt and shade take
their share of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from typing import Any

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card
from contracts.pricing import Use, to_cent
from contracts.records import Roof
from contracts.tooling import AskAgain, Call, Cannot, Done, Effect
from tools.common import own_premise
from tools.speech import figure, money
from tools.toolkit import tool
from tools.usage import words
from tools.usage.place import Place, own_place, prices_of
from tools.usage.series import YEAR, recent_days

_WATTS_A_SQUARE_FOOT = 18  # of panels as they are sold now
_YIELD = 1_100  # kWh a year and kW: south, best tilt, no shade, western Oregon
_BEST_TILT = 35  # degrees
_TILT_LOSS = 0.00008  # of the year, for each squared degree off it
_TURN_LOSS = 0.36  # of the year, for a roof of 30 degrees that faces north
_LEAST_YIELD = 600  # kWh a year and kW; below it we advise against it
_LEAST_KW = 1.0
_MODEL = (
    f"an estimate by a simple model: {_YIELD} kWh a year for each kW that faces south, less for "
    "another direction, tilt and shade; what it costs to build is not in it"
)
_POINTS = (
    marked("north"),
    marked("northeast"),
    marked("east"),
    marked("southeast"),
    marked("south"),
    marked("southwest"),
    marked("west"),
    marked("northwest"),
)


@dataclass(frozen=True, slots=True)
class Yield:
    """What fits on a roof, and what it makes in a year."""

    kilowatts: Decimal  # to the tenth
    per_kilowatt: int  # kWh a year

    @property
    def kwh(self) -> Decimal:
        return (self.kilowatts * self.per_kilowatt).quantize(Decimal(1))


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step=marked("Looking at your roof"),
)
async def check_solar_eligibility(
    call: Call, service_address: str = ""
) -> Done | AskAgain | Cannot:
    """Check whether solar panels would work on the customer's roof: how many kilowatts fit, what
    they would make in a year, and what that would save on the customer's own rate plan.

    Args:
        service_address: Only if the customer names an address; leave out for their own.
    """
    named = await own_premise(call, service_address)
    if isinstance(named, AskAgain | Cannot):
        return named
    place = await own_place(call)
    if isinstance(place, Cannot):
        return place
    roof = place.home.roof if place.home else None
    if roof is None or (place.home and place.home.kind == "apartment"):
        return _no_roof(place)
    made = yield_of(roof)
    return _too_little(roof, made) or await _worth(call, place, roof, made)


def yield_of(roof: Roof) -> Yield:
    kilowatts = Decimal(roof.usable_square_feet * _WATTS_A_SQUARE_FOOT) / 1000
    share = sun_share(roof.azimuth, roof.tilt) * (1 - float(roof.shade))
    return Yield(kilowatts.quantize(Decimal("0.1")), round(_YIELD * max(share, 0.0)))


def sun_share(azimuth: int, tilt: int) -> float:
    """The share of the best roof's sun that direction and tilt leave, 0 to 1."""
    turned = (1 - math.cos(math.radians(azimuth - 180))) / 2
    steep = math.sin(math.radians(tilt)) / math.sin(math.radians(30))
    left = (1 - _TURN_LOSS * turned * steep) * (1 - _TILT_LOSS * (tilt - _BEST_TILT) ** 2)
    return min(max(left, 0.0), 1.0)


def _no_roof(place: Place) -> Cannot:
    if place.home is None:
        return Cannot(
            "roof_unknown",
            t("I have no record of your roof, so I can't say."),
            t("I can book a home energy audit, and somebody takes a look at it."),
        )
    return Cannot(
        "no_roof",
        t("Your home has no roof of its own, so panels can't be put on it."),
        t("The owner of the building can ask us about its roof."),
    )


def _too_little(roof: Roof, made: Yield) -> Cannot | None:
    if made.kilowatts < Decimal(_LEAST_KW):
        return Cannot(
            "too_small",
            t(
                "By our records only about {area} square feet of your roof can be used, which is "
                "too little for solar panels.",
                area=roof.usable_square_feet,
            ),
            t("I can tell you which rebates there are instead."),
        )
    if made.per_kilowatt >= _LEAST_YIELD:
        return None
    if roof.shade >= Decimal("0.25"):
        say = t(
            "Your roof gets too little sun for panels to pay off: about {percent} percent of the "
            "year's sun is lost to shade.",
            percent=f"{roof.shade * 100:.0f}",
        )
    else:
        say = t(
            "Your roof gets too little sun for panels to pay off: it faces {direction}.",
            direction=t(_faces(roof)),
        )
    return Cannot("too_little_sun", say, t("I can tell you which rebates there are instead."))


async def _worth(call: Call, place: Place, roof: Roof, made: Yield) -> Done | Cannot:
    """What it makes against what is used; only what is used at home is counted as saved."""
    prices = await prices_of(call, place.account)
    if isinstance(prices, Cannot):
        return prices
    days = await recent_days(call, place, "electric", YEAR)
    own = (days.total * 365 / len(days)).quantize(Decimal(1)) if len(days) else None
    used = made.kwh if own is None else min(made.kwh, own)
    saved = to_cent(prices.electric_only.cost(Use(kwh=used)))
    share = words.percent(made.kwh, own) if own else None
    enough = _enough(made, own)
    data = {
        "eligible": True,
        "kilowatts": str(made.kilowatts),
        "kwh_a_year": str(made.kwh),
        "own_kwh_a_year": None if own is None else str(own),
        "percent_of_own_use": share,
        "kilowatts_for_own_use": None if enough is None else str(enough),
        "saves_a_year": figure(saved),
        "roof": _roof_data(roof),
        "how": _MODEL,
    }
    rows = (
        (t("Fits on your roof"), t("about {amount}", amount=f"{made.kilowatts} kW")),
        (t("Makes a year"), t("about {amount}", amount=words.shown(made.kwh, "electric"))),
        (t("You use a year"), words.shown(own, "electric") if own else t("not known yet")),
        (t("Saves a year"), t("about {amount}", amount=money(saved))),
        (
            t("Roof"),
            t(
                "{area} square feet, faces {direction}",
                area=roof.usable_square_feet,
                direction=t(_faces(roof)),
            ),
        ),
    )
    card = Card(card="solar", title=t("Solar on your roof"), rows=rows, data=data)
    return Done(data, _said(made, share, enough, saved), (card,))


def _enough(made: Yield, own: Decimal | None) -> Decimal | None:
    """Kilowatts, to the tenth, that make what is used; None where the roof doesn't hold more."""
    if not own:
        return None
    enough = (own / made.per_kilowatt).quantize(Decimal("0.1"), ROUND_UP)
    return enough if enough < made.kilowatts else None


def _said(made: Yield, share: int | None, enough: Decimal | None, saved: Decimal) -> str:
    values = {"kilowatts": made.kilowatts, "made": words.said(made.kwh, "electric")}
    if enough is not None:
        say = t(
            "Yes, solar would work on your roof. About {kilowatts} kilowatts fit, and they'd make "
            "about {made} a year. That's more than you use: {enough} kilowatts would be enough.",
            **values,
            enough=enough,
        )
    elif share is not None:
        say = t(
            "Yes, solar would work on your roof. About {kilowatts} kilowatts fit, and they'd make "
            "about {made} a year, {percent} percent of what you use.",
            **values,
            percent=share,
        )
    else:
        say = t(
            "Yes, solar would work on your roof. About {kilowatts} kilowatts fit, and they'd make "
            "about {made} a year.",
            **values,
        )
    worth = t(
        "By my estimate that saves about {amount} a year on your rate plan.",
        amount=f"${saved:,.0f}",
    )
    return f"{say} {worth}"


def _roof_data(roof: Roof) -> dict[str, Any]:
    return {
        "usable_square_feet": roof.usable_square_feet,
        "faces": _faces(roof),
        "tilt": roof.tilt,
        "shade_percent": f"{roof.shade * 100:.0f}",
    }


def _faces(roof: Roof) -> str:
    """As data: "southwest"."""
    return _POINTS[round(roof.azimuth / 45) % len(_POINTS)]


TOOLS = (check_solar_eligibility,)
