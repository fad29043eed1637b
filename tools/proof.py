"""What a customer gives to show who they are: its form tells which of three it is."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from contracts.records import Customer, Premise
from tools.arguments import read_date
from tools.spanish import in_english

Method = Literal["zip", "date_of_birth", "ssn_last4"]

ACCOUNT_DIGITS = 10
_NUMERALS = {
    word: str(digit)
    for digit, words in enumerate(
        ("zero oh o", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
    for word in words.split()
}
_ZIP = re.compile(r"(\d{5})(-\d{4})?")
_LEAD_IN = re.compile(r"\blast (4|four)\b")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}"
    rf"|{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH},? \d{{4}}"
)


@dataclass(frozen=True, slots=True)
class Proof:
    method: Method
    value: str  # normalised: five digits, an ISO date, or four digits


def spoken_digits(text: str) -> str:
    """The digits of a number, said ("nine seven double two oh", "nueve siete") or written."""
    out, times = "", 1
    for word in re.findall(r"\d|[a-z]+", in_english(text).lower()):
        if word in {"double", "triple"}:
            times = 2 if word == "double" else 3
            continue
        out += _NUMERALS.get(word, word if word.isdigit() else "") * times
        times = 1
    return out


def read_proof(value: str) -> Proof | None:
    """The proof in a value, or None if it has none of the three forms."""
    text = in_english(value).lower().strip().rstrip(".")
    if born := _birthday(text):
        return Proof("date_of_birth", born)
    if found := _ZIP.fullmatch(text.removeprefix("zip").strip(" :")):
        return Proof("zip", found.group(1))
    text = _LEAD_IN.sub(" ", text)
    digits = re.sub(r"\D", "", text) or spoken_digits(text)
    if len(digits) == 4:
        return Proof("ssn_last4", digits)
    return Proof("zip", digits) if len(digits) == 5 else None


def matches(proof: Proof, customer: Customer | None, premise: Premise | None) -> bool:
    """Whether the proof is what is on file; takes as long for an account that is not there."""
    expected = on_file(customer, premise).get(proof.method, "")
    equal = hmac.compare_digest(proof.value.encode(), expected.encode())
    return equal and customer is not None


def on_file(customer: Customer | None, premise: Premise | None) -> Mapping[Method, str]:
    found: dict[Method, str] = {}
    if customer is not None:
        found["date_of_birth"] = customer.date_of_birth.isoformat()
        found["ssn_last4"] = customer.ssn_last4
    if premise is not None:
        found["zip"] = premise.zip[:5]
    return found


def _birthday(text: str) -> str | None:
    if re.fullmatch(r"\d{8}", text):  # keyed in: month, day, year
        text = f"{text[:2]}/{text[2:4]}/{text[4:]}"
    found = _DATE.search(text)
    try:
        return read_date(found.group()).isoformat() if found else None
    except ValueError:
        return None
