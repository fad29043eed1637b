"""ContextPreservation: what is known is passed on, and nobody is asked for it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evals.asked import ACCOUNT, CODE, PROOF
from evals.evidence import Evidence, ModelCall, Played
from evals.metrics.base import EvidenceMetric, Verdict

_IDENTITY = (ACCOUNT, PROOF, CODE)
_RUNGS = ("anonymous", "recognised", "verified", "stepped up")
_ON_FILE = {"account_number": "account_number", "name": "name"}  # slot in words: customer's fact


class ContextPreservation(EvidenceMetric):
    """Facts carried, nothing asked again: both by what models were given and tools asked for.

    Carried: whoever speaks is given what the speaker before was given of the customer and of what
    was found (unless the rung fell), and the case's own `carried` facts after each hand-off or
    switch. Asked again: identity once it was proven, a slot that a tool was already given, whatever
    the case says may never be asked, and in words what the customer's facts hold.
    """

    def judge(self, evidence: Evidence) -> Verdict:
        return Verdict.of([*_carried(evidence), *_asked_again(evidence)])


def _carried(evidence: Evidence) -> Iterator[str | None]:
    before: ModelCall | None = None
    moved = False
    for number, played in enumerate(evidence.turns, 1):
        moved = moved or played.switched
        for call in played.calls:
            if not call.agent:
                continue
            if before is not None and _same_person(evidence, number) and _as_high(before, call):
                yield from _kept(before, call, number)
            moved = moved or (before is not None and before.agent != call.agent)
            if moved:
                held = evidence.turns[number - 2].thread if number > 1 else {}
                wanted = (p for p in evidence.case.carried if _is_known(p, held))
                yield from (_given(path, call, number) for path in wanted)
            before = call


def _same_person(evidence: Evidence, number: int) -> bool:
    """Whether the turn is by who spoke before, and was recognised as the same."""
    at = evidence.turns[number - 1]
    last = evidence.turns[max(number - 2, 0)]
    return at.turn.customer_id == last.turn.customer_id and at.by == last.by


def _as_high(before: ModelCall, call: ModelCall) -> bool:
    return _rung(before) <= _rung(call)


def _rung(call: ModelCall) -> int:
    word = call.brief.get("identity", "anonymous")
    return _RUNGS.index(word) if word in _RUNGS else 0


def _kept(before: ModelCall, call: ModelCall, number: int) -> Iterator[str | None]:
    """What the one before was told of the customer, and which topics, this one is told too."""
    had, has = before.brief.get("customer") or {}, call.brief.get("customer") or {}
    for name, value in had.items():
        lost = value and not has.get(name)
        yield f"turn {number}: {call.agent} is not told the customer's {name}" if lost else None
    topics = call.brief.get("collected") or {}
    for topic in before.brief.get("collected") or {}:
        lost = topic not in topics
        yield f"turn {number}: {call.agent} is not told about {topic}" if lost else None


def _is_known(path: str, thread: Mapping[str, Any]) -> bool:
    """Whether a fact is there to be given: what was found is, once a turn before found it."""
    return not path.startswith("collected.") or bool(_at(path, thread))


def _given(path: str, call: ModelCall, number: int) -> str | None:
    given = _at(path, call.brief)
    return None if given else f"turn {number}: {call.agent} is not given {path}"


def _at(path: str, held: Mapping[str, Any]) -> Any:
    value: Any = held
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _asked_again(evidence: Evidence) -> Iterator[str | None]:
    given: set[str] = set()  # slots that a tool was given
    proven = evidence.case.rung in ("verified", "stepped up")
    who = ""
    for number, played in enumerate(evidence.turns, 1):
        if who and who != played.by:
            given, proven = set(), False
        who = played.by
        for slot in played.asked:
            yield _fault(evidence, played, slot, given, proven, number)
        for slot in played.asked_in_words:
            if slot not in played.asked:
                yield _in_words(evidence, played, slot, proven, number)
        given |= {name for run in played.turn.tools for name, v in run.args.items() if v}
        given -= {slot for answer in played.answers for slot in answer.missing}
        proven = proven or played.turn.identity in ("verified", "stepped up")


def _fault(
    evidence: Evidence, played: Played, slot: str, given: set[str], proven: bool, number: int
) -> str | None:
    if slot in evidence.case.never_asked:
        return f"turn {number}: asked for {slot}, which it may not"
    if slot in (ACCOUNT, PROOF) and proven and "code" not in played.asked:
        return f"turn {number}: asked to prove who it is once more ({slot})"
    fresh = {answer.tool for answer in played.answers if slot in answer.missing}
    known = slot in given and slot not in _IDENTITY and fresh <= _tools_before(evidence, number)
    return f"turn {number}: asked for {slot} again" if known else None


def _tools_before(evidence: Evidence, number: int) -> set[str]:
    """Tools that ran before this turn with everything they need."""
    before = evidence.turns[: number - 1]
    return {run.name for played in before for run in played.turn.tools if run.status == "confirm"}


def _in_words(
    evidence: Evidence, played: Played, slot: str, proven: bool, number: int
) -> str | None:
    """What a model asks for of its own, though it was told."""
    if slot in evidence.case.never_asked:
        return f"turn {number}: asked in words for {slot}, which it may not"
    told = played.calls[-1].brief.get("customer") or {} if played.calls else {}
    known = slot in _ON_FILE and told.get(_ON_FILE[slot])
    again = slot in (ACCOUNT, PROOF) and proven
    return f"turn {number}: asked in words for {slot}, which is known" if known or again else None
