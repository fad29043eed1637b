"""What `throughline eval` does, one function an action. Each gives the exit code."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contracts.settings import Settings
from evals import tables
from evals.case import Case, read_cases
from evals.figures import figures, missed
from evals.options import Options
from evals.play import variants
from evals.result import Record, Run
from evals.sabotage import SABOTAGES
from evals.saboteur import Caught, all_sabotages
from evals.suite import Plan, Suite

RUNS = "evals"  # the folder of the runs, in the data folder


async def play(options: Options, settings: Settings) -> int:
    """Play, judge, tell and keep. With --gate, or at the end of --json, all that CI holds."""
    console, plan = Console(stderr=options.as_json), options.plan(settings)
    every, whole = read_cases(), options.gate or options.as_json
    records: list[Record] = []
    caught: list[Caught] = []
    began = time.perf_counter()
    async with Suite.open(plan, settings) as suite:
        if whole or not options.sabotage:
            records = await _played(console, suite, options.chosen(every), plan)
        if whole or options.sabotage:
            caught = await _sabotaged(console, suite, every, plan)
    if records:
        tables.results(console, records, options.prices())
        _keep(console, records, options, settings, time.perf_counter() - began)
    if caught:
        tables.sabotages(console, caught)
    return await _told(console, records, caught, options, settings)


async def routing(options: Options, settings: Settings) -> int:
    """How wishes find their agent and tool, on the sets of wordings."""
    from evals.routing import run

    cache = settings.data_dir / "models"
    sets = options.given or None
    return await asyncio.to_thread(
        run, cache, sets, verbose=options.verbose, as_json=options.as_json
    )


async def list_cases(options: Options, settings: Settings) -> int:
    """The cases that fit."""
    tables.cases(Console(), options.chosen(read_cases()))
    return 0


async def _played(
    console: Console, suite: Suite, cases: Sequence[Case], plan: Plan
) -> list[Record]:
    replays = sum(len(variants(c, each=plan.each)) for c in cases) if plan.replays else 0
    with _progress(console) as bar:
        task = bar.add_task("playing", total=(len(cases) + replays) * plan.attempts)
        return await suite.run(cases, plan, lambda new: bar.advance(task, len(new)))


async def _sabotaged(
    console: Console, suite: Suite, cases: Sequence[Case], plan: Plan
) -> list[Caught]:
    with _progress(console) as bar:
        task = bar.add_task("building faults in", total=len(SABOTAGES))
        return await all_sabotages(suite, cases, plan, lambda _: bar.advance(task))


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=console, transient=True)


def _keep(
    console: Console, records: list[Record], options: Options, settings: Settings, took: float
) -> None:
    model = options.model or settings.model
    kept = Run(
        at=datetime.now(UTC),
        label=options.label or model,
        model=model,
        seconds=round(took, 1),
        prices=options.prices(),
        records=tuple(records),
    )
    path = kept.save(settings.data_dir / RUNS)
    console.print(f"kept as {path}")


async def _told(
    console: Console,
    records: Sequence[Record],
    caught: Sequence[Caught],
    options: Options,
    settings: Settings,
) -> int:
    """The JSON line, and whether the goals were met."""
    found: dict[str, Any] = figures(records) if records else {}
    short = missed(found) if records else []
    if caught:
        seen = sum(one.caught for one in caught)
        found |= {"sabotage_caught": seen, "sabotages": len(caught)}
        short += [f"{one.name} went unnoticed" for one in caught if not one.caught]
    if options.gate:
        for one in short:
            console.print(f"[red]missed[/red] {one}")
    if options.as_json:
        print(json.dumps(found))
    return int(bool(short)) if options.gate or options.sabotage else 0
