"""The figures on top of a report: what each is called, how it is written, what is better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from evals.figures import GOALS, SWITCH_GOAL_MS
from evals.report.sparkline import sparkline
from evals.runs import Entry

TREND = 20  # runs
_NOTHING = 1e-9
_MATTERS = 0.05  # times and tokens: a smaller share more or less says nothing


@dataclass(frozen=True, slots=True)
class Figure:
    """name: as in a run's figures. unit: "%", "ms", "$" or "". more: whether more is better; goal:
    that it must reach, or stay under."""

    name: str
    title: str
    unit: str
    more: bool
    goal: float | None = None

    def write(self, value: float) -> str:
        """The value as it is read."""
        match self.unit:
            case "%":
                return f"{value:.1%}"
            case "ms":
                return f"{value:,.0f} ms"
            case "$":
                return f"${value:.5f}"
        return f"{value:,.0f}"

    def change(self, value: float) -> str:
        """A difference, with its sign."""
        sign = "+" if value > 0 else "\N{MINUS SIGN}"
        share = f"{abs(value) * 100:.1f} pts"
        return f"{sign}{share}" if self.unit == "%" else f"{sign}{self.write(abs(value))}"

    def met(self, value: float) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if self.goal is None:
            return None
        return value >= self.goal if self.more else value <= self.goal

    def better(self, before: float, after: float) -> str:
        """ "better", "worse" or "same"."""
        matters = _NOTHING if self.unit == "%" or self.goal == 0 else abs(before) * _MATTERS
        if abs(after - before) <= matters:
            return "same"
        return "better" if (after > before) is self.more else "worse"


FIGURES = (
    Figure("context", "Context kept", "%", True, GOALS["context"]),
    Figure("handoff", "Hand-offs", "%", True, GOALS["handoff"]),
    Figure("switch_p95_ms", "Channel switch, p95", "ms", False, SWITCH_GOAL_MS),
    Figure("asked_twice", "Asked twice", "", False, 0.0),
    Figure("pass_rate", "Plays passed", "%", True, 1.0),
    Figure("p50_ms", "A turn, median", "ms", False),
    Figure("p95_ms", "A turn, p95", "ms", False),
    Figure("input_tokens", "Tokens in, a turn", "", False),
    Figure("output_tokens", "Tokens out, a turn", "", False),
    Figure("dollars", "Cost of a turn", "$", False),
)


@dataclass(frozen=True, slots=True)
class Tile:
    title: str
    value: str
    met: bool | None
    trend: Markup
    change: str
    verdict: str


def tiles(found: Mapping[str, float], earlier: Sequence[Entry]) -> list[Tile]:
    """The tiles of a run's figures. earlier: runs of the same model, oldest first."""
    shown = [f for f in FIGURES if f.name in found and _measured(f, found)]
    return [_tile(figure, found[figure.name], earlier[-(TREND - 1) :]) for figure in shown]


def _measured(figure: Figure, found: Mapping[str, float]) -> bool:
    """A switch has to have happened, and a price to have been given."""
    if figure.name in ("switch_p95_ms", "asked_twice"):
        return found.get("switches", 0) > 0
    return figure.unit != "$" or found[figure.name] > 0


def _tile(figure: Figure, value: float, earlier: Sequence[Entry]) -> Tile:
    before = [run.figures[figure.name] for run in earlier if figure.name in run.figures]
    told = f"{figure.title} over {len(before) + 1} runs, from {{}} to {figure.write(value)}"
    change, verdict = "", "same"
    if before:
        verdict, by = figure.better(before[-1], value), value - before[-1]
        change = figure.change(by) if abs(by) > _NOTHING else ""
    line = sparkline([*before, value], told.format(figure.write(before[0])) if before else "")
    return Tile(figure.title, figure.write(value), figure.met(value), line, change, verdict)
