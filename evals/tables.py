"""What a run prints: the scores, what failed, the sabotages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from contracts.messages import Turn
from contracts.records import Rating
from evals.case import Case
from evals.compare import SAME, WORSE, Comparison, told
from evals.figures import figures, pass_k, per_turn
from evals.play import AS_WRITTEN
from evals.report.compared import figure_rows
from evals.result import Record
from evals.saboteur import Caught

MOST_FAILED = 30  # plays told one by one; the report has them all


def results(console: Console, records: Sequence[Record], prices: dict[str, float]) -> None:
    """Scores by metric, plays by agent, what a turn takes, and what failed."""
    console.print(_by_metric(records), _by_agent(records))
    found, turn, again = figures(records), per_turn(records, prices), pass_k(records)
    console.print(
        f"{found['passed']} of {found['plays']} plays of {found['cases']} cases passed; "
        f"{found['switches']} switches, p95 {found['switch_p95_ms']} ms to the first reply, "
        f"{found['asked_twice']} questions put twice."
    )
    cost = f", ${turn['dollars']:.5f}" if prices else ""
    console.print(
        f"A turn: {turn['p50_ms']:.0f} ms median, {turn['p95_ms']:.0f} ms p95, "
        f"{turn['model_calls']} model calls, {turn['input_tokens']} + {turn['output_tokens']} "
        f"tokens{cost}."
    )
    if other := sum(record.fallbacks for record in records):
        console.print(
            f"[red]{other} calls were not answered by the model that was asked[/red]: the plays "
            "they were in count as failed."
        )
    if again["k"] > 1:
        console.print(f"pass^{again['k']}: {again['pass_k']:.1%} of the cases")
    failures(console, records)


def failures(console: Console, records: Sequence[Record]) -> None:
    """Plays that failed, and why."""
    failed = [record for record in records if not record.passed]
    for record in failed[:MOST_FAILED]:
        console.print(f"[red]failed[/red] {record.case}, {record.variant} ({record.file})")
        for fault in _faults(record):
            console.print(f"    {fault}", markup=False, highlight=False)
    if len(failed) > MOST_FAILED:
        console.print(f"... and {len(failed) - MOST_FAILED} more: see the report")


def transcript(console: Console, record: Record) -> None:
    """A play, to be read."""
    console.print(f"\n[bold]{record.case}[/bold], {record.variant}: {record.title}")
    for line in record.turns:
        tools = ", ".join(f"{name} ({status})" for name, status in line.tools)
        console.print(
            f"  [{line.channel}] {line.said}", markup=False, highlight=False, style="cyan"
        )
        console.print(f"      {line.agent}: {tools}", style="dim", markup=False, highlight=False)
        console.print(f"      {line.reply}", markup=False, highlight=False)


def sabotages(console: Console, caught: Sequence[Caught]) -> None:
    """Which faults were noticed."""
    table = Table("fault", "what it does", "noticed by", "in plays", "for example")
    for one in caught:
        where = f"{one.noticed} of {one.plays}"
        seen = one.sabotage.metric if one.caught else "[red]nobody[/red]"
        table.add_row(one.name, one.sabotage.says, seen, where, one.example)
    console.print(table)


def comparison(console: Console, compared: Comparison) -> None:
    """What is otherwise in the later of two runs: figures, metrics, and cases, the worse first."""
    table = Table("", "before", "after", "change", title=_title(compared))
    for row in figure_rows(compared):
        colour = {"better": "green", "worse": "red", "same": "dim"}[row.verdict]
        table.add_row(row.title, row.before, row.after, f"[{colour}]{row.change or '-'}[/]")
    for metric in compared.metrics:
        by = metric.after - metric.before
        change = f"[{'green' if by > 0 else 'red'}]{by:+d}[/]" if by else "[dim]-[/]"
        before, after = (f"{n} of {metric.plays}" for n in (metric.before, metric.after))
        table.add_row(metric.name, before, after, change)
    console.print(table)
    for case in [c for c in compared.cases if c.verdict != SAME][:MOST_FAILED]:
        colour = "red" if case.verdict == WORSE else "green"
        was, now = (sum(r.passed for r in side) for side in (case.before, case.after))
        told_of = f"{was} -> {now} of {len(case.after)} plays passed"
        console.print(f"[{colour}]{case.verdict}[/] {case.case}: {told_of}", highlight=False)
    for line in told(compared):
        console.print(line, highlight=False)


def ratings(console: Console, rated: Sequence[tuple[Rating, Turn | None]]) -> None:
    """Thumbs, newest first, and how to make cases of them. What was said is not shown."""
    table = Table("turn", "at", "thumb", "agent", "tools", "note")
    for rating, turn in rated:
        tools = ", ".join(run.name for run in turn.tools) if turn else "not archived yet"
        thumb = "[green]up[/]" if rating.value > 0 else "[red]down[/]"
        note = "yes" if rating.comment else ""
        at, agent = f"{rating.at:%Y-%m-%d %H:%M}", turn.agent if turn else ""
        table.add_row(rating.key, at, thumb, agent, tools, note)
    console.print(table)
    console.print("throughline eval capture TURN|CUSTOMER ... makes cases of them; `all` of all.")


def _title(compared: Comparison) -> str:
    return f"{compared.after.label} beside {compared.before.label}"


def cases(console: Console, listed: Iterable[Case]) -> None:
    """What there is to play."""
    table = Table("case", "about", "language", "turns", "title")
    for case in listed:
        turns = str(sum(step.repeats for step in case.turns))
        table.add_row(case.id, case.agent, case.language, turns, case.title)
    console.print(table)


def _by_metric(records: Sequence[Record]) -> Table:
    table = Table("metric", "plays", "passed", "share", "score")
    for name in dict.fromkeys(name for record in records for name in record.scores):
        held = [r.scores[name] for r in records if name in r.scores]
        passed = sum(score.passed for score in held)
        mean = sum(score.score for score in held) / max(len(held), 1)
        share = f"{passed / max(len(held), 1):.1%}"
        table.add_row(name, str(len(held)), str(passed), share, f"{mean:.3f}")
    return table


def _by_agent(records: Sequence[Record]) -> Table:
    table = Table("agent", "cases", "as written", "with switches")
    for agent in sorted({record.agent for record in records}):
        own = [record for record in records if record.agent == agent]
        written = [record for record in own if record.variant == AS_WRITTEN]
        replayed = [record for record in own if record.variant != AS_WRITTEN]
        cases_of = str(len({record.case for record in own}))
        table.add_row(agent, cases_of, _passed(written), _passed(replayed))
    return table


def _passed(records: Sequence[Record]) -> str:
    return f"{sum(record.passed for record in records)} of {len(records)}"


def _faults(record: Record) -> list[str]:
    found = [f"{name}: {fault}" for name, s in record.scores.items() for fault in s.faults]
    other = f"{record.fallbacks} calls were not answered by {record.model}"
    return [*filter(None, [record.error]), *([other] if record.fallbacks else []), *found]


def counted(values: Iterable[Any]) -> str:
    """ "3 x, 2 y": how often each occurs, most first."""
    return ", ".join(f"{count} {value}" for value, count in Counter(values).most_common())
