"""ContextPreservation: what is known is passed on, and nobody is asked for it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evals.evidence import Evidence
from evals.metrics.asking import asked_again
from evals.metrics.base import EvidenceMetric, Verdict
from evals.metrics.carrying import carried


class ContextPreservation(EvidenceMetric):
    """Facts carried, nothing asked again: both by what models were given and tools asked for.

    Carried: whoever speaks is given what the speaker before was given of the customer and of what
    was found, word for word unless a tool ran since (and unless the rung fell), nothing of
    anybody else's, and the case's own `carried` facts after each hand-off or switch. Asked again:
    identity once it was proven, a slot that a tool was already given, whatever the case says may
    never be asked, and in words what is on file or already waits for a yes.
    """

    def judge(self, evidence: Evidence) -> Verdict:
        return Verdict.of(_once([*carried(evidence), *asked_again(evidence)]))


def _once(checks: Iterable[str | None]) -> Iterator[str | None]:
    """What two checks find alike is one fault."""
    told: set[str] = set()
    for check in checks:
        if check is None or check not in told:
            yield check
        told |= {check} if check else set()
