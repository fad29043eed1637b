"""How many words of a sentence were heard wrongly."""

from __future__ import annotations

import re

# One word for what may be written in two ways.
_SAME = {
    "zero": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "twelve": "12",
    "first": "1",
    "1st": "1",
    "diez": "10",
    "primero": "1",
    "okay": "ok",
}
_DIGITS = re.compile(r"(?<=\d)[\s.,-]*(?=\d)")


def errors(said: str, heard: str) -> tuple[int, int]:
    """Words that are missing, added or others, and how many were said."""
    wanted, found = _words(said), _words(heard)
    row = list(range(len(found) + 1))
    for place, word in enumerate(wanted, 1):
        corner, row[0] = row[0], place
        for at, other in enumerate(found, 1):
            corner, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, corner + (word != other))
    return row[-1], len(wanted)


def _words(text: str) -> list[str]:
    words = re.sub(r"[^\w' -]", " ", text.lower().replace("’", "'")).replace("-", " ").split()
    return _DIGITS.sub("", " ".join(_SAME.get(word, word) for word in words)).split()
