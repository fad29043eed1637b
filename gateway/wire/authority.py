"""Who may post events: whoever has the secret, or Event Grid with a token of our Entra tenant."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from contracts.clock import Clock
from contracts.settings import Settings
from gateway.wire.tokens import Refused, Tokens, bearer_of

SECRET_HEADER = "X-Throughline-Secret"
PUBLISHER = "4962773b-9cdb-44cf-a8bf-237846a00ab7"  # Event Grid's own application, in all tenants
ROLE = "AzureEventGridSecureWebhookSubscriber"
_NOT_SET_UP = "Nobody may post events yet: set EVENTS_SECRET, or EVENTS_TENANT and EVENTS_AUDIENCE."
_ASKED_FOR = {
    (True, True): f"Send the secret in {SECRET_HEADER}, or a bearer token of Entra ID.",
    (True, False): f"Send the secret in {SECRET_HEADER}.",
    (False, True): "Send a bearer token of Entra ID.",
}


class Authority:
    """`check` lets a request pass or raises."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        secret = settings.events_secret
        self._secret = secret.get_secret_value().encode() if secret else b""
        self._tokens = _tokens(settings, clock)

    async def check(self, headers: Mapping[str, str]) -> None:
        """Raises Refused, and KeysUnavailable where a token can't be judged now."""
        if not self._secret and self._tokens is None:
            raise Refused(_NOT_SET_UP)
        given = headers.get(SECRET_HEADER)
        if given is not None and self._secret:
            if hmac.compare_digest(given.encode(), self._secret):
                return
            raise Refused("The secret is not the one in EVENTS_SECRET.")
        token = bearer_of(headers)
        if self._tokens is None or token is None:
            raise Refused(_ASKED_FOR[bool(self._secret), self._tokens is not None])
        if not _is_publisher(await self._tokens.claims_of(token)):
            raise Refused(f"The token is neither Event Grid's own nor has it the role {ROLE}.")


def _tokens(settings: Settings, clock: Clock) -> Tokens | None:
    """Those of the tenant, where one is set."""
    tenant = settings.events_tenant
    own = (f"https://sts.windows.net/{tenant}/", f"{_authority(tenant)}/v2.0") if tenant else ()
    issuers = (settings.events_issuer,) if settings.events_issuer else own
    if not settings.events_audience or not issuers:
        return None
    return Tokens(
        issuers=issuers,
        audience=settings.events_audience,
        keys_url=settings.events_jwks_url or f"{_authority(tenant)}/discovery/v2.0/keys",
        clock=clock,
        whose="the tenant's",
    )


def _is_publisher(claims: Mapping[str, Any]) -> bool:
    roles = claims.get("roles")
    named = claims.get("appid") == PUBLISHER or claims.get("azp") == PUBLISHER
    return named or (isinstance(roles, list) and ROLE in roles)


def _authority(tenant: str) -> str:
    return f"https://login.microsoftonline.com/{tenant}"
