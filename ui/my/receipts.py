"""Receipts as PDF, for the customer whose they are."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi import Path as InPath

from channels.documents.receipt import PDF, receipt_name, receipt_pdf
from contracts.records import Payment
from ui.state import Site
from ui.visitor import identity_of, is_verified

if TYPE_CHECKING:
    from app.build import App

NEWEST = 400  # payments among which a receipt is looked for: years of them

Number = Annotated[str, InPath(pattern=r"^[A-Za-z0-9-]{1,40}$")]


class Receipts:
    """`router` holds the route. Only a verified session is given receipts, those of its account."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.router = APIRouter(tags=["payments"])
        self.router.get(
            "/my/receipts/{number}.pdf",
            response_class=Response,
            responses={200: {"content": {PDF: {}}}, 404: {"description": "No such receipt here."}},
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
    headers = {"Content-Disposition": f'inline; filename="{receipt_name(payment)}"'}
    return Response(pdf, media_type=PDF, headers=headers)
