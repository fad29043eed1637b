"""Runs cases: in several processes for the embedded model, several at once for a remote one.

Each process opens stages of its own, on databases of their own, on one MongoDB that the suite
starts for itself.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from app.build import catalogue_of
from app.scenario import load_scenario
from contracts import language
from contracts.clock import SystemClock
from contracts.scenario import Scenario
from contracts.settings import Settings
from evals.case import Case
from evals.judging import judged
from evals.play import AS_WRITTEN, NOISY, play, variants
from evals.result import Record
from evals.sabotage import sabotaged
from evals.stage import Stage
from models.registry import LOCAL, Models
from stores.embedded import embedded
from tools import load_tools

SEED_CUSTOMERS = 40  # the demo's own and some more: what the cases play on
Progress = Callable[[Sequence[Record]], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How the cases are run.

    model: as in MODEL. replays: with channel switches, too; each: after each single turn besides.
    attempts: how often each play is repeated (for pass^k). noise: seeds of plays with a customer
    who mistypes and digresses. customer: a model that plays the customer by the case's goal.
    sabotage: the fault to build in. prompts: texts instead of agents' own prompts. lanes: plays at
    once in a process.
    """

    model: str = LOCAL
    replays: bool = True
    each: bool = True
    attempts: int = 1
    noise: tuple[int, ...] = ()
    customer: str = ""
    sabotage: str = ""
    prompts: dict[str, str] = field(default_factory=dict)
    lanes: int = 1
    processes: int = max(1, min(4, os.cpu_count() or 1))


class Suite:
    """Processes that play cases, open: `async with Suite.open(plan, settings) as suite`."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    @classmethod
    @asynccontextmanager
    async def open(cls, plan: Plan, settings: Settings) -> AsyncIterator[Suite]:
        """With the plan's model and prompts; each process begins when it is first needed."""
        spawn = multiprocessing.get_context("spawn")
        async with _mongodb(settings) as given:
            with ProcessPoolExecutor(plan.processes, spawn, _enter, (plan, given)) as pool:
                yield cls(pool)

    async def run(self, cases: Sequence[Case], plan: Plan, progress: Progress) -> list[Record]:
        """Play and judge all cases; `progress` is told of new records. Raises NotDone for a case
        whose reference actions fail, ConfigurationError for one that names what there is not."""
        loop = asyncio.get_running_loop()
        records: list[Record] = []
        waiting = [
            loop.run_in_executor(self._pool, _work, plan, batch)
            for batch in _batches(cases, plan.lanes)
        ]
        for done in asyncio.as_completed(waiting):
            new = await done
            records += new
            progress(new)
        return sorted(records, key=_order)


def _order(record: Record) -> tuple[str, int, bool, str]:
    """By case and attempt, the play as written first."""
    return record.case, record.attempt, record.variant != AS_WRITTEN, record.variant


def scenario_of(settings: Settings, prompts: dict[str, str]) -> Scenario:
    """The scenario, with other texts for the prompts of some agents."""
    scenario = load_scenario(settings.scenario)
    changed = {
        name: agent.model_copy(update={"prompt": prompts[name]})
        for name, agent in scenario.agents.items()
        if name in prompts
    }
    return scenario.model_copy(update={"agents": {**scenario.agents, **changed}})


def _batches(cases: Sequence[Case], size: int) -> Iterator[list[Case]]:
    """The longest first, so that no process is left with one at the end."""
    longest = sorted(cases, key=lambda case: -sum(step.repeats for step in case.turns))
    for at in range(0, len(longest), size):
        yield longest[at : at + size]


async def _stages(plan: Plan, settings: Settings) -> list[Stage]:
    """A stage for each lane, all with the plan's model."""
    scenario = scenario_of(settings, plan.prompts)
    settings = settings.model_copy(update={"model": plan.model})
    catalogue = catalogue_of(load_tools(scenario.agents), scenario)
    models = Models(settings, scenario.tiers, catalogue, SystemClock())
    await models.start()
    await asyncio.to_thread(language.load)
    stages = []
    for _ in range(plan.lanes):
        database = f"evals_{uuid4().hex[:12]}"
        own = {"mongodb_database": database, "seed_customers": SEED_CUSTOMERS}
        on = settings.model_copy(update=own)
        stages.append(await Stage.open(on, scenario, models, plan.model))
    return stages


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Stage]:
    """One stage in this process, on a MongoDB of its own, with the settings' model."""
    async with _mongodb(settings) as given:
        [stage] = await _stages(Plan(model=settings.model), given)
        yield stage


@asynccontextmanager
async def _mongodb(settings: Settings) -> AsyncIterator[Settings]:
    """The settings with the address of a server that is there for this alone."""
    with tempfile.TemporaryDirectory(prefix="throughline-evals-") as folder:
        async with embedded(Path(folder), redis=False, mongodb=True) as servers:
            yield settings.model_copy(update={"mongodb_uri": servers.mongodb_uri})


class _Process:
    """What a process of the suite holds from its first batch on."""

    def __init__(self, plan: Plan, settings: Settings) -> None:
        self._plan = plan
        self._settings = settings
        self._stages: list[Stage] = []

    async def stages(self) -> list[Stage]:
        if not self._stages:
            self._stages = await _stages(self._plan, self._settings)
        return self._stages

    async def work(self, plan: Plan, cases: Sequence[Case]) -> list[Record]:
        stages = await self.stages()
        with sabotaged(plan.sabotage):
            pairs = zip(stages, cases, strict=False)
            played = await asyncio.gather(*(_all_of(s, c, plan) for s, c in pairs))
        return [record for records in played for record in records]


async def _all_of(stage: Stage, case: Case, plan: Plan) -> list[Record]:
    """A case as written, and its replays."""
    records: list[Record] = []
    for attempt in range(1, plan.attempts + 1):
        written = judged(await play(stage, case), None, model=plan.model, attempt=attempt)
        records.append(written)
        for variant in variants(case, each=plan.each) if plan.replays else []:
            evidence = await play(stage, case, variant)
            records.append(judged(evidence, written, model=plan.model, attempt=attempt))
        for seed in plan.noise:
            evidence = await play(stage, case, f"{NOISY}{seed}")
            records.append(judged(evidence, None, model=plan.model, attempt=attempt))
    return records


class _Here:
    """The process's own loop and stages; set once, when it begins."""

    loop: asyncio.AbstractEventLoop
    process: _Process


def _enter(plan: Plan, settings: Settings) -> None:
    logging.disable(logging.WARNING)  # what goes wrong is in the records
    _Here.loop = asyncio.new_event_loop()
    _Here.process = _Process(plan, settings)


def _work(plan: Plan, cases: list[Case]) -> list[Record]:
    return _Here.loop.run_until_complete(_Here.process.work(plan, cases))
