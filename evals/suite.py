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

from langchain_core.language_models.chat_models import BaseChatModel

from app.build import catalogue_of
from app.scenario import load_scenario
from contracts import language
from contracts.clock import SystemClock
from contracts.scenario import Scenario
from contracts.settings import Settings
from evals.case import Case
from evals.evidence import Evidence
from evals.judging import judged
from evals.metrics.judges import judge_scores
from evals.play import AS_WRITTEN, GOAL, NOISY, play, variants
from evals.result import Record
from evals.sabotage import sabotaged
from evals.stage import Stage
from models.registry import LOCAL, Models
from models.resilient import ResilientChatModel
from stores.embedded import embedded
from tools import load_tools

SEED_CUSTOMERS = 40  # the demo's own and some more: what the cases play on
TIER = "answering"  # whose limits the customer's and the judge's models have
RATE_LIMIT_S = 300.0  # that a model's rate limit is waited for, in one call
Progress = Callable[[Sequence[Record]], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How the cases are run.

    model: as in MODEL. replays: with channel switches, too; each: after each single turn besides.
    attempts: how often each play is repeated (for pass^k). noise: seeds of plays with a customer
    who mistypes and digresses. customer: a model that plays the customer, in cases with a goal.
    judge: a model that judges plays, beside the metrics.
    sabotage: the fault to build in. prompts: texts instead of agents' own prompts. lanes: plays at
    once in a process.
    """

    model: str = LOCAL
    replays: bool = True
    each: bool = True
    attempts: int = 1
    noise: tuple[int, ...] = ()
    customer: str = ""
    judge: str = ""
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


@dataclass(frozen=True, slots=True)
class _House:
    """Stages to play on, and the models that play a part beside the product's own."""

    stages: tuple[Stage, ...]
    customer: BaseChatModel | None = None
    judge: BaseChatModel | None = None


async def _house(plan: Plan, settings: Settings) -> _House:
    """A stage for each lane, all with the plan's model."""
    scenario = scenario_of(settings, plan.prompts)
    settings = settings.model_copy(update={"model": plan.model})
    catalogue = catalogue_of(load_tools(scenario.agents), scenario)
    clock = SystemClock()
    models = Models(settings, scenario.tiers, catalogue, clock, rate_limit_s=RATE_LIMIT_S)
    await models.start()
    await asyncio.to_thread(language.load)
    stages = []
    for _ in range(plan.lanes):
        database = f"evals_{uuid4().hex[:12]}"
        own = {"mongodb_database": database, "seed_customers": SEED_CUSTOMERS}
        on = settings.model_copy(update=own)
        stages.append(await Stage.open(on, scenario, models, plan.model))
    return _House(
        tuple(stages),
        customer=_alone(models, plan.customer),
        judge=_alone(models, plan.judge),
    )


def _alone(models: Models, name: str) -> BaseChatModel | None:
    """A model without the embedded one behind it, which can neither judge nor play a customer;
    None without a name. Raises ConfigurationError."""
    if not name:
        return None
    model = models.chat(TIER, name)
    return model.primary if isinstance(model, ResilientChatModel) else model


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Stage]:
    """One stage in this process, on a MongoDB of its own, with the settings' model."""
    async with _mongodb(settings) as given:
        house = await _house(Plan(model=settings.model), given)
        yield house.stages[0]


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
        self._house: _House | None = None

    async def house(self) -> _House:
        if self._house is None:
            self._house = await _house(self._plan, self._settings)
        return self._house

    async def work(self, plan: Plan, cases: Sequence[Case]) -> list[Record]:
        house = await self.house()
        with sabotaged(plan.sabotage):
            pairs = zip(house.stages, cases, strict=False)
            played = await asyncio.gather(*(all_of(house, s, c, plan) for s, c in pairs))
        return [record for records in played for record in records]


async def all_of(house: _House, stage: Stage, case: Case, plan: Plan) -> list[Record]:
    """A case as written, its replays, and its plays by other customers."""
    records: list[Record] = []
    for attempt in range(1, plan.attempts + 1):
        evidence = await play(stage, case)
        written = judged(evidence, None, model=plan.model, attempt=attempt)
        records.append(await _with_judge(house, plan, written, evidence))
        for variant in variants(case, each=plan.each) if plan.replays else []:
            evidence = await play(stage, case, variant)
            records.append(judged(evidence, written, model=plan.model, attempt=attempt))
        for seed in plan.noise:
            evidence = await play(stage, case, f"{NOISY}{seed}")
            records.append(judged(evidence, None, model=plan.model, attempt=attempt))
        if house.customer is not None and case.goal:
            evidence = await play(stage, case, GOAL, house.customer)
            record = judged(evidence, None, model=plan.model, attempt=attempt)
            records.append(await _with_judge(house, plan, record, evidence))
    return records


def plays_of(case: Case, plan: Plan) -> int:
    """How many plays a plan makes of a case."""
    replays = len(variants(case, each=plan.each)) if plan.replays else 0
    goal = bool(plan.customer and case.goal)
    return (1 + replays + len(plan.noise) + goal) * plan.attempts


async def _with_judge(house: _House, plan: Plan, record: Record, evidence: Evidence) -> Record:
    if house.judge is None:
        return record
    judged_as = await judge_scores(evidence, house.judge, plan.judge)
    return record.model_copy(update={"scores": {**record.scores, **judged_as}})


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
