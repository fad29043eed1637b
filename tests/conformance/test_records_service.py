"""Orders and enrolments."""

from __future__ import annotations

import asyncio
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.errors import Conflict
from contracts.records import Enrolment, Records, ServiceOrder
from stores.mongo.connect import Database, collection
from stores.mongo.documents import readable_id
from tests.conformance.records_data import NOW

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

MONDAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
async def empty(records_database: Database) -> None:
    for name in ("orders", "enrolments"):
        await records_database[name].delete_many({})


# --- orders -----------------------------------------------------------------------------------


def order(**more: Any) -> ServiceOrder:
    fields: dict[str, Any] = {
        "confirmation_number": "",
        "kind": "transfer",
        "customer_id": "cust-1",
        "account_number": "4000000001",
        "premise_id": "prem-2",
        "from_premise_id": "prem-1",
        "services": ("electric", "gas"),
        "on": date(2028, 2, 29),
        "deposit": Decimal("180.00"),
        "details": {
            "forwarding": "1 Elm Street",
            "until": date(2026, 12, 1),
            "due": Decimal("1.5"),
        },
        "at": NOW + timedelta(microseconds=123_456),
    }
    return ServiceOrder(**(fields | more))


async def test_an_order_is_kept_as_it_was_given(records: Records) -> None:
    opened = await records.orders.open(key="k1", order=order())
    number = opened.confirmation_number
    assert re.fullmatch(r"S-[2-9A-HJ-NP-Z]{6}", number)
    assert await records.orders.get(number) == opened
    assert opened == order(
        confirmation_number=number,
        at=NOW + timedelta(milliseconds=123),
        details={"forwarding": "1 Elm Street", "until": "2026-12-01", "due": Decimal("1.5")},
    )
    assert await records.orders.get("S-222222") is None


async def test_an_order_is_opened_once_a_key(records: Records) -> None:
    opened = await asyncio.gather(
        *(records.orders.open(key="k1", order=order()) for _ in range(20))
    )
    assert opened == [opened[0]] * 20
    assert await records.orders.open(key="k1", order=order(on=MONDAY)) == opened[0]
    assert await records.orders.of("cust-1", 10) == opened[:1]
    with pytest.raises(ValueError, match="another customer"):
        await records.orders.open(key="k1", order=order(customer_id="cust-2"))


async def test_an_orders_number_that_is_taken_is_not_used(
    records: Records, records_database: Database
) -> None:
    taken = readable_id("S", "k1")
    await records_database["orders"].insert_one({"_id": taken, "key": "another"})
    opened = await records.orders.open(key="k1", order=order())
    assert opened.confirmation_number != taken
    assert await records.orders.open(key="k1", order=order()) == opened


async def test_orders_newest_first_and_never_anothers(records: Records) -> None:
    mine = [
        await records.orders.open(
            key=f"k{n}", order=order(at=NOW + timedelta(minutes=n), premise_id=f"prem-{n}")
        )
        for n in range(3)
    ]
    theirs = order(customer_id="cust-2", premise_id="prem-9")
    theirs = await records.orders.open(key="other", order=theirs)
    assert await records.orders.of("cust-1", 10) == mine[::-1]
    assert await records.orders.of("cust-1", 2) == mine[:0:-1]
    assert await records.orders.of("cust-2", 10) == [theirs]
    assert await records.orders.of("cust-1", 0) == []


async def test_one_household_moves_in(records: Records) -> None:
    """Of many who order service at one address, one has it; undone, it is free again."""
    assert not await records.orders.awaited("prem-2")
    tried = [
        records.orders.open(key=f"k{n}", order=order(customer_id=f"cust-{n}")) for n in range(10)
    ]
    outcomes = await asyncio.gather(*tried, return_exceptions=True)
    [kept] = [made for made in outcomes if isinstance(made, ServiceOrder)]
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 9
    assert await records.orders.awaited("prem-2")
    await records.orders.cancel(kept.confirmation_number)
    assert not await records.orders.awaited("prem-2")
    await records.orders.open(key="later", order=order(customer_id="cust-11"))


async def test_an_order_is_undone_and_stays_so(records: Records) -> None:
    opened = await records.orders.open(key="k1", order=order())
    undone = await records.orders.cancel(opened.confirmation_number)
    assert undone == opened.model_copy(update={"status": "cancelled"})
    assert await records.orders.cancel(opened.confirmation_number) == undone
    with pytest.raises(Conflict):
        await records.orders.move(opened.confirmation_number, MONDAY)
    assert await records.orders.get(opened.confirmation_number) == undone
    assert await records.orders.open(key="k1", order=order()) == undone


async def test_an_order_is_moved(records: Records) -> None:
    opened = await records.orders.open(key="k1", order=order())
    moved = await records.orders.move(opened.confirmation_number, MONDAY)
    assert moved == opened.model_copy(update={"on": MONDAY})
    assert await records.orders.get(opened.confirmation_number) == moved


async def test_what_was_executed_stands(records: Records, records_database: Database) -> None:
    opened = await records.orders.open(key="k1", order=order())
    number = opened.confirmation_number
    await collection(records_database, "orders").update_one(
        {"_id": number}, {"$set": {"status": "executed"}}
    )
    executed = await records.orders.get(number)
    for change in (records.orders.cancel(number), records.orders.move(number, MONDAY)):
        with pytest.raises(Conflict):
            await change
    assert await records.orders.get(number) == executed
    for change in (records.orders.cancel("S-222222"), records.orders.move("S-222222", MONDAY)):
        with pytest.raises(LookupError):
            await change


# --- enrolments -------------------------------------------------------------------------------


def enrolment(account: str = "4000000001", **more: Any) -> Enrolment:
    fields: dict[str, Any] = {
        "enrolment_id": "",
        "programme": "demand response",
        "since": date(2028, 2, 29),
        "details": {"device": "thermostat", "credit": Decimal("40.00")},
    }
    return Enrolment(account_number=account, **(fields | more))


async def test_an_enrolment_is_kept_as_it_was_given(records: Records) -> None:
    made, new = await records.enrolments.enrol(key="k1", enrolment=enrolment())
    assert new
    assert re.fullmatch(r"E-[2-9A-HJ-NP-Z]{6}", made.enrolment_id)
    assert made == enrolment(enrolment_id=made.enrolment_id)
    assert await records.enrolments.of("4000000001") == [made]
    assert await records.enrolments.of("4000000002") == []


async def test_one_enrolment_a_programme_and_account(records: Records) -> None:
    answers = await asyncio.gather(
        *(records.enrolments.enrol(key=f"k{n}", enrolment=enrolment()) for n in range(20))
    )
    assert [new for _, new in answers].count(True) == 1
    assert {made.enrolment_id for made, _ in answers} == {answers[0][0].enrolment_id}
    assert len(await records.enrolments.of("4000000001")) == 1


async def test_the_same_key_gives_the_same_answer(records: Records) -> None:
    answers = await asyncio.gather(
        *(records.enrolments.enrol(key="k1", enrolment=enrolment()) for _ in range(20))
    )
    assert answers == [answers[0]] * 20
    assert answers[0][1]
    with pytest.raises(ValueError, match="another account"):
        await records.enrolments.enrol(key="k1", enrolment=enrolment("4000000002"))


async def test_other_programmes_and_accounts_are_their_own(records: Records) -> None:
    await records.enrolments.enrol(key="k1", enrolment=enrolment())
    for key, other in (
        ("k2", enrolment(programme="budget billing", since=date(2026, 1, 1))),
        ("k3", enrolment("4000000002")),
    ):
        assert (await records.enrolments.enrol(key=key, enrolment=other))[1]
    mine = await records.enrolments.of("4000000001")
    assert [one.programme for one in mine] == ["budget billing", "demand response"]


async def test_who_left_can_come_again(records: Records, records_database: Database) -> None:
    first, _ = await records.enrolments.enrol(key="k1", enrolment=enrolment())
    await collection(records_database, "enrolments").update_one(
        {"_id": first.enrolment_id}, {"$set": {"status": "ended"}}
    )
    assert await records.enrolments.of("4000000001") == []
    again, new = await records.enrolments.enrol(key="k2", enrolment=enrolment())
    assert new
    assert await records.enrolments.of("4000000001") == [again]
    assert again.enrolment_id != first.enrolment_id


async def test_an_enrolments_id_that_is_taken_is_not_used(
    records: Records, records_database: Database
) -> None:
    taken = readable_id("E", "k1")
    await records_database["enrolments"].insert_one({"_id": taken, "key": "another"})
    made, new = await records.enrolments.enrol(key="k1", enrolment=enrolment())
    assert new
    assert made.enrolment_id != taken
