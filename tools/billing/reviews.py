"""A bill that a person looks at again, by the written policy (`policies/bill-reviews.md`)."""

from __future__ import annotations

from decimal import Decimal

from contracts.errors import Conflict
from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card
from contracts.records import Bill, Case, Dispute
from contracts.tooling import AskAgain, Call, Cannot, Done, Effect
from tools import speech
from tools.billing.bills import BILLS_KEPT, NO_BILL, find_bill
from tools.common import local, own_account, today
from tools.dates import business_days_after, months_after
from tools.speech import figure, money
from tools.toolkit import tool

_DISPUTES = 50


@tool(
    effect=Effect.WRITE,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step=marked("Asking for a review of the bill"),
)
async def request_bill_review(
    call: Call, reason: str, bill_date: str = ""
) -> Done | AskAgain | Cannot:
    """Have a person look at a bill again that the customer believes is wrong. What is in dispute
    is not past due meanwhile.

    Args:
        reason: What looks wrong, in the customer's words.
        bill_date: Which bill: a month ("October") or a date; leave out for the latest.
    """
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    billing = call.services.records.billing
    bills = await billing.bills(account.account_number, BILLS_KEPT)
    if not bills:
        return NO_BILL
    bill = find_bill(bills, bill_date, today(call))
    if bill is None:
        return AskAgain(("bill_date",), t("I couldn't find that bill. Which month is it from?"))
    if refusal := _refusal(call, bill, await billing.disputes(account.account_number, _DISPUTES)):
        return refusal
    wanted = Dispute(
        dispute_id="",
        account_number=account.account_number,
        bill_id=bill.bill_id,
        amount=bill.total,
        reason=reason,
        at=call.services.clock.now(),
    )
    try:
        dispute = await billing.open_dispute(key=call.key, dispute=wanted)
    except Conflict:
        return _open_already(bill)
    case = await _case(call, bill, dispute, reason)
    return _done(call, bill, dispute, case, await billing.balance(account.account_number))


def _refusal(call: Call, bill: Bill, disputes: list[Dispute]) -> Cannot | None:
    months = call.services.scenario.policies.bill_reviews.claim_months
    name = speech.month_and_year(bill.period_end)
    if bill.issued < months_after(today(call), -months):
        return Cannot(
            "too_old",
            t(
                "A bill can be reviewed for {months} months, and the one for {month} is older.",
                months=months,
                month=name,
            ),
            t("I can get you a person."),
        )
    if bill.total <= 0:
        return Cannot(
            "nothing_billed",
            t(
                "Your bill for {month} asks for no money, so there's nothing of it to put on hold.",
                month=name,
            ),
            t("If something on it looks wrong, I can get you a person."),
        )
    if any(d.bill_id == bill.bill_id and d.status != "open" for d in disputes):
        return Cannot(
            "reviewed",
            t(
                "Your bill for {month} was reviewed already, and that's done one time for a bill.",
                month=name,
            ),
            t("If you see it differently, I can get you a person."),
        )
    return None


def _open_already(bill: Bill) -> Cannot:
    return Cannot(
        "open_review",
        t("Your {month} bill is being reviewed already.", month=speech.month(bill.period_end)),
        t("I can get you a person if there's something to add."),
    )


async def _case(call: Call, bill: Bill, dispute: Dispute, reason: str) -> Case:
    return await call.services.records.cases.open(
        key=f"{call.key}:case",
        kind="bill review",
        customer_id=call.customer_id,
        channel=call.channel,
        reason=reason,
        priority="normal",
        summary=call.summary,
        details={
            "dispute": dispute.dispute_id,
            "bill": bill.bill_id,
            "amount": figure(dispute.amount),
        },
        at=dispute.at,
    )


def _done(call: Call, bill: Bill, dispute: Dispute, case: Case, balance: Decimal) -> Done:
    days = call.services.scenario.policies.bill_reviews.answer_business_days
    answer = business_days_after(local(call, dispute.at).date(), days)
    name, until = speech.month(bill.period_end), speech.day(answer, today(call))
    data = {
        "case": case.case_id,
        "bill": bill.bill_id,
        "amount": figure(dispute.amount),
        "answer_by": answer.isoformat(),
    }
    rows = (
        (t("Bill"), f"{speech.month_and_year(bill.period_end)}, {money(bill.total)}"),
        (t("Case"), case.case_id),
        (t("Answer by"), until),
    )
    said = [t("A person will review your {month} bill and answer by {day}.", month=name, day=until)]
    if balance > 0:  # who has paid it already would wonder what is due
        on_hold = money(dispute.amount)
        said.append(t("Until then the {amount} isn't past due.", amount=on_hold))
    number = speech.code(case.case_id, call.channel)
    said.append(t("Your case number is {number}.", number=number))
    title = t("Review of your {month} bill", month=name)
    card = Card(card="case", title=title, rows=rows, data=data)
    fact = {"case": case.case_id, "answer_by": answer.isoformat()}
    return Done(data, " ".join(said), (card,), {"bill_review": fact})


TOOLS = (request_bill_review,)
