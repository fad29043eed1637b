"""A home energy audit: somebody comes, looks at the home and says what would save energy."""

from __future__ import annotations

from typing import Any

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card
from contracts.records import OrderKind, Slot
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done, Effect
from tools import speech
from tools.service import days, visits, windows
from tools.service.bookings import Booking, fact_of, shown_of
from tools.toolkit import tool
from tools.usage import work
from tools.usage.place import Place, Service, own_place

_AUDIT: OrderKind = "energy audit"
_ASKED = ("preferred_date",)


async def read_back_audit(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    """The day and the window in which somebody comes."""
    place = await own_place(call)
    if isinstance(place, Cannot):
        return place
    if waiting := await work.open_work(call, _AUDIT):
        return work.already(call, waiting)
    found = await _slots(call, place, args.preferred_date)
    if not isinstance(found, list):
        return found
    when = visits.slot_said(call, found[0].on, found[0].window)
    return Confirmation(
        {"preferred_date": f"{found[0].on.isoformat()} {found[0].window}"},
        t(
            "I'll book a home energy audit at {address} for {when}. Shall I?",
            address=place.premise.street,
            when=when,
        ),
    )


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("usage",),
    step=marked("Booking your energy audit"),
    confirm=read_back_audit,
)
async def schedule_energy_audit(call: Call, preferred_date: str = "") -> Done | AskAgain | Cannot:
    """Book a home energy audit: somebody comes and looks where the home loses energy. The customer
    is asked for a yes first.

    Args:
        preferred_date: A day, and a time of day if they named one: "next Tuesday morning".
    """
    made = await work.made_before(call)
    if made is None:
        place = await own_place(call)
        if isinstance(place, Cannot):
            return place
        if waiting := await work.open_work(call, _AUDIT):
            return work.already(call, waiting)
        found = await _slots(call, place, preferred_date)
        if not isinstance(found, list):
            return found
        made = await work.order(call, place, work.Work(_AUDIT, _services(place), {}), found[:1])
    return _booked(call, made) if made else work.FULL


async def _slots(call: Call, place: Place, text: str) -> list[Slot] | AskAgain | Cannot:
    """What is free on the day and in the windows that were named; or a question with what is."""
    every = await work.free_slots(call, place, _AUDIT)
    if not every:
        return work.FULL
    if not text:
        return visits.offer(call, t("When would suit you?"), _first_of_days(every), _ASKED)
    names = windows.wanted(text, call.services.scenario.policies.appointments.windows)
    day = days.read_work_day(
        call, text, _ASKED[0], visits.calendar(call), t("Which day would suit you?")
    )
    if isinstance(day, AskAgain):
        return day
    fitting = [s for s in every if s.on == day and (not names or s.window in names)]
    if fitting:
        return fitting
    start = t("There's nothing free then on {day}.", day=days.said(call, day))
    return visits.offer(call, start, visits.nearest(every, day), _ASKED)


def _first_of_days(slots: list[Slot]) -> list[Slot]:
    """The first window of the next few days that have one."""
    first = {slot.on: slot for slot in reversed(slots)}
    return sorted(first.values(), key=lambda slot: slot.on)[: visits.OFFERED]


def _services(place: Place) -> tuple[Service, ...]:
    return tuple(meter.kind for meter in place.premise.meters)


def _booked(call: Call, made: Booking) -> Done:
    when = visits.slot_said(call, made.on, made.window)
    data = {
        "confirmation_number": made.number,
        "date": made.on.isoformat(),
        "window": made.window,
    }
    rows = ((t("Visit"), when), (t("Confirmation"), made.number))
    say = t(
        "Your home energy audit is on {when}. Your confirmation number is {number}.",
        when=when,
        number=speech.code(made.number, call.channel),
    )
    shown = {**data, **shown_of(call, made)}
    card = Card(card="appointment", title=t("Home energy audit"), rows=rows, data=shown)
    return Done(data, say, (card,), fact_of(made, "scheduled"))


TOOLS = (schedule_energy_audit,)
