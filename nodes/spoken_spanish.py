"""Figures as they are spoken in Spanish: digit by digit, in pairs, as one number, and as dates."""

from __future__ import annotations

import re

from contracts.spanish import MONTHS, accentable, unaccented

_SMALL = (
    "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez",
    "once", "doce", "trece", "catorce", "quince", "dieciseis", "diecisiete", "dieciocho",
    "diecinueve", "veinte", "veintiuno", "veintidos", "veintitres", "veinticuatro", "veinticinco",
    "veintiseis", "veintisiete", "veintiocho", "veintinueve",
)  # fmt: skip
_TENS = ("treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa")
_HUNDREDS = (
    "ciento", "doscientos", "trescientos", "cuatrocientos", "quinientos", "seiscientos",
    "setecientos", "ochocientos", "novecientos",
)  # fmt: skip
_VALUES = {word: value for value, word in enumerate(_SMALL)}
_VALUES |= {word: 30 + 10 * at for at, word in enumerate(_TENS)}
_VALUES |= {word: 100 + 100 * at for at, word in enumerate(_HUNDREDS)} | {"cien": 100, "mil": 1000}
_REPEATS = {"doble": 2, "triple": 3}
LEAST = 4  # digits that tell anything
_WORD = "|".join(sorted(map(accentable, _VALUES), key=len, reverse=True))
_RUN = re.compile(
    rf"\b(?:(?:doble|triple)\s+)?(?:{_WORD})"
    rf"(?:[\s,.-]+(?:y\s+|doble\s+|triple\s+)?(?:{_WORD}|\d(?!\d)))*\b",
    re.IGNORECASE,
)
_DAY = re.compile(
    rf"\b(?P<day>primero|(?:{_WORD})(?:\s+y\s+uno)?)(?=\s+de\s+(?:{'|'.join(MONTHS)})\b)",
    re.IGNORECASE,
)


def figures_said(text: str) -> str:
    """The text with days of a date, and numbers of four digits or more, in figures."""
    days = _DAY.sub(lambda match: str(_day(match["day"])), text)
    return _RUN.sub(lambda match: _figures(match.group()), days)


def _day(words: str) -> int:
    return 1 if words.lower() == "primero" else sum(_VALUES.get(w, 0) for w in _tokens(words))


def _figures(run: str) -> str:
    """The digits of a run of numbers, or the run itself where they tell nothing."""
    groups: list[int] = []  # the numbers that stand side by side
    last = 0  # the value of the word before
    joined, times = False, 1  # by "y"; of the next figure
    for word in _tokens(run):
        if word == "y" or word in _REPEATS:
            joined, times = word == "y", _REPEATS.get(word, 1)
            continue
        value = _VALUES.get(word, int(word) if word.isdigit() else 0)
        number = groups[-1] if groups else None
        if word == "mil":
            groups[-1:] = [(number or 1) * 1000]
        elif number is not None and _goes_on(number, last, value, joined=joined):
            groups[-1] = number + value
        else:
            groups += [value] * times
        last, joined, times = value, False, 1
    digits = "".join(str(group) for group in groups)
    return digits if len(digits) >= LEAST else run


def _goes_on(number: int, last: int, value: int, *, joined: bool) -> bool:
    """Whether a word belongs to the number before: "treinta y | uno", "doscientos | uno"."""
    if not 0 < value < last:
        return False
    if last == 1000:
        return number % 1000 == 0
    if last >= 100:
        return value < 100
    return joined and last >= 30 and value < 10


def _tokens(run: str) -> list[str]:
    return re.findall(r"[a-z]+|\d", unaccented(run))
