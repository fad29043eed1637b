"""Booking a technician: what is free, a visit of any kind, a special meter reading."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card
from contracts.records import Premise
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done, Effect
from tools import speech
from tools.service import bookings, days, orders, places, visits, windows, wishes
from tools.service.bookings import Booking
from tools.service.visits import Visit
from tools.service.wishes import ORDERED, Wish
from tools.toolkit import WANTED, tool

_DAYS_SHOWN = 5
_DAYS_ON_CARD = 10


@tool(
    effect=Effect.READ,
    rung=Rung.RECOGNISED,
    grants=("service",),
    step=marked("Looking for free appointments"),
)
async def check_available_dates(call: Call, service_type: str = "") -> Done | AskAgain | Cannot:
    """Look up when a technician can come: the free days and times in the customer's town.

    Args:
        service_type: What for: "repair", "gas safety check", "meter read", "meter test", "energy
            audit", "start service" or "stop service".
    """
    premise = await places.own_place(call)
    if premise is None:
        return places.NO_PLACE
    work, span = visits.read_work(service_type), visits.calendar(call)
    slots = await visits.free(call, work, premise.city, span.days())
    if not slots:
        say = t("There's nothing free until {day}.", day=days.said(call, span.last))
        return Cannot("full", say, t("I can get you a person."))
    by_day: dict[date, list[str]] = {}
    for slot in slots:
        by_day.setdefault(slot.on, []).append(slot.window)
    offered = list(by_day.items())
    shown = offered[:_DAYS_SHOWN]
    data = {
        "service_type": work,
        "town": premise.city,
        "dates": [{"date": on.isoformat(), "windows": names} for on, names in shown],
        "last_date": span.last.isoformat(),
    }
    rows = tuple(
        (days.said(call, on), ", ".join(windows.said(n) for n in names)) for on, names in shown
    )
    first = visits.nearest(slots, slots[0].on)
    say = t(
        "For {work} the next free times are {times}. Which would suit you?",
        work=t(visits.WORK[work]),
        times=visits.slots_said(call, first),
    )
    more = _offered(work, offered[:_DAYS_ON_CARD])
    card = Card(card="slots", title=t("Free appointments"), rows=rows, data=data | more)
    return Done(data, say, (card, visits.choices(call, first)))


def _offered(work: str, offered: list[tuple[date, list[str]]]) -> dict[str, Any]:
    """What a card lets the customer pick from: days with their windows, and how those are said."""
    names = {name for _, held in offered for name in held}
    return {
        "work": t(visits.WORK[work]),
        "dates": [{"date": on.isoformat(), "windows": held} for on, held in offered],
        "said": {name: windows.said(name) for name in names},
    }


async def read_back_appointment(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    wish = await wishes.visit_wanted(call, args.date, args.time_slot, args.service_type)
    if not isinstance(wish, Wish):
        return wish
    if isinstance(found := await wishes.still_free(call, wish, ("date", "time_slot")), AskAgain):
        return found
    visit = found.visit
    return Confirmation(
        {"date": visit.on.isoformat(), "time_slot": visit.names[0], "service_type": visit.work},
        t(
            "I'll book {work} at {street} for {time}. Shall I go ahead?",
            work=t(visits.WORK[visit.work]),
            street=visit.premise.street,
            time=visits.slot_said(call, visit.on, visit.names[0]),
        ),
    )


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("service",),
    step=marked("Booking your appointment"),
    confirm=read_back_appointment,
)
async def schedule_appointment(
    call: Call,
    date: Annotated[str, WANTED] = "",
    time_slot: Annotated[str, WANTED] = "",
    service_type: str = "",
) -> Done | AskAgain | Cannot:
    """Book a technician to come to the customer's address. The customer is asked for a yes first.

    Args:
        date: The day, in the customer's words or as a date.
        time_slot: The time: a window like "10-12", "morning", "around 1 PM", or "any".
        service_type: What for: "repair", "gas safety check", "meter read", "energy audit", or the
            visit that an order still needs: "start service", "stop service".
    """
    made = await bookings.made_by(call)
    if made is not None:
        return await _ordered(call, made, ("date", "time_slot"))
    wish = await wishes.visit_wanted(call, date, time_slot, service_type)
    return await _book(call, wish, ("date", "time_slot")) if isinstance(wish, Wish) else wish


async def read_back_meter_read(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    wish = await wishes.reading_wanted(call, args.preferred_date)
    if not isinstance(wish, Wish):
        return wish
    if isinstance(found := await wishes.still_free(call, wish, ("preferred_date",)), AskAgain):
        return found
    on, name = found.visit.on, found.visit.names[0]
    return Confirmation(
        {"preferred_date": f"{on.isoformat()} {name}"},
        t(
            "I'll have your meter read at {street} on {time}. Shall I go ahead?",
            street=found.visit.premise.street,
            time=visits.slot_said(call, on, name),
        ),
    )


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("service",),
    step=marked("Arranging a meter reading"),
    confirm=read_back_meter_read,
)
async def schedule_meter_read(call: Call, preferred_date: str = "") -> Done | AskAgain | Cannot:
    """Have a technician read the customer's meter on a day of their choice. The customer is asked
    for a yes first.

    Args:
        preferred_date: The day, and the time if they named one; leave out for the earliest.
    """
    made = await bookings.made_by(call)
    if made is not None:
        return await _ordered(call, made, ("preferred_date",))
    wish = await wishes.reading_wanted(call, preferred_date)
    return await _book(call, wish, ("preferred_date",)) if isinstance(wish, Wish) else wish


async def _book(call: Call, wish: Wish, missing: tuple[str, ...]) -> Done | AskAgain | Cannot:
    visit = wish.visit
    if same := await _same(call, visit):
        return _booked(call, await _on_its_day(call, same), visit.premise)
    kind = ORDERED.get(visit.work)
    if kind:
        services = places.services_at(visit.premise)
        draft = orders.draft(
            call, kind, premise=visit.premise, on=visit.on, services=services, visit=visit
        )
        return await _ordered(call, await orders.place(call, draft), missing)
    number = wish.order.confirmation_number if wish.order else ""
    made = await visits.book(call, visit, number)
    if made is None:
        return await visits.taken(call, visit, wish.span, missing)
    booking = await _on_its_day(call, Booking(wish.order, made))
    return _booked(call, booking, visit.premise)


async def _on_its_day(call: Call, booking: Booking) -> Booking:
    """An order whose visit is booked, moved to the day of the visit."""
    order, visit = booking.order, booking.appointment
    if order is None or visit is None or order.on == visit.on:
        return booking
    order = await call.services.records.orders.move(order.confirmation_number, visit.on)
    return replace(booking, order=order)


async def _ordered(
    call: Call, booking: Booking, missing: tuple[str, ...]
) -> Done | AskAgain | Cannot:
    """An order that is its visit: without a place for the visit there is no order either."""
    order = booking.order
    premise = await call.services.records.accounts.premise(booking.premise_id)
    if order is None or premise is None:
        return orders.GONE
    booking = await orders.complete(call, booking)
    if booking.appointment is None:
        await call.services.records.orders.cancel(order.confirmation_number)
        wanted = order.details["visit"]
        visit = Visit(wanted["work"], premise, order.on, tuple(wanted["names"]))
        return await visits.taken(call, visit, visits.calendar(call), missing)
    return _booked(call, booking, premise)


async def _same(call: Call, visit: Visit) -> Booking | None:
    """The customer's own booking of just this visit: it is not made twice."""
    for held in await bookings.open_bookings(call):
        made = held.appointment
        if (
            made
            and (made.service_type, made.premise_id) == (visit.work, visit.premise.premise_id)
            and made.on == visit.on
            and held.window in visit.names
        ):
            return held
    return None


def _booked(call: Call, booking: Booking, premise: Premise) -> Done:
    label, when = bookings.what(booking), bookings.when(call, booking)
    if booking.order and booking.order.kind not in ORDERED.values() and booking.appointment:
        label = t(visits.WORK[booking.appointment.service_type])
    hours = call.services.scenario.policies.appointments.change_hours
    data = {**bookings.data_of(call, booking), "address": premise.address}
    rows = (
        (t("Confirmation number"), booking.number),
        (t("What"), orders.capital(label)),
        (t("Where"), premise.address),
        (t("When"), when),
        (t("To change or cancel it"), t("tell us at least {hours} hours before", hours=hours)),
    )
    shown = {**data, **bookings.shown_of(call, booking)}
    card = Card(card="appointment", title=t("Your appointment"), rows=rows, data=shown)
    say = t(
        "You're booked: {work} at {street} on {time}. Your confirmation number is {number}.",
        work=label,
        street=premise.street,
        time=when,
        number=speech.code(booking.number, call.channel),
    )
    return Done(data, say, (card,), bookings.fact_of(booking, data["status"]))


TOOLS = (check_available_dates, schedule_appointment, schedule_meter_read)
