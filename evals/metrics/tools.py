"""ToolCorrectness: the right tools ran, with the right arguments, to the right end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from evals.evidence import Evidence, Played
from evals.metrics.base import EvidenceMetric, Verdict


class ToolCorrectness(EvidenceMetric):
    """What the case expects of each turn's tools, and that the conversation did not break off."""

    def judge(self, evidence: Evidence) -> Verdict:
        checks = [
            check
            for number, played in enumerate(evidence.turns, 1)
            for check in _turn(evidence, played, number)
        ]
        return Verdict.of([*checks, evidence.error or None])


def _turn(evidence: Evidence, played: Played, number: int) -> Iterator[str | None]:
    expect, ran = played.step.expect, [run.name for run in played.turn.tools]
    told = ", ".join(ran) or "none"
    if expect.tools:
        missed = not _in_order(list(expect.tools), ran)
        yield f"turn {number}: ran {told}, not {', '.join(expect.tools)}" if missed else None
    if expect.any_of:
        missed = not set(expect.any_of) & set(ran)
        yield f"turn {number}: ran {told}, none of {', '.join(expect.any_of)}" if missed else None
    for tool in expect.not_tools:
        yield f"turn {number}: ran {tool}" if tool in ran else None
    for tool, status in expect.status.items():
        runs = played.ran(tool)
        got = runs[-1].status if runs else "not run"
        yield None if got == status else f"turn {number}: {tool} was {got}, not {status}"
    for tool, args in expect.args.items():
        yield from (
            _argument(evidence, played, tool, name, value, number) for name, value in args.items()
        )
    yield from _waiting(played, number)


def _waiting(played: Played, number: int) -> Iterator[str | None]:
    """The call that waits for a yes, and the offer that is open."""
    expect, turn = played.step.expect, played.turn
    for what, wanted, held in (
        ("pending", expect.pending, (turn.pending or {}).get("tool", "")),
        ("offered", expect.offer, (turn.offer or {}).get("channel", "")),
    ):
        if wanted is not None:
            wrong = held != wanted
            yield f"turn {number}: {what} is {held or '-'}, not {wanted or '-'}" if wrong else None


def _argument(
    evidence: Evidence, played: Played, tool: str, name: str, wanted: Any, number: int
) -> str | None:
    runs = played.ran(tool)
    got = runs[-1].args.get(name) if runs else None
    filled = re.sub(r"\{(\w+)\}", lambda m: evidence.known.get(m[1], m[0]), str(wanted))
    if str(got).lower() == filled.lower() or _same_number(got, filled):
        return None
    return f"turn {number}: {tool} was given {name}={got!r}, not {filled!r}"


def _same_number(got: Any, wanted: str) -> bool:
    try:
        return float(str(got).lstrip("$")) == float(wanted)
    except ValueError:
        return False


def _in_order(wanted: list[str], ran: list[str]) -> bool:
    left = iter(ran)
    return all(tool in left for tool in wanted)
