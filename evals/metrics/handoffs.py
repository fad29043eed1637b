"""HandoffSuccess and SwitchLatency: the right agent has the floor, and a switch costs no time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from langchain_core.messages import SystemMessage, ToolMessage

from contracts.briefing import unfence
from contracts.tooling import Effect
from evals.evidence import Evidence, ModelCall, Played
from evals.metrics.base import EvidenceMetric, Verdict

SWITCH_LIMIT_MS = 1000.0
_TELLING = 12  # characters; shorter words of a customer may recur by chance
_ITS_OWN = ("handoff", "collected", "customer")  # why it is called, and facts: it is given those


class HandoffSuccess(EvidenceMetric):
    """Each turn ends with the expected agent, each hand-off reaches its target and is not sent
    back, and an agent that is entered DISCRETE sees nothing that was said before."""

    def judge(self, evidence: Evidence) -> Verdict:
        checks = [
            check
            for number, played in enumerate(evidence.turns, 1)
            for check in (*_expected(played, number), *_reached(evidence, played, number))
        ]
        return Verdict.of([*checks, *_unseen(evidence)])


def _expected(played: Played, number: int) -> Iterator[str | None]:
    wanted = played.step.expect.agent
    if wanted:
        wrong = played.turn.agent != wanted
        yield f"turn {number}: {played.turn.agent} speaks, not {wanted}" if wrong else None


def _reached(evidence: Evidence, played: Played, number: int) -> Iterator[str | None]:
    visits = _visits(evidence, played)
    for target, _ in visits:
        spoke = any(call.agent == target for call in played.calls)
        yield None if spoke else f"turn {number}: {target} was handed the floor and said nothing"
    if visits:
        yield _sent_back(evidence, played, visits, number)
    for run in played.turn.tools:
        broke = _leads(evidence, run.name) and run.status == "failed"
        yield f"turn {number}: {run.name} failed" if broke else None


def _leads(evidence: Evidence, tool: str) -> str:
    """The agent that a tool hands over to; empty for any other tool."""
    spec = evidence.specs.get(tool)
    return spec.goes_to or "" if spec and spec.effect is Effect.HANDOFF else ""


def _visits(evidence: Evidence, played: Played) -> list[tuple[str, int]]:
    """The agents that were handed the floor in a turn, each with how many tools ran while it had
    it."""
    visits: list[tuple[str, int]] = []
    for run in played.turn.tools:
        target = _leads(evidence, run.name)
        if target and run.status == "done":
            visits.append((target, 0))
        elif visits:
            visits[-1] = (visits[-1][0], visits[-1][1] + 1)
    return visits


def _sent_back(
    evidence: Evidence, played: Played, visits: list[tuple[str, int]], number: int
) -> str | None:
    """Whether an agent did nothing with the floor but hand it back to one that had it already."""
    first = next((call.agent for call in played.calls if call.agent), "")
    had = [first]
    for at, (target, _) in enumerate(visits):
        idle = at > 0 and not visits[at - 1][1]
        if target in had and (idle or had.count(target) > 1):
            way = " -> ".join([first, *(name for name, _ in visits)])
            return f"turn {number}: handed round: {way}"
        had.append(target)
    return None


@dataclass(slots=True)
class _Floor:
    """Who has the floor of a thread, and what was said before they got it and since."""

    agent: str = ""
    before: list[str] = field(default_factory=list)
    since: list[str] = field(default_factory=list)
    ids_before: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    def give(self, agent: str) -> None:
        if agent and agent != self.agent:
            self.agent = agent
            self.before, self.since = [*self.before, *self.since], []
            self.ids_before = set(self.ids)


def _unseen(evidence: Evidence) -> Iterator[str | None]:
    """What DISCRETE agents were shown of what was said before they had the floor."""
    floors: dict[str, _Floor] = {}
    for number, played in enumerate(evidence.turns, 1):
        floor = floors.setdefault(played.turn.customer_id, _Floor())
        for call in played.calls:
            if call.agent:
                floor.give(call.agent)
            if call.agent in evidence.discrete:
                yield _seen(call, floor, played, number)
        floor.give(played.turn.agent)  # the graph itself may have given it
        floor.since += [text for text in _said(played) if len(text) >= _TELLING]
        floor.ids |= {str(m.id) for m in played.thread.get("messages", ()) if m.id}


def _said(played: Played) -> list[str]:
    return [*dict.fromkeys((played.said, played.turn.said, played.reply))]


def _seen(call: ModelCall, floor: _Floor, played: Played, number: int) -> str | None:
    """By the messages' ids; by their words where those are not known to be of later."""
    told = [m for m in call.messages if not isinstance(m, SystemMessage)]
    new = floor.ids - floor.ids_before
    # What its own tools answer in this turn may be what they answered before.
    own = [m for m in told if isinstance(m, ToolMessage) and str(m.id) not in floor.ids]
    texts = [unfence(str(m.text)).strip() for m in told if str(m.id) not in new and m not in own]
    brief = {k: v for k, v in call.brief.items() if k not in _ITS_OWN}
    shown = [*(t for t in texts if t not in _said(played)), json.dumps(brief, ensure_ascii=False)]
    leaked = (
        any(str(message.id) in floor.ids_before for message in told)
        or any(text in one for text in floor.before for one in shown)
        or call.brief.get("summary")
    )
    return f"turn {number}: {call.agent} was shown what was said before" if leaked else None


class SwitchLatency(EvidenceMetric):
    """The first reply on a new channel is there within a second.

    One that is late fails no play, a busy machine has those: the suite's goal is the 95th
    percentile.
    """

    gates = False

    def judge(self, evidence: Evidence) -> Verdict:
        return Verdict.of(
            f"{ms:.0f} ms to the first reply after a switch" if ms >= SWITCH_LIMIT_MS else None
            for ms in evidence.switch_ms
        )
