"""The demo's dispatcher on the records: once however many run it, and only for the demo."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from contracts.clock import PinnedClock
from contracts.messages import Channel
from contracts.records import Outage, Outages, Subscription
from stores.mongo.connect import Database, collection
from stores.mongo.documents import outage_document
from stores.mongo.outage_areas import octagon
from stores.mongo.outages import MongoOutages
from stores.seed import refresh_demo
from stores.seed.write import MARK
from tests.conformance.records_data import NOW, household

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance


@pytest.fixture
async def outages(records_database: Database) -> Outages:
    for name in ("outages", "outage_reports", "outage_subscriptions", "seed"):
        await records_database[name].delete_many({})
    await records_database["seed"].insert_one({"_id": MARK})
    return MongoOutages(records_database)


@pytest.fixture
def clock() -> PinnedClock:
    return PinnedClock(NOW)


async def keep(database: Database, outage_id: str = "O-1", **changes: Any) -> Outage:
    made = Outage(
        outage_id=outage_id,
        kind="electric",
        status="reported",
        cause="under investigation",
        started=NOW,
        customers_affected=41,
        area=octagon(-122.7, 45.5),
    ).model_copy(update=changes)
    await collection(database, "outages").insert_one(outage_document(made))
    return made


async def known(outages: Outages, outage_id: str = "O-1") -> Outage:
    found = await outages.get(outage_id)
    assert found is not None
    return found


async def test_many_dispatchers_do_what_one_does(
    outages: Outages, records_database: Database, clock: PinnedClock
) -> None:
    await keep(records_database)
    followed = Subscription(
        outage_id="O-1", customer_id="ann", channel=Channel.SMS, address="+15550101", at=NOW
    )
    await outages.subscribe(followed)
    seen = []
    for _ in range(50):
        clock.advance(timedelta(minutes=12))
        before = await known(outages)
        await asyncio.gather(*(refresh_demo(records_database, clock) for _ in range(5)))
        after = await known(outages)
        assert after.revisions - before.revisions <= 2
        seen.append(after)
    assert list(dict.fromkeys(o.status for o in seen)) == [
        "reported",
        "confirmed",
        "crew assigned",
        "repairing",
        "restored",
    ]
    given = [estimate.revision for estimate in seen[-1].history]
    assert given == sorted(set(given))
    [(subscription, told)] = await outages.untold(5)
    assert (subscription.customer_id, told.status) == ("ann", "restored")


async def test_after_a_night_switched_off_it_stands_where_it_would_have(
    outages: Outages, records_database: Database, clock: PinnedClock
) -> None:
    watched = await keep(records_database)
    for _ in range(60):
        clock.advance(timedelta(minutes=15))
        await refresh_demo(records_database, clock)
    over = await known(outages)
    await records_database["outages"].replace_one({"_id": "O-1"}, outage_document(watched))
    await refresh_demo(records_database, clock)
    again = await known(outages)
    assert over.status == again.status == "restored"
    assert over.restored == again.restored
    assert over.history == again.history


async def test_customers_reports_get_a_crew_too(
    outages: Outages, records_database: Database, clock: PinnedClock
) -> None:
    opened, _ = await outages.report(
        key="k1", premise=household(at=(-122.6, 45.5)).premise, kind="gas", description="", at=NOW
    )
    clock.advance(timedelta(minutes=61))
    await refresh_demo(records_database, clock)
    worked_on = await known(outages, opened.outage_id)
    assert (worked_on.status, worked_on.reports) == ("crew assigned", 1)
    assert worked_on.crew is not None
    assert worked_on.eta is not None


async def test_a_utilitys_own_outages_are_left_alone(
    outages: Outages, records_database: Database, clock: PinnedClock
) -> None:
    made = await keep(records_database, eta=NOW)
    await records_database["seed"].delete_many({})
    clock.advance(timedelta(days=2))
    await refresh_demo(records_database, clock)
    assert await known(outages) == made
