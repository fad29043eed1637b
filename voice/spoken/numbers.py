"""Numbers in words, in English and Spanish."""

from __future__ import annotations

from typing import Protocol


def _list(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_SMALL = _list(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = _list("- - twenty thirty forty fifty sixty seventy eighty ninety")
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
_PEQUENOS = _list(
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro "
    "veinticinco veintiséis veintisiete veintiocho veintinueve"
)
_DECENAS = _list("- - - treinta cuarenta cincuenta sesenta setenta ochenta noventa")
_CIENTOS = _list(
    "- ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos "
    "novecientos"
)
_SHORT = {"uno": "un", "veintiuno": "veintiún"}  # before a noun
MOST = 999_999_999


class Speller(Protocol):
    def __call__(self, number: int) -> str: ...


def english(number: int) -> str:
    """ "one hundred forty-two"; up to MOST."""
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, unit = divmod(number, 10)
        return _TENS[tens] + (f"-{_SMALL[unit]}" if unit else "")
    for size, name in ((1_000_000, "million"), (1_000, "thousand"), (100, "hundred")):
        if number >= size:
            many, rest = divmod(number, size)
            return f"{english(many)} {name}" + (f" {english(rest)}" if rest else "")
    raise AssertionError(number)


def english_ordinal(number: int) -> str:
    """ "fifteenth", "twenty-first"."""
    said = english(number)
    before, dash, last = said.rpartition("-") if "-" in said else said.rpartition(" ")
    if last in _ORDINALS:
        return f"{before}{dash}{_ORDINALS[last]}"
    return f"{said[:-1]}ieth" if last.endswith("y") else f"{said}th"


def english_pairs(number: int) -> str:
    """As house numbers and years are said: "four eighteen", "twelve oh six", "twenty twenty-six",
    "fourteen hundred", "two thousand six"."""
    hundreds, rest = divmod(number, 100)
    if not 3 <= len(str(number)) <= 4 or number % 1000 == 0 or (hundreds == 20 and rest < 10):
        return english(number)
    if not rest:
        return f"{english(hundreds)} hundred"
    return f"{english(hundreds)} {'oh ' if rest < 10 else ''}{english(rest)}"


def spanish(number: int, *, feminine: bool = False, noun: bool = False) -> str:
    """ "ciento cuarenta y dos"; noun: one follows, "veintiún días", "doscientas personas"."""
    said = _spanish(number)
    if feminine:
        said = said.replace("cientos", "cientas").replace("quinientos", "quinientas")
        return f"{said[:-1]}a" if said.endswith("uno") else said
    last = said.rpartition(" ")[2]
    return said.removesuffix(last) + _SHORT.get(last, last) if noun else said


def _spanish(number: int) -> str:
    if number < 30:
        return _PEQUENOS[number]
    if number < 100:
        tens, unit = divmod(number, 10)
        return _DECENAS[tens] + (f" y {_PEQUENOS[unit]}" if unit else "")
    if number < 1_000:
        hundreds, rest = divmod(number, 100)
        return (
            "cien"
            if number == 100
            else f"{_CIENTOS[hundreds]} {_spanish(rest)}"
            if rest
            else _CIENTOS[hundreds]
        )
    many, rest = divmod(number, 1_000_000 if number >= 1_000_000 else 1_000)
    if number >= 1_000_000:
        said = "un millón" if many == 1 else f"{spanish(many, noun=True)} millones"
    else:
        said = "mil" if many == 1 else f"{spanish(many, noun=True)} mil"
    return f"{said} {_spanish(rest)}" if rest else said


def figure_by_figure(digits: str, speller: Speller) -> str:
    """ "four zero one two"."""
    return " ".join(speller(int(digit)) for digit in digits)


def grouped(digits: str, speller: Speller) -> str:
    """Digit by digit, with a comma for a breath: ten in the groups of a phone number, others in
    groups of two or three."""
    return ", ".join(figure_by_figure(group, speller) for group in _groups(digits))


def _groups(digits: str) -> list[str]:
    if len(digits) == 10:
        return [digits[:3], digits[3:6], digits[6:]]
    if len(digits) <= 5:
        return [digits]
    size = 3 if len(digits) % 3 == 0 else 4 if len(digits) % 4 == 0 else 3
    return [digits[at : at + size] for at in range(0, len(digits), size)]
