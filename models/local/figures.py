"""Text as slots read it: in English, numbers in digits, without what is said not to be meant."""

from __future__ import annotations

import re
from functools import lru_cache

from models.local.spanish import in_english

MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satur|sun)day"
_FIGURE_WORD = r"(?:\d|zero|one|two|three|four|five|six|seven|eight|nine)"
_TWICE = re.compile(rf"\b(double|triple)\s+({_FIGURE_WORD})\b", re.IGNORECASE)
_OH = re.compile(
    rf"(?<=\d )oh?\b|\boh?(?=\s+{_FIGURE_WORD}\b(?:[\s-]+{_FIGURE_WORD}|[\s-]+oh?)+\b)"
    rf"|(?<=one )oh?\b|(?<=two )oh?\b|(?<=three )oh?\b|(?<=four )oh?\b|(?<=five )oh?\b"
    rf"|(?<=six )oh?\b|(?<=seven )oh?\b|(?<=eight )oh?\b|(?<=nine )oh?\b|(?<=zero )oh?\b",
    re.IGNORECASE,
)
_THAT = (
    rf"(?:{DAY}|{MONTH}(?: \d{{1,2}})?|\$?\d[\d:.,/]*(?:st|nd|rd|th)?(?: (?:dollars|months))?|"
    r"today|tomorrow|morning|afternoon|visa|mastercard|(?:bank|checking|savings)(?: account)?|"
    r"(?:credit |debit )?card)"
)
_LEAD = r"(?:(?:on|at|for|in|with|the|my|a|to|con|en|el|la|mi|de|para)\s+)*"
_NOT_THAT = re.compile(
    rf"\b(?:not|no|instead of|rather than|en vez de|en lugar de)\s+{_LEAD}{_THAT}"
    rf"(?:\s+(?:morning|afternoon))?(?![\w-])[\s,;.]*(?:(?:but|sino)\b)?"
    rf"|\b{_LEAD}{_THAT},? no\b[\s,;.]+(?=\w)",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """What is meant, in English: Spanish slots translated, and without what is said not to be
    ("not Friday, Monday", "the Visa instead of the bank account")."""
    said = in_english(text)
    rest = _NOT_THAT.sub(" ", said)
    return rest if re.search(r"\w{3}|\d", rest) else said


@lru_cache(maxsize=256)
def digits(text: str, *, ordinals: bool = False) -> str:
    """The text with number words as digits: "fifty dollars" and "cincuenta dólares" are "50
    dollars", "double five oh two" is "5502"."""
    from text2digits.text2digits import Text2Digits

    convert = Text2Digits(convert_ordinals=ordinals).convert  # type: ignore[no-untyped-call]
    said = _TWICE.sub(lambda m: f"{m[2]} " * (3 if m[1].lower() == "triple" else 2), plain(text))
    return str(convert(_OH.sub("zero", said)))
