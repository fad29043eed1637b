"""Sounds that stand for a word: "mm-hm" and "ajá" for yes, "uh-uh" for no."""

from __future__ import annotations

import re

# As transcribers and recognisers write them: in one piece, in two, with a hyphen.
_YES = re.compile(
    r"(?<![\w'-])(?:m+[.\s-]*h+[.\s]*m+|h+m+-h+m+|u+h+[\s-]?h+u+h+|ah?[\s-]?h+ah?|aj[aá]m?|uj[uú]m)(?![\w'-])",
    re.IGNORECASE,
)
# "Uh, uh" is no word yet: a refusal is written with a hyphen.
_NO = re.compile(r"(?<![\w'-])(?:n[uy]h[\s-]?uh|u+h+-u+h+|unh-unh|m+-m+|u+n-u+n)(?![\w'-])", re.I)
YES, NO = "mm-hm", "uh-uh"


def spelled(text: str) -> str:
    """The text with each of them written in one way: `YES` or `NO`."""
    return _NO.sub(NO, _YES.sub(YES, text))
