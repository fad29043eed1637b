"""Who may tell us of a call or open its media socket: ACS, with a token of its own, under an
address that we made for this call."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

from contracts.clock import Clock
from contracts.settings import Settings
from gateway.wire.paths import CALL_MEDIA, CALLBACKS
from gateway.wire.tokens import Refused, Tokens, bearer_of

_SIGNED = "s"  # in the query of an address


class Door:
    """The addresses of a call, and the check of who uses them."""

    def __init__(self, settings: Settings, secret: bytes, clock: Clock) -> None:
        self._base = (settings.acs_callback_url or settings.base_url).rstrip("/")
        self._secret = secret
        self._tokens = (
            Tokens(
                issuers=(settings.acs_issuer,),
                audience=settings.acs_resource_id,
                keys_url=settings.acs_jwks_url,
                clock=clock,
                whose="Azure Communication Services'",
                begins=False,
            )
            if settings.acs_resource_id
            else None
        )

    def callback_url(self, call_id: str) -> str:
        """Where ACS tells what happens in a call."""
        return f"{self._base}{CALLBACKS}{quote(call_id)}?{_SIGNED}={self._signature(call_id)}"

    def media_url(self, call_id: str) -> str:
        """Where ACS streams its audio to and from."""
        socket = self._base.replace("http", "ws", 1)  # and https: wss
        return f"{socket}{CALL_MEDIA}{quote(call_id)}?{_SIGNED}={self._signature(call_id)}"

    async def check(
        self, call_id: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> None:
        """Raises Refused, and KeysUnavailable where a token can't be judged now."""
        given = query.get(_SIGNED, "")
        if not hmac.compare_digest(given.encode(), self._signature(call_id).encode()):
            raise Refused("This is not the address that we gave out for this call.")
        if self._tokens is None:
            raise Refused("No token can be judged yet: set ACS_RESOURCE_ID.")
        token = bearer_of(headers)
        if token is None:
            raise Refused("Send the bearer token of Azure Communication Services.")
        await self._tokens.claims_of(token)

    def _signature(self, call_id: str) -> str:
        digest = hmac.new(self._secret, f"call:{call_id}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:24]).decode()
