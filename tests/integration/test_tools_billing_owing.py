"""What is said of what is owed, of payments on their way and of autopay; and that what was read
back is what happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.records import Account, AccountChange, Installment, PaymentPlan
from contracts.tooling import Agreed, Cannot, Done
from tests.billing import balance_of, card_of, newest_bill, owe, unconfirmed
from tests.utility import Utility
from tools.dates import months_after
from tools.owing import owed_of

pytestmark = pytest.mark.integration

PLAN = {"total_amount": "balance", "months": "4"}
LATE = {"amount": "30", "payment_method": "0408"}


async def past_due_of(utility: Utility, account: Account) -> Decimal:
    """What is owed beyond a newest bill that is not due yet."""
    bill = await newest_bill(utility, account)
    assert bill.due >= utility.clock.now().date()
    return await balance_of(utility, account) - bill.total


# --- what is owed -----------------------------------------------------------------------------


async def test_what_is_past_due_is_not_said_to_be_due_later(utility: Utility) -> None:
    """James is two bills behind; the newer one is not due yet."""
    account = await utility.account("James")
    balance, past_due = await balance_of(utility, account), await past_due_of(utility, account)
    bill = await utility.done("get_current_bill", await utility.call("James"))
    assert f"With ${past_due:,.2f} that's past due you owe ${balance:,.2f} in all." in bill.say
    assert bill.data["past_due"] == f"{past_due:.2f}"
    assert bill.data["overdue"] is True
    assert ("Past due", f"${past_due:,.2f}") in card_of(bill).rows
    status = await utility.done("get_payment_status", await utility.call("James"))
    assert f"${past_due:,.2f} of it is past due, and the rest is due by" in status.say


async def test_what_is_on_a_plan_is_not_said_to_be_due(utility: Utility) -> None:
    plan = await utility.done("setup_payment_plan", await utility.call("James"), **PLAN)
    following = plan.data["installments"][0]
    for tool in ("get_current_bill", "get_payment_status"):
        found = await utility.done(tool, await utility.call("James"))
        said = f"The next payment of your plan, ${following['amount']}, is due on February 15."
        assert said in found.say
        assert "past due" not in found.say
        assert "Due" not in dict(card_of(found).rows)


async def test_a_missed_installment_is_past_due(utility: Utility) -> None:
    account, now = await utility.account("James"), utility.clock.now()
    owed = await balance_of(utility, account)
    parts = (Decimal("40.00"), owed - 40)
    plan = PaymentPlan(
        plan_id="P-MISSED",
        account_number=account.account_number,
        total=owed,
        down_payment=Decimal("0.00"),
        installments=(
            Installment(due=now.date() - timedelta(days=1), amount=parts[0]),
            Installment(due=months_after(now.date(), 12), amount=parts[1]),
        ),
        at=now - timedelta(days=40),
    )
    await utility.records.billing.open_plan(key="missed", plan=plan)
    await utility.database["statements"].update_one(
        {"_id": account.account_number}, {"$set": {"bills.$[].due": "2025-01-01"}}
    )
    found = await utility.done("get_payment_status", await utility.call("James"))
    assert "$40.00 of it is past due." in found.say
    assert f"The next payment of your plan, ${parts[1]:,.2f}" in found.say


async def test_what_is_under_review_is_not_said_to_be_due(utility: Utility) -> None:
    bill = await newest_bill(utility, await utility.account("Maria"))
    await utility.done("request_bill_review", reason="wrong")
    found = await utility.done("get_current_bill")
    assert f"${bill.total:,.2f} is under review and not due meanwhile." in found.say
    assert "due on" not in found.say


async def test_a_paid_bill_has_no_date_to_be_paid_by(utility: Utility) -> None:
    found = await utility.done("get_current_bill", await utility.call("Wei"))
    assert dict(card_of(found).rows)["Amount due"] == "$0.00"
    assert "Due" not in dict(card_of(found).rows)
    review = await utility.done("request_bill_review", await utility.call("Wei"), reason="wrong")
    assert "past due" not in review.say


async def test_a_review_of_an_open_bill_says_that_it_waits(utility: Utility) -> None:
    bill = await newest_bill(utility, await utility.account("Maria"))
    review = await utility.done("request_bill_review", reason="wrong")
    assert f"Until then the ${bill.total:,.2f} isn't past due." in review.say


async def test_a_bill_that_asks_for_nothing_is_not_put_on_hold(utility: Utility) -> None:
    account = await utility.account("Wei")
    await utility.database["statements"].update_one(
        {"_id": account.account_number}, {"$set": {"bills.$[].total": 0}}
    )
    answer = await utility.refused("request_bill_review", await utility.call("Wei"), reason="wrong")
    assert answer.reason == "nothing_billed"


# --- payments on their way --------------------------------------------------------------------


async def test_a_payment_on_its_way_is_not_forgotten(utility: Utility) -> None:
    account = await utility.account("Hannah")
    owed = await balance_of(utility, account)
    await utility.done("process_payment", await utility.call("Hannah"), **LATE)
    for tool in ("get_current_bill", "get_payment_status"):
        found = await utility.done(tool, await utility.call("Hannah"))
        assert "A payment of $30.00 is still being processed." in found.say
        assert found.data["balance"] == f"{owed:.2f}"
        assert ("Being processed", "$30.00") in card_of(found).rows
    rest = owed - 30
    much = await utility.refused(
        "process_payment", await utility.call("Hannah"), amount=str(owed), payment_method="default"
    )
    assert much.say.startswith(f"Besides what's being processed, you owe ${rest:,.2f}")


async def test_a_payment_settled_meanwhile_is_not_paid_again(utility: Utility) -> None:
    """It is settled just between the two looks at what is owed."""
    account = await utility.account("Hannah")
    owed = await balance_of(utility, account)
    call = await utility.call("Hannah")
    await utility.done("process_payment", call, **LATE)
    billing = utility.records.billing

    class Settling:
        def __getattr__(self, name: str) -> Any:
            return getattr(billing, name)

        async def open_charges(self, *args: Any) -> Any:
            return await self._settled_after(await billing.open_charges(*args))

        async def balance(self, number: str) -> Any:
            return await self._settled_after(await billing.balance(number))

        async def _settled_after(self, answer: Any) -> Any:
            utility.clock.advance(timedelta(seconds=31))
            await unconfirmed(utility, "process_payment", call, **LATE)
            return answer

    records = replace(utility.records, billing=Settling())
    found = await owed_of(replace(call, services=replace(call.services, records=records)), account)
    assert await balance_of(utility, account) == owed - 30
    assert found.payable <= owed - 30


async def test_nobody_is_promised_a_message_they_agreed_to_get_by_no_channel(
    utility: Utility,
) -> None:
    customer = await utility.customer("Hannah")
    told = await utility.done("process_payment", await utility.call("Hannah"), **LATE)
    assert told.say.endswith("We'll send you a message as soon as it's settled.")
    await utility.database["customers"].update_one(
        {"_id": customer.customer_id}, {"$set": {"contacts.$[].channels": ["voice"]}}
    )
    again = await utility.refused("process_payment", await utility.call("Hannah"), **LATE)
    assert again.reason == "on_its_way"
    assert "message" not in again.next
    assert "ask me again" in again.next


async def test_a_late_down_payment_is_not_taken_twice(utility: Utility) -> None:
    account = await utility.account("James")
    await utility.database["accounts"].update_one(
        {"_id": account.account_number}, {"$set": {"methods.$[].token": "tok_visa_0408"}}
    )
    first = await utility.done("setup_payment_plan", await utility.call("James"), **PLAN)
    assert first.data["status"] == "processing"
    second = await utility.refused("setup_payment_plan", await utility.call("James"), **PLAN)
    assert second.reason == "on_its_way"
    assert len(await utility.records.billing.open_charges(5, account.account_number)) == 1


# --- what was read back is what happens -------------------------------------------------------


async def test_the_plans_dates_are_those_that_were_read_back(utility: Utility) -> None:
    call = await utility.call("James")
    asked = await utility.read_back("setup_payment_plan", call, **PLAN)
    assert "from February 15 to May 15" in asked.read_back
    agreed = replace(call, agreed=Agreed(asked.read_back, utility.clock.now()))
    utility.clock.advance(timedelta(hours=20))  # the yes comes the next morning
    result = await unconfirmed(utility, "setup_payment_plan", agreed, **asked.args)
    assert isinstance(result, Done)
    assert result.data["installments"][0]["due"] == "2026-02-15"
    assert "from February 15 to May 15" in result.say


async def test_budget_billing_at_the_amount_of_the_yes_or_not_at_all(utility: Utility) -> None:
    account, call = await utility.account("Wei"), await utility.call("Wei")
    asked = await utility.read_back("enroll_budget_billing", call)
    agreed = replace(call, agreed=Agreed(asked.read_back, utility.clock.now()))
    await utility.database["statements"].update_one(
        {"_id": account.account_number}, {"$inc": {"bills.$[].total": 1_000}}
    )
    before = await utility.everything()
    result = await unconfirmed(utility, "enroll_budget_billing", agreed)
    assert isinstance(result, Cannot)
    assert result.reason == "changed"
    assert await utility.everything() == before
    new = await utility.done("enroll_budget_billing", await utility.call("Wei"))
    assert f"${new.data['amount']} a month" in result.say


async def test_budget_billing_cut_short_is_finished_at_its_amount(utility: Utility) -> None:
    """The enrolment was kept, the account was not: what was billed since changes nothing."""
    account, call = await utility.account("Wei"), await utility.call("Wei")
    first = await utility.done("enroll_budget_billing", call)
    await utility.records.accounts.change(account.account_number, AccountChange(budget_amount=None))
    await utility.database["statements"].update_one(
        {"_id": account.account_number}, {"$inc": {"bills.$[].total": 1_000}}
    )
    again = await unconfirmed(utility, "enroll_budget_billing", call)
    assert again == first
    assert (await utility.account("Wei")).budget_amount == Decimal(first.data["amount"])


async def test_a_closed_account_has_nothing_to_level_out(utility: Utility) -> None:
    account = await utility.account("Wei")
    await utility.records.accounts.change(account.account_number, AccountChange(status="closed"))
    answer = await utility.refused("enroll_budget_billing", await utility.call("Wei"))
    assert answer.reason == "closed"


async def test_autopay_keeps_its_day_when_only_the_method_changes(utility: Utility) -> None:
    account = await utility.account("Maria")
    change = AccountChange(autopay=True, autopay_method=account.methods[0].method_id, autopay_day=9)
    await utility.records.accounts.change(account.account_number, change)
    asked = await utility.read_back("setup_autopay", payment_method="checking")
    assert "on the 9th of each month" in asked.read_back
    done = await utility.done("setup_autopay", payment_method="checking")
    assert "on the 9th of each month" in done.say
    assert (await utility.account("Maria")).autopay_day == 9


async def test_autopay_says_what_is_due_already(utility: Utility) -> None:
    past_due = await past_due_of(utility, await utility.account("James"))
    call = await utility.call("James")
    result = await utility.done("setup_autopay", call, payment_method="default")
    assert f"${past_due:,.2f} was due already, so it's best to pay that now." in result.say
    maria = await utility.done("setup_autopay", payment_method="default")
    assert "due already" not in maria.say


@pytest.mark.parametrize("method", ["card ending in 1111", "paypal", "4111 1111 1111 1111"])
async def test_autopay_with_a_method_that_is_not_saved(utility: Utility, method: str) -> None:
    before = await utility.everything()
    asked = await utility.asked("setup_autopay", payment_method=method)
    assert asked.missing == ("payment_method",)
    assert await utility.everything() == before


async def test_no_autopay_for_a_closed_account_or_without_a_method(utility: Utility) -> None:
    account = await utility.account("Maria")
    for change, reason in (({"methods": []}, "no_method"), ({"status": "closed"}, "closed")):
        await utility.database["accounts"].update_one(
            {"_id": account.account_number}, {"$set": change}
        )
        assert (await utility.refused("setup_autopay", payment_method="visa")).reason == reason


# --- credits ----------------------------------------------------------------------------------


async def test_a_deposit_given_back_before_a_crash_is_cleared_and_given_once(
    utility: Utility,
) -> None:
    account = await utility.account("Maria")
    held = AccountChange(deposit=Decimal("180.00"))
    await utility.records.accounts.change(account.account_number, held)
    await utility.done("apply_credit", credit_type="deposit")
    owed = await balance_of(utility, account)
    await utility.records.accounts.change(account.account_number, held)  # as before the crash
    again = await utility.done("apply_credit", credit_type="deposit")
    assert again.data["amount"] == "180.00"
    assert await balance_of(utility, account) == owed
    assert (await utility.account("Maria")).deposit == 0


async def test_a_new_account_is_not_told_that_it_paid_late(utility: Utility) -> None:
    """Aisha has two bills: a late fee of the second can't be taken back, though nothing was late
    before it."""
    account = await owe(utility, "Aisha", "0.00")
    bill = await newest_bill(utility, account)
    fee = {
        "fee_id": "F-1",
        "kind": "late fee",
        "amount": 1_200,
        "bill_id": bill.bill_id,
        "at": utility.clock.now(),
    }
    await utility.database["journal"].update_one(
        {"_id": f"opening:{account.account_number}"}, {"$push": {"fees": fee}}
    )
    answer = await utility.refused(
        "apply_credit", await utility.call("Aisha"), credit_type="late fee"
    )
    assert "and your account wasn't that old yet." in answer.say
