"""Bills as PDF, for the customer whose they are."""

from __future__ import annotations

import asyncio
from datetime import date

from fastapi import APIRouter, HTTPException, Request, Response

from channels.documents.bill import bill_name, bill_pdf, billed_of
from channels.documents.receipt import PDF
from ui.state import Site
from ui.visitor import identity_of, is_verified


class Bills:
    """`router` holds the route. Only a verified session is given bills, those of its account."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.router = APIRouter(tags=["my"])
        self.router.get(
            "/my/bills/{period_end}.pdf",
            response_class=Response,
            responses={200: {"content": {PDF: {}}}, 404: {"description": "No such bill here."}},
        )(self.bill)

    async def bill(self, request: Request, period_end: date) -> Response:
        """The bill of the customer's own whose period ended on that day: a bill's id would show
        the account's number in addresses. 404 to everybody else, who learn nothing by it."""
        app = self._site.app
        identity = await identity_of(self._site, request)
        if identity is None or not is_verified(identity):
            raise HTTPException(404)
        billed = await billed_of(
            app.records,
            identity.customer_id,
            lambda bill: bill.period_end == period_end,
            app.settings.base_url,
        )
        if billed is None:
            raise HTTPException(404)
        pdf = await asyncio.to_thread(bill_pdf, app.scenario.brand, billed)
        headers = {"Content-Disposition": f'inline; filename="{bill_name(billed.bill)}"'}
        return Response(pdf, media_type=PDF, headers=headers)
