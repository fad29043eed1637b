"""What a customer has ordered or booked, how it stands, and how it is called."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contracts.language import marked, t
from contracts.messages import Choice, Choices
from contracts.records import Appointment, OrderKind, ServiceOrder
from contracts.spanish import unaccented
from contracts.tooling import AskAgain, Call, Cannot
from tools.common import today
from tools.service import days, windows
from tools.service.places import named
from tools.service.visits import WORK
from tools.spanish import numbered
from tools.speech import code, listed

KEPT = 50  # orders and appointments of a customer that are looked through
_NUMBER = re.compile(r"\d|\b[as]-[a-z]{6}\b", re.IGNORECASE)
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ORDERS: Mapping[OrderKind, str] = {
    "start": marked("the start of {services}"),
    "stop": marked("the end of service"),
    "transfer": marked("the move of your service"),
}
_A_VISIT, _YOUR_VISIT = marked("a visit"), marked("your visit")
_THEIRS = {
    "start service": marked("your technician's visit to start service"),
    "stop service": marked("your final meter reading"),
    "meter read": marked("your meter reading"),
    "meter test": marked("your meter test"),
    "energy audit": marked("your home energy audit"),
    "gas safety check": marked("your gas safety check"),
    "repair": marked("your technician's visit"),
}


@dataclass(frozen=True, slots=True)
class Booking:
    """An order, an appointment, or an order with the appointment that shares its number."""

    order: ServiceOrder | None = None
    appointment: Appointment | None = None

    @property
    def number(self) -> str:
        held = self.order or self.appointment
        return held.confirmation_number if held else ""

    @property
    def on(self) -> date:
        held = self.order or self.appointment
        return held.on if held else date.min

    @property
    def window(self) -> str:
        """Of the visit; empty where nobody comes."""
        booked = self.appointment and self.appointment.status == "booked"
        return self.appointment.window if self.appointment and booked else ""

    @property
    def premise_id(self) -> str:
        held = self.order or self.appointment
        return held.premise_id if held else ""

    @property
    def is_cancelled(self) -> bool:
        held = self.order or self.appointment
        return held is None or held.status == "cancelled"


def is_executed(order: ServiceOrder, today: date) -> bool:
    """Whether an order's work is done: it is, once its day has come."""
    return order.status == "executed" or (order.status == "scheduled" and order.on <= today)


def is_over(booking: Booking, today: date) -> bool:
    """Whether it is too late for any change."""
    if booking.order:
        return is_executed(booking.order, today)
    return booking.on < today


def is_open(booking: Booking, today: date) -> bool:
    return not booking.is_cancelled and not is_over(booking, today)


async def bookings(call: Call) -> list[Booking]:
    """All of the customer's, newest first; orders, then appointments without one."""
    records = call.services.records
    orders, appointments = await asyncio.gather(
        records.orders.of(call.customer_id, KEPT), records.appointments.of(call.customer_id, KEPT)
    )
    visits = {a.confirmation_number: a for a in appointments}
    held = [Booking(order, visits.pop(order.confirmation_number, None)) for order in orders]
    return [*held, *(Booking(appointment=alone) for alone in visits.values())]


async def open_bookings(call: Call) -> list[Booking]:
    return [booking for booking in await bookings(call) if is_open(booking, today(call))]


async def made_by(call: Call) -> Booking | None:
    """What an earlier run of this very call ordered."""
    held = await bookings(call)
    return next((b for b in held if b.order and b.order.details.get("call") == call.key), None)


async def find(call: Call, text: str) -> Booking | AskAgain | Cannot:
    """The customer's booking of that confirmation number; without one the only open one.

    Only their own are looked through: another customer's number is as unknown as a made-up one.
    """
    held = await bookings(call)
    still_open = [b for b in held if is_open(b, today(call))]
    given = _signs(text)
    if meant := next((b for b in held if _is_number(given, b.number)), None):
        return meant
    if _NUMBER.search(text):
        return _unknown(call, still_open)
    if len(still_open) == 1:
        return still_open[0]
    if not still_open:
        return Cannot("nothing_open", t("You have no open order or appointment with us."))
    say = t("Which one do you mean: {bookings}?", bookings=listed_said(call, still_open))
    return AskAgain(("confirmation_number",), say, (choices(call, still_open),))


def what(booking: Booking) -> str:
    """ "the start of electricity and gas", "a technician's visit"."""
    return _ordered(booking) or t(WORK.get(_work(booking), _A_VISIT))


def theirs(booking: Booking) -> str:
    """ "the start of electricity and gas", "your technician's visit"."""
    return _ordered(booking) or t(_THEIRS.get(_work(booking), _YOUR_VISIT))


def when(call: Call, booking: Booking) -> str:
    """ "Tuesday, January 20, 8 to 10 AM"."""
    on = days.said(call, booking.on)
    return f"{on}, {windows.said(booking.window)}" if booking.window else on


def changes_service(booking: Booking) -> bool:
    """Whether it starts, stops or moves service."""
    return booking.order is not None and booking.order.kind in {"start", "stop", "transfer"}


def changeable_until(call: Call, booking: Booking) -> datetime:
    """The moment from which it can't be moved or cancelled: an order's day, or some hours before a
    plain visit."""
    brand, policies = call.services.scenario.brand, call.services.scenario.policies
    midnight = datetime.combine(booking.on, time(), ZoneInfo(brand.timezone))
    if not booking.window or changes_service(booking):
        return midnight if booking.order else midnight + timedelta(days=1)
    begins = windows.begins(booking.on, booking.window, brand.timezone)
    latest = begins - timedelta(hours=policies.appointments.change_hours)
    return min(latest, midnight) if booking.order else latest


def shown_of(call: Call, booking: Booking) -> dict[str, Any]:
    """What a card shows besides its rows: what it is called, and until when it can be undone."""
    still = is_open(booking, today(call))
    return {
        "label": theirs(booking),
        "kind": booking.order.kind if booking.order else "visit",
        "visit": bool(booking.window),
        "until": changeable_until(call, booking).isoformat() if still else None,
    }


def data_of(call: Call, booking: Booking) -> dict[str, Any]:
    held = booking.order.status if booking.order else "scheduled"
    done = not booking.is_cancelled and is_over(booking, today(call))
    return {
        "confirmation_number": booking.number,
        "what": _work(booking),
        "services": list(booking.order.services) if booking.order else [],
        "date": booking.on.isoformat(),
        "window": booking.window or None,
        "status": "cancelled" if booking.is_cancelled else "executed" if done else held,
    }


def fact_of(booking: Booking, status: str) -> dict[str, Any]:
    """What the thread remembers of it."""
    fact = {
        "confirmation_number": booking.number,
        "date": booking.on.isoformat(),
        "window": booking.window or None,
        "status": status,
    }
    return {"order" if booking.order else "appointment": fact}


def choices(call: Call, held: list[Booking]) -> Choices:
    options = tuple(
        Choice(id=b.number, label=f"{_capital(what(b))}, {when(call, b)}") for b in held
    )
    return Choices(prompt=t("Which one?"), options=options)


def _work(booking: Booking) -> str:
    """The kind of order, or of visit."""
    if booking.order:
        return booking.order.kind
    return booking.appointment.service_type if booking.appointment else ""


def _ordered(booking: Booking) -> str:
    """What an order does to the service; empty of any other booking."""
    words = _ORDERS.get(booking.order.kind) if booking.order else None
    return t(words, services=named(booking.order.services)) if booking.order and words else ""


def _unknown(call: Call, still_open: list[Booking]) -> Cannot:
    say = t("I can't find that confirmation number on your account.")
    if still_open:
        own = t("You have {bookings}.", bookings=listed_said(call, still_open))
        say = f"{say} {own}"
    return Cannot("not_found", say, t("Please check the number, or tell me what it was for."))


def listed_said(call: Call, held: list[Booking]) -> str:
    """What each is, when, and its number."""
    told = [
        t(
            "{what} on {time}, number {number}",
            what=what(b),
            time=when(call, b),
            number=code(b.number, call.channel),
        )
        for b in held
    ]
    return listed(told, "or" if len(told) > 1 else "and")


def _signs(text: str) -> str:
    """Letters and digits alone, however they were said: "S four F" and "S cuatro F" are "S4F"."""
    words = re.findall(r"[a-z]+|\d+", numbered(unaccented(text)))
    return "".join(str(_DIGITS.index(w)) if w in _DIGITS else w for w in words).upper()


def _is_number(given: str, number: str) -> bool:
    """Whether a number is among the signs, with or without the letter that it begins with."""
    bare = re.sub(r"[^A-Z0-9]", "", number.upper())[1:]
    return bool(bare) and bare in given


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
