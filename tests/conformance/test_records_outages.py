"""Outages at a premise, and customers' reports."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Literal

import pytest

from contracts.records import Crew, Outage, Premise, Records
from stores.mongo.connect import Database, collection
from stores.mongo.documents import outage_document
from stores.mongo.outages import octagon
from tests.conformance.records_data import NOW, household, move_in

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

HERE = (-122.6, 45.5)
NEXT_DOOR = (-122.6005, 45.5)  # 39 m
ACROSS_TOWN = (-122.63, 45.5)  # 2.3 km


@pytest.fixture(autouse=True)
async def empty(records_database: Database) -> None:
    for name in ("outages", "outage_reports", "premises"):
        await records_database[name].delete_many({})


def outage(outage_id: str, affected: int, **changes: Any) -> Outage:
    made = Outage(
        outage_id=outage_id,
        kind="electric",
        status="repairing",
        cause="a tree on the line",
        started=NOW - timedelta(hours=2),
        customers_affected=affected,
        crew=Crew(name="Crew 7", status="en route"),
        eta=NOW + timedelta(hours=3),
        eta_confidence="medium",
        area=octagon(*HERE, radius_m=800),
    )
    return made.model_copy(update=changes)


async def keep(database: Database, *outages: Outage) -> None:
    await collection(database, "outages").insert_many([outage_document(o) for o in outages])


def premise(at: tuple[float, float]) -> Premise:
    return household(at=at).premise


async def report(
    records: Records,
    where: Premise,
    key: str,
    kind: Literal["electric", "gas"] = "electric",
) -> tuple[Outage, bool]:
    return await records.outages.report(
        key=key, premise=where, kind=kind, description="all dark", at=NOW
    )


async def test_the_largest_that_holds_the_premise(
    records: Records, records_database: Database
) -> None:
    small, large = outage("OUT-1", 10), outage("OUT-2", 1342)
    over = outage("OUT-3", 5000, status="restored")
    elsewhere = outage("OUT-4", 9000, area=octagon(*ACROSS_TOWN, radius_m=800))
    await keep(records_database, small, large, over, elsewhere)
    assert await records.outages.at_premise(premise(NEXT_DOOR)) == large
    assert await records.outages.at_premise(premise(ACROSS_TOWN)) == elsewhere
    assert await records.outages.at_premise(premise((-122.7, 45.5))) is None
    assert await records.outages.largest() == elsewhere
    assert await records.outages.get("OUT-3") == over


async def test_no_outage(records: Records) -> None:
    assert await records.outages.largest() is None
    assert await records.outages.get("OUT-1") is None
    assert await records.outages.at_premise(premise(HERE)) is None


async def test_a_report_joins_what_is_known(records: Records, records_database: Database) -> None:
    known = outage("OUT-1", 10)
    await keep(records_database, known)
    assert await report(records, premise(HERE), "k1") == (known, False)
    assert await records_database["outages"].count_documents({}) == 1


async def test_a_report_opens_one(records: Records, records_database: Database) -> None:
    homes = [household(at=at) for at in (HERE, NEXT_DOOR, ACROSS_TOWN)]
    await move_in(records_database, *homes)
    opened, new = await report(records, homes[0].premise, "k1")
    assert new
    assert opened.status == "reported"
    assert opened.customers_affected == 2
    assert opened.started == NOW
    assert await records.outages.get(opened.outage_id) == opened
    assert await report(records, homes[1].premise, "k2") == (opened, False)
    assert await records.outages.at_premise(homes[2].premise) is None


async def test_once_a_key(records: Records, records_database: Database) -> None:
    where = premise(HERE)
    first = await report(records, where, "k1")
    await records_database["outages"].update_one({}, {"$set": {"status": "restored"}})
    again, opened = await report(records, where, "k1")
    assert (again.outage_id, again.status, opened) == (first[0].outage_id, "restored", True)
    later, opened = await report(records, where, "k2")
    assert opened
    assert later.outage_id != first[0].outage_id


async def test_one_report_twenty_times_at_once(
    records: Records, records_database: Database
) -> None:
    where = premise(HERE)
    results = await asyncio.gather(*(report(records, where, "k1") for _ in range(20)))
    assert results == [results[0]] * 20
    assert results[0][1]
    assert await records_database["outages"].count_documents({}) == 1


async def test_a_household_that_reports_at_once_opens_one(
    records: Records, records_database: Database
) -> None:
    where = premise(HERE)
    results = await asyncio.gather(*(report(records, where, f"k{n}") for n in range(20)))
    assert len({found.outage_id for found, _ in results}) == 1
    assert [opened for _, opened in results].count(True) == 1
    assert await records_database["outage_reports"].count_documents({}) == 20


async def test_gas_does_not_join_electricity(records: Records, records_database: Database) -> None:
    await keep(records_database, outage("OUT-1", 10))
    gas, opened = await report(records, premise(HERE), "k1", "gas")
    assert opened
    assert gas.kind == "gas"


async def test_a_short_id_that_is_taken_is_not_used(
    records: Records, records_database: Database
) -> None:
    first, _ = await report(records, premise(HERE), "k1")
    await records_database["outages"].delete_many({})
    await records_database["outage_reports"].delete_many({})
    elsewhere = octagon(*ACROSS_TOWN)
    await keep(records_database, outage(first.outage_id, 10, area=elsewhere))
    second, opened = await report(records, premise(HERE), "k1")
    assert opened
    assert second.outage_id != first.outage_id
