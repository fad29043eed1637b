"""The visit that a customer wants: what for, where, on which day and in which windows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from contracts.language import t
from contracts.records import OrderKind, Premise, ServiceOrder
from contracts.tooling import AskAgain, Call, Cannot
from tools.service import bookings, days, orders, places, visits, windows
from tools.service.days import Span
from tools.service.visits import Visit

# Work that is an order of its own, and not just a visit.
ORDERED: dict[str, OrderKind] = {"meter read": "meter read", "energy audit": "energy audit"}
_OF_ORDERS = {"start service", "stop service"}


@dataclass(frozen=True, slots=True)
class Wish:
    """A visit that is wanted. `order`: the order that it belongs to and that waits for it."""

    visit: Visit
    span: Span
    order: ServiceOrder | None = None


async def visit_wanted(
    call: Call, day: str, time_slot: str, service_type: str
) -> Wish | AskAgain | Cannot:
    """The visit wanted, in the customer's words. A text may be empty: then it is asked for, or
    the usual is meant."""
    premise = await _served_place(call)
    if isinstance(premise, Cannot):
        return premise
    work = visits.read_work(service_type)
    if work == "meter test":
        return Cannot(
            "meter_test",
            t("A meter test has rules of its own, so I can't book it as a plain visit."),
            t("Tell me you'd like your meter tested, and our usage specialist will arrange it."),
        )
    if refusal := await _ordered_already(call, work):
        return refusal
    waiting = await _waiting_order(call, work, (day, time_slot))
    if waiting is None and (refusal := _pointless(work, premise)):
        return refusal
    site = await _site(call, waiting) if waiting else premise
    return await _timed(call, work, site, waiting, day or time_slot, time_slot or day)


async def _served_place(call: Call) -> Premise | Cannot:
    account = await orders.open_account(call)
    if isinstance(account, Cannot):
        return account
    return await places.own_place(call) or places.NO_PLACE


def _pointless(work: str, premise: Premise) -> Cannot | None:
    """Refuses a visit that no order needs, or of a service that isn't there."""
    if work in _OF_ORDERS:
        return Cannot(
            "no_order",
            t("You have no order that needs {work}.", work=t(visits.WORK[work])),
            t("I can order starting, moving or stopping service first."),
        )
    if work == "gas safety check" and "gas" not in places.services_at(premise):
        return Cannot(
            "no_gas",
            t(
                "We don't supply gas to {street}, so there's nothing to check.",
                street=premise.street,
            ),
            t("If something else needs a look, I can book a technician's visit."),
        )
    return None


async def _timed(
    call: Call, work: str, site: Premise, waiting: ServiceOrder | None, day: str, time_slot: str
) -> Wish | AskAgain:
    """Day and windows of a visit."""
    span = visits.calendar(call, _lead_days(call, work, waiting))
    on = days.read_work_day(call, day, "date", span, t("Which day would suit you?"))
    if isinstance(on, AskAgain):
        return on
    names = await _windows(call, work, site, on, span, time_slot)
    return (
        names if isinstance(names, AskAgain) else Wish(Visit(work, site, on, names), span, waiting)
    )


async def reading_wanted(call: Call, text: str) -> Wish | AskAgain | Cannot:
    """The reading wanted: on a day, in a window of it if one was named; or the very next one."""
    premise = await _served_place(call)
    if isinstance(premise, Cannot):
        return premise
    work = "meter read"
    if refusal := await _ordered_already(call, work):
        return refusal
    span = visits.calendar(call, call.services.scenario.policies.meters.read_lead_days)
    every = call.services.scenario.policies.appointments.windows
    if not text.strip() or windows.wanted(text, every) == every:
        slots = await visits.free(call, work, premise.city, span.days())
        if not slots:
            full = t("I'm sorry, we're fully booked.")
            return visits.offer(call, full, [], ("preferred_date",))
        return Wish(Visit(work, premise, slots[0].on, (slots[0].window,)), span)
    on = days.read_work_day(call, text, "preferred_date", span, t("Which day would suit you?"))
    if isinstance(on, AskAgain):
        return on
    return Wish(Visit(work, premise, on, windows.wanted(text, every) or every), span)


async def _ordered_already(call: Call, work: str) -> Cannot | None:
    """Refuses a second reading or audit while one is still to come."""
    for held in await bookings.open_bookings(call):
        if held.order and held.order.kind == ORDERED.get(work):
            return orders.stands(call, held)
    return None


async def _windows(
    call: Call, work: str, premise: Premise, on: date, span: Span, text: str
) -> tuple[str, ...] | AskAgain:
    """The windows meant; a question with what is free that day where none was named."""
    every = call.services.scenario.policies.appointments.windows
    if names := windows.wanted(text, every):
        return names
    slots = await visits.free(call, work, premise.city, [on])
    start = t("Technicians come in windows of two hours.")
    if not slots:
        start = t("There's nothing free on {day}.", day=days.said(call, on))
        slots = visits.nearest(await visits.free(call, work, premise.city, span.days()), on)
    return visits.offer(call, start, slots[: visits.OFFERED], ("date", "time_slot"))


async def still_free(call: Call, wish: Wish, missing: tuple[str, ...]) -> Wish | AskAgain:
    """The wish with the first of its windows that is free."""
    visit = wish.visit
    slots = await visits.free(call, visit.work, visit.premise.city, [visit.on], visit.names)
    if not slots:
        return await visits.taken(call, visit, wish.span, missing)
    return replace(wish, visit=replace(visit, names=(slots[0].window,)))


async def _waiting_order(
    call: Call, work: str, agreed: tuple[str, str] = ("", "")
) -> ServiceOrder | None:
    """The open order that needs a visit of this kind and has none; or has just the one of that day
    and window, which an earlier run of this call has booked."""
    for held in await bookings.open_bookings(call):
        wanted = held.order.details.get("visit") if held.order else None
        if not wanted or wanted["work"] != work:
            continue
        visit = held.appointment
        if not held.window or (visit and (visit.on.isoformat(), visit.window) == agreed):
            return held.order
    return None


async def _site(call: Call, order: ServiceOrder) -> Premise:
    wanted = order.details["visit"]["premise_id"]
    premise = await call.services.records.accounts.premise(wanted)
    return cast(Premise, premise)


def _lead_days(call: Call, work: str, order: ServiceOrder | None) -> int:
    policies = call.services.scenario.policies
    if work == "meter read":
        return policies.meters.read_lead_days
    return orders.lead_days(call, order.kind) if order else 0
