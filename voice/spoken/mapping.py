"""A text as it is read aloud, and the way back to how it is written."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# What is written in a way of its own, and how that is said; None: just as it is written.
Form = tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]
_TAKEN = "\x00"
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Aloud:
    """`text` is read aloud. By `_said[n]` characters of it the words up to `_ends[n]` of what is
    written have been spoken."""

    text: str
    _said: tuple[int, ...]
    _ends: tuple[int, ...]
    _length: int

    def original(self, characters: int) -> int:
        """How many characters of what is written have been said, once so many of `text` have: up to
        the end of a word, and of a figure that is said in several words the end of those."""
        if characters >= len(self.text):
            return self._length
        found = bisect_right(self._said, characters) if characters > 0 else 0
        return self._ends[found - 1] if found else 0


def read_as(text: str, forms: Iterable[Form]) -> Aloud:
    """The text with all its forms as they are said; the earlier form goes before the later."""
    spans = _spans(text, forms)
    pieces, at, offset = [], 0, 0
    where: dict[int, int] = {}  # of a place between words: how much of the result is before it
    inside: set[int] = set()
    for start, end, said in [*spans, (len(text), len(text), "")]:
        where |= {place: offset + place - at for place in range(at, start + 1)}
        pieces += [text[at:start], said]
        offset += start - at + len(said)
        inside |= set(range(start + 1, end))
        where[end] = offset
        at = end
    aloud = "".join(pieces)
    ends = [word.end() for word in _WORD.finditer(text) if word.end() not in inside]
    heard = [_last_sound(aloud, where[end]) for end in ends]
    return Aloud(aloud, tuple(heard), tuple(ends), len(text))


def apart(match: re.Match[str], said: str) -> str:
    """What is said for a figure, apart from the letters that it is written together with."""
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    return f"{' ' * before.isalpha()}{said}{' ' * after.isalpha()}"


def _spans(text: str, forms: Iterable[Form]) -> list[tuple[int, int, str]]:
    left, found = text, []
    for pattern, say in forms:
        taken = [
            (m.start(), m.end(), said)
            for m in pattern.finditer(left)
            if m.end() > m.start() and (said := say(m)) is not None
        ]
        for start, end, _ in taken:
            left = left[:start] + _TAKEN * (end - start) + left[end:]
        found += taken
    return sorted(found)


def _last_sound(aloud: str, end: int) -> int:
    """Where the last word before `end` has been spoken: stops and spaces are not heard."""
    while end and not aloud[end - 1].isalnum():
        end -= 1
    return end
