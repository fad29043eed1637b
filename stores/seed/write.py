"""Writing the demo utility: in bulk, resumable, and kept sensible as time goes by."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pymongo import ReplaceOne, ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase

from contracts.clock import Clock
from stores.mongo.connect import availability, available, codec_options
from stores.mongo.documents import (
    account_document,
    bill_document,
    bill_entry,
    customer_document,
    outage_document,
    payment_entry,
    premise_document,
)
from stores.mongo.indexes import ensure_indexes
from stores.seed.demo import DEMO
from stores.seed.generate import SEED, Generator, Household
from stores.seed.outages import demo_outages, rounded

Database = AsyncDatabase[dict[str, Any]]
Progress = Callable[[int, int], None]
Writes = dict[str, list[Any]]

VERSION = 1
BATCH = 100
BATCH_TIMEOUT_S = 60.0  # of one batch, on a machine that is busy with something else
MARK = "demo"  # in the collection `seed`


async def seed(
    database: Database, *, customers: int, clock: Clock, progress: Progress | None = None
) -> float:
    """Write customers with all that belongs to them; customers written a second.

    Goes on where it stopped; writes nothing when all is there. `progress` gets (done, all).
    Raises RecordsUnavailable.
    """
    await ensure_indexes(database)
    done, now = await _begun(database, clock)
    generator = Generator(now)
    began, start = time.perf_counter(), done
    if start == 0:  # before any customer counts as done, or a crash would lose them
        await _outages(database, generator, now)
    batch = await _made(generator, done, customers)
    while done < customers:
        count = min(BATCH, customers - done)
        batch, _ = await asyncio.gather(
            _made(generator, done + count, customers), _write(database, batch)
        )
        done += count
        await _mark(database, done)
        if progress is not None:
            progress(done, customers)
    return (done - start) / (time.perf_counter() - began)


async def ensure_seeded(database: Database, customers: int, clock: Clock) -> None:
    """Seed unless it was done, or the database holds a utility's own records.

    Raises RecordsUnavailable.
    """
    mark = await _marked(database)
    if mark is None and await _has_customers(database):
        return
    if mark is None or mark["done"] < customers or not _is_current(mark):
        await seed(database, customers=customers, clock=clock)


@available
async def refresh_demo(database: Database, clock: Clock) -> None:
    """Revise the estimates that have passed, as a dispatcher would: two hours on, less sure.

    Bills are left as they are: one that was due when nobody looked shows as overdue.
    """
    if await _marked(database) is None:
        return  # a utility's own records
    now = clock.now()
    outages = database["outages"]
    passed = {"status": {"$ne": "restored"}, "eta": {"$lt": now}}
    async for outage in outages.find(passed, {"eta": 1}):
        eta = rounded(now + timedelta(hours=2))
        revision = {"$set": {"eta": eta, "eta_confidence": "low"}, "$inc": {"revisions": 1}}
        await outages.update_one({"_id": outage["_id"], "eta": outage["eta"]}, revision)


@available
async def _begun(database: Database, clock: Clock) -> tuple[int, datetime]:
    """How many customers are there, and the day that all dates are counted from.

    The day is kept before the first customer is written, so that going on after a crash, or
    beside another process, makes the same bills.
    """
    fresh: dict[str, Any] = {"version": VERSION, "seed": SEED, "done": 0, "now": clock.now()}
    marks = database["seed"]
    mark = await marks.find_one_and_update(
        {"_id": MARK}, {"$setOnInsert": fresh}, upsert=True, return_document=ReturnDocument.AFTER
    )
    if mark is None or not _is_current(mark):
        mark = fresh
        await marks.replace_one({"_id": MARK}, fresh)
    anchored: datetime = mark["now"]
    return int(mark["done"]), anchored


@available
async def _marked(database: Database) -> dict[str, Any] | None:
    return await database["seed"].find_one({"_id": MARK})


@available
async def _has_customers(database: Database) -> bool:
    return await database["customers"].find_one({}, {"_id": 1}) is not None


@available
async def _mark(database: Database, done: int) -> None:
    await database["seed"].update_one({"_id": MARK}, {"$max": {"done": done}})


def _is_current(mark: dict[str, Any]) -> bool:
    return bool(mark["version"] == VERSION and mark["seed"] == SEED)


async def _made(generator: Generator, first: int, customers: int) -> Writes:
    """The batch that begins at `first`; nothing beyond the last customer."""
    count = max(0, min(BATCH, customers - first))
    return await asyncio.to_thread(_documents, generator, first, count)


async def _write(database: Database, writes: Writes) -> None:
    """Replacing what a batch that was cut short had written."""
    options = codec_options()
    with availability(BATCH_TIMEOUT_S):
        await asyncio.gather(
            *(
                database.get_collection(name, codec_options=options).bulk_write(
                    batch, ordered=False
                )
                for name, batch in writes.items()
                if batch
            )
        )


@available
async def _outages(database: Database, generator: Generator, now: datetime) -> None:
    places = {who.first_name: generator.demo(i).premise for i, who in enumerate(DEMO)}
    outages = demo_outages(places["Maria"], places["Diego"], places["James"], now)
    writes = [_replace(outage_document(outage)) for outage in outages]
    await database.get_collection("outages", codec_options=codec_options()).bulk_write(writes)


def _documents(generator: Generator, first: int, count: int) -> Writes:
    households = list(generator.households(first, count))
    return {
        "customers": [_replace(customer_document(h.customer)) for h in households],
        "accounts": [_replace(account_document(h.account)) for h in households],
        "premises": [_replace(premise_document(h.premise)) for h in households],
        "bills": [_replace(bill_document(bill)) for h in households for bill in h.bills],
        "journal": [_replace(entry) for h in households for entry in _journal(h)],
    }


def _journal(household: Household) -> Sequence[dict[str, Any]]:
    bills = [bill_entry(bill, _start_of(bill.issued)) for bill in household.bills]
    payments = [
        payment_entry(
            key=paid.key,
            account_number=household.account.account_number,
            amount=paid.amount,
            method_label=paid.method_label,
            at=paid.at,
            balance_after=paid.balance_after,
        )
        for paid in household.paid
    ]
    return [*bills, *payments]


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _replace(document: dict[str, Any]) -> ReplaceOne[dict[str, Any]]:
    return ReplaceOne({"_id": document["_id"]}, document, upsert=True)
