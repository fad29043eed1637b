"""Outages at a premise, customers' reports, revisions, and who is told of them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Literal

import pytest
from shapely.geometry import Point, shape

from contracts.messages import Channel
from contracts.records import Crew, Outage, Outages, Premise, Subscription
from stores.mongo.connect import Database, collection
from stores.mongo.documents import outage_document
from stores.mongo.outage_areas import distance_m, hull, octagon
from stores.mongo.outages import MongoOutages
from tests.conformance.records_data import NOW, household, move_in

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

HERE = (-122.6, 45.5)
NEXT_DOOR = (-122.6005, 45.5)  # 39 m
DOWN_THE_ROAD = (-122.606, 45.5)  # 468 m
ACROSS_TOWN = (-122.63, 45.5)  # 2.3 km
COLLECTIONS = ("outages", "outage_reports", "outage_subscriptions", "premises")


@pytest.fixture
async def outages(records_database: Database) -> Outages:
    for name in COLLECTIONS:
        await records_database[name].delete_many({})
    return MongoOutages(records_database)


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


async def keep(database: Database, *made: Outage) -> None:
    await collection(database, "outages").insert_many([outage_document(o) for o in made])


def premise(at: tuple[float, float]) -> Premise:
    return household(at=at).premise


async def report(
    outages: Outages,
    where: Premise,
    key: str,
    kind: Literal["electric", "gas"] = "electric",
    later: timedelta = timedelta(),
) -> tuple[Outage, bool]:
    return await outages.report(
        key=key, premise=where, kind=kind, description="all dark", at=NOW + later
    )


def covers(found: Outage, where: Premise) -> bool:
    return bool(shape(found.area).covers(Point(where.longitude, where.latitude)))


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


# --- reports ----------------------------------------------------------------------------------


async def test_a_report_joins_what_is_known(outages: Outages, records_database: Database) -> None:
    known = outage("OUT-1", 10, reports=7)
    await keep(records_database, known)
    joined = known.model_copy(update={"reports": 8})
    assert await report(outages, premise(HERE), "k1") == (joined, False)
    assert await report(outages, premise(HERE), "k1") == (joined, False)
    assert await records_database["outages"].count_documents({}) == 1


async def test_a_report_opens_one(outages: Outages, records_database: Database) -> None:
    homes = [household(at=at) for at in (HERE, NEXT_DOOR, ACROSS_TOWN)]
    await move_in(records_database, *homes)
    opened, new = await report(outages, homes[0].premise, "k1")
    assert new
    assert opened.status == "reported"
    assert opened.customers_affected == 2
    assert opened.reports == 1
    assert opened.started == NOW
    assert opened.place == "Cedar Falls"
    assert await outages.get(opened.outage_id) == opened
    joined, new = await report(outages, homes[1].premise, "k2")
    assert (joined.outage_id, joined.reports, new) == (opened.outage_id, 2, False)
    assert await outages.at_premise(homes[2].premise) is None


async def test_once_a_key(outages: Outages, records_database: Database) -> None:
    where = premise(HERE)
    first = await report(outages, where, "k1")
    await records_database["outages"].update_one({}, {"$set": {"status": "restored"}})
    again, opened = await report(outages, where, "k1")
    assert (again.outage_id, again.status, opened) == (first[0].outage_id, "restored", True)
    later, opened = await report(outages, where, "k2")
    assert opened
    assert later.outage_id != first[0].outage_id


async def test_one_report_twenty_times_at_once(
    outages: Outages, records_database: Database
) -> None:
    where = premise(HERE)
    results = await asyncio.gather(*(report(outages, where, "k1") for _ in range(20)))
    assert results == [results[0]] * 20
    assert results[0][1]
    assert results[0][0].reports == 1
    assert await records_database["outages"].count_documents({}) == 1


async def test_a_household_that_reports_at_once_opens_one(
    outages: Outages, records_database: Database
) -> None:
    where = premise(HERE)
    results = await asyncio.gather(*(report(outages, where, f"k{n}") for n in range(20)))
    assert len({found.outage_id for found, _ in results}) == 1
    assert [opened for _, opened in results].count(True) == 1
    assert await records_database["outage_reports"].count_documents({}) == 20
    known = await outages.at_premise(where)
    assert known is not None
    assert (known.reports, known.status) == (1, "reported")  # one household, however insistent


@pytest.mark.parametrize("first", [0, 22, 49])
async def test_fifty_neighbours_at_once_make_one_outage(
    outages: Outages, records_database: Database, first: int
) -> None:
    """Ten houses along each of five streets, 570 m from end to end; from whichever it begins."""
    homes = [
        household(at=(HERE[0] + 0.00064 * (n % 10), HERE[1] + 0.0008 * (n // 10)))
        for n in range(50)
    ]
    homes.insert(0, homes.pop(first))
    await move_in(records_database, *homes)
    results = await asyncio.gather(
        *(report(outages, home.premise, f"k{n}") for n, home in enumerate(homes))
    )
    [known] = await outages.active(10)
    assert all([await outages.get(found.outage_id) == known for found, _ in results])
    assert (known.reports, known.customers_affected) == (50, 50)
    assert (known.status, known.revisions) == ("confirmed", 1)
    assert sum(opened for _, opened in results) >= 1
    assert all(covers(known, home.premise) for home in homes)


async def test_outages_in_many_places_at_once_are_told_apart(
    outages: Outages, records_database: Database
) -> None:
    apart = [premise((HERE[0] + 0.05 * n, HERE[1])) for n in range(12)]
    results = await asyncio.gather(*(report(outages, at, f"k{n}") for n, at in enumerate(apart)))
    assert all(opened for _, opened in results)
    assert await records_database["outages"].count_documents({}) == 12


async def test_it_grows_to_hold_who_reports_and_who_lives_between(
    outages: Outages, records_database: Database
) -> None:
    first, last = household(at=HERE), household(at=DOWN_THE_ROAD)
    between = [household(at=(HERE[0] - 0.003 - 0.0001 * n, HERE[1])) for n in range(3)]
    empty = household(at=(HERE[0] - 0.003, HERE[1] + 0.0001))
    await move_in(records_database, first, last, *between, empty)
    vacant = {"$set": {"occupied": False}}
    await records_database["premises"].update_one({"_id": empty.premise.premise_id}, vacant)
    alone, _ = await report(outages, first.premise, "k1")
    assert alone.customers_affected == 1
    grown, opened = await report(outages, last.premise, "k2")
    assert (grown.outage_id, opened) == (alone.outage_id, False)
    assert grown.customers_affected == 5
    assert all(covers(grown, home.premise) for home in (first, last, *between))
    assert await outages.get(alone.outage_id) == grown
    assert grown.revisions == 0  # nobody has to be told how large it is


async def test_it_grows_no_farther_than_one_fault_reaches(
    outages: Outages, records_database: Database
) -> None:
    """A street of houses 300 m apart: each is close to the last one's outage."""
    street = [premise((HERE[0] + 0.00385 * n, HERE[1])) for n in range(9)]
    found = [(await report(outages, home, f"k{n}"))[0].outage_id for n, home in enumerate(street)]
    assert found[:4] == [found[0]] * 4
    assert found[4:8] == [found[4]] * 4 != found[:4]
    known = await outages.get(found[0])
    assert known is not None
    ring = known.area["coordinates"][0]
    assert max(distance_m(HERE, (corner[0], corner[1])) for corner in ring) < 1_150


async def two_that_meet(outages: Outages) -> tuple[Outage, Outage]:
    """Opened 640 m apart; whoever reports between them has both meet."""
    first, _ = await report(outages, premise(HERE), "k1")
    second, opened = await report(outages, premise((HERE[0] + 0.0082, HERE[1])), "k2")
    assert opened
    await outages.subscribe(follower("ann", outage_id=second.outage_id))
    assert await outages.untold(10) == []
    return first, second


async def test_two_that_meet_are_one(outages: Outages) -> None:
    first, second = await two_that_meet(outages)
    between = premise((HERE[0] + 0.0045, HERE[1]))
    whole, opened = await report(outages, between, "k3")
    assert (whole.outage_id, whole.reports, opened) == (first.outage_id, 3, False)
    assert await outages.active(10) == [whole]
    assert await outages.get(second.outage_id) == whole
    assert await report(outages, premise(HERE), "k2") == (whole, True)  # what k2 did stays so
    assert covers(whole, between)


async def test_followers_of_a_part_follow_the_whole(outages: Outages) -> None:
    first, second = await two_that_meet(outages)
    await report(outages, premise((HERE[0] + 0.0045, HERE[1])), "k3")
    revised = await outages.revise(second.outage_id, at=NOW, status="repairing")
    assert revised.outage_id == first.outage_id
    [(found, known)] = await outages.untold(10)
    assert (found.customer_id, known) == ("ann", revised)
    await outages.told(found, known.revisions)
    assert await outages.untold(10) == []
    assert await outages.subscribe(follower("bob", outage_id=second.outage_id))
    assert await waiting(outages) == ["bob"]


async def test_what_a_crew_works_on_stays_an_outage_of_its_own(outages: Outages) -> None:
    _, second = await two_that_meet(outages)
    await outages.revise(second.outage_id, at=NOW, status="crew assigned")
    await report(outages, premise((HERE[0] + 0.0045, HERE[1])), "k3")
    assert len(await outages.active(10)) == 2


@pytest.mark.parametrize(
    ("where", "later"),
    [(DOWN_THE_ROAD, timedelta(hours=3)), (ACROSS_TOWN, timedelta())],
    ids=["long after", "far away"],
)
async def test_what_is_another_event_is_another_outage(
    outages: Outages, where: tuple[float, float], later: timedelta
) -> None:
    first, _ = await report(outages, premise(HERE), "k1")
    second, opened = await report(outages, premise(where), "k2", later=later)
    assert opened
    assert second.outage_id != first.outage_id


async def test_what_the_utility_found_itself_does_not_grow(
    outages: Outages, records_database: Database
) -> None:
    known = outage("OUT-1", 10, area=octagon(*HERE), started=NOW)
    await keep(records_database, known)
    joined, _ = await report(outages, premise(NEXT_DOOR), "k1")
    assert (joined.outage_id, joined.area, joined.customers_affected) == ("OUT-1", known.area, 10)
    _, opened = await report(outages, premise(DOWN_THE_ROAD), "k2")
    assert opened


async def test_several_reports_confirm_it_once(outages: Outages) -> None:
    where = [premise((HERE[0] + 0.0003 * n, HERE[1])) for n in range(6)]
    seen = [(await report(outages, at, f"k{n}"))[0] for n, at in enumerate(where)]
    assert [found.status for found in seen] == ["reported"] * 4 + ["confirmed"] * 2
    assert [found.revisions for found in seen] == [0, 0, 0, 0, 1, 1]


async def test_gas_does_not_join_electricity(outages: Outages, records_database: Database) -> None:
    await keep(records_database, outage("OUT-1", 10))
    gas, opened = await report(outages, premise(HERE), "k1", "gas")
    assert opened
    assert gas.kind == "gas"
    _, opened = await report(outages, premise(NEXT_DOOR), "k2", "gas")
    assert not opened
    _, opened = await report(outages, premise(NEXT_DOOR), "k3")
    assert not opened


async def test_a_short_id_that_is_taken_is_not_used(
    outages: Outages, records_database: Database
) -> None:
    first, _ = await report(outages, premise(HERE), "k1")
    await records_database["outages"].delete_many({})
    await records_database["outage_reports"].delete_many({})
    elsewhere = octagon(*ACROSS_TOWN)
    await keep(records_database, outage(first.outage_id, 10, area=elsewhere))
    second, opened = await report(outages, premise(HERE), "k1")
    assert opened
    assert second.outage_id != first.outage_id


async def test_a_report_cut_short_is_counted_by_the_next(
    outages: Outages, records_database: Database
) -> None:
    first, _ = await report(outages, premise(HERE), "k1")
    cut = {"_id": "k2", "outage_id": first.outage_id, "premise_id": "p", "place": list(NEXT_DOOR)}
    await records_database["outage_reports"].insert_one(cut)
    third, _ = await report(outages, premise(NEXT_DOOR), "k3")
    assert third.reports == 3


def test_the_hull_of_one_place_is_an_octagon() -> None:
    assert hull([HERE]) == octagon(*HERE)
    ring = octagon(*HERE, radius_m=150)["coordinates"][0]
    assert len(ring) == 9
    assert ring[0] == ring[-1]
    away = [distance_m(HERE, (corner[0], corner[1])) for corner in ring]
    assert all(abs(metres - 150) < 0.5 for metres in away)


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


def follower(who: str, told: int = 0, **changes: Any) -> Subscription:
    made = Subscription(
        outage_id="OUT-1",
        customer_id=who,
        channel=Channel.SMS,
        address="+15550101",
        told=told,
        at=NOW,
    )
    return made.model_copy(update=changes)


async def waiting(outages: Outages, limit: int = 10) -> list[str]:
    return sorted(s.customer_id for s, _ in await outages.untold(limit))


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
