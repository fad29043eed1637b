"""Reading the answers to a verification question out of what a customer said or typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from dateutil import parser as dates

from nodes.masking import DETAIL_MASK

ACCOUNT_DIGITS, CODE_DIGITS, ZIP_DIGITS, SSN_DIGITS = 10, 6, 5, 4

_DIGIT_WORDS = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "cero": "0", "uno": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6",
    "siete": "7", "ocho": "8", "nueve": "9",
}  # fmt: skip
_REPEATS = {"double": 2, "triple": 3, "doble": 2}
_WORD = "|".join([*_DIGIT_WORDS, *_REPEATS])
_SPOKEN = re.compile(rf"\b(?:(?:{_WORD}|\d)[\s,.-]+){{3,}}(?:{_WORD}|\d)\b", re.IGNORECASE)
_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_DATE = re.compile(
    rf"\b\d{{4}}-\d{{1,2}}-\d{{1,2}}\b|\b\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:\d{{4}}|\d{{2}})\b"
    rf"|\b(?:{_MONTHS})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTHS})\.?,?\s+\d{{4}}\b",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"(?<![\d$+.])\d+(?:[ -]\d+)*(?![\d]|\.\d)")
_SEND_CODE = re.compile(
    r"\b(send|text|resend|message)\b.*\bcode\b|\bcode\b.*\b(please|instead|again)\b|"
    r"^\s*(the )?code\s*$|one[- ]time (code|password)|env[ií]a\w*.*c[oó]digo",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was given. `masked` is what may be kept of the words."""

    account_number: str | None
    method: str | None  # "zip", "date_of_birth" or "ssn_last4"
    value: str | None
    code: str | None
    wants_code: bool
    masked: str

    @property
    def empty(self) -> bool:
        return not (self.account_number or self.value or self.code or self.wants_code)


def read_answer(said: str) -> Answer:
    """Account number, one factor, a one-time code or the wish for one, as far as given."""
    text = _SPOKEN.sub(lambda match: _digits_of(match.group()), said)
    born, text = _date_in(text)
    numbers, masked = _numbers_in(text)
    factor: tuple[str, str] | None = None
    if born is not None:
        factor = ("date_of_birth", born.isoformat())
    elif ZIP_DIGITS in numbers:
        factor = ("zip", numbers[ZIP_DIGITS])
    elif SSN_DIGITS in numbers:
        factor = ("ssn_last4", numbers[SSN_DIGITS])
    return Answer(
        account_number=numbers.get(ACCOUNT_DIGITS),
        method=factor[0] if factor else None,
        value=factor[1] if factor else None,
        code=numbers.get(CODE_DIGITS),
        wants_code=bool(_SEND_CODE.search(said)),
        masked=masked,
    )


def _digits_of(spoken: str) -> str:
    digits, times = "", 1
    for word in re.findall(r"\w+", spoken.lower()):
        if word in _REPEATS:
            times = _REPEATS[word]
            continue
        digits += _DIGIT_WORDS.get(word, word) * times
        times = 1
    return digits


def _date_in(text: str) -> tuple[date | None, str]:
    match = _DATE.search(text)
    if match is None:
        return None, text
    try:
        found = dates.parse(match.group(), default=datetime(1900, 1, 1)).date()
    except (ValueError, OverflowError):
        return None, text
    return found, text[: match.start()] + DETAIL_MASK + text[match.end() :]


def _numbers_in(text: str) -> tuple[dict[int, str], str]:
    """Numbers of telling lengths, by length, and the text without them."""
    found: dict[int, str] = {}
    telling = (ACCOUNT_DIGITS, CODE_DIGITS, ZIP_DIGITS, SSN_DIGITS)

    def take(match: re.Match[str]) -> str:
        groups = re.split(r"[ -]", match.group())
        if not all(len(group) in telling for group in groups):
            groups = _cut("".join(groups))
        for group in groups:
            if len(group) in telling:
                found.setdefault(len(group), group)
        return DETAIL_MASK if any(len(group) in telling for group in groups) else match.group()

    return found, _NUMBERS.sub(take, text)


def _cut(digits: str) -> list[str]:
    """Digits run together: an account number and perhaps a factor behind it."""
    if len(digits) in (ACCOUNT_DIGITS + ZIP_DIGITS, ACCOUNT_DIGITS + SSN_DIGITS):
        return [digits[:ACCOUNT_DIGITS], digits[ACCOUNT_DIGITS:]]
    return [digits]
