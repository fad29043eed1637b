"""Who speaks to the product: given what was said so far, the next message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from evals.case import Case, Step
from evals.evidence import Played


class Customer(Protocol):
    async def next(self, turns: Sequence[Played]) -> Step | None:
        """The next message; None when the customer is done."""
        ...


class Scripted:
    """Says what the case's steps say, in their order."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = [step for step in steps for _ in range(step.repeats)]

    @classmethod
    def of(cls, case: Case) -> Scripted:
        return cls(case.turns)

    async def next(self, turns: Sequence[Played]) -> Step | None:
        at = len(turns)
        return self._steps[at] if at < len(self._steps) else None
