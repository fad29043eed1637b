"""Saving energy: what would help this home most, and which rebates there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.catalogue import Rebate, Tip
from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card
from contracts.pricing import to_cent
from contracts.records import Home
from contracts.tooling import Call, Cannot, Done, Effect
from tools import speech
from tools.common import today
from tools.speech import figure, money
from tools.toolkit import OwnAccount, tool
from tools.usage.catalogue import a_rebate, focus_of, is_for
from tools.usage.parts import Parts, break_down
from tools.usage.place import own_place, prices_of
from tools.usage.split import ALWAYS_ON, COOLING, HEATING, HOT_WATER, OTHER

_SHOWN = 5
_SAID = 2
_NAMED = 3  # rebates in a sentence
_THERE_ARE = {  # one, a few, more than are named
    "anybody": (
        marked("There's one rebate: {rebates}."),
        marked("There are {count} rebates: {rebates}."),
        marked("There are {count} rebates: {rebates}, and more."),
    ),
    "home": (
        marked("There's one rebate for a home like yours: {rebates}."),
        marked("There are {count} rebates for a home like yours: {rebates}."),
        marked("There are {count} rebates for a home like yours: {rebates}, and more."),
    ),
    "shop": (
        marked("There's one rebate for a business like yours: {rebates}."),
        marked("There are {count} rebates for a business like yours: {rebates}."),
        marked("There are {count} rebates for a business like yours: {rebates}, and more."),
    ),
}
_SHARES = {
    HEATING: marked("{percent}% of heating"),
    COOLING: marked("{percent}% of cooling"),
    ALWAYS_ON: marked("{percent}% of always on"),
    HOT_WATER: marked("{percent}% of hot water"),
    OTHER: marked("{percent}% of other"),
}
_PURPOSES = {
    "": marked("for energy"),
    "heating": marked("for heating"),
    "cooling": marked("for cooling"),
    "hot water": marked("for hot water"),
    "lighting": marked("for lighting"),
    "electronics": marked("for electronics"),
    "appliances": marked("for appliances"),
    "insulation": marked("for insulation"),
    "business": marked("for business"),
}


@dataclass(frozen=True, slots=True)
class Advice:
    """A tip, and what it would save this home in a year; None where there are no readings."""

    tip: Tip
    saves: Decimal | None


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step=marked("Looking for what would save you most"),
)
async def get_efficiency_tips(
    call: Call, account_number: OwnAccount = None, focus_area: str = ""
) -> Done | Cannot:
    """Give tips for saving energy, those first that would save this customer the most dollars a
    year.

    Args:
        focus_area: What they want to save on: "heating", "cooling", "hot water", "lighting",
            "appliances", "electronics", "insulation". Leave out for all.
    """
    place = await own_place(call)
    if isinstance(place, Cannot):
        return place
    prices = await prices_of(call, place.account)
    if isinstance(prices, Cannot):
        return prices
    found = await break_down(call, place, prices)
    parts = found.parts if found else []
    focus = focus_of(focus_area)
    advice = ranked(call.services.scenario.catalogue.tips, parts, place.home, focus)
    if not advice:
        return Cannot(
            "no_tips",
            t(
                "By your readings you use next to nothing {purpose}, so there's little to save "
                "there.",
                purpose=t(_PURPOSES[focus]),
            ),
            t("I can look at the rest of your home."),
        )
    return _advised(advice[:_SHOWN], focus)


@tool(
    effect=Effect.READ,
    rung=Rung.ANONYMOUS,
    grants=("usage",),
    step=marked("Looking up rebates"),
)
async def get_rebate_programs(call: Call) -> Done:
    """List the rebates there are now: for heat pumps, insulation, thermostats and more. Those for
    the customer's kind of home, where it is known."""
    home = await _own_home(call)
    now = today(call)
    rebates = [
        rebate
        for rebate in call.services.scenario.catalogue.rebates
        if is_for(rebate, home) and not (rebate.ends and date.fromisoformat(rebate.ends) < now)
    ]
    rebates.sort(key=lambda r: (r.per == "square foot", -r.amount))
    data = {"rebates": [_rebate_data(r) for r in rebates], "for_your_home": home is not None}
    if not rebates:
        return Done(data, t("There are no rebates right now."))
    rows = tuple((t(r.name), _rebate_shown(r, now)) for r in rebates)
    card = Card(card="rebates", title=t("Rebates"), rows=rows, data=data)
    return Done(data, _rebates_said(rebates, home), (card,))


def ranked(
    tips: tuple[Tip, ...], parts: list[Parts], home: Home | None, focus: str
) -> list[Advice]:
    """The tips for this home, the largest savings first. What would save nothing is left out."""
    dollars: dict[str, Decimal] = {}
    for service in parts:
        for name, amount in service.a_year.items():
            dollars[name] = dollars.get(name, Decimal(0)) + amount
    fitting = [t for t in tips if is_for(t, home) and (not focus or t.focus == focus)]
    if not parts:
        fitting.sort(key=lambda tip: -tip.saves_percent)
        return [Advice(tip, None) for tip in fitting]
    advice = [
        Advice(tip, to_cent(dollars.get(tip.acts_on, Decimal(0)) * tip.saves_percent / 100))
        for tip in fitting
    ]
    worth = [a for a in advice if a.saves and a.saves >= 1]
    return sorted(worth, key=lambda a: -(a.saves or 0))


def _advised(advice: list[Advice], focus: str) -> Done:
    data = {
        "focus": focus or "all",
        "tips": [
            {
                "tip": a.tip.text,
                "saves_a_year": None if a.saves is None else figure(a.saves),
                "saves_percent": f"{a.tip.saves_percent} of {a.tip.acts_on}",
            }
            for a in advice
        ],
        "how": "an estimate from this home's readings at today's prices; savings overlap and "
        "don't simply add up",
    }
    rows = tuple((t(a.tip.text), _saved(a)) for a in advice)
    card = Card(card="tips", title=t("How you can save"), rows=rows, data=data)
    return Done(data, _advice_said(advice[:_SAID]), (card,))


def _advice_said(advice: list[Advice]) -> str:
    if advice[0].saves is None:
        return " ".join(t(a.tip.text) for a in advice)
    first, *others = ((t(a.tip.text).rstrip("."), _saved(a)) for a in advice)
    told = [
        t("What would help you most: {tip}, which saves {saved}.", tip=first[0], saved=first[1]),
        *(
            # A tip is an imperative: inside a sentence only its first letter changes.
            t("Next best is to {tip}, which saves {saved}.", tip=tip[0].lower() + tip[1:], saved=s)
            for tip, s in others
        ),
        t("These are estimates from your own use."),
    ]
    return " ".join(told)


def _saved(advice: Advice) -> str:
    if advice.saves is None:
        return t(_SHARES[advice.tip.acts_on], percent=advice.tip.saves_percent)
    return t("about {amount} a year", amount=f"${advice.saves:,.0f}")


async def _own_home(call: Call) -> Home | None:
    """Known for somebody who is recognised: it is about the place."""
    if call.rung < Rung.RECOGNISED or not call.premise_id:
        return None
    premise = await call.services.records.accounts.premise(call.premise_id)
    return premise.home if premise else None


def _rebates_said(rebates: list[Rebate], home: Home | None) -> str:
    named = speech.listed(
        [
            t("{amount} for {what}", amount=_amount(r), what=t(a_rebate(r.name)))
            for r in rebates[:_NAMED]
        ]
    )
    whose = "anybody" if home is None else "shop" if home.kind == "shop" else "home"
    one, few, many = _THERE_ARE[whose]
    text = one if len(rebates) == 1 else few if len(rebates) <= _NAMED else many
    return t(text, count=len(rebates), rebates=named)


def _rebate_data(rebate: Rebate) -> dict[str, Any]:
    return {
        "code": rebate.code,
        "name": rebate.name,
        "amount": figure(rebate.amount),
        "per": rebate.per,
        "needs": rebate.needs,
        "ends": rebate.ends or None,
    }


def _rebate_shown(rebate: Rebate, now: date) -> str:
    told = f"{_amount(rebate)}. {t(rebate.needs)}"
    if not rebate.ends:
        return told
    until = t("Until {day}.", day=speech.day(date.fromisoformat(rebate.ends), now))
    return f"{told} {until}"


def _amount(rebate: Rebate) -> str:
    whole = rebate.amount == rebate.amount.to_integral_value()
    amount = f"${rebate.amount:,.0f}" if whole else money(rebate.amount)
    return t("{amount} a square foot", amount=amount) if rebate.per == "square foot" else amount


TOOLS = (get_efficiency_tips, get_rebate_programs)
