"""Keeping out what has no business in a thread: control characters, card numbers, SSNs."""

from __future__ import annotations

import re
import unicodedata

CARD_MASK = "[card number removed]"
SSN_MASK = "[social security number removed]"
DETAIL_MASK = "[verification detail]"

_SSN = re.compile(r"\b(?!000|666|9\d\d)\d{3}[- ](?!00)\d{2}[- ](?!0000)\d{4}\b")
_CARD = re.compile(r"(?<![\d+])\d(?:[ -]?\d){12,18}(?!\d)")
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
    text = _SSN.sub(SSN_MASK, text)
    return _CARD.sub(lambda match: CARD_MASK if _luhn(match.group()) else match.group(), text)


def _luhn(candidate: str) -> bool:
    digits = [int(c) for c in candidate if c.isdigit()]
    doubled = [d * 2 - 9 if d > 4 else d * 2 for d in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
