"""Digits as they are dictated, and how many of them a question asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from contracts.spanish import MONTHS
from models.local.figures import digits
from tools.proof import ACCOUNT_DIGITS

# What may stand between two digits of one number.
_BETWEEN = (
    r"(?:[\s,.;:()/–—-]|\b(?:uh+|u[hm]+m*|er+m?|mm+|hmm+|eh+|este|and|then|dash|hyphen|space|guion|"
    r"guión|espacio|luego|y)\b)*"
)
_RUN = re.compile(rf"\d(?:{_BETWEEN}\d)*", re.IGNORECASE)
_LAST_PART = re.compile(r"[.\s]*$")
_DOUBLE_OH = re.compile(r"\b(double|triple)\s+oh?\b", re.IGNORECASE)
# What a digit is heard as, where nobody knows that it is one.
_SOUNDS_LIKE = {
    "oh": "0", "owe": "0", "won": "1", "to": "2", "too": "2", "tree": "3", "for": "4", "fore": "4",
    "fife": "5", "sex": "6", "sicks": "6", "ate": "8", "nein": "9", "niner": "9",
}  # fmt: skip
_ALIKE_DIGIT = rf"(?:\d|\b(?:{'|'.join(_SOUNDS_LIKE)})\b)"
_ALIKE = re.compile(rf"{_ALIKE_DIGIT}(?:{_BETWEEN}{_ALIKE_DIGIT})*", re.IGNORECASE)
_LONGEST = 40  # words that say one number, with all that is between
_LEAST_ALIKE = 5  # digits, among which one may be no more than alike
_SPANISH_ZERO = re.compile(r"\bceros?\b", re.IGNORECASE)
_SPANISH_TWICE = re.compile(r"\b(doble|triple)\s+(\d)", re.IGNORECASE)

MONTH = re.compile(rf"\b(?:{'|'.join([*MONTHS, *set(MONTHS.values())])})\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.?!]+[.?!]*")
_KNOWN = re.compile(r"\b(?:I have|I heard|ending in|tengo|entendí|termina en)\b[^.?!,:]*", re.I)
_ASKS = re.compile(
    r"\?|\b(?:tell me|give me|need|say|enter|one of these|d[ií]game|deme|necesito|ingrese|diga|"
    r"uno de estos)\b",
    re.IGNORECASE,
)
_ANY = 99  # of a number that may have any length
_LENGTHS = {
    _ANY: r"\bdigits on your meter|d[ií]gitos (?:\w+ ){1,3}medidor",
    ACCOUNT_DIGITS: r"\baccount number|n[uú]mero de (?:su |mi )?cuenta|\bphone number|\barea code"
    r"|n[uú]mero de tel[eé]fono",
    6: r"six-digit|\bthe code\b|seis d[ií]gitos|\bel c[oó]digo\b(?! postal)",
    5: r"\bzip\b|c[oó]digo postal",
    4: r"\blast four|social security|[uú]ltimos cuatro|seguro social",
}
_NAMED = {length: re.compile(pattern, re.IGNORECASE) for length, pattern in _LENGTHS.items()}


Runs = Callable[[list[str], str], list[str]]


@lru_cache(maxsize=256)
def in_figures(text: str, language: str) -> str:
    """The text with its number words in digits."""
    if language != "es":
        return digits(_DOUBLE_OH.sub(r"\1 zero", text))
    said = digits(_SPANISH_ZERO.sub("0", text))
    return _SPANISH_TWICE.sub(lambda m: f"{m[2]} " * (2 if m[1][0] in "dD" else 3), said)


def digits_of(text: str, language: str) -> str:
    """The number dictated last: "one oh oh two double five" is "100255", "cuarenta, setenta y
    ocho" is "4078". Empty where there is none."""
    found = list(_RUN.finditer(in_figures(text, language)))
    return _plain(found[-1][0]) if found else ""


def is_dictating(text: str, language: str) -> bool:
    """Whether digits are the last that was said."""
    said = in_figures(text, language)
    return any(_LAST_PART.fullmatch(said, run.end()) for run in _RUN.finditer(said))


def with_number(text: str, *, asked: str, language: str) -> str:
    """The words with the number that was asked for in plain digits: "four oh seven. Eight nine,
    uh, ..." in the pieces that it was said and heard in. As they are, where there is no number in
    them of a length that was asked for."""
    lengths = lengths_asked(asked) - {_ANY}
    if not lengths or MONTH.search(text):  # of a date of birth
        return text
    words = text.split()
    for runs in (_runs, _runs_by_sound) if language != "es" else (_runs,):
        found = [number for number in runs(words, language) if len(number) in lengths]
        for number in found:
            if number not in text:
                words = _written(words, number, runs, language)
        if found:
            return " ".join(words)
    return text


def numbers_asked_for(text: str, *, asked: str, language: str) -> int:
    """How many numbers of a length that was asked for are in the words."""
    lengths = lengths_asked(asked) - {_ANY}
    return sum(len(number) in lengths for number in _runs(text.split(), language)) if lengths else 0


def _written(words: list[str], number: str, runs: Runs, language: str) -> list[str]:
    """The words with that number in place of those that say it."""
    count = len(words)
    last_first = range(count - 1, -1, -1)
    within = (n for n in last_first if number in runs(words[n : n + _LONGEST], language))
    begin = next(within, None)
    if begin is None:
        return words
    end = next(n for n in range(begin + 1, count + 1) if number in runs(words[begin:n], language))
    stop = words[end - 1][-1]
    said = number if stop.isalnum() else f"{number}{stop}"
    return [*words[:begin], said, *words[end:]]


def _runs(words: list[str], language: str) -> list[str]:
    """The digits of each number."""
    return [_plain(run[0]) for run in _RUN.finditer(in_figures(" ".join(words), language))]


def _runs_by_sound(words: list[str], language: str) -> list[str]:
    """The same, of numbers in which words may be digits that they only sound like."""
    found = _ALIKE.finditer(in_figures(" ".join(words), language))
    numbers = (_by_sound(run[0]) for run in found)
    return [number for number in numbers if len(number) >= _LEAST_ALIKE]


def lengths_asked(asked: str) -> set[int]:
    """How many digits the numbers have that are asked for: 10 of an account, 6 of a code, more than
    anybody says of one that may have any length."""
    return {length for part in _asking(asked) for length in lengths_named(part)}


def lengths_named(text: str) -> list[int]:
    """How many digits the numbers have that are named, the one named last at the end."""
    found = [(m.start(), n) for n, named in _NAMED.items() for m in named.finditer(text)]
    return [length for _, length in sorted(found)]


def _asking(asked: str) -> Iterator[str]:
    """Those sentences that ask, without what we say to know."""
    for part in _SENTENCE.findall(asked):
        rest = _KNOWN.sub(" ", part)
        if _ASKS.search(rest):
            yield rest


def _plain(run: str) -> str:
    return re.sub(r"\D", "", run)


def _by_sound(run: str) -> str:
    """The digits of a run, with the words that only sound like one."""
    signs = re.findall(r"\d|[^\W\d_]+", run.casefold())
    return "".join(sign if sign.isdigit() else _SOUNDS_LIKE.get(sign, "") for sign in signs)
