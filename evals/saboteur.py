"""Plays the suite with each fault built in: every one has to be noticed, by the metric it names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from evals.case import Case
from evals.result import Record
from evals.sabotage import SABOTAGES, Sabotage
from evals.suite import Plan, Suite

FEW = 6  # cases a sabotage is played on: it has to show at once, or it is no fault


@dataclass(frozen=True, slots=True)
class Caught:
    """What the suite made of a fault. noticed: plays that the named metric faults; also: other
    metrics that noticed."""

    name: str
    sabotage: Sabotage
    plays: int
    noticed: int
    example: str
    also: tuple[str, ...]

    @property
    def caught(self) -> bool:
        return self.noticed > 0


async def all_sabotages(
    suite: Suite,
    cases: Sequence[Case],
    plan: Plan,
    progress: Callable[[Caught], None],
    names: Sequence[str] = (),
) -> list[Caught]:
    """Each fault on a few cases that it must show in. Those cases pass without it."""
    found = []
    for name in names or SABOTAGES:
        sabotage = SABOTAGES[name]
        chosen = [case for case in cases if sabotage.tag in case.tags]
        if sabotage.replays:
            chosen = [case for case in chosen if case.alone is None]
        with_it = replace(plan, sabotage=name, replays=sabotage.replays, each=False)
        records = await suite.run(chosen[:FEW], with_it, _silent)
        found.append(_judged(name, sabotage, records))
        progress(found[-1])
    return found


def _judged(name: str, sabotage: Sabotage, records: Sequence[Record]) -> Caught:
    faulted = [r.scores[sabotage.metric] for r in records if not r.scores[sabotage.metric].passed]
    also = {n for r in records for n, s in r.scores.items() if not s.passed} - {sabotage.metric}
    example = faulted[0].faults[0] if faulted else ""
    return Caught(name, sabotage, len(records), len(faulted), example, tuple(sorted(also)))


def _silent(_: Sequence[Record]) -> None:
    """Progress is told a fault at a time."""
