"""What is wrong with a configuration, each with what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from channels.numbers import checks_agents, checks_channels, checks_mappings
from channels.numbers.entries import KINDS, entries_of, id_of
from channels.numbers.problem import Problem, shown
from contracts.records import Configuration
from contracts.records.numbers import MAX_ENTRIES
from contracts.scenario import Scenario


def problems(configuration: Configuration, scenario: Scenario) -> tuple[Problem, ...]:
    """All of them, errors first. A configuration with errors is not stored; a warning is something
    that an operator may have meant."""
    found = (
        *_counts(configuration),
        *checks_agents.problems(configuration, scenario),
        *checks_channels.problems(configuration, scenario),
        *checks_mappings.problems(configuration),
    )
    return tuple(sorted(found, key=lambda problem: problem.severity != "error"))


def errors(configuration: Configuration, scenario: Scenario) -> tuple[Problem, ...]:
    found = problems(configuration, scenario)
    return tuple(problem for problem in found if problem.severity == "error")


def _counts(configuration: Configuration) -> Iterator[Problem]:
    """Not too many, and none twice."""
    for kind in KINDS:
        entries = entries_of(configuration, kind)
        if len(entries) > MAX_ENTRIES:
            yield Problem(
                kind=kind,
                id="",
                field="",
                message=f"There are more than {MAX_ENTRIES} {kind}s: delete what is unused.",
            )
        times = Counter(id_of(entry) for entry in entries)
        for entry_id in (entry_id for entry_id, count in times.items() if count > 1):
            yield Problem(
                kind=kind,
                id=entry_id,
                field=f"{kind}_id",
                message=f"There is more than one {kind} {shown(entry_id)}: give each its own id.",
            )
