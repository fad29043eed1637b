"""The two equally long periods a customer wants compared: "last month", "last winter"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from contracts.language import marked, t
from contracts.spanish import MONTHS
from tools import speech
from tools.dates import months_after
from tools.usage.place import year_before
from tools.usage.series import DAY, Span

_WEEK = timedelta(days=7)
_YEAR_OF_WEEKS = timedelta(days=364)  # the same weekdays a year before
_FEWEST = 7  # days of a period that is still running, to be worth comparing


class Season(NamedTuple):
    """The month it begins in; how it is called once it is over and while it lasts, and what it is
    compared with."""

    month: int
    over: str
    before: str
    so_far: str
    last: str


_SEASONS = {
    "winter": Season(
        12,
        marked("the winter from {month}"),
        marked("the winter before"),
        marked("this winter so far"),
        marked("the same days of last winter"),
    ),
    "spring": Season(
        3,
        marked("the spring from {month}"),
        marked("the spring before"),
        marked("this spring so far"),
        marked("the same days of last spring"),
    ),
    "summer": Season(
        6,
        marked("the summer from {month}"),
        marked("the summer before"),
        marked("this summer so far"),
        marked("the same days of last summer"),
    ),
    "fall": Season(
        9,
        marked("the fall from {month}"),
        marked("the fall before"),
        marked("this fall so far"),
        marked("the same days of last fall"),
    ),
    "autumn": Season(
        9,
        marked("the autumn from {month}"),
        marked("the autumn before"),
        marked("this autumn so far"),
        marked("the same days of last autumn"),
    ),
}
_WORDS = {
    "invierno": "winter",
    "primavera": "spring",
    "verano": "summer",
    "otoño": "fall",
    "semana": "week",
    "mes": "month",
    "año": "year",
    "ayer": "yesterday",
    "mismo": "same",
    "misma": "same",
    "two": "2",
    "three": "3",
    "four": "4",
    "six": "6",
    "quarter": "3 months",
    "el": "the",
    "la": "the",
    "en": "in",
    "de": "of",
    "todo": "whole",
    "pasado": "last",
    "pasada": "last",
    "días": "days",
    "semanas": "weeks",
    "meses": "months",
    "años": "years",
    "dos": "2",
    "tres": "3",
    "cuatro": "4",
    "cinco": "5",
    "seis": "6",
    **MONTHS,
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# "May" is a month, and "fall" a season, only where something says so.
_NAMED = (
    r"(?:^(?=\w+(?: \d{4})?$)"
    r"|\b(?:in|for|of|last|this|past|the|with|since|than|to|and|versus|vs|from) )"
)
_MONTH = re.compile(
    r"\b(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|june?|july?|aug(?:ust)?"
    rf"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b|{_NAMED}(may)\b"
)
_COUNT = re.compile(r"\b(\d{1,3})[ -]?(day|week|month)s?\b")
_WHOLE_YEAR = re.compile(
    r"\b(whole|full|entire|past|all|calendar) (of )?(the |this |last )?year|\bannual"
    r"|\b(12|twelve|365) (months|days)"
)
_YEARS = re.compile(r"\b(?!1 )(\d+|two|three|four|five|ten) years\b")


@dataclass(frozen=True, slots=True)
class Periods:
    """`now` against `then`, equally long. `names`: what to call the two, in the language spoken."""

    now: Span
    then: Span
    names: tuple[str, str]


def read_periods(text: str, last: date) -> Periods | None:
    """The periods meant, none of which goes beyond the `last` day there are readings of. Words that
    name none mean the last month; None for one longer ago than there are readings."""
    said = " ".join(_WORDS.get(word, word) for word in re.findall(r"[\w-]+", text.lower()))
    if _YEARS.search(said):
        return None
    found = (reader(said, last) for reader in _READERS)
    return next((periods for periods in found if periods), _month("month", last))


def _yesterday(said: str, last: date) -> Periods | None:
    if not re.search(r"\b(yesterday|day before)\b", said):
        return None
    week = last - _WEEK
    names = (t("the last day"), t("the same day a week ago"))
    return Periods(Span(last, last), Span(week, week), names)


def _week(said: str, last: date) -> Periods | None:
    if not re.search(r"\bweek(ly)?\b", said) or _COUNT.search(said):
        return None
    now = Span(last - _WEEK + DAY, last)
    these = t("the last {count} days", count=_WEEK.days)
    if "year" in said:
        return _shifted(now, _YEAR_OF_WEEKS, (these, t("the same week a year ago")))
    return _shifted(now, _WEEK, (these, t("the {count} days before", count=_WEEK.days)))


def _season(said: str, last: date) -> Periods | None:
    """The season of this year as far as it has gone against last year's; or the two before."""
    name = next(
        (n for n in _SEASONS if re.search(rf"{_NAMED if n == 'fall' else ''}{n}", said)), ""
    )
    if not name:
        return None
    season = _SEASONS[name]
    start = date(last.year, season.month, 1)
    start = start if start <= last else year_before(start)
    end = min(months_after(start, 3) - DAY, last)
    if (end - start).days + 1 < _FEWEST:
        start, end = year_before(start), months_after(year_before(start), 3) - DAY
    names = (t(season.over, month=speech.month_and_year(start)), t(season.before))
    if end == last:
        names = (t(season.so_far), t(season.last))
    return _a_year_apart(Span(start, end), names)


def _year(said: str, last: date) -> Periods | None:
    if _WHOLE_YEAR.search(said):
        return _last_days(365, last)
    if "year" not in said:
        return None
    now = Span(last - timedelta(days=29), last)
    names = (t("the last {count} days", count=now.days), t("the same days a year ago"))
    return _a_year_apart(now, names)


def _named_month(said: str, last: date) -> Periods | None:
    """The latest whole month of that name against the one a year before."""
    found = _MONTH.search(said)
    if found is None:
        return None
    start = date(last.year, _MONTHS.index((found.group(1) or found.group(2))[:3]) + 1, 1)
    start = start if months_after(start, 1) - DAY <= last else year_before(start)
    end = months_after(start, 1) - DAY
    names = (speech.month_and_year(start), speech.month_and_year(year_before(start)))
    return _a_year_apart(Span(start, end), names)


def _counted(said: str, last: date) -> Periods | None:
    found = _COUNT.search(said)
    days = int(found.group(1)) * {"day": 1, "week": 7, "month": 30}[found.group(2)] if found else 0
    if not 0 < days <= 365:
        return None
    return _last_days(days, last)


def _month(said: str, last: date) -> Periods | None:
    """This month so far against the same days of the last; early in a month, the last 30 days."""
    if "month" not in said:
        return None
    start = last.replace(day=1)
    before = months_after(start, -1)
    days = min(last.day, (start - before).days)
    if days < _FEWEST:
        return _counted("30 days", last)
    now = Span(start, start + timedelta(days=days - 1))
    then = Span(before, before + timedelta(days=days - 1))
    return Periods(now, then, (_first_days(now), _first_days(then)))


def _last_days(days: int, last: date) -> Periods:
    """So many days against as many before them."""
    now = Span(last - timedelta(days=days - 1), last)
    names = (t("the last {count} days", count=days), t("the {count} days before", count=days))
    return _shifted(now, timedelta(days=days), names)


def _first_days(span: Span) -> str:
    month = speech.month(span.start)
    return t("the first {count} days of {month}", count=span.days, month=month)


def _shifted(now: Span, by: timedelta, names: tuple[str, str]) -> Periods:
    return Periods(now, Span(now.start - by, now.end - by), names)


def _a_year_apart(now: Span, names: tuple[str, str]) -> Periods:
    """The same days a year before; as many of them, where one has a 29th of February."""
    start = year_before(now.start)
    return Periods(now, Span(start, start + (now.end - now.start)), names)


_READERS: tuple[Callable[[str, date], Periods | None], ...] = (
    _yesterday,
    _week,
    _season,
    _named_month,
    _year,
    _counted,
    _month,
)
