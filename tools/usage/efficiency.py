"""Saving energy: what would help this home most, and which rebates there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.catalogue import Rebate, Tip
from contracts.identity import Rung
from contracts.messages import Card
from contracts.pricing import to_cent
from contracts.records import Home
from contracts.tooling import Call, Cannot, Done, Effect
from tools import speech
from tools.common import today
from tools.speech import figure, money
from tools.toolkit import OwnAccount, tool
from tools.usage.catalogue import focus_of, is_for
from tools.usage.parts import Parts, break_down
from tools.usage.place import own_place, prices_of

_SHOWN = 5
_SAID = 2
_PER = {"each": "", "square foot": " a square foot", "system": ""}


@dataclass(frozen=True, slots=True)
class Advice:
    """A tip, and what it would save this home in a year; None where there are no readings."""

    tip: Tip
    saves: Decimal | None


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step="Looking for what would save you most",
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
            f"By your readings you use next to nothing for {focus or 'energy'}, so there's "
            "little to save there.",
            "I can look at the rest of your home.",
        )
    return _advised(advice[:_SHOWN], focus)


@tool(
    effect=Effect.READ,
    rung=Rung.ANONYMOUS,
    grants=("usage",),
    step="Looking up rebates",
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
    rows = tuple((r.name, _rebate_shown(r, now)) for r in rebates)
    if not rebates:
        return Done(data, "There are no rebates right now.")
    named = [f"{_amount(r)} for {_object(r.name)}" for r in rebates[:3]]
    start = f"There are {len(rebates)} rebates" if len(rebates) > 1 else "There's one rebate"
    what = "business" if home and home.kind == "shop" else "home"
    say = f"{start}{f' for a {what} like yours' if home else ''}: {speech.listed(named)}"
    say += ", and more." if len(rebates) > len(named) else "."
    return Done(data, say, (Card(card="rebates", title="Rebates", rows=rows, data=data),))


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
    rows = tuple((a.tip.text, _saved(a)) for a in advice)
    tips = [f"{a.tip.text.rstrip('.')}, which saves {_saved(a)}" for a in advice[:_SAID]]
    say = f"What would help you most: {'. Then: '.join(tips)}. "
    say += "These are estimates from your own use."
    if advice[0].saves is None:
        say = " ".join(a.tip.text for a in advice[:_SAID])
    return Done(data, say, (Card(card="tips", title="How you can save", rows=rows, data=data),))


def _saved(advice: Advice) -> str:
    if advice.saves is None:
        return f"{advice.tip.saves_percent}% of {advice.tip.acts_on}"
    return f"about ${advice.saves:,.0f} a year"


async def _own_home(call: Call) -> Home | None:
    """Known for somebody who is recognised: it is about the place."""
    if call.rung < Rung.RECOGNISED or not call.premise_id:
        return None
    premise = await call.services.records.accounts.premise(call.premise_id)
    return premise.home if premise else None


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
    until = f" Until {speech.day(date.fromisoformat(rebate.ends), now)}." if rebate.ends else ""
    return f"{_amount(rebate)}. {rebate.needs}{until}"


def _amount(rebate: Rebate) -> str:
    whole = rebate.amount == rebate.amount.to_integral_value()
    amount = f"${rebate.amount:,.0f}" if whole else money(rebate.amount)
    return f"{amount}{_PER[rebate.per]}"


def _object(name: str) -> str:
    """ "a ducted heat pump", "attic insulation": within a sentence."""
    words = name[0].lower() + name[1:]
    if words.endswith("s") or words.split()[-1] in {"insulation", "sealing", "recycling"}:
        return words
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


TOOLS = (get_efficiency_tips, get_rebate_programs)
