"""Paying and payment plans, on the real records and the processor's sandbox."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from contracts.records import Account, Charge, PaymentMethod, PaymentPlan
from contracts.tooling import AskAgain, Cannot, Done
from tests.billing import balance_of, card_of, owe, owe_more, twice, unconfirmed
from tests.utility import Utility
from tools.dates import months_after

pytestmark = pytest.mark.integration

PLAN = {"total_amount": "balance", "months": "4"}


async def add_method(utility: Utility, account: Account, digits: str, *, default: bool) -> None:
    """One more saved method, which the sandbox decides on by its last four digits."""
    method = PaymentMethod(
        method_id=f"pm-{digits}",
        kind="card",
        label=f"Discover ending in {digits}",
        token=f"tok_discover{digits}",
        default=default,
    )
    kept = [m.model_copy(update={"default": m.default and not default}) for m in account.methods]
    await utility.database["accounts"].update_one(
        {"_id": account.account_number},
        {"$set": {"methods": [m.model_dump() for m in (*kept, method)]}},
    )


async def sent(utility: Utility, account: Account, amount: str, key: str = "late") -> None:
    """A charge that the processor has not answered."""
    charge = Charge(
        key=key,
        account_number=account.account_number,
        customer_id=account.customer_id,
        amount=Decimal(amount),
        method=account.methods[0],
        status="sent",
        at=utility.clock.now(),
    )
    await utility.records.billing.begin_charge(charge)


# --- paying -----------------------------------------------------------------------------------


async def test_everything_owed_is_paid_to_the_cent_and_once(utility: Utility) -> None:
    account = await utility.account("Maria")
    owed = await balance_of(utility, account)
    call = await utility.call()
    pay = {"amount": "balance", "payment_method": "default"}
    asked = await utility.read_back("process_payment", call, **pay)
    assert f"I'll pay ${owed:,.2f} from your Visa" in asked.read_back
    result = await twice(utility, "process_payment", call, **pay)
    assert isinstance(result, Done)
    assert await balance_of(utility, account) == 0
    newest = (await utility.records.billing.payments(account.account_number, 1))[0]
    assert result.data["receipt_number"] == newest.receipt_number
    assert newest.amount == owed
    assert result.say.endswith("You owe nothing now.")
    assert [name for name, fact in result.facts.items() if "balance" in fact] == ["bill"]


async def test_a_part_is_paid(utility: Utility) -> None:
    account = await utility.account("Maria")
    owed = await balance_of(utility, account)
    call = await utility.call()
    result = await twice(
        utility, "process_payment", call, amount="20.00", payment_method="checking"
    )
    assert isinstance(result, Done)
    assert result.data["balance"] == f"{owed - 20:.2f}"
    assert "checking" in result.data["method"]


async def test_a_decline_changes_nothing_and_offers_the_others(utility: Utility) -> None:
    account = await utility.account("Sam")
    owed = await balance_of(utility, account)
    call = await utility.call("Sam")
    result = await twice(utility, "process_payment", call, amount="25", payment_method="0002")
    assert isinstance(result, Cannot)
    assert result.reason == "declined"
    assert "there isn't enough money in the account. Nothing was taken." in result.say
    other = next(m for m in account.methods if "0002" not in m.label)
    assert result.next.startswith("I can try")
    assert other.label in result.next
    assert await balance_of(utility, account) == owed
    again = await utility.done(
        "process_payment", await utility.call("Sam"), amount="25", payment_method=other.method_id
    )
    assert again.data["balance"] == f"{owed - 25:.2f}"


async def test_a_late_answer_is_never_called_paid(utility: Utility) -> None:
    account = await utility.account("Hannah")
    owed = await balance_of(utility, account)
    call = await utility.call("Hannah")
    pay = {"amount": "30", "payment_method": "0408"}
    result = await twice(utility, "process_payment", call, **pay)
    assert isinstance(result, Done)
    assert "is still being processed" in result.say
    assert "I've paid" not in result.say
    assert result.data["status"] == "processing"
    assert await balance_of(utility, account) == owed
    refused = await utility.refused("process_payment", await utility.call("Hannah"), **pay)
    assert refused.reason == "on_its_way"
    assert "$30.00 is still being processed" in refused.say
    utility.clock.advance(timedelta(seconds=31))
    settled = await unconfirmed(utility, "process_payment", call, **pay)
    assert isinstance(settled, Done)
    assert "I've paid $30.00" in settled.say
    assert await balance_of(utility, account) == owed - 30


async def test_what_is_on_its_way_is_not_asked_for_again(utility: Utility) -> None:
    account = await owe(utility, "Maria", "50.00")
    await sent(utility, account, "20.00")
    rest = await utility.read_back("process_payment", amount="balance", payment_method="default")
    assert rest.args["amount"] == "30.00"
    much = await utility.refused("process_payment", amount="31", payment_method="default")
    assert (much.reason, much.next) == ("too_much", "Shall I pay the $30.00 instead?")
    await sent(utility, account, "30.00", "late-2")
    none = await utility.refused("process_payment", amount="balance", payment_method="default")
    assert none.reason == "on_its_way"
    assert "$50.00" in none.say


async def test_the_least_and_the_most_a_payment_can_be(utility: Utility) -> None:
    policy = utility.services.scenario.policies.payments
    cent = Decimal("0.01")
    asked = await utility.asked(
        "process_payment", amount=str(policy.least - cent), payment_method="default"
    )
    assert f"${policy.least:.2f}" in asked.say
    await utility.read_back("process_payment", amount=str(policy.least), payment_method="default")
    account = await owe(utility, "Maria", "0.40")
    rest = await utility.read_back("process_payment", amount="balance", payment_method="default")
    assert rest.args["amount"] == "0.40"  # less than the least, but all there is
    assert await balance_of(utility, account) == Decimal("0.40")


async def test_more_than_the_most_is_for_a_person(utility: Utility) -> None:
    policy = utility.services.scenario.policies.payments
    await owe_more(utility, await utility.account("Sam"), policy.most + 100)
    over = await utility.refused(
        "process_payment",
        await utility.call("Sam"),
        amount=str(policy.most + Decimal("0.01")),
        payment_method="default",
    )
    assert over.reason == "over_limit"
    assert f"${policy.most:,.2f}" in over.say
    await utility.read_back(
        "process_payment",
        await utility.call("Sam"),
        amount=str(policy.most),
        payment_method="default",
    )


async def test_nothing_owed_and_too_much(utility: Utility) -> None:
    account = await owe(utility, "Maria", "10.00")
    much = await utility.refused("process_payment", amount="10.01", payment_method="default")
    assert much.reason == "too_much"
    await utility.done("process_payment", amount="10.00", payment_method="default")
    none = await utility.refused("process_payment", amount="5", payment_method="default")
    assert none.reason == "nothing_owed"
    body = await unconfirmed(
        utility, "process_payment", await utility.call(), amount="5", payment_method="default"
    )
    assert isinstance(body, Cannot)
    assert await balance_of(utility, account) == 0


@pytest.mark.parametrize("amount", ["0", "-20", "0.001", "a lot", "1e5"])
async def test_amounts_that_are_none(utility: Utility, amount: str) -> None:
    before = await utility.everything()
    asked = await utility.asked("process_payment", amount=amount, payment_method="default")
    assert asked.missing == ("amount",)
    assert await utility.everything() == before


async def test_no_saved_method(utility: Utility) -> None:
    account = await utility.account("Maria")
    await utility.database["accounts"].update_one(
        {"_id": account.account_number}, {"$set": {"methods": []}}
    )
    pay = await utility.refused("process_payment", amount="5", payment_method="default")
    assert pay.reason == "no_method"


# --- payment plans ----------------------------------------------------------------------------


async def test_a_plan_adds_up_and_begins_with_its_down_payment(utility: Utility) -> None:
    account = await utility.account("James")
    owed = await balance_of(utility, account)
    call = await utility.call("James")
    asked = await utility.read_back("setup_payment_plan", call, **PLAN)
    result = await twice(utility, "setup_payment_plan", call, **PLAN)
    assert isinstance(result, Done)
    plan = await utility.records.billing.plan(account.account_number)
    assert plan is not None
    percent = utility.services.scenario.policies.payment_plans.min_down_percent
    assert plan.total == owed
    assert plan.down_payment == Decimal(asked.args["down_payment"])
    assert 0 <= plan.down_payment - owed * percent / 100 < Decimal("0.01")
    assert plan.down_payment + sum(i.amount for i in plan.installments) == plan.total
    today = utility.clock.now().date()
    assert [i.due for i in plan.installments] == [months_after(today, n) for n in range(1, 5)]
    assert await balance_of(utility, account) == owed - plan.down_payment
    for words in (f"${plan.down_payment:,.2f}", f"${plan.installments[0].amount:,.2f}"):
        assert words in asked.read_back
        assert words in result.say
    assert "from February 15 to May 15" in asked.read_back
    assert card_of(result).rows[-1] == ("In all", f"${owed:,.2f}")


async def test_what_is_on_a_plan_is_not_past_due(utility: Utility) -> None:
    call = await utility.call("James")
    await utility.done("setup_payment_plan", call, **PLAN)
    budget = await utility.read_back("enroll_budget_billing", await utility.call("James"))
    assert "a month" in budget.read_back


async def test_there_is_one_plan_at_a_time(utility: Utility) -> None:
    answer = await utility.refused("setup_payment_plan", await utility.call("Nora"), **PLAN)
    assert answer.reason == "has_plan"
    assert "next installment" in answer.say
    body = await unconfirmed(
        utility,
        "setup_payment_plan",
        await utility.call("Nora"),
        total_amount="90",
        months=3,
        down_payment="30",
    )
    assert isinstance(body, Cannot)
    assert body.reason == "has_plan"


async def test_the_least_balance(utility: Utility) -> None:
    least = utility.services.scenario.policies.payment_plans.least_balance
    account = await owe(utility, "James", str(least))
    await utility.read_back("setup_payment_plan", await utility.call("James"), **PLAN)
    await owe(utility, "James", str(least - Decimal("0.01")))
    answer = await utility.refused("setup_payment_plan", await utility.call("James"), **PLAN)
    assert answer.reason == "balance_too_small"
    assert f"${least:.2f}" in answer.say
    assert await utility.records.billing.plan(account.account_number) is None


async def test_the_least_down_payment(utility: Utility) -> None:
    percent = utility.services.scenario.policies.payment_plans.min_down_percent
    await owe(utility, "James", "150.00")
    least = Decimal(150) * percent / 100
    call = await utility.call("James")
    await utility.read_back("setup_payment_plan", call, **PLAN, down_payment=str(least))
    for down in (least - Decimal("0.01"), Decimal("150.00")):
        asked = await utility.asked("setup_payment_plan", call, **PLAN, down_payment=str(down))
        assert asked.missing == ("down_payment",)
        assert f"${least:.2f}" in asked.say


async def test_the_longest_term_and_the_least_installment(utility: Utility) -> None:
    policy = utility.services.scenario.policies.payment_plans
    call = await utility.call("James")
    await owe(utility, "James", "150.00")
    rest = Decimal(150) * (100 - policy.min_down_percent) / 100
    fits = int(rest / policy.least_installment)
    assert fits < policy.longest_months
    whole = {"total_amount": "balance"}
    await utility.read_back("setup_payment_plan", call, **whole, months=fits)
    asked = await utility.asked("setup_payment_plan", call, **whole, months=fits + 1)
    assert asked.missing == ("months",)
    assert f"below ${policy.least_installment:.2f}" in asked.say
    assert f"Over {fits} months it would be ${rest / fits:.2f} a month" in asked.say


async def test_more_months_than_the_policy_has(utility: Utility) -> None:
    policy = utility.services.scenario.policies.payment_plans
    call = await utility.call("Sam")
    await utility.read_back(
        "setup_payment_plan", call, total_amount="balance", months=policy.longest_months
    )
    asked = await utility.asked(
        "setup_payment_plan", call, total_amount="balance", months="2 years"
    )
    assert f"{policy.longest_months} months" in asked.say
    assert asked.missing == ("months",)


async def test_no_more_than_is_owed(utility: Utility) -> None:
    account = await utility.account("James")
    owed = await balance_of(utility, account)
    call = await utility.call("James")
    asked = await utility.asked(
        "setup_payment_plan", call, total_amount=str(owed + Decimal("0.01")), months=3
    )
    assert asked.missing == ("total_amount",)
    assert f"${owed:,.2f}" in asked.say


async def test_without_months_it_says_what_is_possible(utility: Utility) -> None:
    asked = await utility.asked("setup_payment_plan", await utility.call("James"))
    assert asked.missing == ("months",)
    assert "How many months would you like?" in asked.say


async def test_a_broken_plan_bars_a_new_one_for_a_while(utility: Utility) -> None:
    months = utility.services.scenario.policies.payment_plans.broken_bars_months
    account, now = await utility.account("James"), utility.clock.now()
    plan = PaymentPlan(
        plan_id="P-OLD",
        account_number=account.account_number,
        total=Decimal("100.00"),
        down_payment=Decimal("100.00"),
        installments=(),
        status="broken",
        at=now - timedelta(days=400),
        ended=months_after(now.date(), -months) + timedelta(days=1),
    )
    await utility.records.billing.open_plan(key="old", plan=plan)
    call = await utility.call("James")
    answer = await utility.refused("setup_payment_plan", call, **PLAN)
    assert answer.reason == "broken_plan"
    assert "January 16" in answer.say
    utility.clock.advance(timedelta(days=1))
    await utility.read_back("setup_payment_plan", call, **PLAN)


async def test_a_declined_down_payment_makes_no_plan(utility: Utility) -> None:
    account = await utility.account("James")
    await add_method(utility, account, "0002", default=True)
    owed = await balance_of(utility, account)
    result = await twice(utility, "setup_payment_plan", await utility.call("James"), **PLAN)
    assert isinstance(result, Cannot)
    assert result.reason == "declined"
    assert "there's no plan yet" in result.say
    assert await utility.records.billing.plan(account.account_number) is None
    assert await balance_of(utility, account) == owed


async def test_a_late_down_payment_is_left_to_a_person(utility: Utility) -> None:
    account = await utility.account("James")
    await add_method(utility, account, "0408", default=True)
    call = await utility.call("James")
    agreed = await utility.read_back("setup_payment_plan", call, **PLAN)
    result = await twice(utility, "setup_payment_plan", call, **PLAN)
    assert isinstance(result, Done)
    assert "is still being processed" in result.say
    assert await utility.records.billing.plan(account.account_number) is None
    case = (await utility.records.cases.of(account.customer_id, 1))[0]
    assert case.details["down_payment"] == agreed.args["down_payment"]
    utility.clock.advance(timedelta(seconds=31))
    settled = await unconfirmed(utility, "setup_payment_plan", call, **agreed.args)
    assert isinstance(settled, Done)
    assert "Your payment plan is set up" in settled.say


async def test_no_method_for_the_down_payment(utility: Utility) -> None:
    account = await utility.account("James")
    await utility.database["accounts"].update_one(
        {"_id": account.account_number}, {"$set": {"methods": []}}
    )
    answer = await utility.refused("setup_payment_plan", await utility.call("James"), **PLAN)
    assert answer.reason == "no_method"


async def test_what_changed_since_the_yes_is_looked_at_again(utility: Utility) -> None:
    call = await utility.call("James")
    agreed = await utility.read_back("setup_payment_plan", call, **PLAN)
    await owe(utility, "James", "80.00")
    result = await unconfirmed(utility, "setup_payment_plan", call, **agreed.args)
    assert isinstance(result, AskAgain)
    assert "$80.00" in result.say
