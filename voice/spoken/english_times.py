"""Days and times as English says them."""

from __future__ import annotations

import re

from voice.spoken.mapping import Form
from voice.spoken.numbers import english, english_ordinal, english_pairs
from voice.spoken.stamps import STAMP

Match = re.Match[str]

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_MONTH_NAME = (
    r"Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?"
    r"|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?"
)
_MONTH = rf"(?P<month>{_MONTH_NAME})"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = (
    r"Mon(?:day)?|Tue(?:s|sday)?|Wed(?:nesday)?|Thu(?:rs?|rsday)?|Fri(?:day)?|Sat(?:urday)?"
    r"|Sun(?:day)?"
)
_DAY_NO = r"[12]?\d|3[01]"
# Before "3/15" these say that it is a day.
_BEFORE_DAY = "|".join(
    rf"(?<=\b{word} )"
    for word in (
        *("on", "by", "since", "until", "before", "after", "due", "from", "to", "through"),
        *_DAYS,
        *(f"{day}," for day in _DAYS),
    )
)
_HALF = r"[AaPp]\.? ?[Mm]\b"


def _named(names: tuple[str, ...], written: str) -> str:
    """The name of a month or a day that is written short."""
    return next(name for name in names if name.startswith(written[:3]))


def _date(match: Match) -> str:
    said = f"{_named(_MONTHS, match['month'])} {english_ordinal(int(match['day']))}"
    return f"{said}, {english_pairs(int(match['year']))}" if match["year"] else said


def _dates(match: Match) -> str:
    """ "January 5-9", "January 5 or 6"."""
    first, last = (english_ordinal(int(match[day])) for day in ("day", "last"))
    return f"{_named(_MONTHS, match['month'])} {first} {match['word'] or 'to'} {last}"


def _month_and_year(match: Match) -> str:
    return f"{_named(_MONTHS, match['month'])} {english_pairs(int(match['year']))}"


def _months(match: Match) -> str:
    return f"{_named(_MONTHS, match['first'])} to {_named(_MONTHS, match['last'])}"


def _days(match: Match) -> str:
    return f"{_named(_DAYS, match['first'])} to {_named(_DAYS, match['last'])}"


def _numeric_date(match: Match) -> str | None:
    month, day, year = int(match["month"]), int(match["day"]), match["year"] or ""
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    said = f"{_MONTHS[month - 1]} {english_ordinal(day)}"
    if len(year) == 2:
        year = f"{'19' if year >= '50' else '20'}{year}"
    return f"{said}, {english_pairs(int(year))}" if year else said


def _time(match: Match) -> str:
    """An end of the sentence after "p.m." is its own stop."""
    return _clock(int(match["hour"]), int(match["minute"] or 0), match["half"][0].lower())


def _time_of_24(match: Match) -> str:
    """ "10:00" may be of the morning or the evening; "15:30" may not."""
    hour, minute, stop = int(match["hour"]), int(match["minute"]), match["stop"] or ""
    if hour <= 12 and match["hour"] != "00":
        return f"{_clock(hour, minute)}{stop}"
    return _of_24(hour, minute)


def _stamp(match: Match) -> str | None:
    day = _numeric_date(match)
    return day and f"{day} at {_of_24(int(match['hour']), int(match['minute']))}"


def _of_24(hour: int, minute: int) -> str:
    return _clock(hour % 12 or 12, minute, "p" if hour >= 12 else "a")


def _clock(hour: int, minute: int, half: str = "") -> str:
    """`half`: "a" or "p"; empty where that is open."""
    said = english(hour)
    if minute:
        said += f" {'oh ' if minute < 10 else ''}{english(minute)}"
    elif not half:
        said += " o'clock"
    return f"{said} {half}.m." if half else said


STAMPS: tuple[Form, ...] = ((STAMP, _stamp),)
# Dates in figures, and from when to when: before other forms take a dash for their own.
SPANS: tuple[Form, ...] = (
    (re.compile(r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b"), _numeric_date),
    (
        re.compile(
            r"(?<![\w/-])(?P<month>\d{1,2})(?P<between>[/-])(?P<day>\d{1,2})(?P=between)"
            r"(?P<year>\d{4}|(?<=/)\d\d)\b(?![/-]\d)"
        ),
        _numeric_date,
    ),
    (
        re.compile(
            rf"(?=\d\d?/)(?:{_BEFORE_DAY})(?P<month>\d{{1,2}})/(?P<day>\d\d?)(?P<year>)\b(?!/)"
        ),
        _numeric_date,
    ),
    (
        re.compile(r"(?<![\w/-])(?P<month>0?[1-9]|1[0-2])/(?P<year>20\d\d)\b(?![/-]\d)"),
        lambda m: f"{_MONTHS[int(m['month']) - 1]} {english_pairs(int(m['year']))}",
    ),
    (
        re.compile(
            rf"\b{_MONTH} (?P<day>{_DAY_NO})(?:\s?[–-]\s?| (?P<word>to|through|and|or) )"
            rf"(?P<last>{_DAY_NO})\b(?![:\d%]| ?{_HALF}| [a-z]+s\b)"
        ),
        _dates,
    ),
    (
        re.compile(rf"\b(?P<first>{_MONTH_NAME})\s?[–-]\s?(?P<last>{_MONTH_NAME})(?!\w| \d\d?\b)"),
        _months,
    ),
    (re.compile(rf"\b(?P<first>{_DAY})\.?\s?[–-]\s?(?P<last>{_DAY})\b"), _days),
    (
        re.compile(rf"\b(?P<day>{_DAY})\b(?:\.(?=,? ))?(?=,? (?:{_MONTH_NAME}|\d))"),
        lambda m: _named(_DAYS, m["day"]),
    ),
    (re.compile(rf"(?<=\d)\s?[–-]\s?(?=(?:{_MONTH_NAME}) \d)"), lambda _: " to "),
    (
        re.compile(
            r"(?:(?<=[AaPp][Mm])|(?<=[ap]\.m\.)|(?<=\bnoon))\s?[–-]\s?"
            rf"(?=\d{{1,2}}(?::\d\d)? ?{_HALF}|noon\b|midnight\b)"
        ),
        lambda _: " to ",
    ),
)
MOMENTS: tuple[Form, ...] = (
    (
        re.compile(
            rf"\b{_MONTH} (?P<day>{_DAY_NO})(?:st|nd|rd|th)?"
            r"(?:,? (?P<year>\d{4}))?\b(?!:?\d)"
        ),
        _date,
    ),
    (re.compile(rf"\b{_MONTH} (?P<year>(?:19|20)\d\d)\b"), _month_and_year),
    (
        # The first of two times that are of the same half of the day.
        re.compile(rf"\b(?P<hour>[01]?\d|2[0-3]):00(?=(?:\x00+| to )\d{{1,2}}(?::\d\d)? ?{_HALF})"),
        lambda m: english(int(m["hour"])),
    ),
    (
        re.compile(
            r"\b(?P<hour>[01]?\d|2[0-3])(?::(?P<minute>[0-5]\d)(?::[0-5]\d)?)?[ \u00a0\u202f]?"
            rf"(?P<half>{_HALF}\.?)"
        ),
        _time,
    ),
    (
        re.compile(
            r"\b(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::[0-5]\d)?\b(?P<stop>\.(?=\s|$))?"
        ),
        _time_of_24,
    ),
)
