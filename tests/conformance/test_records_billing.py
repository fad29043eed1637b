"""Bills, the journal, and payments made exactly once."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from decimal import Decimal

import pytest

from contracts.errors import BadInput, Conflict
from contracts.records import Payment, Records
from stores.mongo.connect import Database, collection
from tests.conformance.records_data import NOW, VISA, Household, bill_of, household, issue, move_in

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

OWED = Decimal("240.87")


def _id(payment: Payment) -> str:
    return payment.payment_id


@pytest.fixture
async def home(records_database: Database) -> Household:
    """A household that owes 240.87 for two bills."""
    made = household()
    account = made.account.account_number
    await move_in(records_database, made)
    await issue(records_database, bill_of(account, 10, "98.50"), bill_of(account, 11, "142.37"))
    return made


async def pay(records: Records, home: Household, key: str, amount: str, minute: int = 0) -> Payment:
    return await records.billing.pay(
        key=f"{home.account.account_number}:{key}",
        account_number=home.account.account_number,
        amount=Decimal(amount),
        method=VISA,
        at=NOW + timedelta(minutes=minute, microseconds=123_456),
    )


async def test_bills_newest_first(records: Records, home: Household) -> None:
    account = home.account.account_number
    bills = await records.billing.bills(account, 12)
    assert bills == [bill_of(account, 11, "142.37"), bill_of(account, 10, "98.50")]
    assert await records.billing.bills(account, 1) == bills[:1]
    assert await records.billing.bills(account, 0) == []
    assert await records.billing.bills("0000000000", 12) == []


async def test_the_balance_comes_out_of_the_journal(records: Records, home: Household) -> None:
    account = home.account.account_number
    assert await records.billing.balance(account) == OWED
    payment = await pay(records, home, "a", "100.00")
    assert payment.balance_after == Decimal("140.87")
    assert await records.billing.balance(account) == Decimal("140.87")
    assert str(await records.billing.balance("0000000000")) == "0.00"


async def test_paid_too_much_is_a_credit(records: Records, home: Household) -> None:
    payment = await pay(records, home, "a", "300")
    assert payment.amount == Decimal("300.00")
    assert payment.balance_after == Decimal("-59.13")
    assert await records.billing.balance(home.account.account_number) == Decimal("-59.13")


async def test_twenty_at_once_with_one_key_pay_once(records: Records, home: Household) -> None:
    payments = await asyncio.gather(*(pay(records, home, "once", "40.87") for _ in range(20)))
    assert payments == [payments[0]] * 20
    assert payments[0].balance_after == Decimal("200.00")
    assert await records.billing.payments(home.account.account_number, 50) == payments[:1]
    assert await records.billing.balance(home.account.account_number) == Decimal("200.00")


async def test_a_retry_gives_the_first_payment_back(records: Records, home: Household) -> None:
    first = await pay(records, home, "a", "40.87")
    await pay(records, home, "b", "50.00", minute=1)
    assert await pay(records, home, "a", "99.99", minute=2) == first


async def test_other_keys_are_other_payments(records: Records, home: Household) -> None:
    payments = await asyncio.gather(*(pay(records, home, str(n), "1.01") for n in range(20)))
    assert len({p.receipt_number for p in payments}) == 20
    assert len({p.payment_id for p in payments}) == 20
    assert await records.billing.balance(home.account.account_number) == OWED - Decimal("20.20")


async def test_balances_told_at_the_same_moment_are_all_right(
    records: Records, home: Household
) -> None:
    """As if they had come one after the other, whatever their times are."""
    payments = await asyncio.gather(
        *(pay(records, home, str(n), f"{n + 1}.00", minute=-n) for n in range(12))
    )
    owed = OWED
    for payment in sorted(payments, key=lambda p: -p.balance_after):
        owed -= payment.amount
        assert payment.balance_after == owed
    assert sorted(await records.billing.payments(home.account.account_number, 50), key=_id) == (
        sorted(payments, key=_id)
    )


async def test_a_payment_cut_short_is_made_or_not(records: Records, home: Household) -> None:
    """Cancelled at any moment and called again with its key, it is posted once."""
    for cut in range(12):
        task = asyncio.create_task(pay(records, home, f"cut {cut}", "1.00"))
        for _ in range(cut * 3):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        owed = await records.billing.balance(home.account.account_number)
        assert owed in {OWED - cut, OWED - cut - 1}
        made = await records.billing.payment(f"{home.account.account_number}:cut {cut}")
        assert (made is not None) == (owed == OWED - cut - 1)
        payment = await pay(records, home, f"cut {cut}", "1.00", minute=cut)
        assert payment.balance_after == OWED - cut - 1
        assert made in {None, payment}
    assert len(await records.billing.payments(home.account.account_number, 50)) == 12


async def test_a_payment_by_its_key(records: Records, home: Household) -> None:
    payment = await pay(records, home, "a", "10.00")
    assert await records.billing.payment(f"{home.account.account_number}:a") == payment
    assert await records.billing.payment(f"bill:bill-{home.account.account_number}-11") is None
    assert await records.billing.payment("nothing") is None


async def test_payments_newest_first(records: Records, home: Household) -> None:
    made = [await pay(records, home, str(n), f"{n + 1}.00", minute=n) for n in range(3)]
    at_once = [await pay(records, home, f"tie {n}", "2.00", minute=9) for n in range(3)]
    account = home.account.account_number
    assert await records.billing.payments(account, 10) == [*at_once[::-1], *made[::-1]]
    assert await records.billing.payments(account, 2) == at_once[:0:-1]


async def test_a_receipt_can_be_read_out(records: Records, home: Household) -> None:
    payment = await pay(records, home, "a", "1.00")
    assert re.fullmatch(r"R-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", payment.receipt_number)
    assert payment.method_label == VISA.label


async def test_what_one_pays_the_other_still_owes(
    records: Records, records_database: Database, home: Household
) -> None:
    other = household()
    account = other.account.account_number
    await move_in(records_database, other)
    await issue(records_database, bill_of(account, 11, "77.77"))
    await pay(records, home, "a", "240.87")
    assert await records.billing.balance(account) == Decimal("77.77")
    assert await records.billing.payments(account, 10) == []
    assert [b.account_number for b in await records.billing.bills(account, 10)] == [account]


async def test_a_key_never_shows_another_accounts_payment(
    records: Records, home: Household
) -> None:
    payment = await pay(records, home, "a", "1.00")
    with pytest.raises(Conflict, match="another account"):
        await records.billing.pay(
            key=f"{payment.account_number}:a",
            account_number="4999999999",
            amount=Decimal("1.00"),
            method=VISA,
            at=NOW,
        )
    assert await records.billing.balance("4999999999") == 0


@pytest.mark.parametrize("amount", ["0", "-5.00", "1.005", "1e30", "1e-30", "NaN", "Infinity"])
async def test_only_whole_positive_cents(records: Records, home: Household, amount: str) -> None:
    with pytest.raises(BadInput, match="whole cents"):
        await pay(records, home, "a", amount)
    assert await records.billing.balance(home.account.account_number) == OWED


async def test_every_entry_sums_to_zero(
    records: Records, records_database: Database, home: Household
) -> None:
    await pay(records, home, "a", "33.33")
    journal = collection(records_database, "journal")
    entries = await journal.find().to_list()
    assert {entry["kind"] for entry in entries} == {"bill", "payment"}
    for entry in entries:
        assert sum(leg["amount"] for leg in entry["legs"]) == 0
    total = await journal.aggregate(
        [{"$unwind": "$legs"}, {"$group": {"_id": None, "sum": {"$sum": "$legs.amount"}}}]
    )
    assert (await total.to_list())[0]["sum"] == 0
