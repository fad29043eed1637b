"""ToolCorrectness: the right tools ran, with the right arguments, to the right end."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from evals.evidence import Evidence, Played
from evals.metrics.base import EvidenceMetric, Verdict


class ToolCorrectness(EvidenceMetric):
    """What the case expects of each turn's tools; nothing failed or was done twice over that was
    not expected to; and the conversation did not break off."""

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
    yield from _unexpected(played, number)


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


def _unexpected(played: Played, number: int) -> Iterator[str | None]:
    """What no case wants, whatever it says: a tool that broke, the same done twice in a turn."""
    for run in played.turn.tools:
        if run.status == "failed" and played.step.expect.status.get(run.name) != "failed":
            yield f"turn {number}: {run.name} failed"
    done = Counter(
        (run.name, json.dumps(run.args, sort_keys=True, default=str))
        for run in played.turn.tools
        if run.status == "done"
    )
    for (tool, _), times in done.items():
        yield f"turn {number}: {tool} was done {times} times over" if times > 1 else None


def _argument(
    evidence: Evidence, played: Played, tool: str, name: str, wanted: Any, number: int
) -> str | None:
    runs = played.ran(tool)
    got = runs[-1].args.get(name) if runs else None
    filled = _filled(wanted, evidence.known)
    if _same(got, filled):
        return None
    return f"turn {number}: {tool} was given {name}={got!r}, not {filled!r}"


def _filled(wanted: Any, known: Mapping[str, str]) -> Any:
    if isinstance(wanted, str):
        return re.sub(r"\{([\w.]+)\}", lambda m: known.get(m[1], m[0]), wanted)
    if isinstance(wanted, list | tuple):
        return [_filled(one, known) for one in wanted]
    return wanted


def _same(got: Any, wanted: Any) -> bool:
    """Equal as a person would say: case, spaces and the form of a number do not matter."""
    if isinstance(wanted, list | tuple):
        return (
            isinstance(got, list | tuple)
            and len(got) == len(wanted)
            and all(map(_same, got, wanted))
        )
    if isinstance(wanted, bool) or isinstance(got, bool) or wanted is None or got is None:
        return str(got).lower() == str(wanted).lower()
    plain = [" ".join(str(one).lower().split()) for one in (got, wanted)]
    return plain[0] == plain[1] or _same_number(plain[0], plain[1])


def _same_number(got: str, wanted: str) -> bool:
    try:
        return float(got.lstrip("$").replace(",", "")) == float(wanted.lstrip("$"))
    except ValueError:
        return False


def _in_order(wanted: list[str], ran: list[str]) -> bool:
    left = iter(ran)
    return all(tool in left for tool in wanted)
