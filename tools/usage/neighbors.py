"""How the customer's use compares with homes like theirs. Nobody is named, ever."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card
from contracts.records import Neighbours
from contracts.tooling import Call, Cannot, Done, Effect
from tools import speech
from tools.common import today
from tools.dates import months_after
from tools.toolkit import OwnAccount, tool
from tools.usage import words
from tools.usage.place import NO_READINGS, Place, own_place
from tools.usage.series import DAY, Days, Span, recent_days

_MOVED_IN = Cannot(
    "no_full_month",
    marked("I need a whole month of your own readings before I can compare it."),
    marked("Please ask again next month."),
)
_ALL_TOWNS = marked("our area")
# As the records call the groups, their town left out.
GROUPS = (
    marked("gas-heated houses in {town}"),
    marked("gas-heated townhouses in {town}"),
    marked("gas-heated apartments in {town}"),
    marked("gas-heated shops in {town}"),
    marked("electrically heated houses in {town}"),
    marked("electrically heated townhouses in {town}"),
    marked("electrically heated apartments in {town}"),
    marked("electrically heated shops in {town}"),
    marked("houses with a heat pump in {town}"),
    marked("townhouses with a heat pump in {town}"),
    marked("apartments with a heat pump in {town}"),
    marked("shops with a heat pump in {town}"),
)
_AGAINST = words.Change(
    same=marked(
        "In {month} you used {used}. That's about the same as the average of {homes} {group}."
    ),
    more=marked(
        "In {month} you used {used}. That's {percent} percent more than the average of {homes} "
        "{group}."
    ),
    less=marked(
        "In {month} you used {used}. That's {percent} percent less than the average of {homes} "
        "{group}."
    ),
)


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step=marked("Comparing you with homes like yours"),
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
    if place.home and place.home.kind == "shop":
        say = t(
            "There are fewer than {count} shops like yours near you, and we don't compare with so "
            "few, so that nobody's use can be guessed.",
            count=least,
        )
    else:
        say = t(
            "There are fewer than {count} homes like yours near you, and we don't compare with so "
            "few, so that nobody's use can be guessed.",
            count=least,
        )
    instead = t("I can compare your use with your own earlier use instead.")
    return Cannot("group_too_small", say, instead)


def _compared(days: Days, month: Span, group: Neighbours, today: date) -> Done:
    own = days.within(month).total
    against = words.percent(own - group.average, group.average)
    efficient = words.percent(own - group.efficient, group.efficient)
    this_year = month.start.year == today.year
    name = speech.month(month.start) if this_year else speech.month_and_year(month.start)
    known_as = group_said(group.group)
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
        (t("You"), words.shown(own, "electric")),
        (t("Average"), words.shown(group.average, "electric")),
        (t("Efficient ones"), words.shown(group.efficient, "electric")),
        (t("Compared with"), f"{group.homes} {known_as}"),
    )
    title = t("You and homes like yours, {month}", month=name)
    card = Card(card="neighbors", title=title, rows=rows, data=data)
    say = _AGAINST.said(
        against,
        month=name,
        used=words.said(own, "electric"),
        homes=group.homes,
        group=known_as,
    )
    return Done(data, f"{say} {_efficient_said(own, group)}", (card,))


def group_said(name: str) -> str:
    """A group of the records, "gas-heated houses in Cedar Falls", in the language spoken."""
    homes, _, town = name.rpartition(" in ")
    return t(f"{homes} in {{town}}", town=t(town)) if homes else name


def _efficient_said(own: Decimal, group: Neighbours) -> str:
    if own <= group.efficient:
        return t("You're among the efficient ones.")
    used = words.said(group.efficient, "electric")
    return t("The efficient ones use {used}.", used=used)


TOOLS = (compare_to_neighbors,)
