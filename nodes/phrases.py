"""Words read as a row of known phrases: one that is not known, and nothing is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

Kind = TypeVar("Kind", bound=str)

MAX_PHRASE = 8  # words


def words_of(text: str) -> list[str]:
    """Without punctuation, except for the apostrophe."""
    return re.sub(r"[^\w\s']", " ", text.replace("’", "'")).split()


def kinds_in(
    words: Sequence[str], known: Sequence[tuple[Kind, re.Pattern[str]]]
) -> set[Kind] | None:
    """The kinds of phrases that the words are made of, longest first; None if one is unknown.
    known: the patterns of each kind, the first that matches counts."""
    heard: set[Kind] = set()
    at = 0
    while at < len(words):
        for end in range(min(len(words), at + MAX_PHRASE), at, -1):
            phrase = " ".join(words[at:end])
            kind = next((kind for kind, pattern in known if pattern.fullmatch(phrase)), None)
            if kind is not None:
                heard.add(kind)
                at = end
                break
        else:
            return None
    return heard
