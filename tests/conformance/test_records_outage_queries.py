"""Every query of the outages goes by an index, however many there have been."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from contracts.messages import Channel
from contracts.records import Outage, Outages, PlannedOutage, Subscription
from stores.mongo.connect import Database, collection
from stores.mongo.documents import outage_document, planned_document
from stores.mongo.outage_areas import octagon
from stores.mongo.outages import MongoOutages
from tests.conformance.records_data import NOW, household, move_in

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

HOMES = [household(at=(-122.0 + n * 0.02, 45.0)) for n in range(60)]
FIRST, UNHURT = HOMES[0].premise, HOMES[50].premise
SINCE = NOW - timedelta(days=60)
MOST_EXAMINED = 12

READS: dict[str, Callable[[Outages], Awaitable[Any]]] = {
    "at premise": lambda o: o.at_premise(FIRST),
    "largest": lambda o: o.largest(),
    "active": lambda o: o.active(5),
    "past": lambda o: o.past(FIRST, SINCE, 5),
    "restored": lambda o: o.restored(SINCE, 5),
    "planned": lambda o: o.planned(NOW, 5),
    "untold": lambda o: o.untold(5),
}
WRITES: dict[str, Callable[[Outages], Awaitable[Any]]] = {
    "joins": lambda o: o.report(
        key="k1", premise=FIRST, kind="electric", description="dark", at=NOW
    ),
    "opens": lambda o: o.report(
        key="k2", premise=UNHURT, kind="electric", description="dark", at=NOW
    ),
    "revise": lambda o: o.revise("OUT-3", at=NOW, status="repairing"),
    "unsubscribe": lambda o: o.unsubscribe(Channel.SMS, "+15559998"),
    "subscribe": lambda o: o.subscribe(follower("OUT-4", "new")),
    "told": lambda o: o.told(follower("OUT-2", "c-2"), 9),
}


def follower(outage_id: str, customer_id: str) -> Subscription:
    return Subscription(
        outage_id=outage_id,
        customer_id=customer_id,
        channel=Channel.SMS,
        address="+15550101",
        at=NOW,
    )


def outage(number: int, **changes: Any) -> Outage:
    home = HOMES[number].premise
    made = Outage(
        outage_id=f"OUT-{number}",
        kind="electric",
        status="confirmed",
        cause="wind",
        started=NOW - timedelta(hours=1),
        customers_affected=number,
        area=octagon(home.longitude, home.latitude),
    )
    return made.model_copy(update=changes)


@pytest.fixture(scope="module")
async def outages(records_database: Database) -> Outages:
    """Forty that go on and as many that are over, each with a few reports and followers."""
    made = MongoOutages(records_database)
    await move_in(records_database, *HOMES)
    over = {"status": "restored", "restored": NOW - timedelta(days=3)}
    documents = [outage_document(outage(n)) for n in range(40)]
    documents += [outage_document(outage(n, outage_id=f"OLD-{n}", **over)) for n in range(40)]
    await collection(records_database, "outages").insert_many(documents)
    works = [planned_document(work(n)) for n in range(-40, 5)]
    await collection(records_database, "planned_outages").insert_many(works)
    for n in range(40):
        premise = HOMES[n].premise
        await made.report(key=f"r{n}", premise=premise, kind="electric", description="", at=NOW)
        await made.report(key=f"g{n}", premise=premise, kind="gas", description="", at=NOW)
        await made.subscribe(follower(f"OUT-{n}", f"c-{n}"))
    await made.revise("OUT-2", at=NOW, status="repairing")
    return made


def work(days: int) -> PlannedOutage:
    """Planned work, so many days from now."""
    begins = NOW + timedelta(days=days, hours=1)
    return PlannedOutage(
        outage_id=f"P{days}",
        kind="electric",
        begins=begins,
        ends=begins + timedelta(hours=3),
        reason="a transformer is replaced",
        customers_affected=100,
        area=octagon(-122.0, 45.0),
    )


async def profiled(database: Database, work: Awaitable[Any]) -> tuple[Any, list[dict[str, Any]]]:
    """What a call gives, and the server's own record of the operations it made."""
    await database.command("profile", 0)
    await database["system.profile"].drop()
    await database.command("profile", 2)
    try:
        result = await work
    finally:
        await database.command("profile", 0)
    ran = {
        "op": {"$in": ["query", "command", "update", "remove"]},
        "planSummary": {"$exists": True},
    }
    return result, await database["system.profile"].find(ran).to_list()


@pytest.mark.parametrize("name", READS)
async def test_reading_goes_by_an_index(
    outages: Outages, records_database: Database, name: str
) -> None:
    result, operations = await profiled(records_database, READS[name](outages))
    assert result, "the query must find something for its plan to count"
    assert operations
    for operation in operations:
        assert operation["planSummary"].startswith("IXSCAN"), operation["planSummary"]
        assert operation["docsExamined"] <= MOST_EXAMINED


async def test_looking_for_news_costs_nothing_when_there_is_none(
    outages: Outages, records_database: Database
) -> None:
    for subscription, known in await outages.untold(100):
        await outages.told(subscription, known.revisions)
    assert await outages.untold(100) == []  # which also notes that all is announced
    _, operations = await profiled(records_database, outages.untold(100))
    assert [operation["docsExamined"] for operation in operations] == [0]
    await outages.revise("OUT-2", at=NOW, status="confirmed")


@pytest.mark.parametrize("name", WRITES)
async def test_writing_finds_its_documents_by_an_index(
    outages: Outages, records_database: Database, name: str
) -> None:
    _, operations = await profiled(records_database, WRITES[name](outages))
    plans = [operation["planSummary"] for operation in operations]
    assert plans
    assert all(plan.startswith(("IXSCAN", "IDHACK")) for plan in plans), plans
    assert all(operation["docsExamined"] <= MOST_EXAMINED for operation in operations)
