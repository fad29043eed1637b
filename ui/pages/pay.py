"""The pay page at /pay/{token}: what is owed, a read-back, the payment, its receipt."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel

from contracts.errors import LinkRefused, Overloaded
from contracts.language import marked, t
from contracts.records import PayLink, PaymentMethod
from tools import methods, speech
from tools.speech import figure, money
from ui.cards.pay import sentence_like
from ui.my.receipts import pdf_response
from ui.pages.desk import NEW_CARD, Offer, PayDesk, Standing, Stands, Unpayable
from ui.pages.shell import Shell, to
from ui.policy import paying
from ui.state import Site
from ui.visitor import identity_of

log = logging.getLogger(__name__)

OTHER = "other"  # than the whole amount
_GONE, _BAD = 410, 400
_REFUSALS = {
    "expired": (
        _GONE,
        marked("This payment link has run out"),
        marked("Payment links work for a day, and nothing was charged by this one."),
    ),
    "forged": (
        _BAD,
        marked("This payment link isn't complete"),
        marked("Part of it may be missing. Nothing was charged."),
    ),
    "lost": (
        _GONE,
        marked("Your payment wasn't made"),
        marked("Something went wrong on our side before it began. Nothing was charged."),
    ),
}
Token = Annotated[str, InPath(min_length=1, max_length=200)]
Amount = Annotated[str, Form(max_length=20)]
Method = Annotated[str, Form(max_length=80)]


class PayState(BaseModel):
    """Where a payment stands, for the page that waits for it."""

    state: Stands


class PayPages:
    """`router` holds the routes."""

    def __init__(self, site: Site, shell: Shell) -> None:
        self._site = site
        self._app = site.app
        self._shell = shell
        self._desk = PayDesk(site.app)
        self._policy = paying(site.app.services.processor.fields_url)
        self.router = self._routes()

    def _routes(self) -> APIRouter:
        router = APIRouter(tags=["payments"])
        ours = [Depends(self._shell.our_form)]
        router.get("/pay/{token}", response_class=Response)(self.page)
        router.post("/pay/{token}", response_class=Response, dependencies=ours)(self.pay)
        router.post("/pay/{token}/check", response_class=Response, dependencies=ours)(self.check)
        router.get("/pay/{token}/state", response_model=PayState)(self.state)
        router.get("/pay/{token}/receipt.pdf", response_class=Response)(self.pdf)
        return router

    async def page(self, request: Request, token: Token) -> Response:
        """The form, the wait, or the receipt: where the link stands. Looking changes nothing."""
        try:
            return await self._shown(request, token, await self._desk.standing(token))
        except LinkRefused as refused:
            return self._refused(request, refused.reason)

    async def check(
        self,
        request: Request,
        token: Token,
        amount_of: Annotated[str, Form(max_length=10)] = "all",
        amount: Amount = "",
        method: Method = "",
        card: Method = "",
    ) -> Response:
        """Read back what will be paid, from what, before the customer's yes."""
        try:
            standing = await self._desk.standing(token)
            if standing.state != "open":
                return to(f"/pay/{token}")
            offer = await self._offer(request, standing.link)
        except LinkRefused as refused:
            return self._refused(request, refused.reason)
        try:
            wanted = amount if amount_of == OTHER else figure(offer.amount)
            exact = await self._desk.amount(offer, wanted)
            chosen = await self._desk.method(offer, method, card)
        except Unpayable as why:
            given = {"amount_of": amount_of, "amount": amount, "method": method}
            return self._form(request, token, offer, wrong=str(why), given=given)
        return self._page(
            request,
            "pay_check.html",
            token=token,
            amount=money(exact),
            figure=figure(exact),
            label=methods.named(chosen.label),
            method=chosen.method_id,
            card=card,
        )

    async def pay(
        self,
        request: Request,
        token: Token,
        amount: Amount = "",
        method: Method = "",
        card: Method = "",
    ) -> Response:
        """Pay what was read back, once: whoever comes second finds what the first one did."""
        try:
            standing = await self._desk.standing(token)
            if standing.state == "open":
                offer = await self._offer(request, standing.link)
                exact = await self._desk.amount(offer, amount)
                chosen = await self._desk.method(offer, method, card)
                await self._desk.pay(token, exact, chosen)
        except LinkRefused as refused:
            log.info("a pay link was refused", extra={"reason": refused.reason})
        except Unpayable as why:
            return self._form(request, token, offer, wrong=str(why))
        except Overloaded:  # charged, and told of later: the settlement does it
            log.warning("a payment waits for its thread")
        return to(f"/pay/{token}")

    async def state(self, token: Token) -> PayState:
        """Where the payment stands. 404 for a link that has none."""
        try:
            return PayState(state=(await self._desk.standing(token)).state)
        except LinkRefused as refused:
            raise HTTPException(404) from refused

    async def pdf(self, token: Token) -> Response:
        """The receipt, for an hour after the payment. 404 at any other time."""
        try:
            payment = (await self._desk.standing(token)).payment
        except LinkRefused as refused:
            raise HTTPException(404) from refused
        if payment is None or not self._desk.shows_receipt(payment):
            raise HTTPException(404)
        return await pdf_response(self._app, payment)

    async def _offer(self, request: Request, link: PayLink) -> Offer:
        """What a link offers to whoever looks. Raises LinkRefused."""
        return await self._desk.offer(link, await identity_of(self._site, request))

    # --- what is shown ------------------------------------------------------------------------

    async def _shown(self, request: Request, token: str, standing: Standing) -> Response:
        link = standing.link
        match standing.state:
            case "open":
                return self._form(request, token, await self._offer(request, link))
            case "processing":
                amount = money(link.paying.amount) if link.paying else ""
                return self._page(request, "pay_wait.html", token=token, amount=amount)
            case "paid":
                return await self._receipt(request, token, standing)
        return self._refused(request, "lost")

    def _form(
        self,
        request: Request,
        token: str,
        offer: Offer,
        *,
        wrong: str = "",
        given: dict[str, str] | None = None,
    ) -> Response:
        if offer.most <= 0:
            on_its_way = bool(offer.owed.on_their_way)
            return self._page(request, "pay_nothing.html", on_its_way=on_its_way)
        status = 422 if wrong else 200
        return self._page(
            request,
            "pay.html",
            status,
            token=token,
            first_name=offer.first_name,
            amount=money(offer.amount),
            due=_due_said(offer),
            methods=_choices(offer.methods),
            given=given or _given(offer),
            wrong=wrong,
            declined=t(offer.link.declined) if offer.link.declined else "",
            fields_url=self._app.services.processor.fields_url,
            sandbox=self._app.services.processor.fields_url.startswith("/sandbox/"),
        )

    async def _receipt(self, request: Request, token: str, standing: Standing) -> Response:
        payment = standing.payment
        if payment is None:
            raise HTTPException(404)
        zone = ZoneInfo(self._app.scenario.brand.timezone)
        at = payment.at.astimezone(zone)
        now = self._app.clock.now().astimezone(zone)
        known = await self._desk.knows(standing.link, await identity_of(self._site, request))
        return self._page(
            request,
            "pay_paid.html",
            token=token,
            fresh=self._desk.shows_receipt(payment),
            number=payment.receipt_number,
            amount=money(payment.amount),
            label=methods.named(payment.method_label),
            day=speech.day(at.date(), now.date()),
            time=speech.time_of_day(at),
            left=money(max(payment.balance_after, Decimal(0))) if known else "",
        )

    def _refused(self, request: Request, reason: str) -> Response:
        status, title, why = _REFUSALS[reason]
        return self._page(request, "pay_refused.html", status, title=t(title), why=t(why))

    def _page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        response = self._shell.page(request, template, status, **values)
        response.headers["Content-Security-Policy"] = self._policy
        return response


def _choices(saved: Sequence[PaymentMethod]) -> list[dict[str, str]]:
    return [{"id": it.method_id, "label": sentence_like(methods.named(it.label))} for it in saved]


def _given(offer: Offer) -> dict[str, str]:
    """What is chosen at first: all of it, from the usual method."""
    usual = next((it.method_id for it in offer.methods if it.default), NEW_CARD)
    return {"amount_of": "all", "amount": "", "method": usual}


def _due_said(offer: Offer) -> str:
    if offer.due is None or offer.owed.balance <= 0:
        return ""
    day = speech.day(offer.due, offer.today)
    return (
        t("It was due on {day}.", day=day) if offer.due < offer.today else t("Due {day}.", day=day)
    )
