"""What every tool costs at 500 and at 100,000 customers, and how fast those are seeded.

Two databases on one embedded MongoDB and Redis, opened as the product opens them. Every tool is
called for customers drawn at random, through the toolbox: arguments checked, what needs a yes
read back (measured as a row of its own), then run. The two sizes take turns call by call, so that
whatever else the machine does falls on both. What a call needs to be there is prepared off the
clock, and only calls that do their work count; a refusal is cheap.

A 95th percentile of few calls is noisy: a tool whose two sizes seem far apart is measured again,
and all its calls count. Run: python -m evals.bench.tools [--customers 5000] [--calls 40]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.build import App, open_app
from app.collector import spare_the_loaded
from contracts.clock import SystemClock
from contracts.records import Premise
from contracts.settings import Settings
from contracts.tooling import AskAgain, Cannot, Confirmation, Result, ToolSpec
from evals.bench.subject import Subject
from evals.bench.toolcalls import CASES, Case
from evals.scripted import OneModel, ScriptedChatModel
from stores.embedded import Servers, embedded
from stores.mongo.connect import connect
from stores.mongo.documents import premise_of
from stores.seed import seed

SMALL, LARGE = 500, 100_000
CALLS = 120
WARM_UP = 8
TRIES = 100  # customers that are drawn for one call, until the tool is something for one
FLOOR_MS = 0.5  # below it a ratio says nothing of the records
SUSPECT = 1.3  # a ratio above it is measured again
AGAIN = 3
VACANT = 400


@dataclass
class Stage:
    """A utility of one size."""

    app: App
    ids: list[str]
    vacant: list[Premise]
    dice: random.Random
    number: count[int] = field(default_factory=count)

    async def subject(self) -> Subject:
        records = self.app.records
        customer = await records.customers.get(self.dice.choice(self.ids))
        assert customer is not None
        account = await records.accounts.get(customer.account_number)
        assert account is not None
        premise = await records.accounts.premise(account.premise_id)
        assert premise is not None
        return Subject(
            self.app.services, customer, account, premise, self.vacant, next(self.number)
        )


@dataclass
class Row:
    """Milliseconds of the calls of a tool, or of its read-back, by size."""

    name: str
    small: list[float] = field(default_factory=list)
    large: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float | None:
        """Of the 95th percentiles, where the tool does enough for a ratio to mean something."""
        if not self.small or not self.large or p95(self.large) < FLOOR_MS:
            return None
        return p95(self.large) / p95(self.small)


def p95(values: list[float]) -> float:
    return (
        statistics.quantiles(values, n=20, method="inclusive")[-1]
        if len(values) > 1
        else max(values)
    )


# --- the stages -------------------------------------------------------------------------------


@asynccontextmanager
async def stages(customers: int) -> AsyncIterator[tuple[Stage, Stage, float]]:
    """The small and the large utility, and at what rate the large one was seeded."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = await stack.enter_async_context(embedded(folder))
        small = _settings(folder, servers, "small", min(SMALL, customers))
        large = _settings(folder, servers, "large", customers)
        await _seeded(small)
        rate = await _seeded(large)
        opened = [await stack.enter_async_context(_stage(s)) for s in (small, large)]
        yield opened[0], opened[1], rate


def _settings(folder: Path, servers: Servers, name: str, customers: int) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=folder,
        redis_url=servers.redis_url,
        mongodb_uri=servers.mongodb_uri,
        mongodb_database=name,
        seed_customers=customers,
    )


async def _seeded(settings: Settings) -> float:
    client = connect(settings.mongodb_uri)
    database = client[settings.mongodb_database]
    rate = await seed(database, customers=settings.seed_customers, clock=SystemClock())
    await client.admin.command("fsync")  # or it is written out while the tools are measured
    await client.close()
    return rate


@asynccontextmanager
async def _stage(settings: Settings) -> AsyncIterator[Stage]:
    model = OneModel(ScriptedChatModel(script=["Hello."]))
    async with open_app(settings, models=model, worker=False) as app:
        ordinary = app.database["customers"].find({"story": ""}, {"_id": 1}, sort={"_id": 1})
        ids = [document["_id"] for document in await ordinary.to_list()]
        empty = app.database["premises"].find({"occupied": False}, sort={"_id": 1}, limit=VACANT)
        vacant = [premise_of(document) for document in await empty.to_list()]
        yield Stage(app, ids, vacant, random.Random(7))


# --- measuring --------------------------------------------------------------------------------


async def measure(name: str, small: Stage, large: Stage, calls: int) -> list[Row]:
    """A row for the tool, and one for its read-back if it has one."""
    rows = [Row(name)]
    if small.app.toolbox.by_name[name].read_back:
        rows.append(Row(f"{name}, read-back"))
    await _round(name, small, large, WARM_UP if calls > WARM_UP else 1, [Row(r.name) for r in rows])
    for _ in range(1 + AGAIN):
        await _round(name, small, large, calls, rows)
        if not all(row.small and row.large for row in rows):
            raise RuntimeError(f"{name} did its work for none of {TRIES} customers")
        if all((row.ratio or 0) <= SUSPECT for row in rows):
            break
    return rows


async def _round(name: str, small: Stage, large: Stage, calls: int, rows: list[Row]) -> None:
    gc.collect()
    for number in range(calls):
        # The second of two calls finds a warmer machine: each size is it in turn.
        for stage in (small, large) if number % 2 else (large, small):
            if (times := await _one(name, stage)) is None:
                return
            for row, ms in zip(rows, times, strict=True):
                (row.small if stage is small else row.large).append(ms)


async def _one(name: str, stage: Stage) -> list[float] | None:
    """Milliseconds of a call that did its work, and of what was read back before it.

    None when nobody is left for whom it can be done: a programme is joined once.
    """
    case, spec = CASES[name], stage.app.toolbox.by_name[name]
    for _ in range(TRIES):
        subject = await stage.subject()
        times, result = await _attempt(case, spec, stage, subject)
        if case.tidy is not None:
            await case.tidy(subject)
        if result is not None and not isinstance(result, AskAgain | Cannot):
            return times
    return None


async def _attempt(
    case: Case, spec: ToolSpec, stage: Stage, subject: Subject
) -> tuple[list[float], Result | None]:
    toolbox = stage.app.toolbox
    raw = await case.prepare(subject)
    if raw is None:
        return [], None
    call = subject.call(spec, key=f"bench-{spec.name}-{stage.dice.getrandbits(64):x}")
    times: list[float] = []
    if spec.read_back is not None:
        began = time.perf_counter()
        args = toolbox.parse(spec, raw)
        if isinstance(args, AskAgain):
            return [], args
        confirmation = await toolbox.read_back(spec, call, args)
        times.append(_ms_since(began))
        if not isinstance(confirmation, Confirmation):
            return [], confirmation
        raw = confirmation.args
    began = time.perf_counter()
    args = toolbox.parse(spec, raw)
    if isinstance(args, AskAgain):
        return [], args
    result = await toolbox.run(spec, call, args)
    return [_ms_since(began), *times], result


def _ms_since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


# --- the whole --------------------------------------------------------------------------------


async def run(customers: int = LARGE, calls: int = CALLS) -> dict[str, float]:
    async with stages(customers) as (small, large, rate):
        spare_the_loaded()  # as the server does
        rows = [row for name in CASES for row in await measure(name, small, large, calls)]
    show(rows, len(small.ids), len(large.ids))
    return {
        "tool_p95_ms_500": round(max(p95(row.small) for row in rows), 2),
        "tool_p95_ms_100000": round(max(p95(row.large) for row in rows), 2),
        "worst_ratio": round(max((row.ratio or 0 for row in rows), default=0), 2),
        "seed_customers_per_s": round(rate),
    }


def show(rows: list[Row], small: int, large: int) -> None:
    table = Table(
        title=f"Tools at {small:,} and {large:,} customers, ms",
        caption=f"A ratio is shown where the 95th percentile is above {FLOOR_MS} ms.",
    )
    for column in ("tool", "calls", "p50", "p95", "p50 large", "p95 large", "ratio", "of p50"):
        table.add_column(column, justify="left" if column == "tool" else "right")
    for row in sorted(rows, key=lambda row: -p95(row.large)):
        middle, middle_large = statistics.median(row.small), statistics.median(row.large)
        table.add_row(
            row.name,
            str(len(row.large)),
            *(f"{ms:.2f}" for ms in (middle, p95(row.small), middle_large, p95(row.large))),
            f"{row.ratio:.2f}" if row.ratio else "",
            f"{middle_large / middle:.2f}" if row.ratio else "",
        )
    Console(width=110).print(table)


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--customers", type=int, default=LARGE, help="of the large utility")
    options.add_argument("--calls", type=int, default=CALLS, help="of each tool and size")
    given = options.parse_args()
    logging.basicConfig(level=logging.ERROR)
    print(json.dumps(asyncio.run(run(given.customers, given.calls))))


if __name__ == "__main__":
    main()
