"""A receipt as PDF: one page, made out of the records each time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from channels.documents.paper import INK, SOFT, Paper
from contracts.language import t
from contracts.records import Payment
from contracts.scenario import Brand
from tools import methods, speech

PDF = "application/pdf"


def receipt_name(payment: Payment) -> str:
    return f"receipt-{payment.receipt_number}.pdf"


def receipt_pdf(brand: Brand, payment: Payment) -> bytes:
    """A receipt on one page, its text extractable; in the language spoken."""
    paper = Paper(brand, t("Receipt {number}", number=payment.receipt_number), payment.at)
    _head(paper, brand, payment)
    paper.pairs(rows_of(brand, payment))
    paper.ln(8)
    paper.pen(10, SOFT)
    paper.tell(6, t("Questions about this payment? Call us on {phone}.", phone=brand.phone))
    return bytes(paper.output())


def rows_of(brand: Brand, payment: Payment) -> tuple[tuple[str, str], ...]:
    """What a receipt says, a line each; of the account only its last four digits."""
    at = payment.at.astimezone(ZoneInfo(brand.timezone))
    left = payment.balance_after
    day = dated(at.date())
    rows = (
        (t("Receipt number"), payment.receipt_number),
        (t("Date"), t("{day}, {time}", day=day, time=speech.time_of_day(at))),
        (t("Account"), t("ending in {digits}", digits=payment.account_number[-4:])),
        (t("Paid from"), methods.named(payment.method_label)),
        (t("Amount paid"), speech.money(payment.amount)),
        (t("Balance after this payment"), speech.money(max(left, Decimal(0)))),
    )
    return (*rows, (t("Credit"), speech.money(-left))) if left < 0 else rows


def dated(day: date) -> str:
    """A day with its year, whenever it is read."""
    return speech.day(day, day.replace(year=day.year + 1, day=1))


def _head(paper: Paper, brand: Brand, payment: Payment) -> None:
    paper.pen(15, paper.accent, bold=True)
    paper.say(10, brand.name)
    paper.ln(8)
    paper.pen(22, INK, bold=True)
    paper.say(12, t("Payment receipt"))
    paper.pen(12, SOFT)
    paper.say(8, t("We received {amount}. Thank you.", amount=speech.money(payment.amount)))
    paper.ln(6)
