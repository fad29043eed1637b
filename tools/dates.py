"""Days and times as customers say them: "tomorrow at 3", "Friday morning", "October"."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from dateutil.parser import parse as _parse

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
    said = text.lower().strip()
    for words, days in _RELATIVE:
        if words in said:
            return today + timedelta(days=days)
    for number, name in enumerate(_WEEKDAYS):
        if re.search(rf"\b{name[:3]}({name[3:]})?\b", said):
            ahead = (number - today.weekday()) % 7 or 7
            back = (today.weekday() - number) % 7 or 7
            return today + timedelta(days=-back if past else ahead)
    return _calendar_day(said, today, past=past)


def read_moment(text: str, now: datetime) -> datetime | None:
    """The moment meant, in the zone of `now`, or None. A day alone means nine in the morning."""
    said = text.lower().strip()
    if ahead := _IN.search(said):
        return now + _span(ahead.group(1), ahead.group(2))
    day, clock = read_day(said, now.date()), _time(said)
    if day is None and clock is None:
        return None
    moment = datetime.combine(day or now.date(), clock or time(9), tzinfo=now.tzinfo)
    return moment + timedelta(days=1) if day is None and moment <= now else moment


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
