"""Shares with the intervals that honest figures come with."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from evals.routing.play import Scored

Z = 1.96  # 95 %
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Share:
    """`right` of `of`, and between which shares the truth lies with 95 %."""

    right: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.right / self.of if self.of else 0.0


def wilson(right: int, of: int) -> Share:
    """For utterances that have nothing to do with each other."""
    if not of:
        return Share(0, 0, 0.0, 1.0)
    p, square = right / of, Z * Z / of
    middle, half = p + square / 2, Z * sqrt(p * (1 - p) / of + square / of / 4)
    return Share(right, of, (middle - half) / (1 + square), (middle + half) / (1 + square))


def by_family(results: Iterable[tuple[str, bool]], seed: int = 1) -> Share:
    """Resampled by family: its utterances stand or fall together."""
    families: dict[str, list[bool]] = defaultdict(list)
    for family, right in results:
        families[family].append(right)
    counts = [(sum(members), len(members)) for members in families.values()]
    hits, of = sum(r for r, _ in counts), sum(n for _, n in counts)
    if not of:
        return Share(0, 0, 0.0, 1.0)
    rng = random.Random(seed)
    drawn = sorted(_share(rng.choices(counts, k=len(counts))) for _ in range(RESAMPLES))
    return Share(hits, of, drawn[int(RESAMPLES * 0.025)], drawn[int(RESAMPLES * 0.975)])


def _share(counts: Sequence[tuple[int, int]]) -> float:
    return sum(r for r, _ in counts) / sum(n for _, n in counts)


def shares(
    scored: Iterable[Scored], key: Callable[[Scored], str]
) -> Mapping[str, Mapping[str, Share]]:
    """By group, then by what is asked."""
    groups: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for one in scored:
        groups[key(one)][one.asks].append(one.right)
    return {
        group: {asks: wilson(sum(members), len(members)) for asks, members in found.items()}
        for group, found in sorted(groups.items())
    }


def confusions(scored: Iterable[Scored], most: int = 25) -> list[tuple[int, str, str, str, str]]:
    """What was taken for what, most frequent first: how often, where, wanted, got, an example."""
    wrong = [one for one in scored if not one.right]
    counted = Counter((one.asks, one.wanted, one.got) for one in wrong)
    example = {(one.asks, one.wanted, one.got): one.case.text for one in reversed(wrong)}
    return [(n, *kind, example[kind]) for kind, n in counted.most_common(most)]
