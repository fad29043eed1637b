"""What every adapter of `contracts.records.Billing` holds."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.errors import Conflict
from contracts.records import (
    Bill,
    Billing,
    BillLine,
    Charge,
    Dispute,
    Installment,
    Payment,
    PaymentPlan,
)
from tests.conformance.contenders import Contender
from tests.conformance.records_data import NOW, VISA, household

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

REPOSITORY = "billing"
OWED = Decimal("240.87")


def bill(account_number: str, month: int, amount: str) -> Bill:
    energy = BillLine(
        label="Energy",
        code="energy",
        quantity=Decimal("612.00"),
        unit="kWh",
        rate=Decimal("0.1142"),
        amount=Decimal(amount) - 12,
    )
    basic = BillLine(label="Basic charge", code="basic", amount=Decimal("12.00"))
    return Bill(
        bill_id=f"B-{account_number}-{month}",
        account_number=account_number,
        period_start=date(2026, month - 1, 10),
        period_end=date(2026, month, 9),
        issued=date(2026, month, 12),
        due=date(2026, month + 1, 4),
        lines=(basic, energy),
        total=Decimal(amount),
        tariff="Residential Flat",
        kwh=Decimal("612.00"),
    )


@pytest.fixture
def billing(contender: Contender) -> Billing:
    return contender.records.billing


@pytest.fixture
async def account(contender: Contender) -> str:
    """An account that owes 240.87 for two bills."""
    made = household()
    number = made.account.account_number
    if {"customers", "accounts"} <= contender.replaces:
        await contender.load(made.customer, made.account, made.premise)
    await contender.load(bill(number, 9, "98.50"), bill(number, 10, "142.37"))
    return number


async def pay(billing: Billing, account: str, key: str, amount: str) -> Payment:
    return await billing.pay(
        key=f"{account}:{key}", account_number=account, amount=Decimal(amount), method=VISA, at=NOW
    )


async def test_bills_newest_first_and_line_by_line(billing: Billing, account: str) -> None:
    both = [bill(account, 10, "142.37"), bill(account, 9, "98.50")]
    assert await billing.bills(account, 12) == both
    assert await billing.bills(account, 1) == both[:1]
    assert await billing.bills("0000000000", 12) == []
    assert all(sum(line.amount for line in one.lines) == one.total for one in both)


async def test_what_is_owed_is_what_was_billed_less_what_was_paid(
    billing: Billing, account: str
) -> None:
    assert await billing.balance(account) == OWED
    payment = await pay(billing, account, "a", "100.00")
    assert payment.balance_after == await billing.balance(account) == OWED - 100
    assert await billing.balance("0000000000") == 0


async def test_twenty_at_once_with_one_key_pay_once(billing: Billing, account: str) -> None:
    payments = await asyncio.gather(*(pay(billing, account, "one", "40.87") for _ in range(20)))
    assert payments == [payments[0]] * 20
    assert await billing.payments(account, 50) == payments[:1]
    assert await billing.payment(f"{account}:one") == payments[0]
    assert await billing.payment(f"{account}:none") is None
    assert await billing.balance(account) == OWED - Decimal("40.87")


async def test_other_keys_at_once_are_other_payments(billing: Billing, account: str) -> None:
    payments = await asyncio.gather(*(pay(billing, account, str(n), "1.01") for n in range(10)))
    assert len({payment.receipt_number for payment in payments}) == 10
    # Each was told the balance that its own payment led to.
    assert {p.balance_after for p in payments} == {OWED - n * Decimal("1.01") for n in range(1, 11)}


async def test_a_credit_is_granted_once_a_key(billing: Billing, account: str) -> None:
    async def grant(amount: str) -> tuple[Any, bool]:
        return await billing.grant(
            key=f"outage:O-1:{account}",
            account_number=account,
            kind="outage",
            amount=Decimal(amount),
            memo="30 hours",
            at=NOW,
        )

    credit, new = await grant("25.00")
    assert (new, credit.amount, credit.kind) == (True, Decimal("25.00"), "outage")
    assert await grant("99.00") == (credit, False)
    assert await billing.credits(account, 10) == [credit]
    assert await billing.fees(account, 10) == []
    assert await billing.balance(account) == OWED - 25


async def test_a_charge_is_settled_once(billing: Billing, account: str) -> None:
    sent = Charge(
        key=f"{account}:c",
        account_number=account,
        customer_id="cust-1",
        amount=Decimal("10.00"),
        method=VISA,
        status="sent",
        at=NOW,
    )
    assert await billing.begin_charge(sent) == sent
    assert await billing.begin_charge(sent.model_copy(update={"amount": Decimal(99)})) == sent
    assert await billing.open_charges(10, account) == [sent]
    settled = await billing.settle_charge(sent.key, approved=False, reason="It has expired.")
    assert (settled.status, settled.reason) == ("declined", "It has expired.")
    assert await billing.settle_charge(sent.key, approved=True) == settled
    assert await billing.open_charges(10, account) == []
    assert await billing.balance(account) == OWED  # a charge is not yet a payment


def plan(account: str, **changes: Any) -> PaymentPlan:
    first = NOW.date() + timedelta(days=30)
    made = PaymentPlan(
        plan_id="",
        account_number=account,
        total=OWED,
        down_payment=Decimal("48.87"),
        installments=(
            Installment(due=first, amount=Decimal("96.00")),
            Installment(due=first + timedelta(days=30), amount=Decimal("96.00")),
        ),
        at=NOW,
    )
    return made.model_copy(update=changes)


async def test_there_is_one_plan_at_a_time(billing: Billing, account: str) -> None:
    kept = await billing.open_plan(key=f"{account}:p", plan=plan(account))
    assert kept.plan_id
    assert kept == plan(account, plan_id=kept.plan_id)
    assert await billing.open_plan(key=f"{account}:p", plan=plan(account)) == kept
    assert await billing.plan(account) == kept
    with pytest.raises(Conflict):
        await billing.open_plan(key=f"{account}:q", plan=plan(account))
    assert await billing.plans(account, 10) == [kept]
    assert await billing.plan("0000000000") is None


async def test_plans_asked_for_at_once_become_one(billing: Billing, account: str) -> None:
    asked = (billing.open_plan(key=f"{account}:{n}", plan=plan(account)) for n in range(8))
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    made = [outcome for outcome in outcomes if isinstance(outcome, PaymentPlan)]
    assert len(made) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 7


async def test_a_bill_is_disputed_once(billing: Billing, account: str) -> None:
    dispute = Dispute(
        dispute_id=f"D-{account}",
        account_number=account,
        bill_id=f"B-{account}-10",
        amount=Decimal("142.37"),
        reason="twice of last month",
        at=NOW,
    )
    kept = await billing.open_dispute(key=f"{account}:d", dispute=dispute)
    assert await billing.open_dispute(key=f"{account}:d", dispute=dispute) == kept
    with pytest.raises(Conflict):
        await billing.open_dispute(
            key=f"{account}:e", dispute=dispute.model_copy(update={"dispute_id": f"E-{account}"})
        )
    assert await billing.disputes(account, 10) == [kept]
    assert await billing.balance(account) == OWED  # it is still owed


async def test_what_one_pays_the_other_still_owes(
    contender: Contender, billing: Billing, account: str
) -> None:
    other = household().account.account_number
    await contender.load(bill(other, 10, "77.77"))
    await pay(billing, account, "all", "240.87")
    assert await billing.balance(other) == Decimal("77.77")
    assert await billing.payments(other, 10) == []
