"""What every adapter of `contracts.records.Outages` holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

import pytest

from contracts.messages import Channel
from contracts.records import Outages, PlannedOutage, Premise, Subscription
from tests.conformance.contenders import Contender
from tests.conformance.records_data import NOW, household

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

REPOSITORY = "outages"
_places = count(1)


@pytest.fixture
def outages(contender: Contender) -> Outages:
    return contender.records.outages


@pytest.fixture
async def premise(contender: Contender) -> Premise:
    """A place far from every other test's."""
    made = household(at=(-100.0 + next(_places), 40.0)).premise
    if "accounts" in contender.replaces:
        await contender.load(made)
    return made


async def report(outages: Outages, premise: Premise, key: str, hours_ago: int = 1) -> str:
    outage, _ = await outages.report(
        key=f"{premise.premise_id}:{key}",
        premise=premise,
        kind="electric",
        description="All is dark.",
        at=NOW - timedelta(hours=hours_ago),
    )
    return outage.outage_id


async def test_what_is_confirmed_is_to_be_followed_once(outages: Outages, premise: Premise) -> None:
    outage_id = await report(outages, premise, "a")

    async def waiting() -> bool:
        return outage_id in {it.outage_id for it in await outages.to_enlist(500)}

    assert not await waiting()
    await outages.revise(outage_id, at=NOW, status="confirmed")
    assert await waiting()
    await outages.enlisted(outage_id)
    assert not await waiting()


async def test_those_who_asked_are_told_apart(outages: Outages, premise: Premise) -> None:
    outage_id = await report(outages, premise, "a")
    for who, asked in (("asked", True), ("agreed", False)):
        await outages.subscribe(
            Subscription(
                outage_id=outage_id,
                customer_id=f"{premise.premise_id}:{who}",
                channel=Channel.SMS,
                address="+15550100",
                told=-1,
                asked=asked,
                at=NOW,
            )
        )
    await outages.enlisted(outage_id)

    async def untold(*, asked: bool) -> list[Subscription]:
        found = await outages.untold(500, asked=asked)
        return [it for it, outage in found if outage.outage_id == outage_id]

    [first] = await untold(asked=True)
    assert first.asked
    await outages.told(first, 0)
    assert await untold(asked=True) == []
    [second] = await untold(asked=False)
    assert not second.asked


async def test_the_first_report_opens_an_outage_and_the_next_joins_it(
    outages: Outages, premise: Premise
) -> None:
    assert await outages.at_premise(premise) is None
    first, opened = await outages.report(
        key=f"{premise.premise_id}:a",
        premise=premise,
        kind="electric",
        description="All is dark.",
        at=NOW,
    )
    assert opened
    found = await outages.at_premise(premise)
    assert found is not None
    assert found.outage_id == first.outage_id
    assert await report(outages, premise, "b") == first.outage_id
    assert first.outage_id in {outage.outage_id for outage in await outages.active(500)}


async def test_a_report_counts_once_a_key(outages: Outages, premise: Premise) -> None:
    number = await report(outages, premise, "a")
    before = await outages.get(number)
    assert await report(outages, premise, "a") == number
    assert await outages.get(number) == before


async def test_a_new_estimate_is_a_revision_and_a_crew_is_none(
    outages: Outages, premise: Premise
) -> None:
    number = await report(outages, premise, "a")
    before = await outages.get(number)
    assert before is not None
    eta = NOW + timedelta(hours=3)
    revised = await outages.revise(number, at=NOW, eta=eta, confidence="medium", reason="a pole")
    assert (revised.eta, revised.eta_confidence) == (eta, "medium")
    assert revised.revisions == before.revisions + 1
    assert revised.history[-1].eta == eta
    told = await outages.revise(number, at=NOW, cause="a fallen tree")
    assert told.cause == "a fallen tree"
    with pytest.raises(LookupError):
        await outages.revise("O-NONE", at=NOW, cause="none")


async def test_restored_is_past(outages: Outages, premise: Premise) -> None:
    number = await report(outages, premise, "a", hours_ago=30)
    await outages.revise(number, at=NOW - timedelta(hours=2), status="restored")
    assert await outages.at_premise(premise) is None
    (past,) = await outages.past(premise, NOW - timedelta(days=60), 10)
    assert (past.outage_id, past.status) == (number, "restored")
    assert past.restored == NOW - timedelta(hours=2)
    assert await outages.past(premise, NOW - timedelta(hours=1), 10) == []


async def test_who_subscribed_is_told_of_each_revision_once(
    outages: Outages, premise: Premise
) -> None:
    number = await report(outages, premise, "a")
    outage = await outages.get(number)
    assert outage is not None
    wanted = Subscription(
        outage_id=number,
        customer_id=f"of {premise.premise_id}",
        channel=Channel.SMS,
        address="+15550101",
        told=outage.revisions,
        at=NOW,
    )
    assert await outages.subscribe(wanted) is True
    assert await outages.subscribe(wanted) is False
    await outages.revise(number, at=NOW, eta=NOW + timedelta(hours=2), confidence="low")
    mine = [(s, o) for s, o in await outages.untold(500) if s.customer_id == wanted.customer_id]
    ((subscription, revised),) = mine
    assert revised.outage_id == number
    await outages.told(subscription, revised.revisions)
    untold = await outages.untold(500)
    assert wanted.customer_id not in {s.customer_id for s, _ in untold}


async def test_what_was_restored_lately_is_told_newest_first(
    outages: Outages, contender: Contender
) -> None:
    ended = [NOW + timedelta(days=40, minutes=-m) for m in (90, 10, 30)]
    for n, at in enumerate(ended):
        premise = household(at=(-20.0 - n, 40.0)).premise
        if "accounts" in contender.replaces:
            await contender.load(premise)
        number = await report(outages, premise, f"restored-{n}")
        await outages.revise(number, at=at, status="restored")
    since = NOW + timedelta(days=40, hours=-1)
    assert [o.restored for o in await outages.restored(since, 10)] == [ended[1], ended[2]]
    assert [o.restored for o in await outages.restored(since, 1)] == [ended[1]]
    assert await outages.restored(since, 0) == []
    assert await outages.restored(NOW + timedelta(days=41), 10) == []


async def test_planned_work_is_told_until_it_is_over(
    outages: Outages, contender: Contender
) -> None:
    if REPOSITORY not in contender.replaces:
        pytest.skip("its planned work is kept by another system")
    begins = NOW + timedelta(days=400)
    works = [work(n, begins + timedelta(days=n)) for n in (2, 0, 1)]
    await contender.load(*works)
    in_order = [works[1], works[2], works[0]]
    assert await outages.planned(begins - timedelta(days=1), 10) == in_order
    assert await outages.planned(begins + timedelta(hours=1), 2) == in_order[:2]
    assert await outages.planned(works[1].ends, 10) == in_order[1:]
    assert await outages.planned(begins, 0) == []


def work(number: int, begins: datetime) -> PlannedOutage:
    return PlannedOutage(
        outage_id=f"P-{number}",
        kind="electric",
        begins=begins,
        ends=begins + timedelta(hours=3),
        reason="a transformer is replaced",
        customers_affected=120,
        area={"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
        place="Elsewhere",
    )


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("Alder Street, 97201", True),
        ("alder st", True),
        ("9999 Alder Street, Cedar Falls", True),  # no house is looked at
        ("418 alder st. apt 4, 97201", True),
        ("Alder Street, 97209", False),
        ("Alder Street, Harborview", False),
        ("Alder Court, 97201", False),
        ("Al Street", False),
        ("97201", False),
        ("12", False),
        ("", False),
        (".*", False),
        ("\x00(((", False),
    ],
)
async def test_a_street_is_searched_and_no_house(
    outages: Outages, contender: Contender, address: str, known: bool
) -> None:
    if "accounts" not in contender.replaces:
        pytest.skip("its streets are kept by another system")
    premise = household(at=(-10.0, 50.0)).premise.model_copy(
        update={
            "street": "418 Alder Street",
            "city": "Cedar Falls",
            "state": "OR",
            "zip": "97201",
            "address": "418 Alder Street, Cedar Falls, OR 97201",
        }
    )
    await contender.load(premise)
    number = await report(outages, premise, "street")
    found = [outage.outage_id for outage in await outages.on_street(address, 500)]
    assert (number in found) is known
    assert await outages.on_street(address, 0) == []
    await outages.revise(number, at=NOW, status="restored")
    assert number not in [outage.outage_id for outage in await outages.on_street(address, 500)]
