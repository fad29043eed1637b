"""Bills and what was paid, read; paying itself is in `payments.py`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from contracts.identity import Rung
from contracts.messages import Card
from contracts.records import Bill, BillLine, Payment
from contracts.tooling import AskAgain, Call, Cannot, Done, Effect
from tools import speech
from tools.arguments import Months
from tools.common import local, own_account, today
from tools.dates import months_after, read_day
from tools.speech import figure, money
from tools.standing import average
from tools.toolkit import OwnAccount, tool

NO_BILL = Cannot("no_bill", "There's no bill on your account yet.")
BILLS_KEPT = 36
_PAYMENTS_A_MONTH = 8
_HALF_A_MONTH = timedelta(days=16)
_LATEST = re.compile(
    r"\b(latest|current|newest|recent|now|today)\b|\bthis\b(?! year)|\blast\b(?! (month|year))"
)
_BEFORE = re.compile(r"\b(previous|prior|before|antes|anterior)\b(?! month)")
_LAST_YEAR = re.compile(r"\b(last year|(a|one) year ago|a[ñn]o pasado)\b")
_LAST_MONTH = re.compile(r"\b(last|previous|prior) month\b")


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("concierge", "billing"),
    step="Looking up your bill",
)
async def get_current_bill(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """Look up the customer's latest bill: its total, its due date, and what is still owed."""
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    billing = call.services.records.billing
    bills = await billing.bills(account.account_number, 1)
    if not bills:
        return NO_BILL
    bill, balance = bills[0], await billing.balance(account.account_number)
    data = {
        **_bill_data(bill),
        "balance": figure(balance),
        "overdue": balance > 0 and bill.due < today(call),
        "autopay": account.autopay,
    }
    rows = (
        ("Amount due", money(max(balance, Decimal(0)))),
        ("Due", speech.day(bill.due, today(call))),
        ("This bill", money(bill.total)),
        ("Period", _period(bill, today(call))),
    )
    card = Card(
        card="bill", title=f"Your {speech.month(bill.period_end)} bill", rows=rows, data=data
    )
    return Done(data, _bill_said(bill, balance, today(call)), (card,), bill_fact(balance, bill))


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("concierge",),
    step="Checking your payments",
)
async def get_payment_status(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """See whether the customer's last payment arrived, what is owed now and by when."""
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    billing = call.services.records.billing
    balance = await billing.balance(account.account_number)
    bills = await billing.bills(account.account_number, 1)
    payments = await billing.payments(account.account_number, 1)
    bill, last = next(iter(bills), None), next(iter(payments), None)
    data = {
        "balance": figure(balance),
        "due": bill.due.isoformat() if bill else None,
        "autopay": account.autopay,
        "last_payment": _payment_data(call, last) if last else None,
    }
    rows = [
        ("Owed now", money(max(balance, Decimal(0)))),
        ("Autopay", "on" if account.autopay else "off"),
    ]
    if last:
        rows.append(("Last payment", f"{money(last.amount)}, {_paid_on(call, last)}"))
    say = f"{_last_payment_said(call, last)} {_owed_said(balance, bill, today(call))}"
    if account.autopay and balance > 0:
        say += " Autopay will take care of it."
    card = Card(card="payments", title="Your payments", rows=tuple(rows), data=data)
    return Done(data, say, (card,), bill_fact(balance, bill))


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step="Looking up your past bills",
)
async def get_bill_history(
    call: Call, account_number: OwnAccount = None, months: Months = 12
) -> Done | Cannot:
    """List the customer's past bills with their totals, newest first.

    Args:
        months: How many months back, 1 to 36.
    """
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    bills = await call.services.records.billing.bills(account.account_number, months)
    if not bills:
        return NO_BILL
    total = sum((bill.total for bill in bills), Decimal(0))
    data = {
        "bills": [_bill_data(bill) for bill in bills],
        "total": figure(total),
        "average": figure(average(bills)),
    }
    say = _history_said(bills)
    rows = tuple((f"{bill.period_end:%B %Y}", money(bill.total)) for bill in bills)
    return Done(data, say, (Card(card="bills", title="Your bills", rows=rows, data=data),))


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step="Going through your bill",
)
async def get_bill_breakdown(
    call: Call, account_number: OwnAccount = None, bill_date: str = ""
) -> Done | AskAgain | Cannot:
    """Show what one bill is made up of, line by line: energy, fixed charges, taxes, credits.

    Args:
        bill_date: Which bill: a month ("October") or a date; leave out for the latest.
    """
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    bills = await call.services.records.billing.bills(account.account_number, BILLS_KEPT)
    if not bills:
        return NO_BILL
    bill = find_bill(bills, bill_date, today(call))
    if bill is None:
        months = speech.listed([f"{b.period_end:%B}" for b in bills[:3]])
        return AskAgain(
            ("bill_date",), f"I couldn't find that bill. Your latest are for {months}. Which one?"
        )
    data = {**_bill_data(bill), "lines": [line_data(line) for line in bill.lines]}
    rows = (
        *((line_label(line), money(line.amount)) for line in bill.lines),
        ("Total", money(bill.total)),
    )
    title = f"Your {speech.month(bill.period_end)} bill, line by line"
    return Done(data, _lines_said(bill), (Card(card="bill", title=title, rows=rows, data=data),))


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step="Looking up your payments",
)
async def get_payment_history(
    call: Call, account_number: OwnAccount = None, months: Months = 12
) -> Done | Cannot:
    """List the payments the customer made, newest first.

    Args:
        months: How many months back, 1 to 36.
    """
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    since = call.services.clock.now() - timedelta(days=31 * months)
    found = await call.services.records.billing.payments(
        account.account_number, months * _PAYMENTS_A_MONTH
    )
    payments = [payment for payment in found if payment.at >= since]
    if not payments:
        return Done({"payments": []}, f"I see no payments in the last {_months(months)}.")
    total = sum((payment.amount for payment in payments), Decimal(0))
    data = {"payments": [_payment_data(call, p) for p in payments], "total": figure(total)}
    count = "one payment" if len(payments) == 1 else f"{len(payments)} payments"
    say = f"You made {count} in the last {_months(months)}, {money(total)} in all. "
    say += _last_payment_said(call, payments[0])
    rows = tuple((_paid_on(call, p), f"{money(p.amount)}, {p.method_label}") for p in payments)
    return Done(data, say, (Card(card="payments", title="Your payments", rows=rows, data=data),))


def bill_fact(balance: Decimal, bill: Bill | None) -> dict[str, Any]:
    """What the thread remembers of what is owed: `{"bill": {"balance", "due"}}`."""
    due = bill.due.isoformat() if bill and balance > 0 else None
    return {"bill": {"balance": figure(balance), "due": due}}


def find_bill(bills: Sequence[Bill], text: str, today: date) -> Bill | None:
    """The bill meant by "latest", "last month", "October", "before June", "March last year" or a
    date; bills come newest first."""
    said = text.lower().strip()
    if not said or _LATEST.search(said):
        return bills[0]
    if _LAST_MONTH.search(said):
        return _of_month(bills, today.replace(day=1) - timedelta(days=1))
    if re.fullmatch(r"\d{4}-\d{1,2}", said):
        said += "-01"
    last_year = _LAST_YEAR.search(said)
    when = read_day(_LAST_YEAR.sub(" ", said), today, past=True)
    if when is None:
        if last_year:
            return a_year_before(bills, bills[0])
        return bills[1] if _BEFORE.search(said) and len(bills) > 1 else None
    if last_year:
        when = months_after(when, 12 * (today.year - 1 - when.year))
    if _BEFORE.search(said):
        return next((b for b in bills if b.period_end < when), None)
    return _of_day(bills, when)


def a_year_before(bills: Sequence[Bill], bill: Bill) -> Bill | None:
    """The bill whose period ended about a year before this one's."""
    middle = months_after(bill.period_end, -12)
    near = [b for b in bills if abs(b.period_end - middle) <= _HALF_A_MONTH]
    return min(near, key=lambda b: abs(b.period_end - middle), default=None)


def _of_day(bills: Sequence[Bill], when: date) -> Bill | None:
    exact = (b for b in bills if when in (b.issued, b.due))
    within = (b for b in bills if b.period_start <= when <= b.period_end)
    return next(exact, None) or _of_month(bills, when) or next(within, None)


def _of_month(bills: Sequence[Bill], when: date) -> Bill | None:
    """The bill is called by the month in which its period ends."""
    month = (when.year, when.month)
    return next((b for b in bills if (b.period_end.year, b.period_end.month) == month), None)


def _bill_data(bill: Bill) -> dict[str, Any]:
    return {
        "bill_id": bill.bill_id,
        "period_start": bill.period_start.isoformat(),
        "period_end": bill.period_end.isoformat(),
        "issued": bill.issued.isoformat(),
        "due": bill.due.isoformat(),
        "total": figure(bill.total),
        "kwh": str(bill.kwh),
        "therms": str(bill.therms),
    }


def line_data(line: BillLine) -> dict[str, Any]:
    data: dict[str, Any] = {"label": line.label, "amount": figure(line.amount)}
    if line.quantity is not None:
        data |= {"quantity": str(line.quantity), "unit": line.unit}
    if line.rate is not None:
        data["rate"] = str(line.rate)
    return data


def line_label(line: BillLine) -> str:
    """ "Energy, 612 kWh at $0.1142", "City tax, 2.5%"."""
    if line.quantity is None:
        share = line.rate * 100 if line.rate else None
        return line.label if share is None else f"{line.label}, {share.normalize():f}%"
    quantity = f"{line.quantity.normalize():,f} {line.unit}".strip()
    return f"{line.label}, {quantity}" + (f" at ${line.rate.normalize():f}" if line.rate else "")


def _payment_data(call: Call, payment: Payment) -> dict[str, Any]:
    return {
        "receipt_number": payment.receipt_number,
        "amount": figure(payment.amount),
        "method": payment.method_label,
        "at": local(call, payment.at).isoformat(),
    }


def _paid_on(call: Call, payment: Payment) -> str:
    return speech.day(local(call, payment.at).date(), today(call))


def _history_said(bills: Sequence[Bill]) -> str:
    if len(bills) == 1:
        return f"I see one bill so far, {money(bills[0].total)}."
    highest = max(bills, key=lambda bill: bill.total)
    lowest = min(bills, key=lambda bill: bill.total)
    return (
        f"Your last {len(bills)} bills average {money(average(bills))}. "
        f"The highest was {money(highest.total)}, for {highest.period_end:%B %Y}, and the lowest "
        f"{money(lowest.total)}, for {lowest.period_end:%B %Y}."
    )


def _period(bill: Bill, today: date) -> str:
    return f"{speech.day(bill.period_start, today)} to {speech.day(bill.period_end, today)}"


def _months(count: int) -> str:
    return "month" if count == 1 else f"{count} months"


def _bill_said(bill: Bill, balance: Decimal, today: date) -> str:
    name = f"Your {speech.month(bill.period_end)} bill"
    if balance <= 0:
        return f"{name} of {money(bill.total)} is paid. {_owed_said(balance, bill, today)}"
    late, when = bill.due < today, speech.day(bill.due, today)
    due = f"{'was' if late else 'is'} due on {when}"
    if balance == bill.total:
        it_is = "it was" if late else "it's"
        return f"{name} is {money(bill.total)}, and {it_is} due on {when}."
    if balance < bill.total:
        return f"{name} is {money(bill.total)}. {money(balance)} of it is still open and {due}."
    owed = f"With {money(balance - bill.total)} from before you owe {money(balance)}, which {due}."
    return f"{name} is {money(bill.total)}. {owed}"


def _owed_said(balance: Decimal, bill: Bill | None, today: date) -> str:
    if balance < 0:
        return f"You owe nothing and have a credit of {money(-balance)}."
    if balance == 0:
        return "You owe nothing right now."
    if bill is None:
        return f"You owe {money(balance)}."
    was = ", which was due on" if bill.due < today else " by"
    return f"You owe {money(balance)}{was} {speech.day(bill.due, today)}."


def _last_payment_said(call: Call, last: Payment | None) -> str:
    if last is None:
        return "I see no payment from you yet."
    return f"Your last payment, {money(last.amount)}, arrived on {_paid_on(call, last)}."


def _lines_said(bill: Bill) -> str:
    largest = sorted(bill.lines, key=lambda line: abs(line.amount), reverse=True)[:3]
    parts = [f"{money(line.amount)} for {line.label}" for line in largest]
    rest = bill.total - sum((line.amount for line in largest), Decimal(0))
    if len(bill.lines) > len(largest):
        parts.append(f"{money(rest)} for the rest")
    return (
        f"Your {speech.month(bill.period_end)} bill is {money(bill.total)}: {speech.listed(parts)}."
    )


TOOLS = (
    get_current_bill,
    get_payment_status,
    get_bill_history,
    get_bill_breakdown,
    get_payment_history,
)
