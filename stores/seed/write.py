"""Writing the demo utility: in bulk, resumable, and kept sensible as time goes by."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pymongo import ReplaceOne, ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

from contracts.clock import Clock
from stores.mongo.connect import Collection, availability, available, collection
from stores.mongo.documents import milliseconds
from stores.mongo.indexes import ensure_indexes
from stores.seed.backoffice import execute_orders
from stores.seed.dispatcher import dispatch

if TYPE_CHECKING:
    from stores.seed.generate import Generator, Written

Database = AsyncDatabase[dict[str, Any]]
Progress = Callable[[int, int], None]

VERSION = 3
BATCH_TIMEOUT_S = 60.0  # of one batch, on a machine that is busy with something else
MARK = "demo"  # in the collection `seed`
_DUPLICATE = 11000

# What the seed writes, or what refers to it. Gone when another version of the demo is seeded;
# "bills" is the first version's.
_OURS = (
    "accounts", "appointments", "bills", "charges", "customers", "disputes", "enrolments",
    "journal", "meter_reads", "neighbours", "orders", "outage_reports", "outage_subscriptions",
    "outages", "plans", "premises", "readings", "statements", "tariffs", "weather",
)  # fmt: skip


async def seed(
    database: Database, *, customers: int, clock: Clock, progress: Progress | None = None
) -> float:
    """Write customers with all that belongs to them; customers written a second.

    Goes on where it stopped; writes nothing when all is there. `progress` gets (done, all).
    Raises RecordsUnavailable.
    """
    mark = await _begun(database, clock)
    await ensure_indexes(database)
    done = start = int(mark["done"])
    wanted = max(done, customers)
    if _is_complete(mark, wanted):
        return 0.0
    began = time.perf_counter()
    generator = await asyncio.to_thread(_generator, mark["now"])
    if done == 0:  # before any customer counts as done, or a crash would lose them
        await _write(database, await asyncio.to_thread(generator.common))
    planned = _batches(done, wanted)
    batch = await _made(generator, planned[:1])
    for n, (_, done) in enumerate(planned):
        batch, _ = await asyncio.gather(
            _made(generator, planned[n + 1 : n + 2]), _write(database, batch)
        )
        await _mark(database, {"done": done})
        if progress is not None:
            progress(done, wanted)
    await _compare(database, generator, wanted)
    return (done - start) / (time.perf_counter() - began)


async def ensure_seeded(database: Database, customers: int, clock: Clock) -> None:
    """Seed unless it was done, or the database holds a utility's own records.

    Raises RecordsUnavailable.
    """
    mark = await _marked(database)
    if mark is None and await _has_customers(database):
        return
    if mark is None or not _is_current(mark) or not _is_complete(mark, customers):
        await seed(database, customers=customers, clock=clock)


@available
async def refresh_demo(database: Database, clock: Clock) -> None:
    """Bring the demo to where it stands now, as its dispatcher and its back office would have.

    Bills are left as they are: one that was due when nobody looked shows as overdue. Raises
    RecordsUnavailable.
    """
    if await _marked(database) is not None:  # else it's a utility's own records
        await dispatch(database, clock)
        await execute_orders(database, clock)


@available
async def _begun(database: Database, clock: Clock) -> dict[str, Any]:
    """How far it is, and the day that all dates are counted from.

    The day is kept before the first customer is written, so that going on after a crash, or
    beside another process, makes the same bills. What another version wrote is dropped.
    """
    fresh = {"version": VERSION, "done": 0, "compared": 0, "now": milliseconds(clock.now())}
    marks = database["seed"]
    mark: dict[str, Any] | None = await marks.find_one_and_update(
        {"_id": MARK}, {"$setOnInsert": fresh}, upsert=True, return_document=ReturnDocument.AFTER
    )
    if mark is not None and _is_current(mark):
        return mark
    for name in _OURS:
        await database.drop_collection(name)
    await marks.replace_one({"_id": MARK}, fresh, upsert=True)
    return fresh


@available
async def _marked(database: Database) -> dict[str, Any] | None:
    return await database["seed"].find_one({"_id": MARK})


@available
async def _has_customers(database: Database) -> bool:
    return await database["customers"].find_one({}, {"_id": 1}) is not None


@available
async def _mark(database: Database, reached: dict[str, int]) -> None:
    await database["seed"].update_one({"_id": MARK}, {"$max": reached})


def _is_current(mark: dict[str, Any]) -> bool:
    return bool(mark["version"] == VERSION)


def _is_complete(mark: dict[str, Any], customers: int) -> bool:
    return int(mark["done"]) >= customers and int(mark["compared"]) >= customers


def _generator(now: datetime) -> Generator:
    # Numbers, shapes, names: much to import for a start that has nothing to seed.
    from stores.seed.generate import Generator

    return Generator(now)


def _batches(first: int, end: int) -> list[tuple[int, int]]:
    from stores.seed.generate import batches

    return list(batches(first, end))


async def _made(generator: Generator, which: list[tuple[int, int]]) -> Written:
    """The next batch; nothing beyond the last customer."""
    for first, end in which:
        return await asyncio.to_thread(generator.batch, first, end)
    return {}


async def _compare(database: Database, generator: Generator, customers: int) -> None:
    """The groups of neighbours, when everybody is there."""
    groups = await asyncio.to_thread(generator.neighbours, customers)
    with availability(BATCH_TIMEOUT_S):
        where = collection(database, "neighbours")
        await where.bulk_write([ReplaceOne({"_id": g["_id"]}, g, upsert=True) for g in groups])
    await _mark(database, {"compared": customers})


async def _write(database: Database, batch: Written) -> None:
    with availability(BATCH_TIMEOUT_S):
        await asyncio.gather(
            *(_insert(collection(database, name), batch[name]) for name in batch if batch[name])
        )


async def _insert(where: Collection, documents: list[Any]) -> None:
    """What a batch that was cut short has left is the same already."""
    try:
        await where.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        errors = error.details.get("writeErrors", [])
        if not errors or any(one["code"] != _DUPLICATE for one in errors):
            raise
