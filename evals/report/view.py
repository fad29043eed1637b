"""A run as its report shows it: cases with their plays, failures first, faults beside turns."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

from evals.play import AS_WRITTEN
from evals.result import Line, Record

CHANNELS = {"voice": "Phone", "whatsapp": "WhatsApp", "sms": "Text message", "web": "Web chat"}
MOST_TOLD = 6  # faults in the line of a case
LONG = 40  # turns: more are only laid out when they are looked at
_TURN = re.compile(r"^turn (\d+): (.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fault:
    """metric: "" for what broke the play off."""

    metric: str
    says: str


@dataclass(frozen=True, slots=True)
class Turn:
    """came_from: the channel before, where it is another; handed: whether another agent answers
    than before."""

    number: int
    line: Line
    faults: tuple[Fault, ...]
    came_from: str
    handed: bool


@dataclass(frozen=True, slots=True)
class Play:
    """faults: those that belong to no turn."""

    record: Record
    turns: tuple[Turn, ...]
    faults: tuple[Fault, ...]

    @property
    def name(self) -> str:
        attempt = f", attempt {self.record.attempt}" if self.record.attempt > 1 else ""
        return f"{self.record.variant}{attempt}"

    @property
    def long(self) -> bool:
        return len(self.turns) > LONG

    @property
    def all_faults(self) -> list[Fault]:
        return [*self.faults, *(fault for turn in self.turns for fault in turn.faults)]


Pairs = Sequence[tuple[Turn | None, Turn | None]]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with all its plays: as written first, then those that failed."""

    plays: tuple[Play, ...]

    @property
    def record(self) -> Record:
        return self.plays[0].record

    @property
    def failed(self) -> list[Play]:
        return [play for play in self.plays if not play.record.passed]

    @property
    def metrics(self) -> list[str]:
        """Those that fault one of its plays."""
        return sorted({f.metric for play in self.failed for f in play.all_faults if f.metric})

    @property
    def why(self) -> list[tuple[str, int]]:
        """What was faulted, and in how many plays; the most frequent first."""
        told = Counter(
            says
            for play in self.failed
            for says in {f"{f.metric}: {f.says}" if f.metric else f.says for f in play.all_faults}
        )
        return told.most_common(MOST_TOLD)

    @property
    def changed(self) -> list[str]:
        """The collections of the records that the play as written changed."""
        return sorted(json.loads(self.record.end or "{}"))

    def beside(self, play: Play) -> Play | None:
        """The play as written that a replay is to be seen beside."""
        if play.record.variant == AS_WRITTEN:
            return None
        same = [p for p in self.plays if p.record.variant == AS_WRITTEN]
        return next((p for p in same if p.record.attempt == play.record.attempt), None)


def cases_of(records: Iterable[Record]) -> list[CaseView]:
    """All cases, those that failed first (the more plays the earlier), then by name."""
    ordered = sorted(records, key=lambda r: r.case)
    found = [
        CaseView(tuple(sorted(map(play_of, held), key=_written_then_failed)))
        for _, held in groupby(ordered, key=lambda r: r.case)
    ]
    return sorted(found, key=lambda case: (-len(case.failed), case.record.case))


def _written_then_failed(play: Play) -> tuple[bool, bool, int, str]:
    record = play.record
    return record.variant != AS_WRITTEN, record.passed, record.attempt, record.variant


def play_of(record: Record) -> Play:
    by_turn: dict[int, list[Fault]] = {}
    for name, score in record.scores.items():
        for told in score.faults:
            found = _TURN.match(told)
            at = int(found[1]) if found else 0
            by_turn.setdefault(at, []).append(Fault(name, found[2] if found else told))
    turns = tuple(_turns(record.turns, by_turn))
    rest = [fault for at, held in by_turn.items() if not 1 <= at <= len(turns) for fault in held]
    broke = [Fault("", record.error)] if record.error else []
    other = [Fault("", _fallen_back(record))] if record.fallbacks else []
    return Play(record, turns, (*broke, *other, *rest))


def _fallen_back(record: Record) -> str:
    calls = "a call" if record.fallbacks == 1 else f"{record.fallbacks} calls"
    return f"{calls} to {record.model} failed, and the embedded model answered instead"


def _turns(lines: Sequence[Line], faults: dict[int, list[Fault]]) -> Iterable[Turn]:
    before: Line | None = None
    for number, line in enumerate(lines, 1):
        moved = before is not None and before.channel != line.channel
        handed = before is not None and before.agent != line.agent
        came_from = before.channel if before is not None and moved else ""
        yield Turn(number, line, tuple(faults.get(number, ())), came_from, handed)
        before = line


def pairs(one: Play | None, other: Play | None) -> Pairs:
    """The turns of two plays, side by side."""
    return list(zip_longest(one.turns if one else (), other.turns if other else ()))
