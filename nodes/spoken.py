"""Figures as they are spoken: digit by digit, "double five", and dates in words."""

from __future__ import annotations

import re

_DIGIT_WORDS = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "cero": "0", "uno": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6",
    "siete": "7", "ocho": "8", "nueve": "9",
}  # fmt: skip
_REPEATS = {"double": 2, "triple": 3, "doble": 2}
_WORD = "|".join([*_DIGIT_WORDS, *_REPEATS])
_DIGITS = re.compile(rf"\b(?:(?:{_WORD}|\d)[\s,.-]+){{3,}}(?:{_WORD}|\d)\b", re.IGNORECASE)

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth",
)  # fmt: skip
_DAYS = {word: day for day, word in enumerate(_ORDINALS, start=1)}
_DAYS |= {f"twenty-{word}": 20 + day for word, day in list(_DAYS.items())[:9]}
_DAYS |= {"thirtieth": 30, "thirty-first": 31}
_SMALL = {word: number for number, word in enumerate((*_UNITS, *_TEENS), start=1)}
_SMALL |= {word: 20 + 10 * at for at, word in enumerate(_TENS)}
_SMALL |= {
    f"{tens}-{unit}": _SMALL[tens] + number
    for tens in _TENS
    for number, unit in enumerate(_UNITS, start=1)
}


def _words(known: dict[str, int]) -> str:
    """A pattern for the words, the longest first, hyphenated or not."""
    return "|".join(sorted((w.replace("-", "[- ]") for w in known), key=len, reverse=True))


_DAY = re.compile(rf"\b(?:{_words(_DAYS)})\b", re.IGNORECASE)
_YEAR = re.compile(
    rf"\b(?:(?P<century>nineteen|twenty)\s+(?:oh?[\s-]+)?(?P<rest>{_words(_SMALL)})"
    rf"|two\s+thousand(?:\s+(?:and\s+)?(?P<since>{_words(_SMALL)}))?)\b",
    re.IGNORECASE,
)


def digits_said(text: str) -> str:
    """The text with runs of four or more spoken digits in figures."""
    return _DIGITS.sub(lambda match: _figures(match.group()), text)


def date_said(text: str) -> str:
    """The text with a spoken day and year in figures: "March fourteenth nineteen eighty-five"."""
    days = _DAY.sub(lambda match: str(_DAYS[_key(match.group())]), text)
    return _YEAR.sub(lambda match: str(_year(match)), days)


def _figures(spoken: str) -> str:
    digits, times = "", 1
    for word in re.findall(r"\w+", spoken.lower()):
        if word in _REPEATS:
            times = _REPEATS[word]
            continue
        digits += _DIGIT_WORDS.get(word, word) * times
        times = 1
    return digits


def _year(match: re.Match[str]) -> int:
    if match["century"]:
        return (1900 if match["century"].lower() == "nineteen" else 2000) + _SMALL[
            _key(match["rest"])
        ]
    return 2000 + (_SMALL[_key(match["since"])] if match["since"] else 0)


def _key(words: str) -> str:
    return re.sub(r"\s+", "-", words.lower())
