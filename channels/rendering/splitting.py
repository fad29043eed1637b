"""Text in pieces that a channel takes: cut at the end of a paragraph, else of a sentence, else
between words; never within a word, an address of the web, or a figure with what belongs to it."""

from __future__ import annotations

import re

_LEAST = 3  # a piece ends in its last two thirds, where it can
_ENDS = (  # from the best to the worst; the cut is at the first group
    re.compile(r"(\n\s*\n)"),
    re.compile(r"(\n)"),
    re.compile(r"(?<=[.!?…])[\"'”’)\]]*(\s+)"),
    re.compile(r"(?<=[,;:])(\s+)"),
    re.compile(r"(\s+)"),
)
_NUMBER = r"[$€+#(]*\d(?:[\d.,:/()%°-]*[\d%°)])?"
# What has spaces in it and is read as one: "+1 800 555 0142", "612 kWh", "9:30 p. m.".
_WHOLE = re.compile(
    rf"{_NUMBER}(?:[^\S\n]+{_NUMBER})*(?:[^\S\n]+(?:[ap]\.?[^\S\n]?m\b\.?|[^\W\d_]{{1,12}}\b))?",
    re.IGNORECASE,
)
_MOST_WHOLE = 60  # characters; longer is no figure but a run of them


def split(text: str, limit: int, *, last: int | None = None) -> list[str]:
    """`text` in order, in pieces of at most `limit` characters; the last one, where `last` is
    given, of at most so many. No word is lost; only a single one that is longer than the limit is
    cut."""
    pieces: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        cut = _cut(rest, limit)
        pieces.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    if last is not None and len(rest) > last:
        *before, rest = split(rest, last)
        pieces += [*_joined(before, limit)]
    return [piece for piece in [*pieces, rest] if piece]


def _joined(pieces: list[str], limit: int) -> list[str]:
    """Small pieces put together again, as far as the limit allows."""
    joined: list[str] = []
    for piece in pieces:
        if joined and len(joined[-1]) + len(piece) + 2 <= limit:
            joined[-1] = f"{joined[-1]}\n\n{piece}"
        else:
            joined.append(piece)
    return joined


def _cut(text: str, limit: int) -> int:
    """Where the first piece of `text` ends."""
    window = text[: limit + 1]
    kept = _kept_whole(text[: limit + _MOST_WHOLE])
    # A piece is rather long and ends within a sentence than that it is a few words.
    for least, ends in ((limit // _LEAST, _ENDS[:-1]), (0, _ENDS)):
        for end in ends:
            places = [m.start(1) for m in end.finditer(window)]
            found = [at for at in places if least < at <= limit and not _inside(at, kept)]
            if found:
                return found[-1]
    spaces = [m.start() for m in re.finditer(r"\s", window) if 0 < m.start() <= limit]
    return spaces[-1] if spaces else limit


def _kept_whole(text: str) -> list[tuple[int, int]]:
    spans = (m.span() for m in _WHOLE.finditer(text))
    return [(start, end) for start, end in spans if end - start <= _MOST_WHOLE]


def _inside(place: int, spans: list[tuple[int, int]]) -> bool:
    return any(start < place < end for start, end in spans)
