"""How an account stands: past due, on time, in dispute, on a plan."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.records import Bill, Credit, Dispute, Fee, Installment, Payment, PaymentPlan
from tools.dates import months_after
from tools.standing import Books, Standing, assess

pytestmark = pytest.mark.unit

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 20, 18, tzinfo=ZONE)
GRACE = 5


def bill(back: int, total: str = "100.00") -> Bill:
    """Issued on the 12th, due on the 4th of the month after; 0 is November's, due December 4."""
    issued = months_after(date(2026, 11, 12), -back)
    return Bill(
        bill_id=f"b{back}",
        account_number="4010012345",
        period_start=issued - timedelta(days=32),
        period_end=issued - timedelta(days=2),
        issued=issued,
        due=months_after(date(2026, 12, 4), -back),
        lines=(),
        total=Decimal(total),
    )


def paid(on: date, amount: str = "100.00") -> Payment:
    return Payment(
        payment_id="p",
        receipt_number="R",
        account_number="4010012345",
        amount=Decimal(amount),
        method_label="Visa",
        at=datetime(on.year, on.month, on.day, 22, tzinfo=ZONE),
        balance_after=Decimal(0),
    )


def fee(bill_id: str, on: date) -> Fee:
    at = datetime(on.year, on.month, on.day, 9, tzinfo=ZONE)
    return Fee(
        fee_id="f",
        account_number="4010012345",
        kind="late fee",
        amount=Decimal("12.00"),
        bill_id=bill_id,
        at=at,
    )


def stand(bills: list[Bill], payments: list[Payment], **more: Any) -> Standing:
    """The balance follows from what is given, as in a journal."""
    fees, given = more.get("fees", []), more.get("credits", [])
    balance = sum((b.total for b in bills), Decimal(0)) + more.pop("before", Decimal(0))
    balance += sum((f.amount for f in fees), Decimal(0))
    balance -= sum((e.amount for e in [*payments, *given]), Decimal(0))
    return assess(Books(balance, bills, payments, **more), NOW, GRACE)


BILLS = [bill(n) for n in range(14)]  # newest first
ON_TIME = [paid(b.due) for b in BILLS[1:]]


def test_all_paid_on_the_due_date() -> None:
    found = stand(BILLS, ON_TIME)
    assert (found.balance, found.past_due) == (Decimal(100), Decimal(0))
    assert found.oldest_due is None
    assert found.on_time_months == 13  # November's is neither due nor paid
    assert found.average_bill == Decimal("100.00")
    assert found.paid_on_time(12, NOW.date())


def test_within_the_days_of_grace_is_on_time_and_a_day_later_is_not() -> None:
    last = BILLS[1].due + timedelta(days=GRACE)
    assert stand(BILLS, [paid(last), *ON_TIME[1:]]).on_time_months == 13
    late = stand(BILLS, [paid(last + timedelta(days=1)), *ON_TIME[1:]])
    assert late.on_time_months == 0
    assert late.past_due == 0  # late, but paid
    assert late.late_bills(12, NOW.date()) == 1
    assert not late.paid_on_time(6, NOW.date())
    assert late.paid_on_time(6, BILLS[1].due)


def test_what_was_due_before_today_is_past_due() -> None:
    found = stand(BILLS, ON_TIME[1:])
    assert found.past_due == Decimal(100)
    assert found.oldest_due == BILLS[1].due
    part = stand(BILLS, [paid(BILLS[1].due, "99.99"), *ON_TIME[1:]])
    assert part.past_due == Decimal("0.01")
    assert part.on_time_months == 0


def test_money_goes_to_the_oldest_bill_first() -> None:
    found = stand(BILLS, [paid(BILLS[1].due), *ON_TIME[2:]])  # one payment was left out
    assert found.oldest_due == BILLS[1].due
    assert [on_time for _, on_time in found.judged][:3] == [False, False, True]


def test_a_bill_paid_before_it_is_due_counts() -> None:
    assert stand(BILLS, [paid(NOW.date()), *ON_TIME]).on_time_months == 14


def test_what_was_owed_before_the_first_bill_we_know() -> None:
    found = stand(BILLS, ON_TIME, before=Decimal(40))
    assert found.past_due == Decimal(40)
    assert found.on_time_months == 0
    credit = stand(BILLS, ON_TIME, before=Decimal(-40))
    assert (credit.past_due, credit.balance) == (Decimal(0), Decimal(60))


def test_a_late_fee_is_the_record_of_a_late_bill() -> None:
    fees = [fee("b1", BILLS[1].due + timedelta(days=6))]
    found = stand(BILLS, ON_TIME, fees=fees)
    assert found.on_time_months == 0
    assert found.past_due == Decimal(12)


def test_an_unpaid_fee_makes_no_later_bill_late() -> None:
    found = stand(BILLS, ON_TIME, fees=[fee("b8", BILLS[8].due + timedelta(days=6))])
    assert found.on_time_months == 7


def test_a_fee_since_the_last_bill_is_due_with_the_next() -> None:
    found = stand(BILLS, ON_TIME, fees=[fee("b1", NOW.date())])
    assert found.past_due == 0


def test_what_is_in_dispute_is_not_past_due() -> None:
    dispute = Dispute(
        dispute_id="d",
        account_number="4010012345",
        bill_id="b1",
        amount=Decimal(100),
        reason="wrong",
        at=NOW,
    )
    found = stand(BILLS, ON_TIME[1:], disputes=[dispute])
    assert (found.past_due, found.disputed) == (Decimal(0), Decimal(100))
    assert found.oldest_due is None
    assert found.on_time_months == 12
    closed = dispute.model_copy(update={"status": "upheld"})
    assert stand(BILLS, ON_TIME[1:], disputes=[closed]).past_due == Decimal(100)


def test_a_plan_puts_off_what_its_installments_will_pay() -> None:
    plan = PaymentPlan(
        plan_id="P",
        account_number="4010012345",
        total=Decimal(200),
        down_payment=Decimal(100),
        installments=(
            Installment(due=NOW.date(), amount=Decimal(50)),
            Installment(due=months_after(NOW.date(), 1), amount=Decimal(50)),
        ),
        at=NOW,
    )
    payments = [paid(BILLS[1].due), *ON_TIME[2:]]  # a hundred past due
    assert stand(BILLS, payments, plan=plan).past_due == 0
    missed = plan.model_copy(
        update={
            "installments": (
                Installment(due=NOW.date() - timedelta(days=1), amount=Decimal(50)),
                plan.installments[1],
            )
        }
    )
    assert stand(BILLS, payments, plan=missed).past_due == Decimal(50)


def test_a_credit_pays_as_a_payment_does() -> None:
    credit = Credit(
        credit_id="c",
        account_number="4010012345",
        kind="outage",
        amount=Decimal(100),
        memo="",
        at=datetime(2026, 11, 4, 9, tzinfo=ZONE),
    )
    assert stand(BILLS, ON_TIME[1:], credits=[credit]).past_due == 0


def test_without_bills() -> None:
    found = stand([], [])
    assert found.past_due == found.average_bill == 0
    assert found.on_time_months == 0
    assert not found.paid_on_time(6, NOW.date())


def test_fewer_bills_than_months_are_not_enough() -> None:
    assert not stand(BILLS[:6], ON_TIME[:5]).paid_on_time(6, NOW.date())
    assert stand(BILLS[:7], ON_TIME[:6]).paid_on_time(6, NOW.date())


CENTS = st.decimals("0.01", "300", places=2).map(str)


@given(st.lists(CENTS, max_size=14), st.lists(st.tuples(st.integers(0, 400), CENTS), max_size=20))
def test_past_due_is_never_negative_nor_more_than_is_owed(
    totals: list[str], payments: list[tuple[int, str]]
) -> None:
    bills = [bill(n, total) for n, total in enumerate(totals)]
    made = [paid(NOW.date() - timedelta(days=days), amount) for days, amount in payments]
    found = stand(bills, made)
    assert 0 <= found.past_due <= max(found.balance, Decimal(0))
    assert (found.oldest_due is None) is (found.past_due == 0)
