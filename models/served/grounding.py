"""Arguments that nobody said. A small model fills a gap with a guess, and a guessed amount or
address is worse than none: what can't be found in the conversation is dropped, and the tool asks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

_WORD = re.compile(r"[^\W\d_]{3,}")
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_QUOTED = re.compile(r'"([^"]+)"')
_TODAY = re.compile(r"\b(today|tonight|tomorrow|now|hoy|mañana|ahora)\b")
_STEM = 4  # letters that make two words the same: "bills" and "billing"


class Conversation:
    """All that was said, by whomever, to look values up in."""

    def __init__(self, text: str) -> None:
        self._text = text.lower()

    @cached_property
    def stems(self) -> set[str]:
        return _stems(self._text)

    @cached_property
    def digits(self) -> str:
        """All digits in a row: account numbers come in groups."""
        return re.sub(r"\D", "", self._text)

    @cached_property
    def numbers(self) -> set[float]:
        """In digits or in words."""
        return _numbers(self._text) | _numbers(_in_digits(self._text))

    def holds(self, value: Any, schema: Mapping[str, Any]) -> bool:
        """Whether an argument may be believed. What is chosen from a list is no invention."""
        if isinstance(value, bool) or "enum" in schema or "const" in schema:
            return True
        if isinstance(value, int | float):
            return float(value) in self.numbers
        if not isinstance(value, str):
            return False
        return value in _QUOTED.findall(schema.get("description", "")) or self._says(value)

    def _says(self, value: str) -> bool:
        if (day := _day(value)) is not None:
            return self._names(day)
        found = _NUMBER.findall(value)
        if not all(self._counts(number) for number in found):
            return False
        stems = _stems(value.lower())
        return len(stems & self.stems) * 2 >= len(stems) if stems else bool(found)

    def _counts(self, number: str) -> bool:
        plain = number.replace(",", "")
        return float(plain) in self.numbers or (len(plain) >= 3 and plain in self.digits)

    def _names(self, day: date) -> bool:
        """Whether a date can come of what was said: its day, its weekday or "tomorrow"."""
        return (
            float(day.day) in self.numbers
            or day.isoformat() in self._text
            or f"{day:%A}".lower() in self._text
            or _TODAY.search(self._text) is not None
        )


def believed(
    args: Mapping[str, Any], parameters: Mapping[str, Any], said: Conversation
) -> dict[str, Any]:
    """The arguments without those that are empty, unknown or invented."""
    known = parameters.get("properties", {})
    return {
        name: value
        for name, value in args.items()
        if name in known and _is_given(value) and said.holds(value, known[name])
    }


def _is_given(value: Any) -> bool:
    return value is not None and (not isinstance(value, str) or bool(value.strip()))


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text)}


def _numbers(text: str) -> set[float]:
    return {float(number.replace(",", "")) for number in _NUMBER.findall(text)}


def _in_digits(text: str) -> str:
    from text2digits.text2digits import Text2Digits

    read: Any = Text2Digits
    return str(read().convert(text))


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
