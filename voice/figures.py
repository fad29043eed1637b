"""The figures of what was said, to tell whether two texts say the same ones."""

from __future__ import annotations

import re

from voice.listening.dictation import in_figures
from voice.spoken import aloud

_NO_DIGIT = re.compile(r"\D+")


def figures(text: str, language: str) -> str:
    """Its digits in their order, however they are written: "$4.18", "four dollars and eighteen
    cents" give "418"."""
    return _NO_DIGIT.sub("", in_figures(aloud(text, language).text, language))
