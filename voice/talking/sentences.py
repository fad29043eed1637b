"""A reply that comes bit by bit, in pieces that can be spoken one after the other."""

from __future__ import annotations

import re

LONG = 60  # characters without an end, after which the first piece may end at a comma
_LEAST = 25  # of such a first piece: less gives no time to make what follows

# Where a sentence may end: a stop with what closes after it, or a line's end.
_STOP = re.compile(r"[.!?…]+[\"”’»)\]]*(?=\s)|(?<=\S)(?=[^\S\n]*\n)")
_CLAUSE = re.compile(r"[,;:](?=\s)|(?<=\s)[–—](?=\s)")
_NEXT_WORD = re.compile(r"\s+([^\W\d_]+)(?=[^\w])")
# Of an address or a time, though they are small.
_GO_WITH = {"apt", "apartment", "apto", "apartamento", "unit", "suite", "noon", "midnight"}
_SHORT = re.compile(  # a full stop that belongs to the word
    r"(?<![\w.])(?:St|Ste|Mt|Ave|Blvd|Rd|Dr|Ln|Ct|Hwy|Apt|Bldg|Mr|Mrs|Ms|Jr|Sr|Sra|Dra|Prof|Dept"
    r"|Av|Avda|EE|UU|vs|approx|aprox|etc|e\.g|i\.e)\.$",
    re.IGNORECASE,
)
_NUMBER = re.compile(  # "No. 5", "ext. 5", "Jan. 15", "Fri. 9 a.m."
    r"\b(?:nos?|nro|núm|ext|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tues?|wed|thu(?:rs?)?"
    r"|fri|sat|sun)\.$",
    re.IGNORECASE,
)
_HALF_HOUR = re.compile(r"[\d ][ap]\.$")  # of "9:30 p. m."
_HOUR = re.compile(r"[\d ][ap]\. ?m\.$", re.IGNORECASE)
_INITIAL = re.compile(r"(?P<before>\S*)\s+[A-Z]\.$")
_INITIALS = re.compile(r"(?<!\w)(?:[A-Z]\.){2,}$")


class Sentences:
    """Cuts text as it comes. The pieces, put together, are the text to the last space; what stands
    between two of them leads the later one. How the text was dealt out changes nothing."""

    def __init__(self) -> None:
        self._held = ""
        self._first = True

    def push(self, delta: str) -> list[str]:
        """The pieces that are whole with this; those of which more may come are held."""
        self._held += delta
        pieces = []
        while cut := self._cut():
            pieces.append(self._held[:cut])
            self._held = self._held[cut:]
            self._first = False
        return pieces

    def rest(self) -> list[str]:
        """What is held, which may be blank: nothing more comes, or nothing for a while."""
        held, self._held = self._held, ""
        if held.strip():
            self._first = False
        return [held] if held else []

    def _cut(self) -> int:
        """Where the next piece ends; 0: that can't be told yet."""
        end, known = _end(self._held)
        begin = len(self._held) - len(self._held.lstrip())
        if not self._first or (end or known) - begin <= LONG:
            return end
        return _clause(self._held, begin + _LEAST, end or known) or end


def _end(text: str) -> tuple[int, int]:
    """The end of the first sentence, 0 for none; and up to where that is sure."""
    for stop in _STOP.finditer(text):
        before, after = text[: stop.end()], text[stop.end() :].lstrip(" \t\u00a0\u202f")
        if after.startswith("\n") or not stop[0].startswith("."):
            return stop.end(), stop.end()
        ends = _ends(before.rstrip('"”’»)]'), after[:1])
        if ends is None:
            return 0, stop.start()
        if ends:
            return stop.end(), stop.end()
    return 0, len(text)


def _ends(before: str, following: str) -> bool | None:
    """Whether a full stop ends the sentence; None: that hangs on what follows."""
    if _SHORT.search(before) or _is_initial(before):
        return False
    if not following:
        hangs = _HALF_HOUR.search(before) or _NUMBER.search(before) or _HOUR.search(before)
        return None if hangs else True
    if _HALF_HOUR.search(before):
        return following != "m"
    if _NUMBER.search(before):
        return not following.isdigit()
    return not (_HOUR.search(before) and (following.islower() or following in ",;)"))


def _is_initial(before: str) -> bool:
    """ "418 N." and "J.", but not the last sign of a code that is spelled: "M 9 K Q."."""
    if _INITIALS.search(before):
        return True
    found = _INITIAL.search(before)
    return found is not None and len(found["before"]) != 1


def _clause(text: str, least: int, end: int) -> int:
    """Where a first clause ends that is long enough, 0 for nowhere, or not yet. What goes on with
    a small letter goes on after a clause; a figure or a name may be the rest of a date, an address
    or an amount."""
    for comma in _CLAUSE.finditer(text):
        if not least <= comma.end() < end:
            continue
        following = _NEXT_WORD.match(text, comma.end())
        if following is None and not re.search(r"\S\s|\S\W", text[comma.end() :]):
            return 0
        if following and following[1].islower() and following[1] not in _GO_WITH:
            return comma.end()
    return 0
