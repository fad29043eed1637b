"""Customers' reports: which outage they open, join or make grow, and what each counts for."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from contracts.records import Outage, Outages
from stores.mongo.connect import Database
from stores.mongo.outage_areas import distance_m, hull, octagon
from tests.conformance.outages_data import (
    ACROSS_TOWN,
    DOWN_THE_ROAD,
    HERE,
    NEXT_DOOR,
    covers,
    follower,
    keep,
    outage,
    premise,
    report,
    waiting,
)
from tests.conformance.records_data import NOW, household, move_in

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance


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
