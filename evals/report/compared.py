"""Two runs as their report shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evals.compare import CompareCase, Comparison
from evals.report.tiles import FIGURES
from evals.report.view import CaseView, Play, play_of
from evals.result import Record


@dataclass(frozen=True, slots=True)
class FigureRow:
    title: str
    before: str
    after: str
    change: str
    verdict: str  # "better", "worse" or "same"


@dataclass(frozen=True, slots=True)
class CaseRow:
    """faulted: metrics that fault a play of either run."""

    case: CompareCase
    record: Record
    before: tuple[Play, ...]
    after: tuple[Play, ...]

    @property
    def faulted(self) -> list[str]:
        plays = (CaseView(self.before), CaseView(self.after))
        return sorted({metric for view in plays for metric in view.metrics})

    @property
    def why(self) -> list[tuple[str, int]]:
        """What is faulted now."""
        return CaseView(self.after).why

    @property
    def counts(self) -> tuple[int, int, int]:
        """Plays that passed before and after, of how many."""
        one, other = self.case.before, self.case.after
        return sum(r.passed for r in one), sum(r.passed for r in other), len(other)


def figure_rows(compared: Comparison) -> list[FigureRow]:
    """The figures of both, but for costs nobody gave a price for."""
    before, after = compared.figures()
    rows = []
    for figure in FIGURES:
        one, other = before[figure.name], after[figure.name]
        if figure.unit == "$" and not (one or other):
            continue
        verdict = figure.better(one, other)
        change = figure.change(other - one) if other != one else ""
        rows.append(
            FigureRow(figure.title, figure.write(one), figure.write(other), change, verdict)
        )
    return rows


def case_rows(compared: Comparison) -> list[CaseRow]:
    return [
        CaseRow(case, case.after[0], tuple(_plays(case.before)), tuple(_plays(case.after)))
        for case in compared.cases
    ]


def beside_of(row: CaseRow) -> list[tuple[Play, Play]]:
    """The plays of a case side by side: those first that went otherwise than before."""
    both = list(zip(row.before, row.after, strict=True))
    return sorted(both, key=lambda pair: pair[0].record.passed == pair[1].record.passed)


def _plays(records: Iterable[Record]) -> Iterable[Play]:
    return map(play_of, records)
