"""The windows of a day in which technicians come, as customers say them: "10-12", "around 1"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from contracts.language import t
from tools.dates import without_day

_NOON = 12
_EARLIEST = 7  # an hour before this is one of the afternoon
_HOUR = r"(\d{1,2})(?::(\d{2}))?\s*(a\.? ?m|p\.? ?m)?\.?(?:\s*o'?clock)?"
_RANGE = re.compile(rf"\b{_HOUR}\s*(?:-|–|—|to|and|till|until)\s*{_HOUR}(?!\w)")
_AT = re.compile(rf"\b{_HOUR}(?!\w)")
_BOUND = re.compile(rf"\b(before|by|until|after|from)\s+{_HOUR}(?!\w)")
_PARTS = (
    (re.compile(r"\b(mornings?|before lunch|a\.?m|mañana)\b"), 0, _NOON),
    (re.compile(r"\b(afternoons?|after lunch|p\.?m|tarde)\b"), _NOON, 24),
)
_ANY = re.compile(
    r"\b(any ?time|any|whenever|all day|earliest|first|soonest|asap|as soon as possible|"
    r"doesn'?t matter|don'?t care|no preference|flexible|da (igual|lo mismo))\b"
)


@dataclass(frozen=True, slots=True)
class Window:
    """`start` and `end` are full hours of the day, 0 to 24."""

    name: str  # the policy's: "12-2"
    start: int
    end: int


def windows(names: Sequence[str]) -> tuple[Window, ...]:
    """The policy's windows with their hours: "12-2" is 12 to 14."""
    return tuple(_window(name) for name in names)


def begins(on: date, name: str, timezone: str) -> datetime:
    """When a window begins on a day."""
    return datetime.combine(on, time(_window(name).start), ZoneInfo(timezone))


def said(name: str) -> str:
    """ "8 to 10 AM", "10 AM to noon", "noon to 2 PM"; in Spanish "de 8 a 10 a. m."."""
    window = _window(name)
    start, end = _hour_said(window.start), _hour_said(window.end)
    if _NOON not in {window.start, window.end} and _half(window.start) == _half(window.end):
        start = str(_on_clock(window.start))
    return t("{first_hour} to {last_hour}", first_hour=start, last_hour=end)


def wanted(text: str, names: Sequence[str]) -> tuple[str, ...]:
    """The windows a customer would take, in the day's order; none where the text names none.

    A range or an hour is the window that holds it; "morning" is all that begin before noon.
    """
    rest = re.sub(r"\b(noon|midday)\b", "12 pm", without_day(text))
    known = windows(names)
    if found := _RANGE.search(rest):
        return _between(known, _read_hour(*found.group(1, 2, 3)), _read_hour(*found.group(4, 5, 6)))
    if found := _BOUND.search(rest):
        hour = _read_hour(*found.group(2, 3, 4))
        if found.group(1) in {"after", "from"}:
            return tuple(w.name for w in known if w.start >= hour)
        return tuple(w.name for w in known if w.end <= hour)
    if found := _AT.search(rest):
        hour = _read_hour(*found.group(1, 2, 3))
        return tuple(w.name for w in known if w.start <= hour < w.end)
    parts = [(first, last) for pattern, first, last in _PARTS if pattern.search(rest)]
    if parts:
        return tuple(w.name for w in known if any(f <= w.start < last for f, last in parts))
    return tuple(names) if _ANY.search(rest) else ()


def _between(known: Sequence[Window], start: float, end: float) -> tuple[str, ...]:
    """The window that holds this range; else those within it, or the one in which it begins."""
    holding = [w.name for w in known if w.start <= start and end <= w.end]
    within = [w.name for w in known if start <= w.start and w.end <= end]
    begun = [w.name for w in known if w.start <= start < w.end]
    return tuple(holding or within or begun)


def _window(name: str) -> Window:
    start, end = (_of_day(int(part)) for part in name.split("-"))
    return Window(name, start, end)


def _of_day(hour: int) -> int:
    return hour + _NOON if hour < _EARLIEST else hour


def _read_hour(hour: str, minute: str | None, half: str | None) -> float:
    """An hour of the day, 0 to 24, or beyond it where there is no such hour."""
    number, part = int(hour), int(minute or 0) / 60
    if half is None:
        return _of_day(number) + part
    return number % _NOON + (_NOON if half.startswith("p") else 0) + part


def _hour_said(hour: int) -> str:
    if hour == _NOON:
        return t("noon")
    if _half(hour) == "AM":
        return t("{clock_hour} AM", clock_hour=_on_clock(hour))
    return t("{clock_hour} PM", clock_hour=_on_clock(hour))


def _half(hour: int) -> str:
    return "AM" if hour < _NOON else "PM"


def _on_clock(hour: int) -> int:
    return hour % _NOON or _NOON
