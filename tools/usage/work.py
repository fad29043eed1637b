"""Orders of the usage desk that a technician comes for: a meter test, an energy audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.language import marked, t
from contracts.records import OrderKind, ServiceOrder, Slot
from contracts.tooling import Call, Cannot
from tools import speech
from tools.common import today
from tools.service import bookings, visits
from tools.service.bookings import Booking
from tools.usage.place import Place, Service

FULL = Cannot(
    "no_slots",
    marked("All our technicians are booked for the coming weeks."),
    marked("Please try again in a few days, or I can get you a person."),
)


@dataclass(frozen=True, slots=True)
class Work:
    """What is ordered. `kind` is the type of work as well."""

    kind: OrderKind
    services: tuple[Service, ...]
    details: Mapping[str, Any]


async def made_before(call: Call) -> Booking | None:
    """What an earlier run of this very call ordered, if it stands."""
    made = await bookings.made_by(call)
    return made if made and not made.is_cancelled and made.appointment else None


async def open_work(call: Call, kind: OrderKind, service: Service | None = None) -> Booking | None:
    """Work of this kind that is still to be done."""
    for booking in await bookings.open_bookings(call):
        order = booking.order
        if order and order.kind == kind and (service is None or service in order.services):
            return booking
    return None


def already(call: Call, booking: Booking) -> Cannot:
    return Cannot(
        "already_ordered",
        t(
            "You already have {what} on {when}. Its confirmation number is {number}.",
            what=bookings.what(booking),
            when=bookings.when(call, booking),
            number=speech.code(booking.number, call.channel),
        ),
        t("I can move it to another day, if you like."),
    )


async def order(call: Call, place: Place, work: Work, slots: list[Slot]) -> Booking | None:
    """The order, and a place in the first of these windows that has one; None if none has."""
    if not slots:
        return None
    made = await call.services.records.orders.open(
        key=call.key, order=_order(call, place, work, slots[0])
    )
    for slot in slots:
        visit = visits.Visit(work.kind, place.premise, slot.on, (slot.window,))
        appointment = await visits.book(call, visit, made.confirmation_number)
        if appointment is None:
            continue
        if appointment.on != made.on:
            made = await call.services.records.orders.move(made.confirmation_number, appointment.on)
        return Booking(made, appointment)
    await call.services.records.orders.cancel(made.confirmation_number)
    return None


async def free_slots(call: Call, place: Place, kind: OrderKind) -> list[Slot]:
    days = visits.calendar(call).days()
    return await visits.free(call, kind, place.premise.city, days)


def _order(call: Call, place: Place, work: Work, slot: Slot) -> ServiceOrder:
    return ServiceOrder(
        confirmation_number="",
        kind=work.kind,
        customer_id=place.account.customer_id,
        account_number=place.account.account_number,
        premise_id=place.premise.premise_id,
        services=work.services,
        on=slot.on,
        details={"call": call.key, "ordered": today(call).isoformat(), **work.details},
        at=call.services.clock.now(),
    )
