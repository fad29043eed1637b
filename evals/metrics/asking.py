"""What customers were asked for though it was known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from evals.asked import ACCOUNT, CODE, PROOF, kind_of
from evals.evidence import Evidence, Played
from evals.metrics.threads import same_person, with_before

_IDENTITY = (ACCOUNT, PROOF)
_PROVEN = ("verified", "stepped up")
_ON_FILE = {ACCOUNT: "account_number", "name": "name", "address": "service_address"}
_LAPSES = re.compile(r"\d+[hd]|(?:[6-9]\d|\d{3,})m")  # so long, and who one is may have lapsed
_FORGIVEN = 2  # turns after which a request that nobody followed up is asked for anew


@dataclass(slots=True)
class _Known:
    """What the person who speaks has given. open: by tool, arguments it could use, until the
    request has ended; idle: turns since the tool last ran."""

    proven: bool
    open: dict[str, dict[str, Any]] = field(default_factory=dict)
    idle: dict[str, int] = field(default_factory=dict)
    waiting: str = ""  # the tool that waited for a yes after the turn before

    def holds(self, kind: str) -> bool:
        """Whether any open request was given something of this kind."""
        given = {kind_of(slot) for args in self.open.values() for slot, v in args.items() if v}
        return kind in given


def asked_again(evidence: Evidence) -> Iterator[str | None]:
    """Checks of every question, by structure and by words."""
    known = _Known(evidence.case.rung in _PROVEN)
    for number, played, before in with_before(evidence):
        if before is not None and not same_person(before, played):
            known = _Known(proven=False)
        if _LAPSES.fullmatch(played.step.after):
            known.proven = False
        kinds = {kind_of(slot) for slot in played.asked}
        yield from (_asked(evidence, known, played, slot, number) for slot in played.asked)
        for slot in played.asked_in_words:
            if slot not in kinds:
                yield _in_words(evidence, known, played, slot, number)
        _learn(known, played)


def _asked(evidence: Evidence, known: _Known, played: Played, slot: str, number: int) -> str | None:
    if {slot, kind_of(slot)} & set(evidence.case.never_asked):
        return f"turn {number}: asked for {slot}, which it may not"
    if slot in _IDENTITY and known.proven and CODE not in played.asked:
        return f"turn {number}: asked to prove who it is once more ({slot})"
    if slot not in (*_IDENTITY, CODE) and _was_given(known, played, slot):
        return f"turn {number}: asked for {slot} again"
    return None


def _was_given(known: _Known, played: Played, slot: str) -> bool:
    """Whether every tool that asks for a slot was given it before. Where the turn gave it another
    value, that one was unusable, and asking is right."""
    asking = [answer.tool for answer in played.answers if slot in answer.missing]
    anew = any(run.args.get(slot) for tool in asking for run in played.ran(tool))
    return bool(asking) and not anew and all(known.open.get(t, {}).get(slot) for t in asking)


def _in_words(
    evidence: Evidence, known: _Known, played: Played, slot: str, number: int
) -> str | None:
    """What a model asks for of its own, though it was told."""
    if slot in evidence.case.never_asked:
        return f"turn {number}: asked in words for {slot}, which it may not"
    told = played.calls[-1].brief.get("customer") or {} if played.calls else {}
    checking = bool(played.thread.get("verification"))
    again = (
        bool(slot in _ON_FILE and told.get(_ON_FILE[slot]))
        or (slot in _IDENTITY and known.proven and not checking)
        or (slot == CODE and played.turn.identity == "stepped up")
        or (slot not in (*_IDENTITY, CODE) and _holds(known, played, slot))
    )
    return f"turn {number}: asked in words for {slot}, which is known" if again else None


def _holds(known: _Known, played: Played, kind: str) -> bool:
    waits: Mapping[str, Any] = (played.turn.pending or {}).get("args") or {}
    return known.holds(kind) or any(kind_of(slot) == kind and v for slot, v in waits.items())


def _learn(known: _Known, played: Played) -> None:
    """Take in what the turn gave, and drop requests that have ended."""
    waiting = str((played.turn.pending or {}).get("tool", ""))
    if known.waiting and waiting != known.waiting:
        known.open.pop(known.waiting, None)  # done, refused or replaced
    known.waiting = waiting
    known.idle = {tool: turns + 1 for tool, turns in known.idle.items()}
    for run in played.turn.tools:
        known.idle[run.name] = 0
        if run.status in ("done", "cannot", "failed"):
            known.open.pop(run.name, None)
        else:
            missing = {s for a in played.answers if a.tool == run.name for s in a.missing}
            held = {**known.open.get(run.name, {}), **{n: v for n, v in run.args.items() if v}}
            known.open[run.name] = {n: v for n, v in held.items() if n not in missing}
    for tool in [t for t, turns in known.idle.items() if turns >= _FORGIVEN and t != waiting]:
        known.open.pop(tool, None)
    known.proven = known.proven or played.turn.identity in _PROVEN
