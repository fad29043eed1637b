"""Days and times as customers say them: "tomorrow at 3", "Friday morning", "el 15 de octubre"."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import holidays
from dateutil.parser import parse as _parse
from dateutil.relativedelta import relativedelta

from tools.spanish import in_english

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_RELATIVE = (
    ("day after tomorrow", 2),
    ("tomorrow", 1),
    ("yesterday", -1),
    ("today", 0),
    ("tonight", 0),
    ("this morning", 0),
    ("this afternoon", 0),
    ("this evening", 0),
)
_PARTS = (
    ("noon", time(12)),
    ("midday", time(12)),
    ("morning", time(9)),
    ("afternoon", time(13)),
    ("evening", time(17)),
    ("tonight", time(18)),
)
_MONTH = re.compile(r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b")
_NUMERIC_DAY = re.compile(r"\b\d{4}-\d{1,2}-\d{1,2}|\b\d{1,2}/\d{1,2}(/\d{2,4})?\b")
_MONTH_WORD = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_ONE_DAY = re.compile(
    r"\b(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}(?:/\d{2,4})?"
    rf"|{_MONTH_WORD} (?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?:,? (?:19|20)\d{{2}})?"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH_WORD}(?:,? (?:19|20)\d{{2}})?)\b"
)
_OF_MONTH = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b|\bthe (\d{1,2})$")
_MONTH_END = re.compile(r"\b(?:end|last day) of (?:the |this )?(next )?month\b")
_COUNTS = {
    **{str(number): number for number in range(1, 100)},
    **{"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6},
}
_COUNT = rf"(\d{{1,2}}|{'|'.join(word for word in _COUNTS if word.isalpha())}) (day|week)s?"
_AHEAD = re.compile(rf"\b{_COUNT} (?:from (?:now|today)|ahead)\b|\bin {_COUNT}\b")
_AGO = re.compile(rf"\b{_COUNT} ago\b")
_AFTER_DAY = re.compile(rf"\b{_COUNT} (?:from|after) (?=(?:next )?[a-z]+day\b|tomorrow\b)")
_YEAR = re.compile(r"\b(19|20)\d{2}\b|\d/\d{1,2}/\d{2}\b")
_HALF_DAY = re.compile(r"\b(\d{1,2})(?::(\d{2}))?\s*([ap])\.?\s?m\b")
_CLOCK = re.compile(r"(?:\b|t)(\d{1,2}):(\d{2})(?::\d{2})?")
_AT = re.compile(r"\b(?:at|around|about|after) (\d{1,2})\b(?!\s*(?:hour|minute))")
_IN = re.compile(r"\bin (?:about )?(\d{1,3}|an?|half an) (minute|hour|day)s?\b")
_EARLY = 8  # "at 7" without more means the evening, "at 8" the morning


def parse_date(text: str, default: datetime, *, fuzzy: bool = False) -> date:
    """The date in a text, parts that are not said taken from `default`. Raises ValueError."""
    try:
        found: datetime = _parse(text, default=default, fuzzy=fuzzy)
    except OverflowError as error:
        raise ValueError("no such date") from error
    return found.date()


def read_day(text: str, today: date, *, past: bool = False) -> date | None:
    """The day meant, or None. Without a year it is the next such day, or with `past` the last."""
    said = in_english(text).lower().strip()
    if named := _ONE_DAY.search(said):
        return _calendar_day(named.group(), today, past=past)
    if counted := _counted_day(said, today):
        return counted
    if numbered := _numbered_day(said, today, past=past):
        return numbered
    for number, name in enumerate(_WEEKDAYS):
        if re.search(rf"\b{name[:3]}({name[3:]})?\b", said):
            ahead = (number - today.weekday()) % 7 or 7
            back = (today.weekday() - number) % 7 or 7
            return today + timedelta(days=-back if past else ahead)
    return _calendar_day(said, today, past=past)


def names_day(text: str) -> bool:
    """Whether a text names one day of the calendar, be there such a day or not."""
    return _ONE_DAY.search(in_english(text).lower()) is not None


def without_day(text: str) -> str:
    """A text without its day ("January 20", "in 2 weeks"): what is left says the time, in English
    ("morning", "10 to 12")."""
    return _OF_MONTH.sub(" ", _AHEAD.sub(" ", _ONE_DAY.sub(" ", in_english(text).lower())))


def read_moment(text: str, now: datetime) -> datetime | None:
    """The moment meant, in the zone of `now`, or None. A day alone means nine in the morning."""
    said = in_english(text).lower().strip()
    if ahead := _IN.search(said):
        span = _span(ahead.group(1), ahead.group(2))
        if ahead.group(2) == "day":
            return now + span
        # So many hours go by, in the night without a 2 AM as well.
        return (now.astimezone(UTC) + span).astimezone(now.tzinfo)
    day, clock = read_day(said, now.date()), _time(said)
    if day is None and clock is None:
        return None
    moment = datetime.combine(day or now.date(), clock or time(9), tzinfo=now.tzinfo)
    return moment + timedelta(days=1) if day is None and moment <= now else moment


def is_business_day(day: date) -> bool:
    """Monday to Friday, but for holidays."""
    return day.weekday() < 5 and day not in holidays_of(day.year)


def business_days_after(day: date, count: int) -> date:
    """The business day that comes so many business days after a day; `count` is one or more."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_business_day(day)
    return day


def months_after(day: date, count: int) -> date:
    """The same day of another month, or its last one where it has no such day. `count` may be
    negative."""
    return day + relativedelta(months=count)


@cache
def holidays_of(year: int) -> frozenset[date]:
    """The days of a year on which the utility's offices are closed."""
    return frozenset(holidays.country_holidays("US", subdiv="OR", years=year))


def _counted_day(said: str, today: date) -> date | None:
    """ "Tomorrow", "in 3 days", "2 weeks ago", "a week from Monday"."""
    if found := _AFTER_DAY.search(said):
        begins = read_day(said[found.end() :], today)
        return begins + _days_ahead(found) if begins else None
    if found := _AHEAD.search(said):
        return today + _days_ahead(found)
    if found := _AGO.search(said):
        return today - _days_ahead(found)
    days = next((days for words, days in _RELATIVE if words in said), None)
    return None if days is None else today + timedelta(days=days)


def _days_ahead(found: re.Match[str]) -> timedelta:
    count, unit = (group for group in found.groups() if group)
    return timedelta(days=_COUNTS.get(count, 0) * (7 if unit == "week" else 1))


def _numbered_day(said: str, today: date, *, past: bool) -> date | None:
    """ "The end of the month", "the 3rd"."""
    if end := _MONTH_END.search(said):
        return today + relativedelta(months=1 if end.group(1) else 0, day=31)
    if found := _OF_MONTH.search(said):
        return _day_of_month(int(found.group(1) or found.group(2)), today, past=past)
    return None


def _day_of_month(day: int, today: date, *, past: bool) -> date | None:
    shift = -1 if past and day > today.day else 1 if not past and day < today.day else 0
    month = today.replace(day=1) + relativedelta(months=shift)
    try:
        return month.replace(day=day)
    except ValueError:
        return None


def _calendar_day(said: str, today: date, *, past: bool) -> date | None:
    if not (_MONTH.search(said) or _NUMERIC_DAY.search(said)):
        return None
    try:
        found = parse_date(_HALF_DAY.sub(" ", said), datetime(today.year, 1, 1), fuzzy=True)
    except ValueError:
        return None
    if _YEAR.search(said):
        return found
    return _on_side(found, today, past=past)


def _on_side(found: date, today: date, *, past: bool) -> date | None:
    shift = -1 if past and found > today else 1 if not past and found < today else 0
    try:
        return found.replace(year=found.year + shift)
    except ValueError:  # the 29th of February of another year
        return None


def _time(said: str) -> time | None:
    if half := _HALF_DAY.search(said):
        hour = int(half.group(1)) % 12 + (12 if half.group(3) == "p" else 0)
        return _clock(hour, int(half.group(2) or 0))
    if clock := _CLOCK.search(said):
        return _clock(int(clock.group(1)), int(clock.group(2)))
    if bare := _AT.search(said):
        hour = int(bare.group(1))
        return _clock(hour + 12 if hour < _EARLY else hour, 0)
    return next((at for words, at in _PARTS if words in said), None)


def _clock(hour: int, minute: int) -> time | None:
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _span(count: str, unit: str) -> timedelta:
    number = 0.5 if count.startswith("half") else 1 if count in {"a", "an"} else int(count)
    return timedelta(**{f"{unit}s": number})
