"""Placing an order: the order itself, the visit that belongs to it, and what is said of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from contracts.language import marked, t
from contracts.messages import Card, Part
from contracts.records import Account, AccountChange, OrderKind, Premise, ServiceOrder
from contracts.tooling import AskAgain, Call, Cannot, Done
from tools import speech
from tools.common import own_account
from tools.service import bookings, days, visits, windows
from tools.service.bookings import Booking
from tools.service.days import Span
from tools.service.places import Kind, named
from tools.service.visits import Visit
from tools.speech import figure

GONE = Cannot(
    "no_order", marked("I can't find that order any more."), marked("I can get you a person.")
)


@dataclass(frozen=True, slots=True)
class Plan:
    """An order as it will be placed. `args` and `read_back` are for the customer's yes."""

    order: ServiceOrder
    args: dict[str, Any]
    read_back: str


def draft(
    call: Call,
    kind: OrderKind,
    *,
    premise: Premise,
    on: date,
    services: tuple[Kind, ...],
    visit: Visit | None,
    **details: Any,
) -> ServiceOrder:
    """An order without its number. The details hold what a second run of the call needs."""
    wanted = None
    if visit:
        wanted = {"work": visit.work, "premise_id": visit.premise.premise_id, "names": visit.names}
    return ServiceOrder(
        confirmation_number="",
        kind=kind,
        customer_id=call.customer_id,
        account_number=call.account_number or "",
        premise_id=premise.premise_id,
        services=services,
        on=on,
        details={"call": call.key, "address": premise.address, "visit": wanted, **details},
        at=call.services.clock.now(),
    )


async def place(call: Call, order: ServiceOrder) -> Booking:
    """Open the order. The same call again gives the same one; `complete` does the rest."""
    return Booking(await call.services.records.orders.open(key=call.key, order=order))


async def complete(call: Call, booking: Booking) -> Booking:
    """Do what belongs to an order, or what of it was not done before a crash: the account's status,
    and the visit."""
    order = booking.order
    if order is None or order.status != "scheduled":
        return booking
    if order.kind == "stop":
        await call.services.records.accounts.change(
            order.account_number, AccountChange(status="closing")
        )
    wanted = order.details.get("visit")
    if not wanted or booking.appointment:
        return booking
    premise = await call.services.records.accounts.premise(wanted["premise_id"])
    if premise is None:
        return booking
    visit = Visit(wanted["work"], premise, order.on, tuple(wanted["names"]))
    made = await visits.book(call, visit, order.confirmation_number)
    return replace(booking, appointment=made)


async def open_account(call: Call) -> Account | Cannot:
    account = await own_account(call)
    if isinstance(account, Account) and account.status == "closed":
        return Cannot("closed", t("This account is closed."), t("I can get you a person."))
    return account


def leaving(call: Call, still_open: Sequence[Booking]) -> Cannot | None:
    """Refuses where the customer's service is set to stop or to move already."""
    for held in still_open:
        if held.order and held.order.kind in {"stop", "transfer"}:
            return stands(call, held)
    return None


def stands(call: Call, held: Booking) -> Cannot:
    """Refuses what would contradict an order that stands."""
    number = speech.code(held.number, call.channel)
    return Cannot(
        "ordered_already",
        capital(
            t(
                "{what} is ordered for {time} already, number {number}.",
                what=bookings.what(held),
                time=bookings.when(call, held),
                number=number,
            )
        ),
        t("I can put it on another day or undo it."),
    )


async def day_and_visit(
    call: Call, text: str, argument: str, question: str, lead: int, work: str, premise: Premise
) -> tuple[date, Visit | None] | AskAgain:
    """The day of an order, and the visit it needs. Where somebody has to come, it has to be a day
    on which technicians can be booked.

    question: asks for the day, where none is named.
    """
    span = order_span(call, lead, visit=bool(work))
    on = days.read_work_day(call, text, argument, span, question)
    if isinstance(on, AskAgain):
        return on
    visit = await _visit_on(call, work, premise, on, span, argument) if work else None
    return visit if isinstance(visit, AskAgain) else (on, visit)


def order_span(call: Call, lead: int, *, visit: bool) -> Span:
    farthest = call.services.scenario.policies.moves.farthest_days
    span = days.span(call, lead_days=lead, farthest_days=farthest)
    return Span(span.first, min(span.last, visits.calendar(call).last)) if visit else span


async def _visit_on(
    call: Call, work: str, premise: Premise, on: date, span: Span, argument: str
) -> Visit | AskAgain:
    """A visit on this day, in whichever window is free; else the nearest days that have one."""
    free = await visits.free(call, work, premise.city, [on])
    if free:
        return Visit(work, premise, on, tuple(slot.window for slot in free))
    later = visits.nearest(await visits.free(call, work, premise.city, span.days()), on)
    start = t("No technician is free on {day}.", day=days.said(call, on))
    return visits.offer(call, start, later, (argument,))


def visit_said(visit: Visit) -> str:
    """A sentence on when somebody comes."""
    return t(
        "Somebody comes for {work} that day, {window}.",
        work=t(visits.WORK[visit.work]),
        window=windows.said(visit.names[0]),
    )


async def answer(
    call: Call, booking: Booking, title: str, done: str, rows: Sequence[tuple[str, str]], after: str
) -> Done:
    """What the customer gets of an order: its number, what happens, and how to undo it.

    done: a sentence on what was ordered. after: one on what else follows.
    """
    data = {**bookings.data_of(call, booking), **_order_data(booking)}
    number = t(
        "Your confirmation number is {number}.", number=speech.code(booking.number, call.channel)
    )
    visit_row, visit_words, show = await _visit_told(call, booking)
    shown = (
        (t("Confirmation number"), booking.number),
        *rows,
        (t("Technician"), visit_row),
        (t("To change or undo it"), t("tell us before that day")),
    )
    more = {**data, **bookings.shown_of(call, booking)}
    card = Card(card="order", title=title, rows=tuple(r for r in shown if r[1]), data=more)
    told = " ".join(part for part in (done, number, visit_words, after) if part)
    return Done(data, told, (card, *show), bookings.fact_of(booking, data["status"]))


async def _visit_told(call: Call, booking: Booking) -> tuple[str, str, tuple[Part, ...]]:
    """The card's row, a sentence, and windows to choose from where none could be had."""
    wanted = booking.order.details.get("visit") if booking.order else None
    if not wanted:
        return "", "", ()
    work = wanted["work"]
    label = t(visits.WORK[work])
    if booking.window:
        window = windows.said(booking.window)
        say = t(
            "Somebody comes for {work}, {window}. Please have an adult at home.",
            work=label,
            window=window,
        )
        return f"{label}, {window}", say, ()
    premise = await call.services.records.accounts.premise(wanted["premise_id"])
    area = premise.city if premise else ""
    span = visits.calendar(call)
    slots = visits.nearest(await visits.free(call, work, area, span.days()), booking.on)
    full = t("For {work}, the day is full by now.", work=label)
    question = visits.offer(call, full, slots, ("date",))
    return t("to be arranged"), question.say, question.show


def _order_data(booking: Booking) -> dict[str, Any]:
    if booking.order is None:
        return {}
    return {
        "address": booking.order.details.get("address", ""),
        "deposit": figure(booking.order.deposit),
        "can_be_undone_before": booking.on.isoformat(),
    }


def services_row(services: tuple[Kind, ...]) -> tuple[str, str]:
    return (t("Service"), capital(named(services)))


def capital(text: str) -> str:
    """A sentence that begins with what was filled in."""
    return text[:1].upper() + text[1:]


def lead_days(call: Call, kind: OrderKind) -> int:
    """Business days from the request to the day of such an order."""
    policies = call.services.scenario.policies
    lead = {
        "start": policies.moves.start_lead_days,
        "stop": policies.moves.stop_lead_days,
        "transfer": policies.moves.transfer_lead_days,
        "meter read": policies.meters.read_lead_days,
    }
    return lead.get(kind, policies.appointments.lead_days)
