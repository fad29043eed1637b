"""Bills and their charges, read from the real records."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.identity import Rung
from contracts.pricing import total
from tests.billing import balance_of, card_of, newest_bill
from tests.utility import Utility

pytestmark = pytest.mark.integration

READS = (
    "get_current_bill",
    "get_payment_status",
    "get_bill_history",
    "get_bill_breakdown",
    "get_payment_history",
    "explain_charges",
    "check_eligible_credits",
    "check_assistance_programs",
)
NAMED = {
    "delivery": {"delivery"},
    "delivery charge?": {"delivery"},
    "what is the basic charge": {"basic", "gas_basic"},
    "city tax": {"city_tax"},
    "so what is this public purpose thing on here what am i paying that for": {"public_purpose"},
    "energy": {"energy"},
    "gas": {"gas", "gas_basic"},
}
WRITES: dict[str, dict[str, Any]] = {
    "process_payment": {"amount": "1.00", "payment_method": "default"},
    "setup_autopay": {"payment_method": "default"},
    "setup_payment_plan": {"total_amount": "balance", "months": 3},
    "apply_credit": {"credit_type": "late fee"},
    "request_bill_review": {"reason": "too high"},
    "update_billing_address": {"new_address": "1 Oak Street, Salem, OR 97301"},
    "enroll_budget_billing": {},
}


@pytest.mark.parametrize("rung", [Rung.ANONYMOUS, Rung.RECOGNISED])
async def test_who_is_not_verified_gets_nothing(utility: Utility, rung: Rung) -> None:
    before = await utility.everything()
    for tool in (*READS, *WRITES):
        call = await utility.call("James", rung=rung)
        answer = await utility.refused(tool, call, **WRITES.get(tool, {}))
        assert answer.reason == "not_verified", tool
    assert await utility.everything() == before


async def test_another_customers_account_is_refused(utility: Utility) -> None:
    theirs = (await utility.account("James")).account_number
    before = await utility.everything()
    for tool in (*READS, *WRITES):
        if "account_number" not in utility.toolbox.by_name[tool].args.model_fields:
            continue
        answer = await utility.refused(tool, account_number=theirs, **WRITES.get(tool, {}))
        assert answer.reason == "other_account", tool
    assert await utility.everything() == before


async def test_reading_changes_nothing(utility: Utility) -> None:
    before = await utility.everything()
    for tool in READS:
        await utility.done(tool, await utility.call("James"))
    assert await utility.everything() == before


async def test_the_current_bill_is_that_of_the_records(utility: Utility) -> None:
    account = await utility.account("Maria")
    bill, owed = await newest_bill(utility, account), await balance_of(utility, account)
    result = await utility.done("get_current_bill")
    assert result.data["total"] == f"{bill.total:.2f}"
    assert result.data["balance"] == f"{owed:.2f}"
    assert result.data["due"] == bill.due.isoformat()


async def test_two_years_of_bills(utility: Utility) -> None:
    account = await utility.account("Maria")
    bills = await utility.records.billing.bills(account.account_number, 36)
    result = await utility.done("get_bill_history", months=36)
    assert len(bills) == 24
    assert [Decimal(b["total"]) for b in result.data["bills"]] == [b.total for b in bills]
    assert Decimal(result.data["total"]) == total_of(b.total for b in bills)
    highest = max(bills, key=lambda b: b.total)
    assert f"${highest.total:,.2f}, for {highest.period_end:%B %Y}" in result.say
    assert len(card_of(result).rows) == 24
    few = await utility.done("get_bill_history", months=3)
    assert len(few.data["bills"]) == 3


async def test_a_new_customer_has_few_bills(utility: Utility) -> None:
    result = await utility.done("get_bill_history", await utility.call("Aisha"))
    assert len(result.data["bills"]) == 2
    assert "Your last 2 bills" in result.say


async def test_a_breakdown_adds_up_for_any_of_them(utility: Utility) -> None:
    account = await utility.account("Maria")
    for bill in await utility.records.billing.bills(account.account_number, 24):
        result = await utility.done("get_bill_breakdown", bill_date=f"{bill.period_end:%B %Y}")
        assert result.data["bill_id"] == bill.bill_id
        lines = [Decimal(line["amount"]) for line in result.data["lines"]]
        assert sum(lines) == bill.total == total(bill.lines)
        assert card_of(result).rows[-1] == ("Total", f"${bill.total:,.2f}")


async def test_bills_as_customers_name_them(utility: Utility) -> None:
    account = await utility.account("Maria")
    bills = await utility.records.billing.bills(account.account_number, 24)
    when = bills[3].period_end
    for said, bill in {
        f"the one before {when:%B %Y}": bills[4],
        f"before {bills[2].period_start.isoformat()}": bills[3],
        "previous": bills[1],
        "a year ago": bills[12],
        bills[7].issued.isoformat(): bills[7],
    }.items():
        result = await utility.done("get_bill_breakdown", bill_date=said)
        assert result.data["bill_id"] == bill.bill_id, said
    await utility.asked("get_bill_breakdown", bill_date="March 2001")


# --- a charge ---------------------------------------------------------------------------------


async def test_a_charge_is_explained_from_its_lines(utility: Utility) -> None:
    bill = await newest_bill(utility, await utility.account("Maria"))
    for said, codes in NAMED.items():
        lines = [line for line in bill.lines if line.code in codes]
        result = await utility.done("explain_charges", charge_type=said)
        amount = total(lines)
        assert lines
        assert Decimal(result.data["total"]) == amount, said
        assert f"it's ${amount:,.2f}" in result.say
        assert result.data["meaning"]


async def test_how_it_was_computed_can_be_checked(utility: Utility) -> None:
    result = await utility.done("explain_charges", charge_type="delivery")
    line = result.data["lines"][0]
    computed = Decimal(line["quantity"]) * Decimal(line["rate"])
    assert abs(computed - Decimal(line["amount"])) <= Decimal("0.005")
    assert f"kilowatt hours at {(Decimal(line['rate']) * 100).normalize():f} cents" in result.say


async def test_peak_energy_of_a_time_of_use_plan(utility: Utility) -> None:
    result = await utility.done(
        "explain_charges", await utility.call("Wei"), charge_type="peak hours"
    )
    assert [line["label"] for line in result.data["lines"]] == [
        "Energy, peak hours",
        "Energy, off-peak hours",
    ]


async def test_a_charge_that_is_not_on_the_bill(utility: Utility) -> None:
    answer = await utility.asked("explain_charges", charge_type="sewer")
    assert answer.missing == ("charge_type",)
    assert "delivery" in answer.say
    no_gas = await utility.asked("explain_charges", await utility.call("James"), charge_type="gas")
    assert "gas" not in no_gas.say.lower()


async def test_late_fees(utility: Utility) -> None:
    account = await utility.account("James")
    fee = (await utility.records.billing.fees(account.account_number, 1))[0]
    late = await utility.done(
        "explain_charges", await utility.call("James"), charge_type="late fee"
    )
    assert f"${fee.amount:.2f}" in late.say
    assert late.data["late_fees"][0]["amount"] == f"{fee.amount:.2f}"
    none = await utility.done("explain_charges", charge_type="late_fee")
    assert none.data == {"late_fees": []}


# --- the high bill ----------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["high bill", "why is it more than last year"])
async def test_the_parts_add_up_to_the_change(utility: Utility, said: str) -> None:
    for name in ("Maria", "James", "Wei", "Sam", "Hannah", "Tom", "Priya"):
        account = await utility.account(name)
        bills = await utility.records.billing.bills(account.account_number, 24)
        earlier = bills[12 if "year" in said else 1]
        result = await utility.done("explain_charges", await utility.call(name), charge_type=said)
        assert result.data["before"]["total"] == f"{earlier.total:.2f}"
        parts = {part["cause"]: Decimal(part["amount"]) for part in result.data["parts"]}
        assert set(parts) == {"days", "weather", "price", "own_use"}  # tariffs explain all of it
        change = bills[0].total - earlier.total
        assert sum(parts.values()) == change == Decimal(result.data["change"])
        rows = card_of(result).rows
        assert (rows[0][1], rows[-1][1]) == (f"${earlier.total:,.2f}", f"${bills[0].total:,.2f}")


async def test_who_used_more_hears_so(utility: Utility) -> None:
    """Hannah has used more than such a home does since her newest bill's period began, and it was
    colder."""
    result = await utility.done(
        "explain_charges", await utility.call("Hannah"), charge_type="why is my bill so high"
    )
    parts = {part["cause"]: Decimal(part["amount"]) for part in result.data["parts"]}
    share = parts["own_use"] / Decimal(result.data["after"]["total"])
    assert Decimal("0.05") < share < Decimal("0.30")
    assert parts["weather"] > 10
    assert "own use added" in result.say


async def test_a_price_rise_is_found_at_new_year(utility: Utility) -> None:
    """Against a year ago, every unit costs more."""
    result = await utility.done("explain_charges", charge_type="compared with a year ago")
    parts = {part["cause"]: Decimal(part["amount"]) for part in result.data["parts"]}
    assert parts["price"] > 0


async def test_without_a_name_the_bill_is_gone_through_or_compared(utility: Utility) -> None:
    account = await utility.account("Maria")
    bills = await utility.records.billing.bills(account.account_number, 2)
    result = await utility.done("explain_charges")
    assert ("change" in result.data) is (bills[0].total > bills[1].total)


async def test_one_bill_has_nothing_to_be_compared_with(utility: Utility) -> None:
    account = await utility.account("Aisha")
    await utility.database["statements"].update_one(
        {"_id": account.account_number}, {"$pop": {"bills": -1}}
    )
    answer = await utility.refused(
        "explain_charges", await utility.call("Aisha"), charge_type="why so high"
    )
    assert answer.reason == "no_earlier_bill"


async def test_no_bill_at_all(utility: Utility) -> None:
    await utility.database["statements"].delete_many({})
    for tool in ("explain_charges", "get_current_bill", "get_bill_history", "get_bill_breakdown"):
        assert (await utility.refused(tool)).reason == "no_bill"


async def test_a_year_ago_is_not_there_for_who_moved_in_lately(utility: Utility) -> None:
    answer = await utility.refused(
        "explain_charges", await utility.call("Aisha"), charge_type="more than last year"
    )
    assert answer.reason == "no_earlier_bill"


# --- payments that were made ------------------------------------------------------------------


async def test_payments_are_those_of_the_records(utility: Utility) -> None:
    account = await utility.account("Maria")
    kept = await utility.records.billing.payments(account.account_number, 100)
    result = await utility.done("get_payment_history", months=36)
    assert [p["receipt_number"] for p in result.data["payments"]] == [
        p.receipt_number for p in kept
    ]
    assert Decimal(result.data["total"]) == total_of(p.amount for p in kept)
    since = utility.clock.now() - timedelta(days=31 * 3)
    few = await utility.done("get_payment_history", months=3)
    assert len(few.data["payments"]) == sum(p.at >= since for p in kept)
    status = await utility.done("get_payment_status")
    assert status.data["last_payment"]["receipt_number"] == kept[0].receipt_number


def total_of(amounts: Any) -> Decimal:
    return sum(amounts, Decimal(0))
