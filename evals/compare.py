"""Two runs beside each other: two models, or two versions of a prompt.

Only what both played is compared: the same case in the same variant and attempt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import comb

from evals.figures import figures, per_turn
from evals.result import Record, Run

Key = tuple[str, str, int]
WORSE, BETTER, SAME = "worse", "better", "same"
ORDER = (WORSE, BETTER, SAME)
_NOTHING = 1e-4  # a score's last digit


@dataclass(frozen=True, slots=True)
class CompareCase:
    """A case in both runs; the plays stand in the same order."""

    before: tuple[Record, ...]
    after: tuple[Record, ...]

    @property
    def case(self) -> str:
        return self.after[0].case

    @property
    def verdict(self) -> str:
        """By the plays that passed; where these are as many, by the scores."""
        more = sum(r.passed for r in self.after) - sum(r.passed for r in self.before)
        if not more:
            by_score = _mean(self.after) - _mean(self.before)
            more = 0 if abs(by_score) < _NOTHING else (1 if by_score > 0 else -1)
        return BETTER if more > 0 else WORSE if more < 0 else SAME


@dataclass(frozen=True, slots=True)
class MetricRow:
    """Plays that passed a metric, of as many in both runs."""

    name: str
    plays: int
    before: int
    after: int


class Comparison:
    """`before` and `after`, as far as they played the same."""

    def __init__(self, before: Run, after: Run) -> None:
        self.before = before
        self.after = after
        one, other = _by_key(before), _by_key(after)
        shared = sorted(one.keys() & other.keys())
        grouped: dict[str, list[Key]] = defaultdict(list)
        for key in shared:
            grouped[key[0]].append(key)
        found = [
            CompareCase(tuple(one[k] for k in keys), tuple(other[k] for k in keys))
            for keys in grouped.values()
        ]
        self.cases = sorted(found, key=lambda c: (ORDER.index(c.verdict), c.case))
        self.only_before = sorted({k[0] for k in one} - grouped.keys())
        self.only_after = sorted({k[0] for k in other} - grouped.keys())

    @property
    def plays(self) -> int:
        return sum(len(case.after) for case in self.cases)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many cases became worse and better, and how many are the same."""
        verdicts = [case.verdict for case in self.cases]
        return {verdict: verdicts.count(verdict) for verdict in ORDER}

    @property
    def chance(self) -> float:
        """How likely a difference as large as this is where there is none: the two-sided sign
        test over the cases that changed, 0 to 1."""
        return sign_test(self.counts[WORSE], self.counts[BETTER])

    @cached_property
    def metrics(self) -> list[MetricRow]:
        """Of the plays that have a metric in both runs."""
        pairs = [p for c in self.cases for p in zip(c.before, c.after, strict=True)]
        names = dict.fromkeys(name for b, a in pairs for name in a.scores if name in b.scores)
        return [_metric(name, pairs) for name in names]

    def figures(self) -> tuple[Mapping[str, float], Mapping[str, float]]:
        """The figures of both, over what both played."""
        before = [record for case in self.cases for record in case.before]
        after = [record for case in self.cases for record in case.after]
        return _figures(before, self.before.prices), _figures(after, self.after.prices)


def sign_test(one: int, other: int) -> float:
    """The chance that of `one + other` coins as few, or fewer, fall on the rarer side, doubled."""
    of, rarer = one + other, min(one, other)
    tail: int = sum(comb(of, k) for k in range(rarer + 1))
    return min(1.0, 2.0 * tail / float(2**of))


def _by_key(run: Run) -> dict[Key, Record]:
    return {(r.case, r.variant, r.attempt): r for r in run.records}


def _mean(records: Sequence[Record]) -> float:
    scores = [score.score for record in records for score in record.scores.values()]
    return sum(scores) / max(len(scores), 1)


def _metric(name: str, pairs: Sequence[tuple[Record, Record]]) -> MetricRow:
    held = [
        (b.scores[name], a.scores[name]) for b, a in pairs if name in b.scores and name in a.scores
    ]
    before, after = sum(b.passed for b, _ in held), sum(a.passed for _, a in held)
    return MetricRow(name, len(held), before, after)


def _figures(records: Sequence[Record], prices: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = {**figures(records), **per_turn(records, prices)}
    found["pass_rate"] = found["passed"] / max(found["plays"], 1)
    return found


def told(compared: Comparison) -> Iterator[str]:
    """What came of it, in a few sentences."""
    n = compared.counts
    yield (
        f"{n[WORSE]} cases became worse, {n[BETTER]} better, {n[SAME]} are the same "
        f"({compared.plays} plays that both runs have)."
    )
    if n[WORSE] + n[BETTER]:
        yield f"By chance alone, a difference at least this large has p = {compared.chance:.2f}."
    for which, names in (("before", compared.only_before), ("after", compared.only_after)):
        if names:
            yield f"Only {which}: {len(names)} cases, left out here."
