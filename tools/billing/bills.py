"""Bills and what was paid, read; paying itself is in `payments.py`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from contracts.identity import Rung
from contracts.language import marked, plural, t
from contracts.messages import Card
from contracts.records import Bill, Payment
from contracts.tooling import AskAgain, Call, Cannot, Done, Effect
from tools import autopay, methods, speech
from tools.arguments import Months
from tools.billing.lines import grouped, line_data, line_label, spoken_label
from tools.billing.paying import pay_link
from tools.common import local, own_account, today
from tools.dates import months_after, read_day
from tools.owing import Owing, bill_said, owed_said, owing_of
from tools.speech import figure, money
from tools.standing import average, open_bills
from tools.toolkit import OwnAccount, tool

NO_BILL = Cannot("no_bill", marked("There's no bill on your account yet."))
BILLS_KEPT = 36
_PAYMENTS_A_MONTH = 8
_COMPARED = 14  # bills: this one, and those of a year before
_HALF_A_MONTH = timedelta(days=16)
_LATEST = re.compile(
    r"\b(latest|current|newest|recent|now|today)\b|\bthis\b(?! year)|\blast\b(?! (month|year))"
    r"|\b(actual|reciente|hoy|ahora)\b|\b([uú]ltim[ao]|est[ae])\b(?! a[ñn]o)"
)
_BEFORE = re.compile(r"\b(previous|prior|before|antes|(?<!mes )anterior)\b(?! month)")
_LAST_YEAR = re.compile(r"\b(last year|(a|one) year ago|a[ñn]o pasado|hace un a[ñn]o)\b")
_LAST_MONTH = re.compile(r"\b(last|previous|prior) month\b|\bmes (pasado|anterior)\b")


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("concierge", "billing"),
    step=marked("Looking up your bill"),
)
async def get_current_bill(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """Look up the customer's latest bill: its total, its due date, and what is still owed."""
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    owing = await owing_of(call, account, _COMPARED)
    bill = owing.bill
    if bill is None:
        return NO_BILL
    data = {
        **_bill_data(bill),
        **owing.data,
        "overdue": owing.past_due > 0,
        "autopay": account.autopay,
    }
    name = t("Your {month} bill", month=speech.month(bill.period_end))
    shown = {**data, **_shown(owing.bills, bill, owing.today), "put_off": owing.is_put_off}
    card = Card(card="bill", title=name, rows=_bill_rows(owing, bill), data=shown)
    say = f"{bill_said(owing, bill)} {autopay.coming(account, owing)}".strip()
    link = await pay_link(call, account, owing.payable)
    return Done(data, say, (card, *link), bill_fact(owing.balance, bill))


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("concierge",),
    step=marked("Checking your payments"),
)
async def get_payment_status(call: Call, account_number: OwnAccount = None) -> Done | Cannot:
    """See whether the customer's last payment arrived, what is owed now and by when."""
    account = await own_account(call)
    if isinstance(account, Cannot):
        return account
    owing = await owing_of(call, account)
    last = next(iter(await call.services.records.billing.payments(account.account_number, 1)), None)
    data = {
        **owing.data,
        "due": owing.bill.due.isoformat() if owing.bill else None,
        "autopay": account.autopay,
        "last_payment": _payment_data(call, last) if last else None,
    }
    rows = [
        (t("Owed now"), money(max(owing.balance, Decimal(0)))),
        *_further_rows(owing),
        (t("Autopay"), t("on") if account.autopay else t("off")),
    ]
    if last:
        rows.append((t("Last payment"), f"{money(last.amount)}, {_paid_on(call, last)}"))
    said = (_last_payment_said(call, last), owed_said(owing), autopay.coming(account, owing))
    card = Card(card="payments", title=t("Your payments"), rows=tuple(rows), data=data)
    say = " ".join(words for words in said if words)
    return Done(data, say, (card,), bill_fact(owing.balance, owing.bill))


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step=marked("Looking up your past bills"),
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
    bills, still_open = await asyncio.gather(
        call.services.records.billing.bills(account.account_number, months),
        open_bills(call, account),
    )
    if not bills:
        return NO_BILL
    total = sum((bill.total for bill in bills), Decimal(0))
    data = {
        "bills": [_bill_data(bill) for bill in bills],
        "total": figure(total),
        "average": figure(average(bills)),
    }
    say = _history_said(bills)
    rows = tuple((speech.month_and_year(bill.period_end), money(bill.total)) for bill in bills)
    amounts = {bill.bill_id: figure(still_open.get(bill.bill_id, Decimal(0))) for bill in bills}
    shown = {**data, "open": amounts, "as_of": today(call).isoformat()}
    return Done(data, say, (Card(card="bills", title=t("Your bills"), rows=rows, data=shown),))


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step=marked("Going through your bill"),
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
        return AskAgain(("bill_date",), _latest_said(bills))
    data = {**_bill_data(bill), "lines": [line_data(line) for line in bill.lines]}
    rows = (
        *((line_label(line), money(line.amount)) for line in bill.lines),
        (t("Total"), money(bill.total)),
    )
    title = t("Your {month} bill, line by line", month=speech.month(bill.period_end))
    shown = {**data, **_shown(bills, bill, today(call))}
    return Done(data, _lines_said(bill), (Card(card="bill", title=title, rows=rows, data=shown),))


@tool(
    effect=Effect.READ,
    rung=Rung.VERIFIED,
    grants=("billing",),
    step=marked("Looking up your payments"),
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
    since = months_after(today(call), -months)
    found = await call.services.records.billing.payments(
        account.account_number, months * _PAYMENTS_A_MONTH
    )
    payments = [payment for payment in found if local(call, payment.at).date() > since]
    if not payments:
        return Done({"payments": []}, _no_payments(months))
    total = sum((payment.amount for payment in payments), Decimal(0))
    data = {"payments": [_payment_data(call, p) for p in payments], "total": figure(total)}
    said = (_payments_said(len(payments), total, months), _last_payment_said(call, payments[0]))
    rows = tuple(
        (_paid_on(call, p), f"{money(p.amount)}, {methods.named(p.method_label)}") for p in payments
    )
    card = Card(card="payments", title=t("Your payments"), rows=rows, data=data)
    return Done(data, " ".join(said), (card,))


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


def _shown(bills: Sequence[Bill], bill: Bill, now: date) -> dict[str, Any]:
    """What a card shows besides: all charges by their groups, and two bills to compare with."""
    earlier = next((b for b in bills if b.period_end < bill.period_start), None)
    year_ago = a_year_before(bills, bill)
    return {
        "charges": grouped(bill),
        "earlier": _bill_data(earlier) if earlier else None,
        "year_ago": _bill_data(year_ago) if year_ago else None,
        "as_of": now.isoformat(),
    }


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
        return t("I see one bill so far, {total}.", total=money(bills[0].total))
    highest = max(bills, key=lambda bill: bill.total)
    lowest = min(bills, key=lambda bill: bill.total)
    return t(
        "Your last {count} bills average {average}. The highest was {highest}, for "
        "{highest_month}, and the lowest {lowest}, for {lowest_month}.",
        count=len(bills),
        average=money(average(bills)),
        highest=money(highest.total),
        highest_month=speech.month_and_year(highest.period_end),
        lowest=money(lowest.total),
        lowest_month=speech.month_and_year(lowest.period_end),
    )


def _latest_said(bills: Sequence[Bill]) -> str:
    if len(bills) == 1:
        month = speech.month(bills[0].period_end)
        return t("I couldn't find that bill. There's one, for {month}. That one?", month=month)
    months = speech.listed([speech.month(b.period_end) for b in bills[:3]])
    return t("I couldn't find that bill. Your latest are for {months}. Which one?", months=months)


def _bill_rows(owing: Owing, bill: Bill) -> tuple[tuple[str, str], ...]:
    """What is owed, and when; without a date where nothing is."""
    days = [speech.day(day, owing.today) for day in (bill.period_start, bill.period_end, bill.due)]
    due = () if owing.balance <= 0 or owing.is_put_off else ((t("Due"), days[2]),)
    return (
        (t("Amount due"), money(max(owing.balance, Decimal(0)))),
        *_further_rows(owing),
        *due,
        (t("This bill"), money(bill.total)),
        (t("Period"), t("{first_day} to {last_day}", first_day=days[0], last_day=days[1])),
    )


def _further_rows(owing: Owing) -> list[tuple[str, str]]:
    figures = owing.data
    rows = [
        (t("Credit"), money(max(-owing.balance, Decimal(0)))),
        (t("Past due"), money(owing.past_due)),
        (t("Being processed"), f"${figures.get('being_processed', '0.00')}"),
    ]
    return [row for row in rows if row[1] != "$0.00"]


def _no_payments(months: int) -> str:
    return plural(
        "I see no payments in the last month.",
        "I see no payments in the last {count} months.",
        months,
    )


def _payments_said(count: int, total: Decimal, months: int) -> str:
    return plural(
        "You made {payments} in the last month, {total} in all.",
        "You made {payments} in the last {count} months, {total} in all.",
        months,
        payments=plural("one payment", "{count} payments", count),
        total=money(total),
    )


def _last_payment_said(call: Call, last: Payment | None) -> str:
    if last is None:
        return t("I see no payment from you yet.")
    return t(
        "Your last payment, {amount}, arrived on {day}.",
        amount=money(last.amount),
        day=_paid_on(call, last),
    )


def _lines_said(bill: Bill) -> str:
    largest = sorted(bill.lines, key=lambda line: abs(line.amount), reverse=True)[:3]
    parts = [
        t("{amount} for {charge}", amount=money(line.amount), charge=spoken_label(line))
        for line in largest
    ]
    rest = bill.total - sum((line.amount for line in largest), Decimal(0))
    if len(bill.lines) > len(largest):
        parts.append(t("{amount} for the rest", amount=money(rest)))
    return t(
        "Your {month} bill is {total}: {parts}.",
        month=speech.month(bill.period_end),
        total=money(bill.total),
        parts=speech.listed(parts),
    )


TOOLS = (
    get_current_bill,
    get_payment_status,
    get_bill_history,
    get_bill_breakdown,
    get_payment_history,
)
