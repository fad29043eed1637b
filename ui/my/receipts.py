"""Receipts as PDF: one page, made out of the records each time."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi import Path as InPath
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from contracts.language import spoken, t
from contracts.records import Payment
from contracts.scenario import Brand
from tools import methods, speech
from ui.state import Site
from ui.visitor import identity_of, is_verified

if TYPE_CHECKING:
    from app.build import App

NEWEST = 400  # payments among which a receipt is looked for: years of them
_MARGIN = 22.0  # mm
_FAMILY = "Helvetica"
_INK, _SOFT, _LINE, _ACCENT = (22, 48, 63), (77, 98, 110), (214, 225, 229), (7, 95, 115)
_PDF = "application/pdf"

Number = Annotated[str, InPath(pattern=r"^[A-Za-z0-9-]{1,40}$")]


class Receipts:
    """`router` holds the route. Only a verified session is given receipts, those of its account."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.router = APIRouter(tags=["payments"])
        self.router.get(
            "/my/receipts/{number}.pdf",
            response_class=Response,
            responses={200: {"content": {_PDF: {}}}, 404: {"description": "No such receipt here."}},
        )(self.receipt)

    async def receipt(self, request: Request, number: Number) -> Response:
        """A receipt of the customer's own. 404 to everybody else, who learn nothing by it."""
        account_number = await self._own_account(request)
        payment = await payment_of(self._site.app, account_number, number)
        return await pdf_response(self._site.app, payment)

    async def _own_account(self, request: Request) -> str:
        identity = await identity_of(self._site, request)
        if identity is None or not is_verified(identity):
            raise HTTPException(404)
        customer = await self._site.app.records.customers.get(identity.customer_id)
        if customer is None:
            raise HTTPException(404)
        return customer.account_number


async def payment_of(app: App, account_number: str, number: str) -> Payment:
    """The account's payment with that receipt number. Raises HTTPException 404."""
    payments = await app.records.billing.payments(account_number, NEWEST)
    found = next((it for it in payments if it.receipt_number == number), None)
    if found is None:
        raise HTTPException(404)
    return found


async def pdf_response(app: App, payment: Payment) -> Response:
    """The receipt in the language spoken. It is made in a thread: the loop goes on."""
    pdf = await asyncio.to_thread(receipt_pdf, app.scenario.brand, payment)
    name = f"receipt-{payment.receipt_number}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(pdf, media_type=_PDF, headers=headers)


def receipt_pdf(brand: Brand, payment: Payment) -> bytes:
    """A receipt on one page, its text extractable; in the language spoken."""
    pdf = FPDF(format="letter")
    pdf.set_margins(_MARGIN, _MARGIN, _MARGIN)
    pdf.set_title(_plain(t("Receipt {number}", number=payment.receipt_number)))
    pdf.set_author(_plain(brand.name))
    pdf.set_creator(_plain(brand.name))
    pdf.set_lang(spoken())
    pdf.set_creation_date(payment.at)  # the same receipt is the same file
    pdf.add_page()
    _head(pdf, brand, payment)
    for label, value in rows_of(brand, payment):
        _row(pdf, label, value)
    _foot(pdf, brand)
    return bytes(pdf.output())


def rows_of(brand: Brand, payment: Payment) -> tuple[tuple[str, str], ...]:
    """What a receipt says, a line each; of the account only its last four digits."""
    at = payment.at.astimezone(ZoneInfo(brand.timezone))
    left = payment.balance_after
    rows = (
        (t("Receipt number"), payment.receipt_number),
        (t("Date"), t("{day}, {time}", day=_day(payment, brand), time=speech.time_of_day(at))),
        (t("Account"), t("ending in {digits}", digits=payment.account_number[-4:])),
        (t("Paid from"), methods.named(payment.method_label)),
        (t("Amount paid"), speech.money(payment.amount)),
        (t("Balance after this payment"), speech.money(max(left, Decimal(0)))),
    )
    return (*rows, (t("Credit"), speech.money(-left))) if left < 0 else rows


def _day(payment: Payment, brand: Brand) -> str:
    """With its year, whenever it is read."""
    at = payment.at.astimezone(ZoneInfo(brand.timezone)).date()
    return speech.day(at, at.replace(year=at.year + 1, day=1))


def _head(pdf: FPDF, brand: Brand, payment: Payment) -> None:
    pdf.set_text_color(*_ACCENT)
    pdf.set_font(_FAMILY, "B", 15)
    _line(pdf, 10, brand.name)
    pdf.set_text_color(*_INK)
    pdf.set_font(_FAMILY, "B", 22)
    pdf.ln(8)
    _line(pdf, 12, t("Payment receipt"))
    pdf.set_font(_FAMILY, "", 12)
    pdf.set_text_color(*_SOFT)
    _line(pdf, 8, t("We received {amount}. Thank you.", amount=speech.money(payment.amount)))
    pdf.ln(6)


def _row(pdf: FPDF, label: str, value: str) -> None:
    pdf.set_draw_color(*_LINE)
    pdf.line(_MARGIN, pdf.get_y(), pdf.w - _MARGIN, pdf.get_y())
    pdf.set_font(_FAMILY, "", 11)
    pdf.set_text_color(*_SOFT)
    pdf.cell(70, 11, _plain(label))
    pdf.set_font(_FAMILY, "B", 11)
    pdf.set_text_color(*_INK)
    pdf.cell(0, 11, _plain(value), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _foot(pdf: FPDF, brand: Brand) -> None:
    pdf.line(_MARGIN, pdf.get_y(), pdf.w - _MARGIN, pdf.get_y())
    pdf.ln(8)
    pdf.set_font(_FAMILY, "", 10)
    pdf.set_text_color(*_SOFT)
    text = t("Questions about this payment? Call us on {phone}.", phone=brand.phone)
    pdf.multi_cell(0, 6, _plain(text))


def _line(pdf: FPDF, height: float, text: str) -> None:
    pdf.cell(0, height, _plain(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _plain(text: str) -> str:
    """In the letters of the built-in font: those of Western Europe, which English and Spanish
    need. Spaces of a time of day are ordinary ones there."""
    spaced = " ".join(text.split())
    return spaced.encode("latin-1", "replace").decode("latin-1")
