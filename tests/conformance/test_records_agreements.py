"""Payment plans, disputes, and charges on their way."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.errors import BadInput, Conflict
from contracts.records import Charge, Dispute, Installment, PaymentPlan, Records
from stores.mongo.connect import Database, collection
from tests.conformance.records_data import NOW, VISA, household

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance


@pytest.fixture
def account() -> str:
    return household().account.account_number


def a_plan(account: str, **more: Any) -> PaymentPlan:
    fields: dict[str, Any] = {
        "plan_id": "",
        "account_number": account,
        "total": Decimal("300.00"),
        "down_payment": Decimal("60.00"),
        "installments": tuple(
            Installment(due=date(2026, 12 - n, 20), amount=Decimal("80.00")) for n in range(3)
        ),
        "at": NOW,
    }
    return PaymentPlan(**(fields | more))


def a_dispute(account: str, bill: str = "B-1", **more: Any) -> Dispute:
    fields: dict[str, Any] = {
        "dispute_id": "",
        "account_number": account,
        "bill_id": bill,
        "amount": Decimal("142.37"),
        "reason": "twice as high as ever",
        "at": NOW,
    }
    return Dispute(**(fields | more))


def a_charge(account: str, key: str = "c", minute: int = 0, **more: Any) -> Charge:
    fields: dict[str, Any] = {
        "key": f"{account}:{key}",
        "account_number": account,
        "customer_id": f"customer of {account}",
        "amount": Decimal("50.00"),
        "method": VISA,
        "status": "sent",
        "at": NOW + timedelta(minutes=minute),
    }
    return Charge(**(fields | more))


async def test_a_plan_once_a_key(records: Records, account: str) -> None:
    plan = a_plan(account)
    made = await asyncio.gather(
        *(records.billing.open_plan(key=f"k:{account}", plan=plan) for _ in range(20))
    )
    assert made == [made[0]] * 20
    assert made[0] == plan.model_copy(update={"plan_id": made[0].plan_id})
    assert made[0].plan_id.startswith("P-")
    assert await records.billing.plan(account) == made[0]
    assert await records.billing.plans(account, 5) == made[:1]


async def test_one_active_plan_an_account(records: Records, account: str) -> None:
    """Of twenty who ask at the same moment one gets it."""
    tries = await asyncio.gather(
        *(records.billing.open_plan(key=f"{account}:{n}", plan=a_plan(account)) for n in range(20)),
        return_exceptions=True,
    )
    (plan,) = [result for result in tries if isinstance(result, PaymentPlan)]
    assert [type(r) for r in tries if r is not plan] == [Conflict] * 19
    assert await records.billing.plan(account) == plan


async def test_after_a_plan_has_ended_there_can_be_another(
    records: Records, records_database: Database, account: str
) -> None:
    first = await records.billing.open_plan(key=f"1:{account}", plan=a_plan(account))
    await collection(records_database, "plans").update_one(
        {"_id": first.plan_id}, {"$set": {"status": "kept"}}
    )
    assert await records.billing.plan(account) is None
    later = a_plan(account, at=NOW + timedelta(days=1))
    second = await records.billing.open_plan(key=f"2:{account}", plan=later)
    plans = await records.billing.plans(account, 5)
    assert [(p.plan_id, p.status) for p in plans] == [
        (second.plan_id, "active"),
        (first.plan_id, "kept"),
    ]
    again = await records.billing.open_plan(key=f"1:{account}", plan=a_plan(account))
    assert (again.plan_id, again.status) == (first.plan_id, "kept")


@pytest.mark.parametrize(
    "wrong",
    [
        {"down_payment": Decimal("60.01")},
        {"down_payment": Decimal("-60.00"), "total": Decimal("180.00")},
        {"installments": ()},
        {"total": Decimal("0.00"), "down_payment": Decimal(0), "installments": ()},
        {"total": Decimal("300.005"), "down_payment": Decimal("60.005")},
    ],
)
async def test_a_plans_parts_add_up(records: Records, account: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        await records.billing.open_plan(key=f"k:{account}", plan=a_plan(account, **wrong))
    assert await records.billing.plans(account, 5) == []


async def test_a_key_of_another_account_is_refused(records: Records, account: str) -> None:
    other = household().account.account_number
    await records.billing.open_plan(key=f"k:{account}", plan=a_plan(account))
    await records.billing.open_dispute(key=f"k:{account}", dispute=a_dispute(account))
    with pytest.raises(Conflict):
        await records.billing.open_plan(key=f"k:{account}", plan=a_plan(other))
    with pytest.raises(Conflict):
        await records.billing.open_dispute(key=f"k:{account}", dispute=a_dispute(other))
    assert await records.billing.plans(other, 5) == []
    assert await records.billing.disputes(other, 5) == []


async def test_an_id_that_is_taken_gets_another(
    records: Records, records_database: Database, account: str
) -> None:
    first = await records.billing.open_dispute(key=f"k:{account}", dispute=a_dispute(account))
    await collection(records_database, "disputes").update_one(
        {"_id": first.dispute_id}, {"$set": {"key": "another", "account_number": "4999999999"}}
    )
    second = await records.billing.open_dispute(key=f"k:{account}", dispute=a_dispute(account))
    assert second.dispute_id != first.dispute_id


async def test_one_open_dispute_a_bill(records: Records, account: str) -> None:
    tries = await asyncio.gather(
        *(
            records.billing.open_dispute(key=f"{account}:{n}", dispute=a_dispute(account))
            for n in range(10)
        ),
        return_exceptions=True,
    )
    (dispute,) = [result for result in tries if isinstance(result, Dispute)]
    assert [type(r) for r in tries if r is not dispute] == [Conflict] * 9
    other = await records.billing.open_dispute(
        key=f"other:{account}", dispute=a_dispute(account, "B-2", at=NOW + timedelta(days=1))
    )
    assert await records.billing.disputes(account, 5) == [other, dispute]
    assert await records.billing.disputes(account, 1) == [other]
    with pytest.raises(BadInput):
        await records.billing.open_dispute(
            key=f"no:{account}", dispute=a_dispute(account, "B-3", amount=Decimal(0))
        )


async def test_a_charge_is_begun_once(records: Records, account: str) -> None:
    charges = await asyncio.gather(
        *(records.billing.begin_charge(a_charge(account, amount=Decimal(n + 1))) for n in range(20))
    )
    assert charges == [charges[0]] * 20
    with pytest.raises(Conflict):
        await records.billing.begin_charge(
            a_charge(household().account.account_number).model_copy(update={"key": f"{account}:c"})
        )
    with pytest.raises(BadInput):
        await records.billing.begin_charge(a_charge(account, "bad", amount=Decimal("0.001")))


async def test_a_charge_is_settled_once(records: Records, account: str) -> None:
    charge = await records.billing.begin_charge(a_charge(account))
    settled = await asyncio.gather(
        *(
            records.billing.settle_charge(
                charge.key, approved=n % 2 == 0, reason="" if n % 2 else "r"
            )
            for n in range(20)
        )
    )
    assert settled == [settled[0]] * 20
    assert settled[0].status in {"approved", "declined"}
    assert await records.billing.begin_charge(charge) == settled[0]
    with pytest.raises(LookupError):
        await records.billing.settle_charge("nothing", approved=True)


async def test_open_charges_oldest_first(
    records: Records, records_database: Database, account: str
) -> None:
    await collection(records_database, "charges").delete_many({})
    other = household().account.account_number
    for minute in (3, 1, 2):
        await records.billing.begin_charge(a_charge(account, str(minute), minute))
    theirs = await records.billing.begin_charge(a_charge(other, "theirs", 0))
    await records.billing.settle_charge(f"{account}:2", approved=True)
    found = await records.billing.open_charges(10)
    assert [c.key for c in found] == [theirs.key, f"{account}:1", f"{account}:3"]
    assert await records.billing.open_charges(2) == found[:2]
    assert await records.billing.open_charges(0) == []
    assert await records.billing.open_charges(10, other) == [theirs]
