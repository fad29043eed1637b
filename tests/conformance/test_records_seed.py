"""The demo utility in the database: written once, resumed after a crash, kept sensible."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from contracts.clock import PinnedClock
from contracts.records import Records
from stores.mongo.connect import Database, collection, connect
from stores.mongo.records import open_records
from stores.seed import ensure_seeded, refresh_demo, seed
from stores.seed.write import BATCH
from tests.conformance.mongo_server import MongoServer

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
FEW = 16
MARIAS_OUTAGE = "O-48213"
KEPT = ("accounts", "bills", "customers", "journal", "outages", "premises")


class Crash(Exception):
    pass


def crash(done: int, total: int) -> None:
    raise Crash


@pytest.fixture
def clock() -> PinnedClock:
    return PinnedClock(NOW)


@pytest.fixture
async def empty(mongod: MongoServer) -> AsyncIterator[Database]:
    client = connect(mongod.uri)
    database = client[f"test_{uuid4().hex[:12]}"]
    yield database
    await client.drop_database(database.name)
    await client.close()


@pytest.fixture(scope="module")
async def utility(records_database: Database) -> Records:
    await seed(records_database, customers=FEW, clock=PinnedClock(NOW))
    return open_records(records_database)


async def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    return {
        name: await collection(database, name).find({}, sort={"_id": 1}).to_list() for name in KEPT
    }


async def test_the_dozen_are_there(utility: Records) -> None:
    demo = await utility.customers.demo()
    assert len(demo) == 12
    assert demo[0].name == "Maria Alvarez"
    for customer in demo:
        account = await utility.accounts.get(customer.account_number)
        assert account is not None
        assert account.customer_id == customer.customer_id
        assert await utility.accounts.premise(account.premise_id) is not None


async def test_balances_follow_from_bills_and_payments(utility: Records) -> None:
    for customer in await utility.customers.demo():
        number = customer.account_number
        billed = sum(bill.total for bill in await utility.billing.bills(number, 99))
        paid = sum(payment.amount for payment in await utility.billing.payments(number, 99))
        assert await utility.billing.balance(number) == billed - paid >= Decimal(0)


async def test_every_entry_of_the_journal_balances(
    utility: Records, records_database: Database
) -> None:
    entries = await collection(records_database, "journal").find().to_list()
    assert len(entries) > 10 * FEW
    assert all(sum(leg["amount"] for leg in entry["legs"]) == 0 for entry in entries)


async def test_progress_is_told(empty: Database, clock: PinnedClock) -> None:
    told: list[tuple[int, int]] = []
    rate = await seed(
        empty, customers=FEW, clock=clock, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(FEW, FEW)]
    assert rate > 0


async def test_going_on_after_a_crash_gives_the_same(empty: Database, clock: PinnedClock) -> None:
    count = BATCH + 4
    with pytest.raises(Crash):
        await seed(empty, customers=count, clock=clock, progress=crash)
    assert await empty["customers"].count_documents({}) == BATCH
    clock.advance(timedelta(days=3))  # bills are those of the day it began
    await ensure_seeded(empty, count, clock)
    resumed = await everything(empty)

    await empty.client.drop_database(empty.name)
    await seed(empty, customers=count, clock=PinnedClock(NOW))
    assert resumed == await everything(empty)
    assert MARIAS_OUTAGE in {outage["_id"] for outage in resumed["outages"]}


async def test_a_batch_cut_short_is_completed(empty: Database, clock: PinnedClock) -> None:
    await seed(empty, customers=FEW, clock=clock)
    whole = await everything(empty)
    await empty["seed"].update_one({}, {"$set": {"done": 0}})  # as if the mark had not been reached
    await empty["bills"].delete_many({"issued": {"$gt": "2026-06"}})
    clock.advance(timedelta(days=40))
    await ensure_seeded(empty, FEW, clock)
    assert await everything(empty) == whole


async def test_two_at_once_write_one_utility(empty: Database, clock: PinnedClock) -> None:
    later = PinnedClock(NOW + timedelta(days=1))
    await asyncio.gather(
        seed(empty, customers=FEW, clock=clock), seed(empty, customers=FEW, clock=later)
    )
    assert await empty["customers"].count_documents({}) == FEW
    bills = await empty["bills"].distinct("_id")
    entries = await empty["journal"].count_documents({"kind": "bill"})
    await ensure_seeded(empty, FEW, clock)
    assert len(bills) == entries == await empty["bills"].count_documents({})
    assert len(await empty["bills"].distinct("issued", {"account_number": "4012345678"})) == 13


async def test_seeding_again_touches_nothing(empty: Database, clock: PinnedClock) -> None:
    await seed(empty, customers=FEW, clock=clock)
    await empty["customers"].update_one({"_id": "C-100001"}, {"$set": {"language": "es"}})
    before = await everything(empty)
    clock.advance(timedelta(days=60))
    await seed(empty, customers=FEW, clock=clock)
    await ensure_seeded(empty, FEW, clock)
    assert await everything(empty) == before


async def test_a_larger_utility_keeps_the_smaller(empty: Database, clock: PinnedClock) -> None:
    await seed(empty, customers=FEW, clock=clock)
    before = await everything(empty)
    await ensure_seeded(empty, FEW + 3, clock)
    after = await everything(empty)
    assert len(after["customers"]) == FEW + 3
    assert all(document in after["bills"] for document in before["bills"])
    assert after["outages"] == before["outages"]


async def test_a_passed_estimate_is_revised_once(empty: Database, clock: PinnedClock) -> None:
    await seed(empty, customers=FEW, clock=clock)
    outages = open_records(empty).outages
    before = await outages.get(MARIAS_OUTAGE)
    await refresh_demo(empty, clock)
    assert await outages.get(MARIAS_OUTAGE) == before

    clock.advance(timedelta(days=7))
    await asyncio.gather(*(refresh_demo(empty, clock) for _ in range(5)))
    after = await outages.get(MARIAS_OUTAGE)
    assert before is not None
    assert after is not None
    assert after.revisions == before.revisions + 1
    assert after.eta is not None
    assert clock.now() < after.eta <= clock.now() + timedelta(hours=2, minutes=15)
