"""The opening entry of an account, and credits that a rule grants once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.errors import BadInput, Conflict
from contracts.records import Bill, BillLine, Credit, Fee, Payment, Records
from stores.mongo.connect import Database, collection
from stores.mongo.journal import credit_id, opening_entry
from stores.mongo.statements import bills_of, statement_document
from tests.conformance.records_data import NOW, VISA, bill_of, household

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

LAST_YEAR = NOW - timedelta(days=300)
RULE = "waiver:late fee:2025"


def past_payment(account: str, n: int, balance_after: str) -> Payment:
    return Payment(
        payment_id=f"pay-{account}-{n}",
        receipt_number=f"R-{n:04d}",
        account_number=account,
        amount=Decimal("98.50"),
        method_label="Visa ending in 4242",
        at=LAST_YEAR + timedelta(days=30 * n),
        balance_after=Decimal(balance_after),
    )


def past_fee(account: str) -> Fee:
    return Fee(
        fee_id=f"fee-{account}",
        account_number=account,
        kind="late fee",
        amount=Decimal("12.00"),
        bill_id="B-1",
        at=LAST_YEAR,
    )


def past_credit(account: str) -> Credit:
    return Credit(
        credit_id=credit_id(f"{RULE}:{account}"),
        account_number=account,
        kind="late fee waiver",
        amount=Decimal("12.00"),
        memo="Late fee of January",
        at=LAST_YEAR,
    )


@pytest.fixture
async def account(records_database: Database) -> str:
    """An account with a past: 300.00 billed, two payments of 98.50, a late fee taken back."""
    number = household().account.account_number
    entry = opening_entry(
        number,
        NOW - timedelta(days=1),
        billed=Decimal("300.00"),
        payments=[past_payment(number, n, "0.00") for n in (1, 2)],
        fees=[past_fee(number)],
        granted=[past_credit(number)],
    )
    assert sum(leg["amount"] for leg in entry["legs"]) == 0
    await collection(records_database, "journal").insert_one(entry)
    return number


async def grant(records: Records, account: str, key: str, **more: Any) -> tuple[Credit, bool]:
    fields: dict[str, Any] = {
        "kind": "outage",
        "amount": Decimal("10.00"),
        "memo": "Power out for 9 hours on November 2",
        "at": NOW,
    }
    return await records.billing.grant(key=key, account_number=account, **(fields | more))


async def test_the_past_counts(records: Records, account: str) -> None:
    billing = records.billing
    assert await billing.balance(account) == Decimal("103.00")
    assert await billing.payments(account, 9) == [
        past_payment(account, 2, "0.00"),
        past_payment(account, 1, "0.00"),
    ]
    assert await billing.fees(account, 9) == [past_fee(account)]
    assert await billing.credits(account, 9) == [past_credit(account)]
    for history in (billing.payments, billing.fees, billing.credits):
        assert await history(account, 0) == []
        assert await history("4999999999", 5) == []


async def test_what_was_paid_here_comes_first(records: Records, account: str) -> None:
    paid = [
        await records.billing.pay(
            key=f"{account}:{n}",
            account_number=account,
            amount=Decimal("3.00"),
            method=VISA,
            at=NOW + timedelta(minutes=n),
        )
        for n in range(2)
    ]
    everything = [*paid[::-1], past_payment(account, 2, "0.00"), past_payment(account, 1, "0.00")]
    for limit in range(6):
        assert await records.billing.payments(account, limit) == everything[:limit]
    assert paid[1].balance_after == Decimal("97.00")


async def test_a_live_fee_comes_before_the_past(
    records: Records, records_database: Database, account: str
) -> None:
    fee = {
        "_id": f"fee:{account}:2",
        "kind": "fee",
        "what": "late fee",
        "account_number": account,
        "fee_id": "fee-2",
        "amount": Decimal("12.00"),
        "bill_id": "B-2",
        "at": NOW,
        "legs": [],
    }
    await collection(records_database, "journal").insert_one(fee)
    assert [f.fee_id for f in await records.billing.fees(account, 5)] == ["fee-2", f"fee-{account}"]
    assert (await records.billing.fees(account, 1))[0].kind == "late fee"


async def test_a_credit_lowers_what_is_owed(
    records: Records, records_database: Database, account: str
) -> None:
    credit, new = await grant(records, account, f"outage:O-1:{account}")
    assert new
    assert (credit.kind, credit.amount) == ("outage", Decimal("10.00"))
    assert await records.billing.balance(account) == Decimal("93.00")
    assert await records.billing.credits(account, 5) == [credit, past_credit(account)]
    kept = await collection(records_database, "journal").find_one({"_id": f"outage:O-1:{account}"})
    assert kept is not None
    assert sum(leg["amount"] for leg in kept["legs"]) == 0


async def test_a_rule_grants_once(records: Records, account: str) -> None:
    key = f"outage:O-2:{account}"
    granted = await asyncio.gather(
        *(grant(records, account, key, amount=Decimal(n + 1)) for n in range(20))
    )
    assert len({credit.credit_id for credit, _ in granted}) == 1
    assert len({credit.amount for credit, _ in granted}) == 1
    assert [new for _, new in granted].count(True) == 1
    assert await records.billing.balance(account) == Decimal("103.00") - granted[0][0].amount


async def test_what_was_granted_in_the_past_is_not_granted_again(
    records: Records, account: str
) -> None:
    granted = await grant(records, account, f"{RULE}:{account}", kind="late fee waiver")
    assert granted == (past_credit(account), False)
    assert await records.billing.balance(account) == Decimal("103.00")


async def test_a_deposit_goes_back_from_the_deposits(
    records: Records, records_database: Database, account: str
) -> None:
    await grant(records, account, f"deposit:{account}", kind="deposit")
    kept = await collection(records_database, "journal").find_one({"_id": f"deposit:{account}"})
    assert kept is not None
    assert {leg["ledger"] for leg in kept["legs"]} == {"deposits", f"receivable:{account}"}


async def test_a_key_is_one_thing_only(records: Records, account: str) -> None:
    await grant(records, account, f"one:{account}")
    with pytest.raises(Conflict):
        await records.billing.pay(
            key=f"one:{account}", account_number=account, amount=Decimal(1), method=VISA, at=NOW
        )
    with pytest.raises(Conflict):
        await grant(records, household().account.account_number, f"one:{account}")
    with pytest.raises(BadInput):
        await grant(records, account, f"two:{account}", amount=Decimal("-1"))
    assert await records.billing.payment(f"one:{account}") is None
    assert await records.billing.balance(account) == Decimal("93.00")


async def test_bills_come_back_to_the_cent() -> None:
    lines = (
        BillLine(label="Basic charge", code="basic", amount=Decimal("11.00")),
        BillLine(
            label="Energy",
            code="energy",
            quantity=Decimal("612.34"),
            unit="kWh",
            rate=Decimal("0.09830"),
            amount=Decimal("60.19"),
        ),
        BillLine(label="Refund", code="refund", rate=Decimal("-0.02"), amount=Decimal("-1.42")),
    )
    bill = bill_of("4000000000", 3, "69.77").model_copy(
        update={"lines": lines, "kwh": Decimal("612.34"), "tariff": "Residential Flat"}
    )
    later = bill.model_copy(
        update={"bill_id": "B-2", "lines": lines[:2], "total": Decimal("71.19")}
    )
    document = statement_document("4000000000", [bill, later])
    found = bills_of(document)
    assert found == [bill, later]
    assert str(found[0].lines[1].rate) == "0.09830"
    assert len(document["legend"]) == 3, "what two bills have in common is kept once"
    odd = bill.model_copy(update={"total": Decimal("1.005")})
    with pytest.raises(ValueError, match="two places"):
        statement_document("4000000000", [Bill.model_validate(odd)])
