"""On which days something can be done: business days, soon enough and not too far ahead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.language import t
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
        unknown = t("I can't find that day on the calendar.") if names_day(text) else ""
        first = t("The earliest is {day}.", day=said(call, when.first))
        return _ask(call, argument, " ".join([unknown, question, first]).strip(), when.days())
    if problem := _problem(call, day, when):
        return _ask(call, argument, problem, _nearest(day, when))
    return day


def said(call: Call, day: date) -> str:
    """ "Tuesday, January 20", "martes 20 de enero"."""
    return t("{weekday}, {day}", weekday=speech.weekday(day), day=speech.day(day, today(call)))


def _problem(call: Call, day: date, when: Span) -> str:
    """Why a day can't be had, and which one can."""
    wanted, earliest = said(call, day), said(call, when.first)
    if day < today(call):
        return t(
            "{day} has passed. The earliest is {earliest}. Which day would you like?",
            day=wanted,
            earliest=earliest,
        )
    if day < when.first:
        return t(
            "{day} is too soon. The earliest is {earliest}. Which day would you like?",
            day=wanted,
            earliest=earliest,
        )
    if day > when.last:
        return t(
            "{day} is too far ahead. The latest I can plan is {latest}. Which day would you like?",
            day=wanted,
            latest=said(call, when.last),
        )
    return "" if is_business_day(day) else _closed(call, day, when)


def _closed(call: Call, day: date, when: Span) -> str:
    wanted, nearest = said(call, day), said(call, _nearest(day, when)[0])
    if day.weekday() >= 5:
        return t(
            "{day} is a weekend, and we work on business days. The nearest is {nearest}. "
            "Which day would you like?",
            day=wanted,
            nearest=nearest,
        )
    return t(
        "{day} is a holiday, and we work on business days. The nearest is {nearest}. "
        "Which day would you like?",
        day=wanted,
        nearest=nearest,
    )


def _nearest(day: date, when: Span) -> list[date]:
    """The days from this one on; the last ones, if it lies beyond them."""
    return [d for d in when.days() if d >= day] or when.days()[-_OFFERED:]


def _ask(call: Call, argument: str, say: str, days: Iterable[date]) -> AskAgain:
    options = tuple(Choice(id=d.isoformat(), label=said(call, d)) for d in list(days)[:_OFFERED])
    return AskAgain((argument,), say, (Choices(prompt=t("Which day?"), options=options),))
