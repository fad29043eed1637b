"""Writing the demo utility: in bulk, resumable, and kept sensible as time goes by."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pymongo import ReplaceOne
from pymongo.asynchronous.database import AsyncDatabase

from contracts.clock import Clock
from stores.mongo.connect import available, codec_options
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
BATCH = 250
MARK = "demo"  # in the collection `seed`


@available
async def seed(
    database: Database, *, customers: int, clock: Clock, progress: Progress | None = None
) -> float:
    """Write customers with all that belongs to them; customers written a second.

    Goes on where it stopped; writes nothing when all is there. `progress` gets (done, all).
    """
    await ensure_indexes(database)
    done, now = await _begun(database, clock)
    generator = Generator(now)
    began, start = time.perf_counter(), done
    while done < customers:
        count = min(BATCH, customers - done)
        batch = await asyncio.to_thread(_documents, generator, done, count)
        await _write(database, batch)
        done += count
        await _mark(database, done, now)
        if progress is not None:
            progress(done, customers)
    if start == 0:
        await _outages(database, generator, now)
    return (done - start) / (time.perf_counter() - began)


@available
async def ensure_seeded(database: Database, customers: int, clock: Clock) -> None:
    """Seed unless it was done."""
    mark = await database["seed"].find_one({"_id": MARK})
    if mark is None or mark["done"] < customers or mark["version"] != VERSION:
        await seed(database, customers=customers, clock=clock)


@available
async def refresh_demo(database: Database, clock: Clock) -> None:
    """Revise the estimates that have passed, as a dispatcher would: two hours on, less sure.

    Bills are left as they are: one that was due when nobody looked shows as overdue.
    """
    now = clock.now()
    outages = database["outages"]
    passed = {"status": {"$ne": "restored"}, "eta": {"$lt": now}}
    async for outage in outages.find(passed, {"eta": 1}):
        eta = rounded(now + timedelta(hours=2))
        revision = {"$set": {"eta": eta, "eta_confidence": "low"}, "$inc": {"revisions": 1}}
        await outages.update_one({"_id": outage["_id"], "eta": outage["eta"]}, revision)


async def _begun(database: Database, clock: Clock) -> tuple[int, datetime]:
    """How many customers are there, and the day that all dates are counted from."""
    mark = await database["seed"].find_one({"_id": MARK})
    if mark is None or mark["version"] != VERSION or mark["seed"] != SEED:
        return 0, clock.now()
    anchored: datetime = mark["now"]
    return int(mark["done"]), anchored


async def _mark(database: Database, done: int, now: datetime) -> None:
    mark = {"_id": MARK, "version": VERSION, "seed": SEED, "done": done, "now": now}
    await database["seed"].replace_one({"_id": MARK}, mark, upsert=True)


async def _write(database: Database, writes: Writes) -> None:
    """Replacing what a batch that was cut short had written."""
    options = codec_options()
    await asyncio.gather(
        *(
            database.get_collection(name, codec_options=options).bulk_write(batch, ordered=False)
            for name, batch in writes.items()
            if batch
        )
    )


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
