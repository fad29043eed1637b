"""HandoffSuccess and SwitchLatency: the right agent has the floor, and a switch costs no time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from langchain_core.messages import AIMessage, HumanMessage

from contracts.briefing import unfence
from evals.evidence import Evidence, ModelCall, Played
from evals.metrics.base import EvidenceMetric, Verdict

SWITCH_LIMIT_MS = 1000.0
_TELLING = 12  # characters; shorter words of a customer may recur by chance


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
    targets = [
        str(evidence.specs[run.name].goes_to)
        for run in played.turn.tools
        if run.name in evidence.specs and evidence.specs[run.name].goes_to and run.status == "done"
    ]
    for target in targets:
        spoke = any(call.agent == target for call in played.calls)
        yield None if spoke else f"turn {number}: {target} was handed the floor and said nothing"
    back = len(targets) > len(set(targets)) and len(targets) > 2
    yield f"turn {number}: handed round: {' -> '.join(targets)}" if back else None


def _unseen(evidence: Evidence) -> Iterator[str | None]:
    """What DISCRETE agents were shown of what was said before they had the floor."""
    said: list[str] = []  # before the agent that has the floor got it
    here: list[str] = []
    floor = ""
    for number, played in enumerate(evidence.turns, 1):
        for call in played.calls:
            if not call.agent:
                continue
            if call.agent != floor:
                said, here, floor = [*said, *here], [], call.agent
            if call.agent in evidence.discrete:
                yield _seen(call, said, number)
        here += [text for text in (played.said, played.reply) if len(text) >= _TELLING]


def _seen(call: ModelCall, said: Sequence[str], number: int) -> str | None:
    shown = [unfence(m.text) for m in call.messages if isinstance(m, HumanMessage | AIMessage)]
    seen = next((text for text in said if any(text == one.strip() for one in shown)), None)
    if seen or call.brief.get("summary"):
        return f"turn {number}: {call.agent} was shown what was said before"
    return None


class SwitchLatency(EvidenceMetric):
    """The first reply on a new channel is there within a second."""

    def judge(self, evidence: Evidence) -> Verdict:
        return Verdict.of(
            f"{ms:.0f} ms to the first reply after a switch" if ms >= SWITCH_LIMIT_MS else None
            for ms in evidence.switch_ms
        )
