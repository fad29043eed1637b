"""Reading the answers to a verification question out of what a customer said or typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from dateutil import parser as dates

from nodes.masking import DETAIL_MASK
from nodes.spoken import date_said, digits_said
from nodes.spoken_spanish import MONTHS, figures_said

ACCOUNT_DIGITS, CODE_DIGITS, ZIP_DIGITS, SSN_DIGITS = 10, 6, 5, 4
PIVOT = 10  # years written with two digits are of this century below it

_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_FECHA = re.compile(
    rf"\b(?P<day>\d{{1,2}}) de (?P<month>{'|'.join(MONTHS)}) (?:de |del )?(?P<year>\d{{4}})\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    rf"\b\d{{4}}-\d{{1,2}}-\d{{1,2}}\b|\b\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:\d{{4}}|\d{{2}})\b"
    rf"|\b(?:{_MONTHS})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTHS})\.?,?\s+\d{{4}}\b",
    re.IGNORECASE,
)
_NUMBERS = re.compile(
    r"(?<![\d$+.])\d+(?:[ -]\d+)*(?!\d|\.\d|\s*(?:dollars|bucks|usd|d[oó]lares|kwh|therms)\b)",
    re.IGNORECASE,
)
_SEND_CODE = re.compile(
    r"\b(send|text|resend|message)\b.*\bcode\b|\bcode\b.*\b(please|instead|again)\b|"
    r"^\s*(the )?code\s*$|one[- ]time (code|password)|"
    r"\b(?:env[ií]|m[aá]nd|p[aá]s[ae]|text[eé])\w*.*\bc[oó]digo\b|"
    r"\b(?:quiero|prefiero|mejor|necesito)\b.*\bc[oó]digo\b(?! postal)|"
    r"^\s*(?:el |un |otro )?c[oó]digo(?:,? por favor)?[.!]?\s*$",
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
    born, text = _date_in(digits_said(figures_said(said)))
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


def _date_in(text: str) -> tuple[date | None, str]:
    """A date of birth, and the text without it."""
    for words in (_FECHA.sub(_in_iso, text), date_said(text)):
        match = _DATE.search(words)
        found = _parsed(match.group()) if match else None
        if match and found:
            return found, words[: match.start()] + DETAIL_MASK + words[match.end() :]
    return None, text


def _in_iso(match: re.Match[str]) -> str:
    month = MONTHS.index(match["month"].lower()) + 1
    return f"{match['year']}-{month:02}-{int(match['day']):02}"


def _parsed(words: str) -> date | None:
    try:
        found = dates.parse(words, default=datetime(1900, 1, 1)).date()
        two_digits = re.search(r"\D\d\d$", words) and not re.search(r"\d{4}", words)
        # Whoever has an account is grown up: "62" is 1962, and so is "12" 1912.
        return found.replace(year=_century(found.year % 100)) if two_digits else found
    except (ValueError, OverflowError):
        return None


def _century(two_digits: int) -> int:
    return two_digits + (2000 if two_digits < PIVOT else 1900)


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
