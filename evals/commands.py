"""What `throughline eval` does, one function an action. Each gives the exit code."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.build import open_app
from contracts.errors import ConfigurationError
from contracts.settings import Settings
from evals import capture as captures
from evals import routing as routing_sets
from evals import tables
from evals.case import Case, read_cases
from evals.changed import before, digests, since, whole_agents
from evals.compare import WORSE, Comparison
from evals.figures import figures, missed
from evals.options import Options
from evals.play import AS_WRITTEN
from evals.report import comparison_page, run_page
from evals.result import Record, Run, Sabotaged
from evals.runs import FOLDER, Runs
from evals.sabotage import SABOTAGES
from evals.saboteur import Caught, all_sabotages
from evals.suite import Plan, Suite, plays_of

ROUTING_KEYS = ("routing_agent", "routing_tool", "scope")
# What the JSON line ends with.
ENDS_WITH = (
    "context", "handoff", "switch_p95_ms", "asked_twice", "sabotage_caught", "sabotages",
    *ROUTING_KEYS,
)  # fmt: skip


async def play(options: Options, settings: Settings) -> int:
    """Play, judge, tell and keep. With --gate, or at the end of --json, all that CI holds."""
    console, plan = Console(stderr=options.as_json), options.plan(settings)
    every, whole = read_cases(), options.gate or options.as_json
    runs = Runs(settings.data_dir / FOLDER)
    now = await asyncio.to_thread(digests, settings.scenario, plan.prompts)
    cases = options.chosen(every)
    if options.changed:
        cases = _changed(console, cases, runs, plan.model, now)
        if not cases:
            return 0
    played = _Outcome()
    began = time.perf_counter()
    async with Suite.open(plan, settings) as suite:
        if whole or not options.sabotage:
            played.records = await _played(console, suite, cases, plan)
        if whole or options.sabotage:
            played.caught = await _sabotaged(console, suite, every, plan)
    if whole:
        played.routing = await _routing(settings)
    if played.caught:
        tables.sabotages(console, played.caught)
    if options.verbose:
        for record in played.records:
            if record.variant == AS_WRITTEN:
                tables.transcript(console, record)
    if played.records:
        took = time.perf_counter() - began
        whole_now = {name: now[name] for name in whole_agents(cases, every) if name in now}
        _keep(console, _run_of(played, options, plan, whole_now, took), cases, options, runs)
    return _told(console, played, options)


async def routing(options: Options, settings: Settings) -> int:
    """How wishes find their agent and tool, on the sets of wordings."""
    cache = settings.data_dir / "models"
    sets = options.given or None
    return await asyncio.to_thread(
        routing_sets.run, cache, sets, verbose=options.verbose, as_json=options.as_json
    )


async def list_cases(options: Options, settings: Settings) -> int:
    """The cases that fit."""
    tables.cases(Console(), options.chosen(read_cases()))
    return 0


async def compare(options: Options, settings: Settings) -> int:
    """Two runs beside each other; with --gate, 1 where a case became worse. Raises
    ConfigurationError."""
    if len(options.given) != 2:
        raise ConfigurationError("compare wants two runs: throughline eval compare previous last")
    runs = Runs(settings.data_dir / FOLDER)
    one, other = map(runs.load, options.given)
    compared = _compared(Console(), Comparison(one, other), runs)
    return int(options.gate and compared.counts[WORSE] > 0)


async def capture(options: Options, settings: Settings) -> int:
    """What customers rated; with names of turns or customers, those as cases. 1 where one could
    not be written without personal data. Raises ConfigurationError."""
    console = Console()
    async with open_app(settings, worker=False) as app:
        if not options.given:
            tables.ratings(console, await captures.listed(app, options.limit))
            return 0
        written = await captures.captured(app, options.given, limit=options.limit)
    for one in written:
        where = one.path or f"not written: {one.left} pieces of personal data are left in it"
        console.print(f"{one.case}: {where}", soft_wrap=True, markup=False)
    return int(any(one.path is None for one in written))


@dataclass(slots=True)
class _Outcome:
    """What came of a run so far."""

    records: Sequence[Record] = ()
    caught: Sequence[Caught] = ()
    routing: dict[str, float] | None = None


def _changed(
    console: Console, cases: list[Case], runs: Runs, model: str, now: dict[str, str]
) -> list[Case]:
    """Those whose agent is not what it was when they were last played."""
    ours = {case.agent for case in cases}
    found = since(runs.listed(), model, {name: now[name] for name in now if name in ours})
    for line in found.told():
        console.print(line)
    if not found.agents:
        console.print(f"Nothing changed since the last run on {model}.")
    return found.cases(cases)


async def _played(
    console: Console, suite: Suite, cases: Sequence[Case], plan: Plan
) -> list[Record]:
    with _progress(console) as bar:
        task = bar.add_task("playing", total=sum(plays_of(case, plan) for case in cases))
        return await suite.run(cases, plan, lambda new: bar.advance(task, len(new)))


async def _sabotaged(
    console: Console, suite: Suite, cases: Sequence[Case], plan: Plan
) -> list[Caught]:
    with _progress(console) as bar:
        task = bar.add_task("building faults in", total=len(SABOTAGES))
        return await all_sabotages(suite, cases, plan, lambda _: bar.advance(task))


async def _routing(settings: Settings) -> dict[str, float]:
    """The figures of `throughline eval routing`; the folds, which take longest, left out."""
    measured = await asyncio.to_thread(_measured, settings.data_dir / "models")
    return {name: value for name, value in measured.items() if isinstance(value, int | float)}


def _measured(cache: Path) -> dict[str, Any]:
    from evals.routing.cases import sets
    from evals.routing.report import measure

    return asyncio.run(measure(cache, sets=list(sets()), folds=False)).as_dict()


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=console, transient=True)


def _run_of(
    played: _Outcome, options: Options, plan: Plan, now: dict[str, str], took: float
) -> Run:
    return Run(
        at=datetime.now(UTC),
        label=options.name(plan.model),
        model=plan.model,
        seconds=round(took, 1),
        scope=options.scope(),
        prompts=now,
        prices=options.prices(),
        records=tuple(played.records),
        sabotages=tuple(map(_kept, played.caught)),
        routing=played.routing or {},
    )


def _kept(caught: Caught) -> Sabotaged:
    return Sabotaged(
        name=caught.name,
        says=caught.sabotage.says,
        metric=caught.sabotage.metric,
        noticed=caught.noticed,
        plays=caught.plays,
        example=caught.example,
        also=caught.also,
    )


def _keep(console: Console, run: Run, cases: Sequence[Case], options: Options, runs: Runs) -> None:
    """Tell, keep and report a run; beside what was there before, where only changes were played."""
    earlier = before(runs, run.model, cases) if options.changed else None
    tables.results(console, run.records, run.prices)
    listed = runs.listed()
    path = runs.save(run)
    page = path.with_suffix(".html")
    page.write_text(run_page(run, listed), encoding="utf-8")
    if earlier is not None:
        _compared(console, Comparison(earlier, run), runs)
    console.print(f"kept as {path}", soft_wrap=True)
    console.print(f"report: {page}", soft_wrap=True)


def _compared(console: Console, compared: Comparison, runs: Runs) -> Comparison:
    tables.comparison(console, compared)
    name = f"{compared.before.at:%Y%m%dT%H%M%S}-{compared.after.at:%Y%m%dT%H%M%S}"
    page = runs.folder / f"compare-{name}.html"
    page.write_text(comparison_page(compared), encoding="utf-8")
    console.print(f"side by side: {page}", soft_wrap=True)
    return compared


def _told(console: Console, played: _Outcome, options: Options) -> int:
    """The JSON line, and whether the goals were met."""
    found: dict[str, Any] = figures(played.records) if played.records else {}
    short = missed(found) if played.records else []
    found |= {"fallbacks": sum(record.fallbacks for record in played.records)}
    if played.caught:
        seen = sum(one.caught for one in played.caught)
        found |= {"sabotage_caught": seen, "sabotages": len(played.caught)}
        short += [f"{one.name} went unnoticed" for one in played.caught if not one.caught]
    if played.routing is not None:
        held = {key: played.routing[key] for key in ROUTING_KEYS}
        found |= held
        goals = routing_sets.GOALS
        short += [f"{k} is {v:.1%}" for k, v in held.items() if v < goals[k]]
    if options.gate:
        for one in short:
            console.print(f"[red]missed[/red] {one}")
    if options.as_json:
        last = {key: found.pop(key) for key in ENDS_WITH if key in found}
        print(json.dumps({**found, **last}))
    return int(bool(short)) if options.gate or options.sabotage else 0
