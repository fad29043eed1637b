"""The quantities in a text, in whatever form: "$1,234.50", "two hundred dollars", "the twenty-
fourth", "24 de enero", "2026-01-24T12:45", "C 6 4 W V P"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["money", "number", "date", "day", "time", "id"]

_MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    )
    for number, name in enumerate(names.split(), 1)
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_LEAST_IN_WORDS = 13  # "one of us", "a second time": small words are rarely figures


@dataclass(frozen=True, slots=True)
class Quantity:
    """value: a number bare ("1234.5"), a date as "1-24", a time as minutes of the day, an id
    without its separators."""

    kind: Kind
    value: str
    text: str


def _bare(number: str) -> str:
    plain = number.replace(",", "")
    return f"{float(plain):.10g}" if len(plain) < 12 else plain


def _id(match: re.Match[str]) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", match[0]).upper()


def _date(match: re.Match[str]) -> str:
    return f"{_MONTHS[match['month'].lower().rstrip('.')]}-{int(match['day'])}"


def _iso(match: re.Match[str]) -> str:
    return f"{int(match['m'])}-{int(match['d'])}"


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match["h"]), int(match["min"] or 0)
    half = (match["half"] or "").lower()
    return str(((hour % 12) + 12 * (half == "p") if half else hour) * 60 + minute)


def _dollars(match: re.Match[str]) -> str:
    cents = int(match["cents"] or 0)
    return _bare(f"{float(match['whole'].replace(',', '')) + cents / 100:.2f}")


# In this order: what one has taken, the next does not see.
_FORMS: tuple[tuple[Kind, re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    ("date", re.compile(r"\b\d{4}-(?P<m>\d\d)-(?P<d>\d\d)(?=\b|T)"), _iso),
    ("id", re.compile(r"\b[A-Z]{1,4}-(?=[A-Z-]*\d|[0-9A-Z]{4}-)[0-9A-Z]{2,}(?:-[0-9A-Z]+)*"), _id),
    ("id", re.compile(r"(?<![\w.$,])[A-Z0-9](?:[ ,]+[A-Z0-9]){3,}(?!\w|\.\d)"), _id),
    ("id", re.compile(r"\+?\b\d(?:[ -]?\d){6,}\b(?!\.\d)"), _id),
    (
        "date",
        re.compile(
            rf"\b(?P<month>{_MONTH})\.? (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!,\d)",
            re.IGNORECASE,
        ),
        _date,
    ),
    (
        "date",
        re.compile(
            rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|º)? (?:of |de )?(?P<month>{_MONTH})\b",
            re.IGNORECASE,
        ),
        _date,
    ),
    ("date", re.compile(r"\b(?P<m>\d{1,2})/(?P<d>\d{1,2})(?:/\d{2,4})?\b"), _iso),
    (
        "time",
        re.compile(
            r"\b(?P<h>\d{1,2})(?::(?P<min>\d\d))?\s?(?P<half>[ap])(?:m\b|\.\s?m\.)", re.IGNORECASE
        ),
        _time,
    ),
    ("time", re.compile(r"(?:\b|T)(?P<h>\d{1,2}):(?P<min>\d\d)(?::\d\d)?(?P<half>)\b"), _time),
    (
        "money",
        re.compile(rf"\$\s?(?P<whole>{_NUMBER})(?P<cents>)"),
        _dollars,
    ),
    (
        "money",
        re.compile(
            rf"\b(?P<whole>{_NUMBER}) (?:dollars?|d[oó]lares)"
            r"(?: (?:and |y |con )?(?P<cents>\d{1,2}) cents?)?\b",
            re.IGNORECASE,
        ),
        _dollars,
    ),
    ("day", re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b"), lambda m: _bare(m[1])),
    ("number", re.compile(_NUMBER), lambda m: _bare(m[0])),
)


@lru_cache(maxsize=20_000)
def quantities(text: str) -> tuple[Quantity, ...]:
    """All quantities that stand in figures, each once taken."""
    return tuple(_found(text))


def _found(text: str) -> Iterator[Quantity]:
    left = text
    for kind, form, value in _FORMS:
        for match in form.finditer(left):
            yield Quantity(kind, value(match), match[0].strip())
        left = form.sub(lambda m: " " * len(m[0]) if m[0] else "", left)


def in_words(text: str, language: str) -> list[Quantity]:
    """Quantities that stand in words, "two hundred dollars" or "el veinticuatro de enero"."""
    figures = _in_figures(text, language)
    written = {(one.kind, one.value) for one in quantities(text)}
    return [
        one
        for one in quantities(figures)
        if (one.kind, one.value) not in written
        and (one.kind not in ("number", "day") or float(one.value) >= _LEAST_IN_WORDS)
    ]


@lru_cache(maxsize=2_000)
def _in_figures(text: str, language: str) -> str:
    from text_to_num import alpha2digit  # type: ignore[attr-defined]

    # Read as a hundred otherwise.
    plain = re.sub("centavo", "cent", text, flags=re.IGNORECASE)
    return str(alpha2digit(plain, "es" if language == "es" else "en"))
