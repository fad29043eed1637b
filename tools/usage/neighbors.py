"""How the customer's use compares with homes like theirs. Nobody is named, ever."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from contracts.identity import Rung
from contracts.messages import Card
from contracts.records import Neighbours
from contracts.tooling import Call, Cannot, Done, Effect
from tools.common import today
from tools.dates import months_after
from tools.toolkit import OwnAccount, tool
from tools.usage import words
from tools.usage.place import NO_READINGS, Place, own_place
from tools.usage.series import DAY, Days, Span, recent_days

_MOVED_IN = Cannot(
    "no_full_month",
    "I need a whole month of your own readings before I can compare it.",
    "Please ask again next month.",
)


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step="Comparing you with homes like yours",
)
async def compare_to_neighbors(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """Compare the customer's electricity in the last full month with homes of the same kind
    and heating near them: the average home and the efficient ones. Names nobody."""
    place = await own_place(call)
    if isinstance(place, Cannot):
        return place
    days = await recent_days(call, place, "electric")
    if not days.hundredths:
        return NO_READINGS
    month = last_full_month(days.end)
    if not days.covers(month):
        return _MOVED_IN
    group = await _group(call, place, month.start)
    if group is None:
        return _too_few(call, place)
    return _compared(days, month, group, today(call))


def last_full_month(last: date) -> Span:
    """The last calendar month that is over on a day there are readings of."""
    start = months_after((last + DAY).replace(day=1), -1)
    return Span(start, months_after(start, 1) - DAY)


async def _group(call: Call, place: Place, month: date) -> Neighbours | None:
    """The town's, or where that is too small the one of all towns; None if that is as well."""
    least = call.services.scenario.policies.neighbours.least_group
    usage = call.services.records.usage
    for everywhere in (False, True):
        group = await usage.neighbours(place.premise.premise_id, month, everywhere=everywhere)
        if group is not None and group.homes >= least:
            return group
    return None


def _too_few(call: Call, place: Place) -> Cannot:
    least = call.services.scenario.policies.neighbours.least_group
    homes = "shops" if place.home and place.home.kind == "shop" else "homes"
    return Cannot(
        "group_too_small",
        f"There are fewer than {least} {homes} like yours near you, and we don't compare with so "
        "few, so that nobody's use can be guessed.",
        "I can compare your use with your own earlier use instead.",
    )


def _compared(days: Days, month: Span, group: Neighbours, today: date) -> Done:
    own = days.within(month).total
    against = words.percent(own - group.average, group.average)
    efficient = words.percent(own - group.efficient, group.efficient)
    name = f"{month.start:%B}" if month.start.year == today.year else f"{month.start:%B %Y}"
    data = {
        "month": f"{month.start:%Y-%m}",
        "your_kwh": str(own),
        "average_kwh": str(group.average),
        "efficient_kwh": str(group.efficient),
        "percent_of_average": against,
        "percent_of_efficient": efficient,
        "group": group.group,
        "homes": group.homes,
    }
    rows = (
        ("You", words.shown(own, "electric")),
        ("Average", words.shown(group.average, "electric")),
        ("Efficient ones", words.shown(group.efficient, "electric")),
        ("Compared with", f"{group.homes} {group.group}"),
    )
    card = Card(card="neighbors", title=f"You and homes like yours, {name}", rows=rows, data=data)
    return Done(data, _said(name, own, group, against), (card,))


def _said(name: str, own: Decimal, group: Neighbours, against: int | None) -> str:
    used = words.said(own, "electric")
    say = f"In {name} you used {used}. That's {words.change(against)}"
    say += f" {'as' if not against else 'than'} the average of {group.homes} {group.group}."
    if own > group.efficient:
        return f"{say} The efficient ones use {words.said(group.efficient, 'electric')}."
    return f"{say} You're among the efficient ones."


TOOLS = (compare_to_neighbors,)
