"""Which of the things offered somebody means: "the second", "the other one", "Friday at 10"."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from models.local.figures import digits, plain
from models.local.slots import date, day_of_month
from models.local.spanish import in_english

LONGEST = 12  # words; a longer sentence says more than which one

_PLACES = {
    r"first|earliest|earlier|soonest|former": 0,
    r"second|2nd": 1,
    r"third|3rd": 2,
    r"fourth|4th": 3,
    r"last|latest|later|latter": -1,
}
_BARE = re.compile(r"^\W*(?:(?:the|take|option|number|no\.?|#)\s*)*(\d)\W*$", re.IGNORECASE)
_OTHER = re.compile(r"\b(?:the |an?)?other (?:one|card|account|day|time)\b|\bother\W*$", re.I)
_UNTIL = re.compile(r"(?:\s*-\s*|\s+(?:to|until|till|a)\s+)(?:\d{1,2}(?::00)?|noon)\b")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ON = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(?:the\s+)?(\d{1,2})\b",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_IDLE = re.compile(
    r"a|an|and|at|by|for|from|i|in|is|it|me|my|no|not|of|on|one|or|please|s|so|that|the|then|there|"
    r"this|to|want|will|with|would|you|your|yes|ok|am|pm|ending|de|el|la|las|los|con|mi|que|quiero|s[ií]|por|favor|para"
)


@dataclass(frozen=True, slots=True)
class Option:
    """`id` is what a tool takes for it, `label` what the customer saw or heard."""

    id: str
    label: str


def options_of(held: object) -> tuple[Option, ...]:
    """The options of a tool's answer, as it is written in the history."""
    listed = held if isinstance(held, list) else []
    known = (o for o in listed if isinstance(o, Mapping) and {"id", "label"} <= o.keys())
    return tuple(Option(str(o["id"]), str(o["label"])) for o in known)


def pick(text: str, options: Sequence[Option], known: Collection[str] = ()) -> Option | None:
    """The one option that is meant; None where none or several could be.

    known: what was named before; "the other one" is the one that is not.
    """
    if not options or len(text.split()) > LONGEST:
        return None
    text = plain(text)
    others = [option for option in options if option.id not in known]
    if _OTHER.search(text):
        return others[0] if len(others) == 1 else None
    found = _on_day(text, options) or _named(text, options)
    # "The 3rd" is a day before it is a place.
    return found if found or date(text) else _numbered(text, options)


def names_other(text: str) -> str:
    """The words that mean something else than what was named, without saying what; or none."""
    found = _OTHER.search(plain(text))
    return found[0] if found else ""


def _on_day(text: str, options: Sequence[Option]) -> Option | None:
    """ "The third" is the day where one of several days is; "the third one" is a place."""
    day = day_of_month(text)
    months = set(_MONTHS) & _signs(text)
    if (
        day is None
        or months
        or re.search(r"\b(?:ones?|window|option|time|slot)\b", text, re.IGNORECASE)
    ):
        return None
    names = "|".join(_MONTHS)
    dated = re.compile(rf"\b(?:{names})[a-z]* {day}\b", re.IGNORECASE)
    there = [option for option in options if dated.search(in_english(option.label))]
    return there[0] if len(there) == 1 else None


def _named(text: str, options: Sequence[Option]) -> Option | None:
    """By the words that tell it from the others."""
    labels = [_signs(option.label) for option in options]
    shared = frozenset.intersection(*labels) if len(labels) > 1 else frozenset()
    said = _signs(text)
    on = _day_of_month(text)
    other = [_contradicts(said, label) or (on and on not in label) for label in labels]
    points = [
        0 if wrong else len(said & (label - shared))
        for wrong, label in zip(other, labels, strict=True)
    ]
    best = max(points)
    return options[points.index(best)] if best and points.count(best) == 1 else None


def _day_of_month(text: str) -> str:
    """ "20" of "January 20 from 10 to 12"; empty where no day of a month is named."""
    found = _ON.search(text)
    return found[1] if found else ""


def _contradicts(said: frozenset[str], label: frozenset[str]) -> bool:
    """Whether a day or month is named that is not the option's."""
    return any((said & set(names)) - label for names in (_DAYS, _MONTHS))


def _numbered(text: str, options: Sequence[Option]) -> Option | None:
    bare = _BARE.match(digits(text))
    places = [at for words, at in _PLACES.items() if re.search(rf"\b(?:{words})\b", text, re.I)]
    place = int(bare[1]) - 1 if bare else places[0] if len(places) == 1 else None
    if place is None or not -1 <= place < len(options):
        return None
    return options[place]


def _signs(text: str) -> frozenset[str]:
    """What sets a text apart: its words and figures. A span of hours goes by its beginning."""
    said = re.sub(r"\b([ap])\. ?m\.?", r"\1m", digits(text).lower().replace(":00", ""))
    words = re.findall(r"[a-z]+|\d+", _UNTIL.sub(" ", said))
    return frozenset(_whole(word) for word in words if not _IDLE.fullmatch(word))


def _whole(word: str) -> str:
    """ "tues" as "tuesday", "december" as "dec"."""
    if len(word) < 3:
        return word
    day = next((day for day in _DAYS if day.startswith(word)), None)
    month = next((m for m in _MONTHS if word.startswith(m) and not word.endswith("k")), None)
    return day or month or word
