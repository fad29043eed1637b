"""What a charge on the bill is and how it was computed, and why a bill is high."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Card
from contracts.records import Account, Bill, BillLine, Fee
from contracts.tooling import AskAgain, Call, Cannot, Done, Effect
from tools import speech
from tools.billing.bills import BILLS_KEPT, NO_BILL, a_year_before
from tools.billing.comparison import compare
from tools.billing.lines import line_data, line_label, spoken_label, spoken_quantity
from tools.common import local, own_account, today
from tools.dates import months_after
from tools.speech import figure, money
from tools.toolkit import tool

_HIGH = re.compile(
    r"\bhigh|\bincreas|expensive|\bwent up|\bgo(ne|ing|es)? up|\brise|\brose|\bmore than|\bjump"
    r"|\bdoubl|\btripl|\bchang|\bdifferen|so much|too much|\bcompar|last year|year ago|\blower"
    r"|\bwent down|\bdrop|what happened|subi[óo]|\balt[oa]\b|\bcar[oa]\b|aument|\bm[áa]s que\b"
)
_YEAR_AGO = re.compile(r"last year|year ago|a[ñn]o pasado|hace un a[ñn]o")
_LATE = re.compile(r"\blate\b|penalt|\bfine\b|recargo|\bmora\b")
_NAME_WORDS = 3  # a charge's name has so many at most; more is a question about the bill
_FEES = 20
_LATELY = -12  # months


@dataclass(frozen=True, slots=True)
class Explanation:
    """`words`: what customers call it. `codes`: the rates it is, by their codes."""

    words: re.Pattern[str]
    codes: re.Pattern[str]
    meaning: str


_EXPLANATIONS = (
    Explanation(
        re.compile(
            r"deliver|distribution|transmission|\bwires?\b|power lines?|transport|entrega"
            r"|distribuci[óo]n|transmisi[óo]n"
        ),
        re.compile(r"delivery"),
        marked("Delivery pays for bringing electricity to you: the lines, poles and substations."),
    ),
    Explanation(
        re.compile(r"\bgas\b|\btherms?\b"),
        re.compile(r"gas"),
        marked("The gas charges are the gas you used, and a fixed amount for the gas meter."),
    ),
    Explanation(
        re.compile(r"basic|customer charge|service charge|fixed|meter|monthly charge|b[áa]sic|fij"),
        re.compile(r"basic"),
        marked("The basic charge is a fixed monthly amount for the meter, billing and service."),
    ),
    Explanation(
        re.compile(r"tax|city|impuesto|franchise"),
        re.compile(r"tax"),
        marked("The city tax is a share of all charges, which we pass on to the city."),
    ),
    Explanation(
        re.compile(r"p[úu]blic|purpose|rider|efficien|surcharge"),
        re.compile(r"public|rider"),
        marked(
            "The public purpose charge is a share of all charges; state law has it pay for energy "
            "efficiency and help for low-income homes."
        ),
    ),
    Explanation(
        re.compile(r"\bpeak|time.of.use|\bpico\b"),
        re.compile(r"peak"),
        marked(
            "Energy on your plan has one price in the peak hours and a lower one at all other "
            "times."
        ),
    ),
    Explanation(
        re.compile(r"energy|electric|power|usage|supply|kwh|kilowatt|energ[íi]a|luz"),
        re.compile(r"energy"),
        marked("Energy is the electricity itself, by the kilowatt hours you used."),
    ),
)


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step=marked("Looking at the charges"),
)
async def explain_charges(call: Call, charge_type: str = "") -> Done | AskAgain | Cannot:
    """Explain a charge on the latest bill: what it is and how it was computed. Also answers why
    the bill is high: what days, weather, prices and own use added.

    Args:
        charge_type: The charge as the customer names it ("delivery", "tax", "late fee"), or
            "high bill"; "high bill against last year" compares with the same month last year.
    """
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    bills = await call.services.records.billing.bills(account.account_number, BILLS_KEPT)
    if not bills:
        return NO_BILL
    said = charge_type.lower().replace("_", " ")
    if _LATE.search(said):
        return await _late_fees(call, account, bills)
    return await _explained_as(call, account, bills, said)


async def _explained_as(
    call: Call, account: Account, bills: list[Bill], said: str
) -> Done | AskAgain | Cannot:
    """A named charge, the high bill, or all charges: what the words are about."""
    about = named_lines(bills[0], said)
    if about is not None:
        return _lines_explained(bills[0], *about)
    if 0 < len(said.split()) <= _NAME_WORDS and not _HIGH.search(said):
        return _unknown(bills[0])
    rose = len(bills) > 1 and bills[0].total > bills[1].total
    if _HIGH.search(said) or rose:
        return await _high_bill(call, account, bills, said)
    return _overview(bills[0])


def named_lines(bill: Bill, said: str) -> tuple[str, list[BillLine]] | None:
    """What the named charge means, and its lines on the bill; None if none is named."""
    if not said or (_HIGH.search(said) and "charge" not in said):
        return None
    for known in _EXPLANATIONS:
        if known.words.search(said):
            lines = [line for line in bill.lines if known.codes.search(line.code)]
            return (known.meaning, lines) if lines else None
    same = [line for line in bill.lines if line.label.lower() in said]
    return ("", same) if same else None


async def _high_bill(
    call: Call, account: Account, bills: list[Bill], said: str
) -> Done | AskAgain | Cannot:
    before = bills[1] if len(bills) > 1 else None
    if _YEAR_AGO.search(said):
        before = a_year_before(bills, bills[0])
    if before is None:
        return Cannot(
            "no_earlier_bill",
            t(
                "Your bill is {total}, and I have no earlier one to compare it with.",
                total=money(bills[0].total),
            ),
            t("I can go through its charges with you."),
        )
    return await compare(call, account, before, bills[0])


async def _late_fees(call: Call, account: Account, bills: list[Bill]) -> Done:
    since = months_after(today(call), _LATELY)
    fees = await call.services.records.billing.fees(account.account_number, _FEES)
    recent = [f for f in fees if f.kind == "late fee" and local(call, f.at).date() >= since]
    if not recent:
        return Done({"late_fees": []}, t("You had no late fee in the last 12 months."))
    bill = next((b for b in bills if b.bill_id == recent[0].bill_id), None)
    say = _late_fee_said(call, recent[0], bill)
    data = {"late_fees": [_fee_data(call, fee) for fee in recent]}
    rows = tuple((_fee_day(call, fee), money(fee.amount)) for fee in recent)
    return Done(data, say, (Card(card="fees", title=t("Late fees"), rows=rows, data=data),))


def _late_fee_said(call: Call, fee: Fee, bill: Bill | None) -> str:
    values = {
        "day": _fee_day(call, fee),
        "amount": money(fee.amount),
        "days": call.services.scenario.policies.credits.late_fee_grace_days,
    }
    if bill is None:
        return t(
            "On {day} a late fee of {amount} came: a bill that isn't paid {days} days after it's "
            "due costs that. I can check whether it can be taken back.",
            **values,
        )
    return t(
        "On {day} a late fee of {amount} came for your bill due on {due}: a bill that isn't paid "
        "{days} days after it's due costs that. I can check whether it can be taken back.",
        due=speech.day(bill.due, today(call)),
        **values,
    )


def _lines_explained(bill: Bill, meaning: str, lines: list[BillLine]) -> Done:
    total = sum((line.amount for line in lines), Decimal(0))
    data = {
        "bill_id": bill.bill_id,
        "meaning": meaning,
        "lines": [line_data(line) for line in lines],
        "total": figure(total),
    }
    month = speech.month(bill.period_end)
    on_bill = t("On your {month} bill it's {computed}.", month=month, computed=_computed(lines))
    say = f"{t(meaning)} {on_bill}" if meaning else on_bill
    rows = (
        *((line_label(line), money(line.amount)) for line in lines),
        *(((t("Together"), money(total)),) if len(lines) > 1 else ()),
    )
    title = t("On your {month} bill", month=month)
    return Done(data, say, (Card(card="charges", title=title, rows=rows, data=data),))


def _computed(lines: list[BillLine]) -> str:
    """ "$69.89 for 612 kilowatt hours at 11.42 cents"; of several, after what they are together."""
    parts = [_how(line) for line in lines]
    if len(lines) == 1:
        return parts[0]
    return f"{money(sum((line.amount for line in lines), Decimal(0)))}: {speech.listed(parts)}"


def _how(line: BillLine) -> str:
    """A line's amount and how it was computed: speakable."""
    amount, charge = money(line.amount), spoken_label(line)
    if line.rate is None:
        return t("{amount} for {charge}, the same every month", amount=amount, charge=charge)
    cents = f"{(line.rate * 100).normalize():f}"
    if line.quantity is None:
        return t(
            "{amount} for {charge}, {percent} percent of the charges",
            amount=amount,
            charge=charge,
            percent=cents,
        )
    quantity = spoken_quantity(line.quantity, line.unit)
    return t(
        "{amount} for {quantity} at {cents} cents", amount=amount, quantity=quantity, cents=cents
    )


def _overview(bill: Bill) -> Done:
    """Every line with what it means."""
    data = {"bill_id": bill.bill_id, "lines": [_with_meaning(line) for line in bill.lines]}
    rows = tuple((line_label(line), money(line.amount)) for line in bill.lines)
    names = speech.listed([spoken_label(line) for line in bill.lines])
    month = speech.month(bill.period_end)
    say = t(
        "Your {month} bill of {total} is made up of {charges}. Which one shall I explain?",
        month=month,
        total=money(bill.total),
        charges=names,
    )
    title = t("Charges on your {month} bill", month=month)
    return Done(data, say, (Card(card="charges", title=title, rows=rows, data=data),))


def _with_meaning(line: BillLine) -> dict[str, Any]:
    meaning = next((e.meaning for e in _EXPLANATIONS if e.codes.search(line.code)), "")
    return {**line_data(line), "meaning": meaning}


def _unknown(bill: Bill) -> AskAgain:
    names = speech.listed([spoken_label(line) for line in bill.lines])
    return AskAgain(
        ("charge_type",),
        t("I don't see that on your latest bill. It has {charges}. Which one?", charges=names),
    )


def _fee_day(call: Call, fee: Fee) -> str:
    return speech.day(local(call, fee.at).date(), today(call))


def _fee_data(call: Call, fee: Fee) -> dict[str, Any]:
    return {"date": local(call, fee.at).date().isoformat(), "amount": figure(fee.amount)}


TOOLS = (explain_charges,)
