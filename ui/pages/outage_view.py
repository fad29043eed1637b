"""Outages as the public pages show them: words of the language spoken, and what the map draws."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.language import ENGLISH, marked, plural, spoken, t
from contracts.records import Outage, PlannedOutage
from tools import speech
from tools.outage import words
from tools.outage.ground import FEW, shown_area, shown_crew, shown_middle

Item = Outage | PlannedOutage
State = Literal["reported", "confirmed", "assigned", "en_route", "repairing", "restored", "planned"]

STATES: dict[str, str] = {
    "reported": marked("Reported"),
    "confirmed": marked("Confirmed"),
    "assigned": marked("Crew assigned"),
    "en_route": marked("Crew on its way"),
    "repairing": marked("Being repaired"),
    "restored": marked("Restored"),
    "planned": marked("Planned work"),
}
_PLANNED, _UNDER_WAY = STATES["planned"], marked("Planned work, under way")
CONFIDENCE: dict[str, str] = {
    "low": marked("Rough estimate, may well change"),
    "medium": marked("Fairly sure"),
    "high": marked("Sure"),
}
KINDS = {"electric": marked("Electricity"), "gas": marked("Gas")}
STEPS = (
    marked("Reported"),
    marked("Crew assigned"),
    marked("On site"),
    marked("Restored"),
)
_REASONS = (  # of the demo's planned work
    marked("a transformer is replaced"),
    marked("old cables are replaced"),
    marked("trees are cut near the line"),
)
_REACHED = {"assigned": 1, "en_route": 1, "repairing": 2, "restored": 3}


class StepView(BaseModel):
    """A step of an outage's way to its end."""

    model_config = ConfigDict(frozen=True)

    label: str
    state: Literal["done", "now", "to come"]
    said: str  # the state in words, for those who hear the page


class OutageView(BaseModel):
    """An outage for anybody to see. Nothing of it says who is without power, or at which house."""

    model_config = ConfigDict(frozen=True)

    id: str
    state: State
    kind: Literal["electric", "gas"]
    service: str
    place: str
    status: str
    customers: str
    size: str  # the number on the map's label
    cause: str
    since: str
    expected: str
    confidence: str
    crew: str
    label: str  # of its place on the map, read aloud
    steps: tuple[StepView, ...] = ()
    middle: tuple[float, float]  # longitude, latitude
    crew_at: tuple[float, float] | None = None


def view_of(item: Item, now: datetime) -> OutageView:
    """`now` is in the utility's zone, and so are the times said."""
    state = state_of(item, now)
    if isinstance(item, PlannedOutage):
        said = _planned_words(item, now)
    else:
        said = _outage_words(item, now)
    place = item.place or t("Our service area")
    customers = customers_said(item.customers_affected)
    return OutageView(
        id=item.outage_id,
        state=state,
        kind=item.kind,
        service=t(KINDS[item.kind]),
        place=place,
        customers=customers,
        size=size_of(item.customers_affected),
        label=f"{place}: {said['status']}, {customers}",
        middle=shown_middle(item),
        **said,
    )


def feature_of(item: Item, now: datetime) -> dict[str, Any]:
    """A GeoJSON feature: the area that is drawn, and the view as its properties."""
    view = view_of(item, now).model_dump(mode="json")
    return {"type": "Feature", "id": view["id"], "geometry": shown_area(item), "properties": view}


def state_of(item: Item, now: datetime) -> State:
    if isinstance(item, PlannedOutage):
        return "repairing" if item.begins <= now < item.ends else "planned"
    if item.status == "crew assigned":
        return "en_route" if item.crew and item.crew.status == "en route" else "assigned"
    return item.status


def aspect_of(item: Item, now: datetime) -> object:
    """What of a view changes as time goes by, though the record stays as it is."""
    awaited = isinstance(item, Outage) and item.eta is not None and item.eta >= now
    return state_of(item, now), awaited, now.date()


def steps_of(state: str) -> tuple[StepView, ...]:
    """Reported, a crew assigned, the crew on site, restored: how far it is."""
    reached = _REACHED.get(state, 0)
    over = state == "restored"
    return tuple(
        _step(label, "done" if n < reached or over else "now" if n == reached else "to come")
        for n, label in enumerate(STEPS)
    )


def customers_said(count: int) -> str:
    """How many are affected; of a few it isn't said how few."""
    if count < FEW:
        return t("fewer than {count} customers", count=FEW)
    return plural("one customer", "{count} customers", count, count=f"{count:,}")


def size_of(count: int) -> str:
    return f"<{FEW}" if count < FEW else f"{count:,}"


def summary_of(items: Iterable[Item]) -> str:
    """How many outages there are now, and roughly how many customers they touch."""
    active = [it for it in items if isinstance(it, Outage) and it.status != "restored"]
    if not active:
        return t("There are no known outages right now.")
    affected = sum(outage.customers_affected for outage in active)
    about = t("about {count} customers", count=f"{max(FEW, round(affected, -1)):,}")
    return plural(
        "One outage right now: {customers} affected.",
        "{count} outages right now: {customers} affected.",
        len(active),
        customers=customers_said(affected) if affected < FEW else about,
    )


def news_of(before: Item | None, item: Item, now: datetime) -> str:
    """What changed, in a sentence to be read aloud; empty where that is no news."""
    if before is None:
        return _new_said(item, now)
    if isinstance(item, PlannedOutage) or isinstance(before, PlannedOutage):
        return ""
    view = view_of(item, now)
    if item.status == "restored" and before.status != "restored":
        return t("{place}: service is back.", place=view.place)
    if _standing(before) == _standing(item):
        return ""
    return t(
        "{place}: {status}. Expected back: {when}.",
        place=view.place,
        status=view.status,
        when=view.expected,
    )


def _new_said(item: Item, now: datetime) -> str:
    view = view_of(item, now)
    if isinstance(item, PlannedOutage):
        return t("{place}: planned work, {when}.", place=view.place, when=view.since)
    if item.status == "restored":
        return ""
    return t("New outage in {place}: {customers}.", place=view.place, customers=view.customers)


def _standing(outage: Outage) -> tuple[object, ...]:
    """What of an outage is worth telling when it changes: not each step of a crew's way."""
    return outage.status, outage.eta, outage.crew.status if outage.crew else ""


def _step(label: str, state: Literal["done", "now", "to come"]) -> StepView:
    said = {"done": t("done"), "now": t("now"), "to come": t("to come")}[state]
    return StepView(label=t(label), state=state, said=said)


def _outage_words(outage: Outage, now: datetime) -> dict[str, Any]:
    state = state_of(outage, now)
    over = outage.restored.astimezone(now.tzinfo) if outage.restored else None
    return {
        "status": t(STATES[state]),
        "cause": _sentence(words.cause(outage)),
        "since": moment_said(outage.started.astimezone(now.tzinfo), now),
        "expected": _back(outage, over, now),
        "confidence": _how_sure(outage, now),
        "crew": _sentence(words.crew_row(outage)) if over is None else "",
        "crew_at": shown_crew(outage) if over is None else None,
        "steps": steps_of(state),
    }


def _planned_words(planned: PlannedOutage, now: datetime) -> dict[str, Any]:
    begins, ends = planned.begins.astimezone(now.tzinfo), planned.ends.astimezone(now.tzinfo)
    under_way = begins <= now < ends
    status = _UNDER_WAY if under_way else _PLANNED
    reason = t(planned.reason)
    if reason == planned.reason and spoken() != ENGLISH:
        reason = ""  # rather than in a language that isn't the reader's
    return {
        "status": t(status),
        "cause": _sentence(reason),
        "since": moment_said(begins, now),
        "expected": moment_said(ends, now),
        "confidence": "",
        "crew": "",
    }


def _back(outage: Outage, over: datetime | None, now: datetime) -> str:
    if over is not None:
        return t("Back since {when}", when=moment_said(over, now))
    if outage.eta is None:
        return t("No estimate yet")
    if outage.eta < now:
        return t("No new estimate yet")
    return _sentence(speech.about(outage.eta.astimezone(now.tzinfo), now))


def _how_sure(outage: Outage, now: datetime) -> str:
    if outage.restored or outage.eta is None or outage.eta < now:
        return ""
    return t(CONFIDENCE[outage.eta_confidence])


def moment_said(when: datetime, now: datetime) -> str:
    """The time, with its day where it is not today: for a table."""
    if when.date() == now.date():
        return speech.time_of_day(when)
    return f"{speech.short_day(when.date())}, {speech.time_of_day(when)}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
