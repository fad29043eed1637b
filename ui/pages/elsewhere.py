"""Signing in with an account kept elsewhere: at an identity provider, or at a proxy before us.

Either names a customer by one claim, and that is all it decides: how far they may go is the
identity ladder's matter.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from contracts.identity import Proof
from contracts.records import Customer
from ui.gate import CHAT
from ui.pages.entry import enter
from ui.pages.provider import BEGUN_LASTS, OpenIdProvider, SignInRefused
from ui.pages.shell import to
from ui.proxy import PRINCIPAL, PRINCIPAL_ID
from ui.state import Site

log = logging.getLogger(__name__)

PROVIDER_COOKIE = "throughline_provider"
PROXY_LOGIN = "/.auth/login/aad?post_login_redirect_uri=%2Fsignin%2Fprovider%3Fback%3D1"
_EMAIL = "email"
_CONFIRMED = ("email_verified", "xms_edov")  # Entra's name is the second
_YES = (True, 1, "1", "true", "True")

Short = Annotated[str, Query(max_length=200)]
Code = Annotated[str, Query(max_length=4000)]


class Elsewhere:
    """`router` has no routes where neither is set up."""

    def __init__(self, site: Site) -> None:
        app, settings = site.app, site.app.settings
        self._site = site
        self._claim = settings.sign_in_claim
        self._by_proxy = settings.trust_principal
        self._provider = (
            OpenIdProvider(settings, app.memory.keyvalue, app.clock)
            if settings.oidc_issuer
            else None
        )
        self.router = APIRouter(tags=["signing in"])
        if self.is_there:
            self.router.get("/signin/provider")(self.begin)
        if self._provider is not None:
            self.router.get("/signin/callback")(self.callback)

    @property
    def is_there(self) -> bool:
        return self._by_proxy or self._provider is not None

    async def begin(self, request: Request, back: Short = "") -> Response:
        """On to the provider's own page; or in, as whom the proxy says."""
        if self._by_proxy and request.headers.get(PRINCIPAL_ID):
            return await self._enter(request, principal_claims(request.headers.get(PRINCIPAL, "")))
        if self._provider is None:
            return self._refused("no principal came with it") if back else to(PROXY_LOGIN)
        try:
            url, key = await self._provider.begin()
        except SignInRefused as refused:
            return self._refused(str(refused))
        response = to(url)
        lasts_s = int(BEGUN_LASTS.total_seconds())
        self._site.sessions.put_cookie(response, PROVIDER_COOKIE, key, lasts_s)
        return response

    async def callback(
        self, request: Request, code: Code = "", state: Short = "", error: Short = ""
    ) -> Response:
        """Back from the provider, with a code that only this browser can use."""
        if self._provider is None or error or not code:
            return self._refused("the provider let nobody in")
        key = self._site.sessions.cookie(request, PROVIDER_COOKIE)
        try:
            claims = await self._provider.finish(key, code=code, state=state)
        except SignInRefused as refused:
            return self._refused(str(refused))
        return await self._enter(request, claims)

    async def _enter(self, request: Request, claims: Mapping[str, Any]) -> Response:
        customer = await self._customer_of(claims)
        if customer is None:
            log.info("nobody of ours goes with a sign-in elsewhere")
            return self._over(to("/signin?why=unknown"))
        response = self._over(to(CHAT))
        await enter(self._site, request, response, customer.customer_id, Proof.PROVIDER.rung)
        return response

    async def _customer_of(self, claims: Mapping[str, Any]) -> Customer | None:
        """The customer whom the claim names. An address counts only if it was confirmed: anybody
        may write somebody else's into a profile."""
        named = str(claims.get(self._claim) or "").strip()
        customers = self._site.app.records.customers
        if not named:
            return None
        if self._claim != _EMAIL:
            return await customers.by_account(named)
        if not any(claims.get(name) in _YES for name in _CONFIRMED):
            return None
        return await customers.by_email(named.lower())

    def _refused(self, reason: str) -> Response:
        log.warning("a sign-in elsewhere failed", extra={"reason": reason})
        return self._over(to("/signin?why=provider"))

    def _over(self, response: Response) -> Response:
        self._site.sessions.drop_cookie(response, PROVIDER_COOKIE)
        return response


def principal_claims(header: str) -> dict[str, Any]:
    """The claims in App Service's X-MS-CLIENT-PRINCIPAL; none if it can't be read."""
    try:
        said = json.loads(base64.b64decode(header, validate=True))
        return {str(it["typ"]).rpartition("/")[2]: it["val"] for it in said["claims"]}
    except (binascii.Error, ValueError, KeyError, TypeError):
        return {}
