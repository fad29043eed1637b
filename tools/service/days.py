"""On which days something can be done: business days, soon enough and not too far ahead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.messages import Choice, Choices
from contracts.tooling import AskAgain, Call
from tools import speech
from tools.common import today
from tools.dates import business_days_after, is_business_day, names_day, read_day

_OFFERED = 3  # days, in a question


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last day on which something can be done, both business days."""

    first: date
    last: date

    def days(self) -> list[date]:
        count = (self.last - self.first).days + 1
        every = (self.first + timedelta(days=n) for n in range(count))
        return [day for day in every if is_business_day(day)]


def span(call: Call, *, lead_days: int, farthest_days: int) -> Span:
    """From so many business days ahead until so many calendar days ahead."""
    now = today(call)
    last = now + timedelta(days=farthest_days)
    while not is_business_day(last):
        last -= timedelta(days=1)
    return Span(business_days_after(now, lead_days), last)


def read_work_day(
    call: Call, text: str, argument: str, when: Span, question: str
) -> date | AskAgain:
    """The day meant; or the question, with the nearest day there is.

    question: asks for the day, where none is named.
    """
    now = today(call)
    day = read_day(text, now)
    if day is None:
        first = f"The earliest is {said(call, when.first)}."
        unknown = "I can't find that day on the calendar. " if names_day(text) else ""
        return _ask(call, argument, f"{unknown}{question} {first}", when.days())
    if problem := _problem(call, day, when):
        return _ask(call, argument, problem, _nearest(day, when))
    return day


def said(call: Call, day: date) -> str:
    """ "Tuesday, January 20"."""
    return f"{day:%A}, {speech.day(day, today(call))}"


def _problem(call: Call, day: date, when: Span) -> str:
    """Why a day can't be had, and which one can."""
    if day < today(call):
        start = f"{said(call, day)} has passed."
        return f"{start} The earliest is {said(call, when.first)}. Which day would you like?"
    if day < when.first:
        return (
            f"{said(call, day)} is too soon. The earliest is {said(call, when.first)}. "
            "Which day would you like?"
        )
    if day > when.last:
        return (
            f"{said(call, day)} is too far ahead. The latest I can plan is "
            f"{said(call, when.last)}. Which day would you like?"
        )
    if not is_business_day(day):
        closed = "a weekend" if day.weekday() >= 5 else "a holiday"
        return (
            f"{said(call, day)} is {closed}, and we work on business days. "
            f"The nearest is {said(call, _nearest(day, when)[0])}. Which day would you like?"
        )
    return ""


def _nearest(day: date, when: Span) -> list[date]:
    """The days from this one on; the last ones, if it lies beyond them."""
    return [d for d in when.days() if d >= day] or when.days()[-_OFFERED:]


def _ask(call: Call, argument: str, say: str, days: Iterable[date]) -> AskAgain:
    options = tuple(Choice(id=d.isoformat(), label=said(call, d)) for d in list(days)[:_OFFERED])
    return AskAgain((argument,), say, (Choices(prompt="Which day?", options=options),))
