"""The pages around the chat: the sign-in, the hand-off links, and health."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.templating import Jinja2Templates

from contracts.errors import LinkRefused, StoreUnavailable
from contracts.identity import Rung
from contracts.messages import Channel
from contracts.records import Customer
from ui.gate import CHAT
from ui.health import health
from ui.state import Site

log = logging.getLogger(__name__)

TEMPLATES = Path(__file__).parent / "templates"
_GONE, _BAD = 410, 400
REFUSALS = {
    "expired": (_GONE, "This link has run out", "Links work for a short time only."),
    "used": (_GONE, "This link was used before", "Each link opens one chat, once."),
    "forged": (_BAD, "This link isn't complete", "Part of it may be missing."),
}


async def sign_out(site: Site, request: Request, response: Response) -> None:
    """Forget who the browser was, on its cookies and on the server, and end its chats."""
    session_id = site.sessions.of(request)
    site.sessions.close(response)
    if session_id is not None:
        await site.end_chats_of(session_id)
        await site.app.directory.release(Channel.WEB, session_id)


class Pages:
    """The pages of a site. `router` holds their routes."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._app = site.app
        self._sessions = site.sessions
        self._demo = site.app.settings.environment == "development"
        self._templates = Jinja2Templates(TEMPLATES)
        self.router = self._routes()

    def _routes(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        ours = [Depends(self._our_form)]
        router.get("/")(self.home)
        router.get("/health")(self.health)
        router.get("/signin")(self.sign_in)
        router.get("/signout")(self.ask_sign_out)
        router.get("/c/{token}")(self.link)
        router.post("/signin/guest", dependencies=ours)(self.as_guest)
        router.post("/signin/demo/{customer_id}", dependencies=ours)(self.as_demo)
        router.post("/signout", dependencies=ours)(self.sign_out)
        router.post("/c/{token}", dependencies=ours)(self.redeem)
        return router

    async def home(self, request: Request) -> Response:
        return _to(CHAT if self._sessions.of(request) else "/signin")

    async def health(self) -> Response:
        status, body = await health(self._app)
        return JSONResponse(body, status)

    async def sign_in(self, request: Request) -> Response:
        customers, down = await self._demo_customers()
        return self._page(
            request,
            "signin.html",
            demo=self._demo,
            customers=customers,
            down=down,
            signed_in=self._sessions.of(request) is not None,
        )

    async def as_guest(self) -> Response:
        """A session nobody is known by."""
        response = _to(CHAT)
        self._sessions.open(response)
        return response

    async def as_demo(self, customer_id: str) -> Response:
        """A demo customer comes in as a real one does: through a signed link."""
        customers, _ = await self._demo_customers()
        if customer_id not in {customer.customer_id for customer in customers}:
            raise HTTPException(404)
        url = await self._app.services.links.issue(customer_id, rung=Rung.VERIFIED)
        return _to(urlsplit(url).path)  # on this host, whatever name it was reached by

    async def link(self, request: Request, token: str) -> Response:
        """Ask for a press: messengers fetch links to preview them, and would use this one up."""
        return self._page(request, "link.html", token=token)

    async def redeem(self, request: Request, token: str) -> Response:
        """Bind a new session to the customer of the link, on the link's rung."""
        try:
            identity = await self._app.services.links.redeem(token)
        except LinkRefused as refused:
            log.info("a link was refused", extra={"reason": refused.reason})
            status, title, why = REFUSALS[refused.reason]
            return self._page(request, "refused.html", status, title=title, why=why)
        response = _to(CHAT)
        session_id = self._sessions.open(response)
        await self._app.directory.raise_to(
            Channel.WEB, session_id, identity.customer_id, identity.rung
        )
        return response

    async def ask_sign_out(self, request: Request) -> Response:
        return self._page(request, "signout.html")

    async def sign_out(self, request: Request) -> Response:
        response = _to("/signin")
        await sign_out(self._site, request, response)
        return response

    # --- what they share ----------------------------------------------------------------------

    async def unavailable(self, request: Request, error: Exception) -> Response:
        """The page for a store that does not answer."""
        log.warning("a page could not be served", extra={"error": type(error).__name__})
        return self._page(request, "unavailable.html", 503)

    async def not_found(self, request: Request, _error: Exception) -> Response:
        return self._page(request, "missing.html", 404)

    async def _our_form(self, request: Request, form: Annotated[str, Form()] = "") -> None:
        if not self._sessions.form_is_ours(request, form):
            raise StaleForm

    async def stale_form(self, request: Request, _error: Exception) -> Response:
        return self._page(request, "stale.html", 403)

    async def _demo_customers(self) -> tuple[list[Customer], bool]:
        """The demo customers, and whether they could not be read."""
        if not self._demo:
            return [], False
        try:
            return await self._app.records.customers.demo(), False
        except StoreUnavailable:
            return [], True

    def _page(self, request: Request, name: str, status: int = 200, **values: Any) -> Response:
        nonce, token = self._sessions.form_token(request)
        context = {"brand": self._app.scenario.brand, "form_token": token, **values}
        response = self._templates.TemplateResponse(request, name, context, status_code=status)
        self._sessions.remember_form(response, nonce)
        return response


class StaleForm(Exception):
    """A form that this browser was not given, or too long ago."""


def _to(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=303)
