"""Days as people name them ("next Friday", "the 3rd", "December 4") as dates, when that is sure."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WITH_WEEKDAY = re.compile(rf"^(?:{'|'.join(_DAYS)}),?\s+(?:the\s+)?(?=.*\d)")
_NEAR = {
    "today": 0,
    "tonight": 0,
    "tomorrow": 1,
    "day after tomorrow": 2,
    "yesterday": -1,
    "last night": -1,
}


def resolve(said: str, today: date, *, past: bool = False) -> str | None:
    """ISO date of a day, looking ahead (or back, with `past`); None when it is not one day."""
    text = re.sub(r"^(?:(?:on|by|the|coming)\s+)+", "", said.strip().lower())
    if text in _NEAR:
        return (today + timedelta(days=_NEAR[text])).isoformat()
    if re.match(r"(?:end|last day) of\b", text):
        return _month_end(text, today)
    weekday = next((i for i, name in enumerate(_DAYS) if text.endswith(name)), None)
    if weekday is not None:
        return _weekday(text, weekday, today, past).isoformat()
    text = _WITH_WEEKDAY.sub("", text)  # "Friday the 23rd" is the 23rd
    ordinal = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)", text)
    if ordinal:
        return _of_month(int(ordinal[1]), today, past)
    text = re.sub(r"\ban?\b", "1", text)  # "in a week"
    return _written(text, today, past) if re.search(r"\d", text) else None


def month_before(named: str) -> str | None:
    """The month before a named one: "October" is "September"; with its year where one is named."""
    found = re.search(r"\b([a-z]{3})[a-z]*\b(?:\s+(\d{4}))?", named.lower())
    short = [name.lower() for name in calendar.month_abbr]
    if found is None or found[1] not in short[1:]:
        return None
    at = short.index(found[1])
    year = f" {int(found[2]) - (at == 1)}" if found[2] else ""
    return f"{calendar.month_name[at - 1 or 12]}{year}"


def _month_end(text: str, today: date) -> str:
    first = today.replace(day=1)
    if "next" in text:
        first = (first + timedelta(days=32)).replace(day=1)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1]).isoformat()


def _weekday(text: str, weekday: int, today: date, past: bool) -> date:
    if past or text.startswith("last"):
        return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
    ahead = (weekday - today.weekday() - 1) % 7 + 1
    # "next Friday" said on a Monday is the one of the week after.
    extra = 7 if text.startswith("next") and weekday > today.weekday() else 0
    return today + timedelta(days=ahead + extra)


def _of_month(day: int, today: date, past: bool) -> str | None:
    month = today.replace(day=1)
    if not past and day < today.day:
        month = (month + timedelta(days=32)).replace(day=1)
    if past and day > today.day:
        month = (month - timedelta(days=1)).replace(day=1)
    try:
        return month.replace(day=day).isoformat()
    except ValueError:
        return None


def _written(text: str, today: date, past: bool) -> str | None:
    """A date with its month ("12/4", "December 4th, 2026", "4 of Dec"), or so many days ahead."""
    # The parser sees no date where there is a "the" or an "of", and "from today" it takes for ago.
    words = re.sub(r",|\bof\b|\bthe\b", " ", text.replace("sept ", "sep "))
    words = words.replace("from today", "from now")
    found = _parser(today, past).get_date_data(" ".join(words.split())).date_obj
    return found.date().isoformat() if found else None


@lru_cache(maxsize=8)
def _parser(today: date, past: bool) -> DateDataParser:
    from dateparser.date import DateDataParser

    settings = {
        "PREFER_DATES_FROM": "past" if past else "future",
        "RELATIVE_BASE": datetime.combine(today, time(12)),
        "DATE_ORDER": "MDY",
        "REQUIRE_PARTS": ["day"],
    }
    return DateDataParser(languages=["en"], settings=settings)
