"""Credits, reviews, programs, and how an account is billed, on the real records."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from contracts.messages import Channel
from contracts.records import Account
from contracts.tooling import AskAgain, Cannot, Done
from tests.billing import balance_of, card_of, newest_bill, twice, unconfirmed
from tests.utility import Utility
from tools.dates import business_days_after, months_after

pytestmark = pytest.mark.integration

ADDRESS = "12 Oak Street, Salem, OR 97301"


async def hold_deposit(utility: Utility, first_name: str, amount: str) -> Account:
    account = await utility.account(first_name)
    await utility.database["accounts"].update_one(
        {"_id": account.account_number}, {"$set": {"deposit": Decimal(amount)}}
    )
    return await utility.account(first_name)


# --- credits ----------------------------------------------------------------------------------


async def test_an_outage_is_credited_by_the_rule_and_once(utility: Utility) -> None:
    """Ben was without power for 31 hours."""
    account = await utility.account("Ben")
    owed = await balance_of(utility, account)
    ready = await utility.done("check_eligible_credits", await utility.call("Ben"))
    assert [c["amount"] for c in ready.data["eligible"]] == ["25.00"]
    assert "$25.00 for the outage of" in ready.say
    assert card_of(ready).rows[0][1] == "$25.00"
    call = await utility.call("Ben")
    wish = {"credit_type": "power outage", "amount": "500"}
    result = await twice(utility, "apply_credit", call, **wish)
    assert isinstance(result, Done)
    assert "I've credited $25.00" in result.say
    assert "By our rules it's $25.00." in result.say
    assert await balance_of(utility, account) == owed - 25
    again = await utility.done("apply_credit", await utility.call("Ben"), **wish)
    assert again.data["amount"] == "25.00"
    utility.clock.advance(timedelta(days=2))
    later = await utility.done("apply_credit", await utility.call("Ben"), **wish)
    assert "was credited on January 15" in later.say
    assert await balance_of(utility, account) == owed - 25
    none = await utility.done("check_eligible_credits", await utility.call("Ben"))
    assert none.data["eligible"] == []


async def test_both_outage_tools_grant_the_same_credit(utility: Utility) -> None:
    account = await utility.account("Ben")
    await utility.done("apply_credit", await utility.call("Ben"), credit_type="outage")
    owed = await balance_of(utility, account)
    await utility.run("request_outage_credit", await utility.call("Ben", agent="outage"))
    assert await balance_of(utility, account) == owed


async def test_a_late_fee_is_taken_back_after_months_on_time(utility: Utility) -> None:
    account = await utility.account("James")
    fee = (await utility.records.billing.fees(account.account_number, 1))[0]
    owed = await balance_of(utility, account)
    ready = await utility.done("check_eligible_credits", await utility.call("James"))
    assert [c["amount"] for c in ready.data["eligible"]] == [f"{fee.amount:.2f}"]
    call = await utility.call("James")
    result = await twice(utility, "apply_credit", call, credit_type="please waive that late charge")
    assert isinstance(result, Done)
    assert await balance_of(utility, account) == owed - fee.amount
    assert f"You owe ${owed - fee.amount:,.2f} now." in result.say


async def test_a_late_fee_is_taken_back_so_often_a_year(utility: Utility) -> None:
    account, policy = await utility.account("James"), utility.services.scenario.policies.credits
    for number in range(policy.waivers_a_year):
        await utility.records.billing.grant(
            key=f"late-fee:old-{number}",
            account_number=account.account_number,
            kind="late fee waiver",
            amount=policy.late_fee,
            memo=f"an older one, {number}",
            at=utility.clock.now() - timedelta(days=100),
        )
    answer = await utility.refused(
        "apply_credit", await utility.call("James"), credit_type="late fee"
    )
    assert answer.reason == "not_by_rule"
    assert "once a year" in answer.say
    checked = await utility.done("check_eligible_credits", await utility.call("James"))
    assert checked.data["eligible"] == []
    assert "once a year" in checked.say


async def test_a_late_fee_stays_when_the_months_before_were_late(utility: Utility) -> None:
    """A fee for one of the bills that count is a bill paid late."""
    account, policy = await utility.account("James"), utility.services.scenario.policies.credits
    fee = (await utility.records.billing.fees(account.account_number, 1))[0]
    bills = await utility.records.billing.bills(account.account_number, 24)
    charged = next(n for n, b in enumerate(bills) if b.bill_id == fee.bill_id)
    edge = bills[charged + policy.waiver_on_time_months]
    opening = {"_id": f"opening:{account.account_number}"}
    entry = await utility.database["journal"].find_one(opening)
    assert entry is not None
    # So old that it can't be taken back itself, but a late bill all the same.
    at = utility.clock.now() - timedelta(days=400)
    late = {**entry["fees"][-1], "fee_id": "F-EDGE", "bill_id": edge.bill_id, "at": at}
    await utility.database["journal"].update_one(
        opening, {"$set": {"fees": [late, *entry["fees"]]}}
    )
    answer = await utility.refused(
        "apply_credit", await utility.call("James"), credit_type="late fee"
    )
    assert f"the {policy.waiver_on_time_months} months before" in answer.say
    beyond = bills[charged + policy.waiver_on_time_months + 1]
    late["bill_id"] = beyond.bill_id
    await utility.database["journal"].update_one(
        opening, {"$set": {"fees": [late, *entry["fees"]]}}
    )
    await utility.done("apply_credit", await utility.call("James"), credit_type="late fee")


async def test_a_deposit_comes_back_after_months_on_time(utility: Utility) -> None:
    account = await hold_deposit(utility, "Maria", "180.00")
    owed = await balance_of(utility, account)
    result = await twice(
        utility, "apply_credit", await utility.call(), credit_type="give me my deposit back"
    )
    assert isinstance(result, Done)
    assert result.data["amount"] == "180.00"
    assert await balance_of(utility, account) == owed - 180
    held = await utility.done("get_deposit_requirement", await utility.call(agent="service"))
    assert held.data["held"] == "0.00"
    assert "We hold" not in held.say
    again = await utility.done("apply_credit", credit_type="deposit")
    assert again.data["amount"] == "180.00"  # what was given back, and no second time
    assert await balance_of(utility, account) == owed - 180
    months = utility.services.scenario.policies.deposits.refund_months
    await hold_deposit(utility, "Aisha", "180.00")
    answer = await utility.refused(
        "apply_credit", await utility.call("Aisha"), credit_type="deposit"
    )
    assert answer.reason == "not_by_rule"
    assert f"after {months} months" in answer.say


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("late fee", "nothing_to_credit"),
        ("deposit", "nothing_to_credit"),
        ("outage", "nothing_to_credit"),
        ("I'm a loyal customer", "no_rule"),
        ("goodwill", "no_rule"),
    ],
)
async def test_what_no_rule_gives_is_not_given(utility: Utility, said: str, reason: str) -> None:
    await utility.database["journal"].update_many({}, {"$set": {"fees": []}})
    before = await utility.everything()
    answer = await utility.refused("apply_credit", credit_type=said, amount="50")
    assert answer.reason == reason
    assert "person" in answer.next
    assert await utility.everything() == before


async def test_a_missed_appointment_is_checked_by_a_person(utility: Utility) -> None:
    account = await utility.account("Maria")
    owed = await balance_of(utility, account)
    result = await twice(
        utility, "apply_credit", await utility.call(), credit_type="your technician never showed up"
    )
    assert isinstance(result, Done)
    amount = utility.services.scenario.policies.credits.missed_appointment_amount
    assert f"${amount:.2f} is credited to you" in result.say
    assert await balance_of(utility, account) == owed
    case = (await utility.records.cases.of(account.customer_id, 1))[0]
    assert case.case_id == result.data["case"]
    assert case.reason == "credit for a missed appointment"


# --- reviews ----------------------------------------------------------------------------------


async def test_a_bill_is_reviewed_by_a_person(utility: Utility) -> None:
    account = await utility.account("Maria")
    bill = await newest_bill(utility, account)
    call = await utility.call()
    result = await twice(utility, "request_bill_review", call, reason="you charged me twice")
    assert isinstance(result, Done)
    days = utility.services.scenario.policies.bill_reviews.answer_business_days
    answer = business_days_after(utility.clock.now().date(), days)
    assert result.data["answer_by"] == answer.isoformat() == "2026-01-30"  # a holiday between
    assert "answer by January 30" in result.say
    dispute = (await utility.records.billing.disputes(account.account_number, 1))[0]
    assert (dispute.bill_id, dispute.amount) == (bill.bill_id, bill.total)
    case = (await utility.records.cases.of(account.customer_id, 1))[0]
    assert (case.kind, case.reason) == ("bill review", "you charged me twice")
    assert case.case_id == result.data["case"]
    second = await utility.refused("request_bill_review", reason="still wrong")
    assert second.reason == "open_review"
    other = await utility.done("request_bill_review", reason="wrong too", bill_date="last month")
    assert other.data["bill"] != bill.bill_id


async def test_what_is_reviewed_is_not_past_due(utility: Utility) -> None:
    refused = await utility.refused("enroll_budget_billing", await utility.call("James"))
    assert refused.reason == "past_due"
    account = await utility.account("James")
    bills = await utility.records.billing.bills(account.account_number, 4)
    today = utility.clock.now().date()
    for bill in (b for b in bills if b.due < today):
        await utility.done(
            "request_bill_review",
            await utility.call("James"),
            reason="wrong",
            bill_date=bill.issued.isoformat(),
        )
    fee = (await utility.records.billing.fees(account.account_number, 1))[0]
    answer = await utility.refused("enroll_budget_billing", await utility.call("James"))
    assert f"${fee.amount:.2f} is now" in answer.say  # the late fee is not in dispute


async def test_a_bill_is_reviewed_one_time(utility: Utility) -> None:
    await utility.done("request_bill_review", reason="wrong")
    await utility.database["disputes"].update_many({}, {"$set": {"status": "upheld"}})
    answer = await utility.refused("request_bill_review", reason="wrong again")
    assert answer.reason == "reviewed"


async def test_how_old_a_bill_can_be(utility: Utility) -> None:
    months = utility.services.scenario.policies.bill_reviews.claim_months
    account = await utility.account("Maria")
    bills = await utility.records.billing.bills(account.account_number, 24)
    since = months_after(utility.clock.now().date(), -months)
    last = next(n for n, bill in enumerate(bills) if bill.issued < since)
    for number, reason in ((last - 1, ""), (last, "too_old")):
        result = await utility.run(
            "request_bill_review", reason="wrong", bill_date=bills[number].issued.isoformat()
        )
        assert (result.reason if isinstance(result, Cannot) else "") == reason


async def test_a_review_needs_a_reason_and_a_bill_there_is(utility: Utility) -> None:
    assert (await utility.asked("request_bill_review")).missing == ("reason",)
    asked = await utility.asked("request_bill_review", reason="wrong", bill_date="May 1999")
    assert asked.missing == ("bill_date",)


# --- programs ---------------------------------------------------------------------------------


async def test_programs_for_who_is_behind(utility: Utility) -> None:
    result = await utility.done("check_assistance_programs", await utility.call("James"))
    names = [p["name"] for p in result.data["programs"]]
    assert "LIHEAP energy assistance" in names[:3]
    assert "Neighbor Fund" in names
    assert "Medical Baseline" not in names
    assert "Budget Billing" not in names
    assert names[0] in result.say


async def test_programs_by_what_is_on_file_but_not_why(utility: Utility) -> None:
    """Walter is 84 and has medical equipment at home."""
    call = await utility.call("Walter", channel=Channel.VOICE)
    result = await utility.done("check_assistance_programs", call)
    names = [p["name"] for p in result.data["programs"]]
    assert {"Medical Baseline", "Senior Bill Relief", "LIHEAP energy assistance"} <= set(names)
    for word in ("Medical", "equipment", "Senior", "84", "old", "because"):
        assert word not in result.say
    written = await utility.done("check_assistance_programs", await utility.call("Walter"))
    assert "Medical Baseline" in written.say
    assert not {"hints", "why"} & set(result.data["programs"][0])
    maria = await utility.done("check_assistance_programs")
    ordinary = [p["name"] for p in maria.data["programs"]]
    assert not {"Medical Baseline", "Senior Bill Relief", "Neighbor Fund"} & set(ordinary)
    assert "Home Weatherization" in ordinary


async def test_who_is_on_budget_billing_is_not_offered_it(utility: Utility) -> None:
    tom = await utility.done("check_assistance_programs", await utility.call("Tom"))
    assert "Budget Billing" not in [p["name"] for p in tom.data["programs"]]
    wei = await utility.done("check_assistance_programs", await utility.call("Wei"))
    assert "Budget Billing" in [p["name"] for p in wei.data["programs"]]


# --- budget billing ---------------------------------------------------------------------------


async def test_budget_billing_is_the_average_rounded_up(utility: Utility) -> None:
    account, call = await utility.account("Wei"), await utility.call("Wei")
    policy = utility.services.scenario.policies.budget_billing
    bills = await utility.records.billing.bills(account.account_number, policy.history_months)
    exact = sum((b.total for b in bills), Decimal(0)) / policy.history_months
    asked = await utility.read_back("enroll_budget_billing", call)
    result = await twice(utility, "enroll_budget_billing", call)
    assert isinstance(result, Done)
    amount = Decimal(result.data["amount"])
    assert exact <= amount < exact + policy.round_to
    assert amount % policy.round_to == 0
    assert f"${amount:,.2f} a month" in asked.read_back
    assert (await utility.account("Wei")).budget_amount == amount
    enrolled = await utility.records.enrolments.of(account.account_number)
    assert "budget billing" in [e.programme for e in enrolled]
    again = await utility.refused("enroll_budget_billing", await utility.call("Wei"))
    assert again.reason == "already_in"


async def test_budget_billing_needs_a_year(utility: Utility) -> None:
    months = utility.services.scenario.policies.budget_billing.history_months
    account = await utility.account("Wei")
    kept = await utility.database["statements"].find_one({"_id": account.account_number})
    assert kept is not None
    for count in (months, months - 1):
        await utility.database["statements"].update_one(
            {"_id": account.account_number}, {"$set": {"bills": kept["bills"][-count:]}}
        )
        if count == months:
            await utility.read_back("enroll_budget_billing", await utility.call("Wei"))
    answer = await utility.refused("enroll_budget_billing", await utility.call("Wei"))
    assert answer.reason == "too_new"
    assert f"needs {months} months" in answer.say


# --- autopay ----------------------------------------------------------------------------------


async def test_autopay_is_turned_on(utility: Utility) -> None:
    call = await utility.call()
    asked = await utility.read_back("setup_autopay", call, payment_method="checking")
    assert asked.read_back.startswith("I'll turn on autopay: what you owe is paid from your check")
    result = await twice(utility, "setup_autopay", call, payment_method="checking")
    assert isinstance(result, Done)
    account = await utility.account("Maria")
    method = next(m for m in account.methods if m.kind == "bank")
    assert account.autopay
    assert account.autopay_method == method.method_id
    assert account.autopay_day is None
    on = await utility.refused(
        "setup_autopay", await utility.call(), payment_method=method.method_id
    )
    assert on.reason == "already_on"
    changed = await utility.done("setup_autopay", await utility.call(), payment_method="visa")
    assert "Visa" in changed.data["method"]


# --- the billing address ----------------------------------------------------------------------


async def test_bills_go_to_another_address(utility: Utility) -> None:
    call = await utility.call()
    said = "12 oak street salem oregon 97301"
    asked = await utility.read_back("update_billing_address", call, new_address=said)
    assert ADDRESS in asked.read_back
    result = await twice(utility, "update_billing_address", call, new_address=said)
    assert isinstance(result, Done)
    customer = await utility.customer("Maria")
    assert customer.mailing_address == ADDRESS
    assert (await utility.premise("Maria")).address != ADDRESS
    paperless = (await utility.account("Maria")).paperless
    assert ("by e-mail" in result.say) is paperless
    same = await utility.refused("update_billing_address", new_address=ADDRESS)
    assert same.reason == "same_address"


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ("12 Oak Street", "the city, the state and the ZIP code"),
        ("Oak Street, Salem, OR 97301", "the house number and street, or the PO box"),
        ("10 Downing Street, London SW1A 2AA", "the city, the state and the ZIP code"),
        ("somewhere else", "the ZIP code"),
    ],
)
async def test_an_address_that_no_letter_finds(utility: Utility, said: str, missing: str) -> None:
    before = await utility.everything()
    asked = await utility.asked("update_billing_address", new_address=said)
    assert asked.missing == ("new_address",)
    assert missing in asked.say
    body = await unconfirmed(
        utility, "update_billing_address", await utility.call(), new_address=said
    )
    assert isinstance(body, AskAgain)
    assert await utility.everything() == before


async def test_a_po_box_far_away_is_fine(utility: Utility) -> None:
    result = await utility.done(
        "update_billing_address", new_address="PO Box 9, Key West, Florida 33040"
    )
    assert result.data["mailing_address"] == "PO Box 9, Key West, FL 33040"
