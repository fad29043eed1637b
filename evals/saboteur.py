"""Plays the suite with each fault built in: every one has to be noticed, by the metric it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from evals.case import Case
from evals.result import Record
from evals.sabotage import SABOTAGES, Sabotage, labels
from evals.suite import Plan, Suite

LONG = 8  # turns
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
    clean: Sequence[Record] = (),
) -> list[Caught]:
    """Each fault on a few cases that it must show in, and that are without a fault of their own.
    clean: records of the cases as they are; without any, they are played first."""
    chosen = {name: list(_concerned(SABOTAGES[name], cases)) for name in names or SABOTAGES}
    if not clean:
        needed = {case.id: case for held in chosen.values() for case in held[: 2 * FEW]}
        as_they_are = replace(plan, replays=False, noise=(), customer="", judge="", attempts=1)
        clean = await suite.run(list(needed.values()), as_they_are, _silent)
    found = []
    for name, held in chosen.items():
        sabotage = SABOTAGES[name]
        sound = _sound(sabotage.metric, clean)
        with_it = replace(
            plan, sabotage=name, replays=sabotage.replays, each=False, noise=(), customer="",
            judge="", attempts=1,
        )  # fmt: skip
        few = [case for case in held if case.id in sound][:FEW]
        found.append(_judged(name, sabotage, await suite.run(few, with_it, _silent)))
        progress(found[-1])
    return found


def _concerned(sabotage: Sabotage, cases: Sequence[Case]) -> Iterator[Case]:
    """The cases that a fault must show in: the longer ones first, where more can go wrong, but for
    those that take their time."""
    turns = {case.id: sum(step.repeats for step in case.turns) for case in cases}
    for case in sorted(cases, key=lambda case: (turns[case.id] > LONG, -turns[case.id])):
        if sabotage.tag in labels(case) and not (sabotage.replays and case.alone is not None):
            yield case


def _sound(metric: str, clean: Sequence[Record]) -> set[str]:
    """The cases in which a metric finds nothing as they are: what it finds there is the fault."""
    faulted = {r.case for r in clean if metric not in r.scores or not r.scores[metric].passed}
    return {record.case for record in clean} - faulted


def _judged(name: str, sabotage: Sabotage, records: Sequence[Record]) -> Caught:
    faulted = [r.scores[sabotage.metric] for r in records if not r.scores[sabotage.metric].passed]
    also = {n for r in records for n, s in r.scores.items() if not s.passed} - {sabotage.metric}
    example = faulted[0].faults[0] if faulted else ""
    return Caught(name, sabotage, len(records), len(faulted), example, tuple(sorted(also)))


def _silent(_: Sequence[Record]) -> None:
    """Progress is told a fault at a time."""
