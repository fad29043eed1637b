"""A metric: a judgement on the evidence of a played case, in the shape that deepeval runs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from deepeval.metrics import BaseConversationalMetric
from deepeval.test_case import ConversationalTestCase, ToolCall, Turn

from evals.evidence import Evidence

EVIDENCE = "evidence"  # in a test case's metadata


@dataclass(frozen=True, slots=True)
class Verdict:
    """How much of what a metric looked at was right (1.0 where there was nothing to look at), and
    each fault in words."""

    looked_at: int
    faults: tuple[str, ...] = ()

    @classmethod
    def of(cls, checks: Iterable[str | None]) -> Verdict:
        """From checks that give a fault or None."""
        held = list(checks)
        return cls(len(held), tuple(fault for fault in held if fault))

    @property
    def score(self) -> float:
        return 1.0 if not self.looked_at else max(0.0, 1 - len(self.faults) / self.looked_at)


class EvidenceMetric(BaseConversationalMetric):
    """One that needs no judge: what happened decides. It passes when there is no fault."""

    threshold = 1.0
    async_mode = False
    gates = True  # whether a play with faults in it has failed

    @abstractmethod
    def judge(self, evidence: Evidence) -> Verdict:
        """Look at a played case."""

    def measure(self, test_case: ConversationalTestCase, *args: Any, **kwargs: Any) -> float:
        verdict = self.judge(evidence_of(test_case))
        self.score = verdict.score
        self.reason = "; ".join(verdict.faults) or f"{verdict.looked_at} looked at, all right"
        self.success = not verdict.faults
        return self.score

    async def a_measure(
        self, test_case: ConversationalTestCase, *args: Any, **kwargs: Any
    ) -> float:
        return self.measure(test_case)

    def is_successful(self) -> bool:
        return bool(self.success)

    @classmethod
    def key(cls) -> str:
        """The metric's name in records and tables."""
        return cls.__qualname__

    @property
    def __name__(self) -> str:
        return self.key()


def as_test_case(evidence: Evidence) -> ConversationalTestCase:
    """A played case as deepeval has it; the evidence goes along."""
    turns: list[Turn] = []
    for played in evidence.turns:
        called = [ToolCall(name=run.name, input_parameters=run.args) for run in played.turn.tools]
        metadata = {"channel": played.channel.value, "agent": played.turn.agent}
        turns.append(Turn(role="user", content=played.said, metadata=metadata))
        turns.append(
            Turn(role="assistant", content=played.reply, tools_called=called, metadata=metadata)
        )
    return ConversationalTestCase(
        name=f"{evidence.case.id}, {evidence.variant}",
        turns=turns,
        scenario=evidence.case.goal or evidence.case.title,
        user_description=evidence.case.persona or None,
        chatbot_role="customer service of an electric and gas utility",
        tags=list(evidence.case.tags),
        metadata={EVIDENCE: evidence},
    )


def evidence_of(test_case: ConversationalTestCase) -> Evidence:
    """Raises ValueError for a test case that was not played."""
    held = (test_case.metadata or {}).get(EVIDENCE)
    if not isinstance(held, Evidence):
        raise ValueError("this metric judges played cases: make one with as_test_case")
    return held
