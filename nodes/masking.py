"""Keeping out what has no business in a thread: control characters, card numbers, SSNs."""

from __future__ import annotations

import re
import unicodedata

from contracts.cards import luhn

CARD_MASK = "[card number removed]"
SSN_MASK = "[social security number removed]"
DETAIL_MASK = "[verification detail]"

_SSN = re.compile(r"\b(?!000|666|9\d\d)\d{3}[- ](?!00)\d{2}[- ](?!0000)\d{4}\b")
_SSN_NAMED = re.compile(r"(\bssn\b|\bsocial\b|\bseguro social\b)(\D{0,30})\d{9}\b", re.IGNORECASE)
_BETWEEN = "[ .\u00a0\u2010-\u2014-]"  # what people write between groups of digits
_DIGITS = re.compile(rf"(?<![\d+])\d(?:{_BETWEEN}?\d){{12,}}")
# Prefix and length of the networks' cards; an account number beside a ZIP code is none.
_CARD = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|"
    r"35\d{14}|6(?:011|4[4-9]\d|5\d\d|22\d)\d{12,15}"
)
CARD_DIGITS = range(19, 12, -1)
_KEPT_CONTROLS = {"\n", "\t"}


def clean(text: str) -> str:
    """Text without control, direction-override or unassigned characters, spaces folded."""
    normal = unicodedata.normalize("NFC", text)
    kept = (c for c in normal if c in _KEPT_CONTROLS or not _is_control(c))
    return re.sub(r"[ \t]{2,}", " ", "".join(kept)).strip()


def _is_control(character: str) -> bool:
    # ZWJ and the variation selector hold emoji together.
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"} and (
        character not in {"\u200d", "\ufe0f"}
    )


def mask(text: str) -> str:
    """Text without whole card numbers and social security numbers."""
    text = _SSN_NAMED.sub(rf"\1\2{SSN_MASK}", _SSN.sub(SSN_MASK, text))
    return _DIGITS.sub(lambda match: _without_cards(match.group()), text)


def _without_cards(text: str) -> str:
    """A run of digit groups with those that make up a card number taken out."""
    places = [at for at, c in enumerate(text) if c.isdecimal()]
    digits = "".join(str(int(text[at])) for at in places)  # digits of any script count
    starts = [n for n, at in enumerate(places) if n == 0 or at - places[n - 1] > 1]
    ends = {*starts[1:], len(digits)}
    kept, done, free = "", 0, 0
    for start in starts:
        if start < free:
            continue
        lengths = (n for n in CARD_DIGITS if start + n in ends)
        length = next((n for n in lengths if _is_card(digits[start : start + n])), None)
        if length is not None:
            free = start + length
            kept += text[done : places[start]] + CARD_MASK
            done = places[free - 1] + 1
    return kept + text[done:]


def _is_card(digits: str) -> bool:
    return _CARD.fullmatch(digits) is not None and luhn(digits)
