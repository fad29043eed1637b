"""Moving, cancelling and undoing what was ordered or booked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from contracts.errors import Conflict
from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card
from contracts.records import AccountChange, Premise
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done, Effect
from tools import speech
from tools.common import local_now, today
from tools.service import bookings, days, orders, visits, windows
from tools.service.bookings import Booking
from tools.service.days import Span
from tools.service.visits import Visit
from tools.toolkit import WANTED, tool

_PERSON = marked("I can get you a person to help with that.")
_WHEN = ("new_date", "new_time_slot")
Status = Literal["scheduled", "cancelled"]
_STATUS: dict[Status, str] = {
    "scheduled": marked("scheduled"),
    "cancelled": marked("cancelled"),
}


async def read_back_reschedule(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    booking = await _changeable(call, args.confirmation_number)
    if not isinstance(booking, Booking):
        return booking
    wish = await _moved(call, booking, args.new_date, args.new_time_slot)
    if isinstance(wish, AskAgain | Cannot):
        return wish
    on, name = wish
    if (on, name) == (booking.on, booking.window):
        say = t(
            "It's on {time} already. When would you like it instead?",
            time=bookings.when(call, booking),
        )
        return AskAgain(_WHEN, say)
    target = visits.slot_said(call, on, name) if name else days.said(call, on)
    args_read = {"confirmation_number": booking.number, "new_date": on.isoformat()}
    return Confirmation(
        {**args_read, "new_time_slot": name} if name else args_read,
        t(
            "I'll move {what} from {time} to {new_time}. Shall I go ahead?",
            what=bookings.theirs(booking),
            time=bookings.when(call, booking),
            new_time=target,
        ),
    )


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("service",),
    step=marked("Moving your appointment"),
    confirm=read_back_reschedule,
)
async def reschedule_appointment(
    call: Call,
    confirmation_number: Annotated[str, WANTED] = "",
    new_date: Annotated[str, WANTED] = "",
    new_time_slot: str = "",
) -> Done | AskAgain | Cannot:
    """Put an appointment or an order (start, stop, move, meter reading) on another day or time. The
    customer is asked for a yes first.

    Args:
        confirmation_number: As the customer gave it; leave out if they have only one open.
        new_date: The new day, in the customer's words or as a date.
        new_time_slot: The new time: a window like "10-12", "morning", "around 1 PM".
    """
    booking = await bookings.find(call, confirmation_number)
    if not isinstance(booking, Booking):
        return booking
    if _is_there(call, booking, new_date, new_time_slot):
        return _rescheduled(call, booking)
    if refusal := _too_late(call, booking):
        return refusal
    wish = await _moved(call, booking, new_date, new_time_slot)
    if isinstance(wish, AskAgain | Cannot):
        return wish
    return await _move(call, booking, *wish)


async def read_back_cancel(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    booking = await _changeable(call, args.confirmation_number)
    if not isinstance(booking, Booking):
        return booking
    what, when = bookings.theirs(booking), bookings.when(call, booking)
    say = t("I'll cancel {what} on {time}. Shall I go ahead?", what=what, time=when)
    if bookings.changes_service(booking):
        say = t(
            "I'll cancel {what} on {time}. Your service stays as it is. Shall I go ahead?",
            what=what,
            time=when,
        )
    return Confirmation({"confirmation_number": booking.number}, say)


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("service",),
    step=marked("Cancelling it"),
    confirm=read_back_cancel,
)
async def cancel_appointment(
    call: Call, confirmation_number: Annotated[str, WANTED] = ""
) -> Done | AskAgain | Cannot:
    """Cancel an appointment, or undo an order to start, stop or move service that is not executed
    yet. The customer is asked for a yes first.

    Args:
        confirmation_number: As the customer gave it; leave out if they have only one open.
    """
    booking = await bookings.find(call, confirmation_number)
    if not isinstance(booking, Booking):
        return booking
    if not booking.is_cancelled and (refusal := _too_late(call, booking)):
        return refusal
    try:
        return _cancelled(call, await _cancel(call, booking))
    except Conflict:
        return _executed(call, booking)


async def _changeable(call: Call, number: str) -> Booking | AskAgain | Cannot:
    booking = await bookings.find(call, number)
    if not isinstance(booking, Booking):
        return booking
    if booking.is_cancelled:
        say = t("{what} was cancelled already.", what=bookings.theirs(booking))
        return Cannot("cancelled_already", orders.capital(say))
    return _too_late(call, booking) or booking


def _too_late(call: Call, booking: Booking) -> Cannot | None:
    """Orders can be changed until their day; a plain visit until some hours before it."""
    if bookings.is_over(booking, today(call)):
        return _executed(call, booking)
    if local_now(call) <= bookings.changeable_until(call, booking):
        return None
    hours = call.services.scenario.policies.appointments.change_hours
    say = t(
        "{what} is on {time}, and changes are possible until {hours} hours before.",
        what=bookings.theirs(booking),
        time=bookings.when(call, booking),
        hours=hours,
    )
    return Cannot("too_late", orders.capital(say), _PERSON)


def _executed(call: Call, booking: Booking) -> Cannot:
    what, on = bookings.theirs(booking), days.said(call, booking.on)
    if booking.on < today(call):
        say = t("{what} was done on {day}, so it can't be changed any more.", what=what, day=on)
    else:
        say = t(
            "{what} is being done today, {day}, so it can't be changed any more.",
            what=what,
            day=on,
        )
    return Cannot("executed", orders.capital(say), _PERSON)


async def _moved(
    call: Call, booking: Booking, day: str, time_slot: str
) -> tuple[date, str] | AskAgain | Cannot:
    """The new day and window; no window where nobody comes."""
    span = _span(call, booking)
    on: date | AskAgain = booking.on
    if day.strip() or not time_slot.strip():
        question = t("Which day would you like instead?")
        on = days.read_work_day(call, day, "new_date", span, question)
    if isinstance(on, AskAgain):
        return on
    if not booking.window or booking.appointment is None:
        return on, ""
    premise = await call.services.records.accounts.premise(booking.appointment.premise_id)
    if premise is None:
        return orders.GONE
    return await _new_window(call, booking, premise, on, time_slot or day)


async def _new_window(
    call: Call, booking: Booking, premise: Premise, on: date, text: str
) -> tuple[date, str] | AskAgain:
    """The first window that was named and is free; the same as before where none was named."""
    visit = booking.appointment
    work = visit.service_type if visit else visits.USUAL
    every = call.services.scenario.policies.appointments.windows
    names = windows.wanted(text, every) or (booking.window,)
    if visit and visit.on == on and booking.window in names:
        return on, booking.window  # its own place; after a crash the order is still to follow
    free = await visits.free(call, work, premise.city, [on], names)
    if free:
        return on, free[0].window
    return await visits.taken(call, Visit(work, premise, on, names), _span(call, booking), _WHEN)


def _span(call: Call, booking: Booking) -> Span:
    if booking.order is None:
        return visits.calendar(call)
    lead = orders.lead_days(call, booking.order.kind)
    if booking.window and not bookings.changes_service(booking):
        return visits.calendar(call, lead)
    return orders.order_span(call, lead, visit=bool(booking.window))


def _is_there(call: Call, booking: Booking, day: str, time_slot: str) -> bool:
    """Whether an earlier run of this call has moved it: the yes was to a resolved date."""
    same_day = day == booking.on.isoformat()
    return not booking.is_cancelled and same_day and time_slot == booking.window


async def _move(call: Call, booking: Booking, on: date, name: str) -> Done | AskAgain | Cannot:
    """The visit first: it is what can be refused."""
    visit, order = booking.appointment, booking.order
    try:
        if visit and name:
            moved = await call.services.records.appointments.rebook(
                visit.confirmation_number,
                on=on,
                window=name,
                capacity=visits.capacity(call, visit.service_type),
            )
            if moved is None:
                return await _full(call, booking, on, name)
            visit = moved
        if order and order.on != on:
            order = await call.services.records.orders.move(order.confirmation_number, on)
    except Conflict:
        return _executed(call, booking)
    return _rescheduled(call, replace(booking, order=order, appointment=visit))


async def _full(call: Call, booking: Booking, on: date, name: str) -> AskAgain | Cannot:
    """The window was taken while the customer thought about it."""
    held = booking.appointment
    premise = await call.services.records.accounts.premise(held.premise_id) if held else None
    if held is None or premise is None:
        return orders.GONE
    visit = Visit(held.service_type, premise, on, (name,))
    return await visits.taken(call, visit, _span(call, booking), _WHEN)


def _rescheduled(call: Call, booking: Booking) -> Done:
    say = t(
        "Done: {what} is now on {time}. The confirmation number stays {number}.",
        what=bookings.theirs(booking),
        time=bookings.when(call, booking),
        number=speech.code(booking.number, call.channel),
    )
    row = (t("When"), bookings.when(call, booking))
    return _answer(call, booking, t("Moved"), say, row, "scheduled")


async def _cancel(call: Call, booking: Booking) -> Booking:
    """Give up the order, its visit, and what it did to the account."""
    records = call.services.records
    order, visit = booking.order, booking.appointment
    if order:
        order = await records.orders.cancel(order.confirmation_number)
    if visit:
        visit = await records.appointments.cancel(visit.confirmation_number)
    if order and order.kind == "stop":
        await _reopen(call, order.account_number)
    return Booking(order, visit)


async def _reopen(call: Call, account_number: str) -> None:
    """The account is active again, unless another order ends it."""
    still = await bookings.open_bookings(call)
    if any(b.order and b.order.kind == "stop" for b in still):
        return
    account = await call.services.records.accounts.get(account_number)
    if account and account.status == "closing":
        await call.services.records.accounts.change(account_number, AccountChange(status="active"))


def _cancelled(call: Call, booking: Booking) -> Done:
    say = t(
        "{what} on {day} is cancelled.",
        what=bookings.theirs(booking),
        day=days.said(call, booking.on),
    )
    if bookings.changes_service(booking):
        stays = t("Your service stays as it is.")
        say = f"{say} {stays}"
    row = (t("Was on"), bookings.when(call, booking))
    return _answer(call, booking, t("Cancelled"), orders.capital(say), row, "cancelled")


def _answer(
    call: Call, booking: Booking, title: str, say: str, when: tuple[str, str], status: Status
) -> Done:
    """`when`: the card's row that says so."""
    data = bookings.data_of(call, booking)
    rows = (
        (t("Confirmation number"), booking.number),
        (t("What"), orders.capital(bookings.theirs(booking))),
        when,
        (t("Status"), t(_STATUS[status])),
    )
    shown = {**data, **bookings.shown_of(call, booking)}
    card = Card(card="appointment", title=title, rows=rows, data=shown)
    return Done(data, say, (card,), bookings.fact_of(booking, status))


TOOLS = (reschedule_appointment, cancel_appointment)
