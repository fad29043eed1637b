"""Outages at a premise, their revisions, and who is told of them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from contracts.messages import Channel
from contracts.records import Crew, Outage, Outages
from stores.mongo.connect import Database
from stores.mongo.outage_areas import octagon
from tests.conformance.outages_data import (
    ACROSS_TOWN,
    HERE,
    NEXT_DOOR,
    follower,
    keep,
    outage,
    premise,
    report,
    waiting,
)
from tests.conformance.records_data import NOW

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

# --- what is known ----------------------------------------------------------------------------


async def test_the_largest_that_holds_the_premise(
    outages: Outages, records_database: Database
) -> None:
    small, large = outage("OUT-1", 10), outage("OUT-2", 1342)
    over = outage("OUT-3", 5000, status="restored")
    elsewhere = outage("OUT-4", 9000, area=octagon(*ACROSS_TOWN, radius_m=800))
    await keep(records_database, small, large, over, elsewhere)
    assert await outages.at_premise(premise(NEXT_DOOR)) == large
    assert await outages.at_premise(premise(ACROSS_TOWN)) == elsewhere
    assert await outages.at_premise(premise((-122.7, 45.5))) is None
    assert await outages.largest() == elsewhere
    assert await outages.active(10) == [elsewhere, large, small]
    assert await outages.active(1) == [elsewhere]
    assert await outages.active(0) == []
    assert await outages.get("OUT-3") == over


async def test_no_outage(outages: Outages) -> None:
    assert await outages.largest() is None
    assert await outages.active(5) == []
    assert await outages.get("OUT-1") is None
    assert await outages.at_premise(premise(HERE)) is None
    assert await outages.past(premise(HERE), NOW - timedelta(days=900), 5) == []


async def test_the_past_of_a_premise(outages: Outages, records_database: Database) -> None:
    def over(number: int, days_ago: int, **changes: Any) -> Outage:
        restored = NOW - timedelta(days=days_ago)
        fields = {"status": "restored", "restored": restored, "started": restored, **changes}
        return outage(f"OUT-{number}", 10, **fields)

    older, newer = over(1, 30), over(2, 3)
    away = over(3, 5, area=octagon(*ACROSS_TOWN))
    await keep(records_database, older, newer, away, over(4, 90), outage("OUT-5", 10))
    since = NOW - timedelta(days=60)
    assert await outages.past(premise(HERE), since, 10) == [newer, older]
    assert await outages.past(premise(HERE), since, 1) == [newer]
    assert await outages.past(premise(HERE), since, 0) == []


# --- revisions --------------------------------------------------------------------------------


async def test_a_revision_changes_what_is_given(
    outages: Outages, records_database: Database
) -> None:
    known = outage("OUT-1", 10)
    await keep(records_database, known)
    eta = NOW + timedelta(hours=5)
    revised = await outages.revise(
        "OUT-1", at=NOW, eta=eta, confidence="low", reason="a second pole is broken"
    )
    assert revised == await outages.get("OUT-1")
    assert (revised.eta, revised.eta_confidence, revised.revisions) == (eta, "low", 1)
    assert (revised.status, revised.cause, revised.crew) == (known.status, known.cause, known.crew)
    before, now = revised.history
    assert (before.eta, before.confidence, before.revision) == (known.eta, "medium", 0)
    assert (now.at, now.eta, now.confidence, now.revision) == (NOW, eta, "low", 1)
    assert now.reason == "a second pole is broken"


async def test_a_status_is_a_revision_and_a_moving_crew_is_none(
    outages: Outages, records_database: Database
) -> None:
    await keep(records_database, outage("OUT-1", 10))
    moved = Crew(name="Crew 7", status="en route", longitude=-122.61, latitude=45.51)
    revised = await outages.revise("OUT-1", at=NOW, crew=moved, cause="a fallen pole")
    assert (revised.crew, revised.cause, revised.revisions) == (moved, "a fallen pole", 0)
    same = await outages.revise("OUT-1", at=NOW, status="repairing")
    assert same == revised
    back = await outages.revise("OUT-1", at=NOW, status="restored")
    assert (back.status, back.restored, back.revisions) == ("restored", NOW, 1)
    assert back.history == ()
    later = await outages.revise("OUT-1", at=NOW + timedelta(hours=1), status="restored")
    assert later == back
    again = await outages.revise("OUT-1", at=NOW, status="confirmed")
    assert (again.restored, again.revisions) == (None, 2)


async def test_the_history_is_bounded(outages: Outages, records_database: Database) -> None:
    await keep(records_database, outage("OUT-1", 10))
    for hour in range(30):
        last = await outages.revise("OUT-1", at=NOW, eta=NOW + timedelta(hours=4 + hour))
    assert len(last.history) == 20
    assert last.history[-1].eta == last.eta == NOW + timedelta(hours=33)
    assert last.revisions == 30


async def test_revisions_at_once_all_count(outages: Outages, records_database: Database) -> None:
    await keep(records_database, outage("OUT-1", 10))
    etas = [NOW + timedelta(hours=4 + n) for n in range(6)]
    await asyncio.gather(*(outages.revise("OUT-1", at=NOW, eta=eta) for eta in etas))
    known = await outages.get("OUT-1")
    assert known is not None
    assert known.revisions == 6
    assert sorted(e.eta for e in known.history[1:] if e.eta) == etas


async def test_what_is_unknown_is_not_revised(outages: Outages) -> None:
    with pytest.raises(LookupError):
        await outages.revise("OUT-9", at=NOW, status="restored")


# --- subscribers ------------------------------------------------------------------------------


async def test_an_address_can_end_all_that_it_follows(outages: Outages) -> None:
    ann, bob = follower("ann"), follower("bob")
    for one in (ann, bob):
        await outages.subscribe(one)
    assert await outages.unsubscribe(Channel.EMAIL, ann.address) == 0
    ended = await outages.unsubscribe(ann.channel, ann.address)
    assert ended == 1 + (ann.address == bob.address)
    assert await outages.unsubscribe(ann.channel, ann.address) == 0
    assert await outages.subscribe(ann), "it was gone"


async def test_subscribers_are_told_of_each_revision(
    outages: Outages, records_database: Database
) -> None:
    await keep(records_database, outage("OUT-1", 10), outage("OUT-2", 10))
    assert await outages.subscribe(follower("ann"))
    assert await outages.subscribe(follower("bob"))
    assert await outages.untold(10) == []
    revised = await outages.revise("OUT-1", at=NOW, status="confirmed")
    await outages.revise("OUT-2", at=NOW, status="confirmed")
    pairs = await outages.untold(10)
    assert [outage for _, outage in pairs] == [revised] * 2
    assert await waiting(outages) == ["ann", "bob"]
    assert len(await outages.untold(1)) == 1
    await outages.told(pairs[0][0], revised.revisions)
    assert await waiting(outages) == [pairs[1][0].customer_id]
    await outages.told(pairs[1][0], revised.revisions)
    assert await outages.untold(10) == []
    await outages.revise("OUT-1", at=NOW, status="repairing")
    assert await waiting(outages) == ["ann", "bob"]


async def test_the_channel_asked_for_last_holds(
    outages: Outages, records_database: Database
) -> None:
    await keep(records_database, outage("OUT-1", 10))
    assert await outages.subscribe(follower("ann"))
    changed = follower("ann", channel=Channel.WHATSAPP, address="+15550202")
    assert not await outages.subscribe(changed)
    await outages.revise("OUT-1", at=NOW, status="confirmed")
    [(found, _)] = await outages.untold(10)
    assert (found.channel, found.address) == (Channel.WHATSAPP, "+15550202")


async def test_who_follows_while_it_is_revised_misses_nothing(
    outages: Outages, records_database: Database
) -> None:
    await keep(records_database, outage("OUT-1", 10))
    await outages.revise("OUT-1", at=NOW, status="confirmed")
    assert await outages.untold(10) == []  # nobody follows: it is announced
    await outages.subscribe(follower("ann", told=0))  # who had asked before the revision
    await outages.subscribe(follower("bob", told=1))
    assert await waiting(outages) == ["ann"]


async def test_what_was_told_is_never_taken_back(
    outages: Outages, records_database: Database
) -> None:
    await keep(records_database, outage("OUT-1", 10, revisions=3))
    await outages.subscribe(follower("ann", told=3))
    await outages.told(follower("ann"), 1)
    await outages.revise("OUT-1", at=NOW, status="confirmed")
    [(found, _)] = await outages.untold(10)
    assert found.told == 3


async def test_reports_that_confirm_an_outage_are_news(outages: Outages) -> None:
    where = [premise((HERE[0] + 0.0003 * n, HERE[1])) for n in range(5)]
    opened, _ = await report(outages, where[0], "k0")
    await outages.subscribe(follower("ann", outage_id=opened.outage_id))
    await asyncio.gather(*(report(outages, at, f"k{n}") for n, at in enumerate(where)))
    [(found, known)] = await outages.untold(10)
    assert (found.customer_id, known.status) == ("ann", "confirmed")
