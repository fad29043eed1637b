"""Technicians' visits: for what they come, when they are free, and taking a place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from contracts.language import marked, t
from contracts.messages import Choice, Choices
from contracts.records import Appointment, Premise, Slot
from contracts.tooling import AskAgain, Call
from tools.service import days, windows
from tools.service.days import Span
from tools.speech import listed

# Types of work, as the policy names them, in a customer's words; each is told by `t`.
WORK = {
    "start service": marked("a technician's visit to start service"),
    "stop service": marked("a final meter reading"),
    "meter read": marked("a meter reading"),
    "meter test": marked("a meter test"),
    "energy audit": marked("a home energy audit"),
    "gas safety check": marked("a gas safety check"),
    "repair": marked("a technician's visit"),
}
USUAL = "repair"
OFFERED = 3  # windows, in a question

_TYPES = (
    (
        "gas safety check",
        r"safety|gas (check|inspection|line|appliance)|pilot|furnace|boiler|seguridad|piloto|"
        r"calder\w+|calefac\w+|(revis\w+|inspecci\w+) (de |d?el )?gas",
    ),
    ("energy audit", r"audit|efficien\w+|assessment|eficiencia|evaluaci\w+"),
    (
        "meter test",
        r"meter test|test\w* (of )?(my |the )?meter|meter accura\w+|calibrat\w+|calibra\w+|"
        r"(prueba|probar|prueben) (de |d?el |(a )?mi )*medidor",
    ),
    ("meter read", r"read(ing)?s?\b|meter read|lectura|leer|lean"),
    (
        "stop service",
        r"stop|disconnect\w*|shut\w* off|turn\w* off|mov\w+ out|end service|desconect\w+|"
        r"cort\w+|termin\w+|baja",
    ),
    (
        "start service",
        r"start|connect\w*|turn\w* on|activat\w+|mov\w+ in|new service|conect\w+|inici\w+|"
        r"activ\w+|alta|servicio nuevo",
    ),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that is wanted. `names`: the windows that would do, the best first."""

    work: str
    premise: Premise
    on: date
    names: tuple[str, ...]


def read_work(text: str) -> str:
    """The type of work meant; a plain visit where nothing more is said."""
    said = text.lower().strip()
    if said in WORK:
        return said
    return next((work for work, words in _TYPES if re.search(rf"\b({words})", said)), USUAL)


def calendar(call: Call, lead_days: int = 0) -> Span:
    """When technicians can be booked; `lead_days` where the work needs more notice."""
    policy = call.services.scenario.policies.appointments
    return days.span(
        call, lead_days=max(lead_days, policy.lead_days), farthest_days=policy.farthest_days
    )


def capacity(call: Call, work: str) -> int:
    return call.services.scenario.policies.appointments.technicians[work]


async def free(
    call: Call, work: str, area: str, on: Sequence[date], names: Sequence[str] = ()
) -> list[Slot]:
    """What is free on these days, in order; of these windows, or of all."""
    every = call.services.scenario.policies.appointments.windows
    wanted = {name: capacity(call, work) for name in every if not names or name in names}
    return await call.services.records.appointments.slots(work, area, list(on), wanted)


async def book(call: Call, visit: Visit, number: str = "") -> Appointment | None:
    """Take a place in the first window that has one, once a call; None if all are full.

    number: the confirmation number of the order that it belongs to.
    """
    for name in visit.names:
        made = await call.services.records.appointments.book(
            key=call.key,
            appointment=Appointment(
                confirmation_number=number,
                service_type=visit.work,
                customer_id=call.customer_id,
                premise_id=visit.premise.premise_id,
                area=visit.premise.city,
                on=visit.on,
                window=name,
                at=call.services.clock.now(),
            ),
            capacity=capacity(call, visit.work),
        )
        if made is not None:
            return made
    return None


async def taken(call: Call, visit: Visit, span: Span, missing: tuple[str, ...]) -> AskAgain:
    """What is said when a window is full: the nearest ones that are free."""
    slots = nearest(await free(call, visit.work, visit.premise.city, span.days()), visit.on)
    when = f"{days.said(call, visit.on)}, {_windows_said(visit.names)}"
    return offer(call, t("I'm sorry, {time} is taken.", time=when), slots, missing)


def offer(call: Call, start: str, slots: Sequence[Slot], missing: tuple[str, ...]) -> AskAgain:
    """A question with windows to choose from. `start`: a sentence that comes before it."""
    if not slots:
        nothing = t("Nothing else is free; please try again in a few days.")
        return AskAgain(missing, f"{start} {nothing}")
    if len({slot.on for slot in slots}) == len(slots):
        told = listed([slot_said(call, slot.on, slot.window) for slot in slots], "or")
    else:
        told = slots_said(call, slots)  # each day once
    question = t("I have {times}. Which would you like?", times=told)
    return AskAgain(missing, f"{start} {question}", (choices(call, slots),))


def choices(call: Call, slots: Sequence[Slot]) -> Choices:
    options = tuple(
        Choice(id=f"{s.on.isoformat()} {s.window}", label=slot_said(call, s.on, s.window))
        for s in slots
    )
    return Choices(prompt=t("Which time?"), options=options)


def nearest(slots: Sequence[Slot], day: date) -> list[Slot]:
    """The few that are closest to a day, in order."""
    close = sorted(slots, key=lambda slot: abs((slot.on - day).days))[:OFFERED]
    return sorted(close, key=slots.index)


def slot_said(call: Call, on: date, window: str) -> str:
    """ "Tuesday, January 20, 10 AM to noon"."""
    return f"{days.said(call, on)}, {windows.said(window)}"


def slots_said(call: Call, slots: Sequence[Slot]) -> str:
    """Windows by their days: "Tuesday, January 20, 8 to 10 AM or 10 AM to noon"."""
    by_day: dict[date, list[str]] = {}
    for slot in slots:
        by_day.setdefault(slot.on, []).append(slot.window)
    told = [f"{days.said(call, on)}, {_windows_said(names)}" for on, names in by_day.items()]
    if len(told) == 1:
        return told[0]
    return t("{time}; or {other}", time="; ".join(told[:-1]), other=told[-1])


def _windows_said(names: Sequence[str]) -> str:
    return listed([windows.said(name) for name in names], "or")
