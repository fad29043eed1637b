"""The cards of appointments, orders and the account: from a tool's data to what is drawn."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date

from contracts.language import marked, spoken, t
from contracts.messages import Card
from tools import speech
from tools.speech import money
from ui.cards.sheet import (
    Props,
    Tone,
    action,
    amount_of,
    chip,
    link,
    row,
    rows_of,
    sheet,
)

_STATUS: dict[str, tuple[str, Tone]] = {
    "scheduled": (marked("Scheduled"), "good"),
    "cancelled": (marked("Cancelled"), ""),
    "executed": (marked("Done"), ""),
}
_VISIT = marked("the visit of a technician")
_BOOKED = {  # a type of work within the words that book it
    "start service": marked("the visit to start service"),
    "stop service": marked("the visit to stop service"),
    "meter read": marked("a meter reading"),
    "energy audit": marked("a home energy audit"),
    "gas safety check": marked("a gas safety check"),
}
_METER_TEST = "meter test"


# --- appointments -----------------------------------------------------------------------------


def slots(card: Card) -> Props:
    """The appointment picker: days, and the free windows of each."""
    data = card.data
    days = [_day(date.fromisoformat(d["date"]), d["windows"], data) for d in data["dates"]]
    return {
        "kind": card.card,
        "title": card.title,
        "under": speech.sentence(data["work"][:1].upper() + data["work"][1:]),
        "days": days,
        "actions": [action(t("Test my meter"), t("Test my meter"), primary=True)]
        if data["service_type"] == _METER_TEST
        else [],
        "says": {"days": t("Days"), "windows": t("Times on {day}")},
    }


def _day(on: date, names: list[str], data: Props) -> Props:
    said = t("{weekday}, {day}", weekday=speech.weekday(on), day=speech.day(on, on))
    return {
        "id": on.isoformat(),
        "weekday": format_date(on, "EEE", locale=spoken()),
        "day": speech.short_day(on),
        "times": t("Times on {day}", day=said),
        "windows": [
            {"label": data["said"][name], "words": _book(data, said, name)} for name in names
        ],
    }


def _book(data: Props, day: str, window: str) -> str:
    """The words that book a window. A meter test is asked for in words of its own, and comes in the
    first window that is free."""
    if data["service_type"] == _METER_TEST:
        return ""
    work = t(_BOOKED.get(data["service_type"], _VISIT))
    first, last = window.split("-")  # bare hours are read alike in every language
    hours = t("{first_hour} to {last_hour}", first_hour=first, last_hour=last)
    return t("Book {work} for {day}, {window}", work=work, day=day, window=hours)


def appointment(card: Card) -> Props:
    """A visit that is booked, moved or cancelled; it is changed by the words of its buttons."""
    data = card.data
    number, until = data["confirmation_number"], data.get("until")
    stands = until is not None
    cancel = t("Cancel appointment {number}", number=number)
    return sheet(
        card,
        chip=_status_chip(data),
        rows=rows_of(card),
        actions=[
            action(t("Reschedule"), _move(number), until=until),
            action(t("Cancel it"), cancel, until=until),
        ]
        if stands
        else [],
        gone=t("It can no longer be changed here.") if stands else "",
        links=[link(t("Add to my calendar"), f"/my/appointments/{number}.ics", download=True)]
        if stands and data.get("visit")
        else [],
    )


def order(card: Card) -> Props:
    """Starting, stopping or moving service, with an undo while it can be undone."""
    data = card.data
    number, until = data["confirmation_number"], data.get("until")
    undo = t("Cancel order {number}", number=number)
    return sheet(
        card,
        chip=_status_chip(data),
        rows=rows_of(card),
        actions=[
            action(t("Undo it"), undo, until=until),
            action(t("Another day"), _move(number), until=until),
        ]
        if until
        else [],
        gone=t("It can no longer be changed here.") if until else "",
        links=[
            link(t("Add the visit to my calendar"), f"/my/appointments/{number}.ics", download=True)
        ]
        if until and data.get("visit")
        else [],
    )


def _move(number: str) -> str:
    return t("Move appointment {number} to another day", number=number)


def _status_chip(data: Props) -> Props:
    text, tone = _STATUS.get(data.get("status", "scheduled"), _STATUS["scheduled"])
    return chip(t(text), tone)


# --- places, deposits, the account ------------------------------------------------------------


def deposit(card: Card) -> Props:
    """The deposit for a new service, and why."""
    amount = amount_of(card.data, "deposit")
    return sheet(
        card,
        figure=money(amount) if amount else t("None"),
        under=t("for a new service"),
        rows=[row(label, value) for label, value in card.rows if label != t("Deposit")],
    )


def address(card: Card) -> Props:
    """An address: whether we serve it, what we offer there, or where bills go."""
    data = card.data
    can_start = bool(data.get("earliest_start"))
    start = t("Start service at {address}", address=data.get("address", ""))
    return sheet(
        card,
        chip=chip(t("In our area"), "good") if data.get("services") else None,
        rows=rows_of(card, without=[t("yes")]),
        actions=[action(t("Start service here"), start, primary=True)] if can_start else [],
    )


def case(card: Card) -> Props:
    """What people of ours look after. An emergency stands out."""
    urgent = bool(card.data.get("emergency_line"))
    return sheet(
        card,
        chip=chip(t("Emergency"), "bad") if urgent else chip(t("With our people")),
        rows=rows_of(card),
    )


def paperless(card: Card) -> Props:
    return sheet(card, chip=chip(t("On"), "good"), rows=rows_of(card, without=[t("on")]))


def contacts(card: Card) -> Props:
    return sheet(card, rows=rows_of(card))


def account(card: Card) -> Props:
    """The account at a glance, with what is often asked next."""
    data = card.data
    actions = [action(t("Show my bill"), t("What do I owe?"), primary=True)]
    if not data["autopay"]:
        actions.append(action(t("Set up autopay"), t("Set up autopay")))
    if not data["paperless"]:
        actions.append(action(t("Go paperless"), t("Turn on paperless billing")))
    return sheet(card, rows=rows_of(card), actions=actions)
