"""A bill as PDF: what it is made up of, when it is due, what was used, and how to pay it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal

from channels.documents.paper import INK, MARGIN, SOFT, TINT, Paper, plain
from channels.documents.receipt import dated
from contracts.language import marked, t
from contracts.records import Bill, Records
from contracts.scenario import Brand
from tools import speech
from tools.billing.bills import a_year_before
from tools.billing.lines import group_of, line_label
from tools.speech import money
from tools.usage.words import capital

_GROUPS = {
    "electric": marked("Electricity"),
    "gas": marked("Gas"),
    "taxes": marked("Taxes and public charges"),
    "other": marked("Fees and credits"),
}
NEWEST = 40  # bills among which one is looked for
_WIDE = 120.0  # mm, of a charge's name
_ROW = 7.0
_TOGETHER = 4  # lines that stay with the name of their group
_EDGE = 16.0  # above and below: most bills are one page


@dataclass(frozen=True, slots=True)
class Billed:
    """A bill and what stands on it besides. `before`: that of about a year before. `site`: where
    one signs in."""

    bill: Bill
    name: str
    address: str  # that is served
    site: str
    before: Bill | None = None
    autopay: bool = False


async def billed_of(
    records: Records, customer_id: str, is_it: Callable[[Bill], bool], site: str
) -> Billed | None:
    """The latest of that customer's own bills that is the one; None where there is none. Raises
    RecordsUnavailable."""
    customer = await records.customers.get(customer_id)
    if customer is None:
        return None
    bills = await records.billing.bills(customer.account_number, NEWEST)
    bill = next(filter(is_it, bills), None)
    if bill is None:
        return None
    account = await records.accounts.get(bill.account_number)
    premise = await records.accounts.premise(account.premise_id) if account else None
    return Billed(
        bill,
        name=customer.name,
        address=premise.address if premise else "",
        site=site,
        before=a_year_before(bills, bill),
        autopay=bool(account and account.autopay),
    )


def bill_name(bill: Bill) -> str:
    return f"bill-{bill.period_end:%Y-%m}.pdf"


def bill_title(bill: Bill) -> str:
    return t("Your {month} bill", month=speech.month_and_year(bill.period_end))


def bill_pdf(brand: Brand, billed: Billed) -> bytes:
    """On one page, or two where there are many charges; in the language spoken."""
    bill = billed.bill
    made = datetime.combine(bill.issued, time(), UTC)
    paper = Paper(brand, bill_title(bill), made)
    paper.set_auto_page_break(True, _EDGE)
    paper.set_y(_EDGE)
    _head(paper, brand, billed)
    _due(paper, bill)
    for group, name in _GROUPS.items():
        _group(paper, bill, group, t(name))
    _total(paper, bill)
    _usage(paper, billed)
    _how_to_pay(paper, brand, billed)
    return bytes(paper.output())


def _head(paper: Paper, brand: Brand, billed: Billed) -> None:
    bill = billed.bill
    paper.pen(15, paper.accent, bold=True)
    paper.say(8, brand.name)
    paper.pen(10, SOFT)
    paper.say(5, brand.phone)
    paper.ln(5)
    paper.pen(22, INK, bold=True)
    paper.say(12, bill_title(bill))
    paper.pen(10, SOFT)
    for told in (
        billed.name,
        billed.address,
        t("Account ending in {digits}", digits=bill.account_number[-4:]),
        capital(t("{first_day} to {last_day}", **_period(bill))),
        t("Issued on {day}", day=dated(bill.issued)),
    ):
        paper.say(5.5, told)
    paper.ln(4)


def _due(paper: Paper, bill: Bill) -> None:
    """What everybody looks for first."""
    top, height = paper.get_y(), 20
    paper.set_fill_color(*TINT)
    paper.rect(MARGIN, top, paper.w - 2 * MARGIN, height, style="F", round_corners=True)
    paper.set_xy(MARGIN + 6, top + 3)
    paper.pen(20, INK, bold=True)
    paper.cell(90, 14, money(bill.total))
    paper.pen(11, SOFT)
    due = t("Due {day}", day=dated(bill.due))
    paper.set_xy(MARGIN, top + 3)
    paper.cell(paper.w - 2 * MARGIN - 6, 14, plain(due), align="R")
    paper.set_xy(MARGIN, top + height + 4)


def _group(paper: Paper, bill: Bill, group: str, name: str) -> None:
    """The lines of one kind with their sum; nothing where there are none."""
    lines = [line for line in bill.lines if group_of(line) == group]
    if not lines:
        return
    if paper.will_page_break(_ROW * (min(len(lines), _TOGETHER) + 1)):
        paper.add_page()
    paper.pen(11, paper.accent, bold=True)
    paper.cell(_WIDE, 9, plain(name))
    paper.pen(11, INK, bold=True)
    paper.cell(0, 9, money(sum((li.amount for li in lines), Decimal(0))), align="R")
    paper.ln(9)
    for line in lines:
        paper.rule()
        paper.pen(10, SOFT)
        paper.cell(_WIDE, _ROW, plain(line_label(line)))
        paper.pen(10, INK)
        paper.cell(0, _ROW, money(line.amount), align="R")
        paper.ln(_ROW)
    paper.ln(2)


def _total(paper: Paper, bill: Bill) -> None:
    paper.rule()
    paper.pen(13, INK, bold=True)
    paper.cell(_WIDE, 11, plain(t("Total")))
    paper.cell(0, 11, money(bill.total), align="R")
    paper.ln(13)


def _usage(paper: Paper, billed: Billed) -> None:
    bill, before = billed.bill, billed.before
    used = [
        (t("Electricity"), bill.kwh, before.kwh if before else None, marked("{number} kWh")),
        (t("Gas"), bill.therms, before.therms if before else None, marked("{number} therms")),
    ]
    rows = []
    for name, now, then, unit in used:
        if not now:
            continue
        told = t(unit, number=_number(now))
        if then:
            year_ago = t(unit, number=_number(then))
            told = t("{used} (a year before: {before})", used=told, before=year_ago)
        rows.append((name, told))
    if rows:
        _heading(paper, t("What you used"))
        paper.pairs(rows, 8)
        paper.ln(4)


def _how_to_pay(paper: Paper, brand: Brand, billed: Billed) -> None:
    _heading(paper, t("How to pay"))
    paper.pen(10, SOFT)
    if billed.autopay:
        paper.tell(5.5, t("You're on autopay: there is nothing you need to do."))
        return
    for way in (
        t('Write to us on WhatsApp or by text message: "Pay my bill".'),
        t("Sign in at {address}.", address=billed.site),
        t("Call us on {phone}.", phone=brand.phone),
    ):
        paper.tell(5.5, f"- {way}")


def _heading(paper: Paper, text: str) -> None:
    if paper.will_page_break(26):
        paper.add_page()
    paper.pen(12, INK, bold=True)
    paper.say(9, text)


def _period(bill: Bill) -> Mapping[str, str]:
    return {"first_day": dated(bill.period_start), "last_day": dated(bill.period_end)}


def _number(amount: Decimal) -> str:
    return f"{amount:,.2f}".rstrip("0").rstrip(".")
