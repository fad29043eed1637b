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
from contracts.pricing import Use, price
from contracts.records import Records
from stores.mongo.connect import Database, collection, connect
from stores.mongo.records import open_records
from stores.seed import ensure_seeded, refresh_demo, seed
from stores.seed.block import BLOCK
from stores.seed.demo import DEMO
from tests.conformance.mongo_server import MongoServer

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
FEW = 16
MARIAS_OUTAGE = "O-48213"
KEPT = (
    "accounts", "appointments", "customers", "disputes", "enrolments", "journal", "neighbours",
    "orders", "outages", "plans", "premises", "readings", "statements", "tariffs", "weather",
)  # fmt: skip


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


async def test_the_demo_customers_are_there(utility: Records) -> None:
    demo = await utility.customers.demo()
    assert len(demo) == len(DEMO) == 14
    assert demo[0].name == "Maria Alvarez"
    for customer in demo:
        account = await utility.accounts.get(customer.account_number)
        assert account is not None
        assert account.customer_id == customer.customer_id
        assert await utility.accounts.premise(account.premise_id) is not None


async def test_balances_follow_from_the_past(utility: Records) -> None:
    for customer in await utility.customers.demo():
        billing, number = utility.billing, customer.account_number
        billed = sum(bill.total for bill in await billing.bills(number, 99))
        fees = sum(fee.amount for fee in await billing.fees(number, 99))
        paid = sum(payment.amount for payment in await billing.payments(number, 99))
        given = sum(credit.amount for credit in await billing.credits(number, 99))
        assert await billing.balance(number) == billed + fees - paid - given >= Decimal(0)


async def test_every_entry_of_the_journal_balances(
    utility: Records, records_database: Database
) -> None:
    entries = await collection(records_database, "journal").find().to_list()
    assert len(entries) == FEW
    assert all(sum(leg["amount"] for leg in entry["legs"]) == 0 for entry in entries)


async def test_bills_are_readings_times_the_tariff(utility: Records) -> None:
    """Through the ports, as the tools read them."""
    for customer in await utility.customers.demo():
        account = await utility.accounts.get(customer.account_number)
        assert account is not None
        premise = await utility.accounts.premise(account.premise_id)
        assert premise is not None
        electric = next(meter for meter in premise.meters if meter.kind == "electric")
        for bill in await utility.billing.bills(customer.account_number, 3):
            start, end = bill.period_start, bill.period_end
            used = await utility.usage.daily(electric.meter_id, start, end)
            peak = await utility.usage.peak(electric.meter_id, start, end)
            names = [account.rate_plan, *filter(None, [account.gas_plan])]
            tariffs = [await utility.tariffs.get(name, end) for name in names]
            riders = await utility.tariffs.riders(end)
            assert used is not None
            assert peak is not None
            assert used.total == bill.kwh
            priced = [tariff for tariff in (*tariffs, riders) if tariff is not None]
            assert len(priced) == len(names) + 1
            assert bill.lines == price(priced, Use(bill.kwh, peak.total, bill.therms))


async def test_premises_are_found_and_some_are_empty(utility: Records) -> None:
    found = await utility.accounts.find_premises("12 Alder St, Cedar Falls")
    assert [(place.street, place.occupied) for place in found] == [("12 Alder Street", False)]
    maria = await utility.accounts.find_premises("418 alder street 97201")
    assert [place.occupied for place in maria] == [True]


async def test_calendars_programmes_and_plans_can_be_read(utility: Records) -> None:
    demo = {customer.first_name: customer for customer in await utility.customers.demo()}
    of = utility.enrolments.of
    programmes = {n: [e.programme for e in await of(c.account_number)] for n, c in demo.items()}
    assert programmes["Wei"] == ["time of use"]
    assert programmes["Priya"] == ["demand response"]
    assert programmes["Tom"] == ["budget billing"]
    assert await utility.billing.plan(demo["Nora"].account_number) is not None
    offered = await utility.tariffs.on_offer(NOW.date())
    assert [t.code for t in offered] == ["R-1", "R-2", "R-3"]
    premise = await utility.accounts.premise("P-100014")
    assert premise is not None
    past = await utility.outages.past(premise, NOW - timedelta(days=60), 5)
    assert [outage.outage_id for outage in past] == ["O-47933"]


async def test_progress_is_told(empty: Database, clock: PinnedClock) -> None:
    told: list[tuple[int, int]] = []
    rate = await seed(
        empty, customers=FEW, clock=clock, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(FEW, FEW)]
    assert rate > 0


async def test_going_on_after_a_crash_gives_the_same(empty: Database, clock: PinnedClock) -> None:
    count = BLOCK + 4
    with pytest.raises(Crash):
        await seed(empty, customers=count, clock=clock, progress=crash)
    assert await empty["customers"].count_documents({}) == BLOCK
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
    for name in KEPT:  # half of everything
        ids = await empty[name].distinct("_id")
        await empty[name].delete_many({"_id": {"$in": ids[::2]}})
    clock.advance(timedelta(days=40))
    await ensure_seeded(empty, FEW, clock)
    assert await everything(empty) == whole


async def test_two_at_once_write_one_utility(empty: Database, clock: PinnedClock) -> None:
    later = PinnedClock(NOW + timedelta(days=1))
    await asyncio.gather(
        seed(empty, customers=FEW, clock=clock), seed(empty, customers=FEW, clock=later)
    )
    assert await empty["customers"].count_documents({}) == FEW
    await ensure_seeded(empty, FEW, clock)
    ends = set()
    for statement in await empty["statements"].find({"bills.23": {"$exists": True}}).to_list():
        ends |= {bill["end"] for bill in statement["bills"]}
    mark = await empty["seed"].find_one()
    assert mark is not None
    await empty.client.drop_database(empty.name)
    await seed(empty, customers=FEW, clock=PinnedClock(mark["now"]))
    for statement in await empty["statements"].find({"bills.23": {"$exists": True}}).to_list():
        assert {bill["end"] for bill in statement["bills"]} <= ends


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
    for name in set(KEPT) - {"neighbours"}:
        kept = {document["_id"]: document for document in after[name]}
        assert all(kept[document["_id"]] == document for document in before[name])
    assert after["outages"] == before["outages"]


async def test_neighbours_are_counted_after_a_crash_before_them(
    empty: Database, clock: PinnedClock
) -> None:
    await seed(empty, customers=FEW, clock=clock)
    whole = await everything(empty)
    await empty["neighbours"].drop()
    await empty["seed"].update_one({}, {"$set": {"compared": 0}})
    await ensure_seeded(empty, FEW, clock)
    assert await everything(empty) == whole


async def test_an_older_demo_is_seeded_anew(empty: Database, clock: PinnedClock) -> None:
    await empty["seed"].insert_one(
        {"_id": "demo", "version": 1, "seed": 19_541_102, "done": 500, "now": NOW}
    )
    await empty["bills"].insert_one({"_id": "B-1", "account_number": "4012345678"})
    await empty["customers"].insert_one({"_id": "C-100001", "name": "of the old"})
    await empty["transcripts"].insert_one({"inbound_key": "kept"})
    await ensure_seeded(empty, FEW, clock)
    assert "bills" not in await empty.list_collection_names()
    assert await empty["customers"].count_documents({}) == FEW
    assert await empty["customers"].count_documents({"name": "of the old"}) == 0
    assert await empty["transcripts"].count_documents({}) == 1
    assert "contacts.value_1" in await empty["customers"].index_information()


async def test_a_utilitys_own_records_are_left_alone(empty: Database, clock: PinnedClock) -> None:
    await empty["customers"].insert_one({"_id": "ours", "account_number": "1"})
    await ensure_seeded(empty, FEW, clock)
    assert await empty["customers"].distinct("_id") == ["ours"]
    assert await empty["statements"].count_documents({}) == 0


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
