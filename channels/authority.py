"""Who may post events: whoever has the secret, or Event Grid with a token of our Entra tenant."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from contracts.clock import Clock
from contracts.errors import ThroughlineError
from contracts.settings import Settings

SECRET_HEADER = "X-Throughline-Secret"
PUBLISHER = "4962773b-9cdb-44cf-a8bf-237846a00ab7"  # Event Grid's own application, in all tenants
ROLE = "AzureEventGridSecureWebhookSubscriber"
ALGORITHMS = ("RS256",)
LEEWAY_S = 60  # between the issuer's clock and ours
KEYS_KEPT_S = 3600.0
ANEW_AFTER_S = 60.0  # a key that is not known is looked for at most so often
ANSWERS_WITHIN_S = 5.0
MAX_TOKEN = 16_384  # characters
_NOT_SET_UP = "Nobody may post events yet: set EVENTS_SECRET, or EVENTS_TENANT and EVENTS_AUDIENCE."
_ASKED_FOR = {
    (True, True): f"Send the secret in {SECRET_HEADER}, or a bearer token of Entra ID.",
    (True, False): f"Send the secret in {SECRET_HEADER}.",
    (False, True): "Send a bearer token of Entra ID.",
}


class Refused(ThroughlineError):
    """Not somebody who may post events. The message says what to do and gives nothing away."""


class KeysUnavailable(ThroughlineError):
    """The issuer's keys can't be had: whether a token is good is not known."""


class Authority:
    """`check` lets a request pass or raises."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        secret = settings.events_secret
        self._secret = secret.get_secret_value().encode() if secret else b""
        tenant = settings.events_tenant
        self._audience = settings.events_audience
        self._issuers = (
            (settings.events_issuer,)
            if settings.events_issuer
            else (f"https://sts.windows.net/{tenant}/", _issuer(tenant))
            if tenant
            else ()
        )
        url = settings.events_jwks_url or (f"{_authority(tenant)}/discovery/v2.0/keys")
        self._keys = _Keys(url, clock) if self._audience and self._issuers else None
        self._clock = clock

    async def check(self, headers: Mapping[str, str]) -> None:
        """Raises Refused, and KeysUnavailable where a token can't be judged now."""
        if not self._secret and self._keys is None:
            raise Refused(_NOT_SET_UP)
        given = headers.get(SECRET_HEADER)
        if given is not None and self._secret:
            if hmac.compare_digest(given.encode(), self._secret):
                return
            raise Refused("The secret is not the one in EVENTS_SECRET.")
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if self._keys is None or scheme.lower() != "bearer":
            raise Refused(_ASKED_FOR[bool(self._secret), self._keys is not None])
        await self._judge(self._keys, token.strip())

    async def _judge(self, keys: _Keys, token: str) -> None:
        if len(token) > MAX_TOKEN:
            raise Refused("The token is longer than any of Entra ID's.")
        try:
            claims = await keys.claims_of(token)
            self._registry().validate(claims)
        except (JoseError, ValueError) as error:
            raise Refused(
                "The token is not one of the tenant's for this audience, or it has expired."
            ) from error
        if not _is_publisher(claims):
            raise Refused(f"The token is neither Event Grid's own nor has it the role {ROLE}.")

    def _registry(self) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock.now().timestamp()),
            leeway=LEEWAY_S,
            iss={"essential": True, "values": list(self._issuers)},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
            nbf={"essential": True},
        )


class _Keys:
    """The issuer's public keys, fetched when they are needed."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._keys: KeySet | None = None
        self._fetched = 0.0  # when, and whether or not it was answered
        self._fetching = asyncio.Lock()

    async def claims_of(self, token: str) -> dict[str, Any]:
        """The claims, signed by one of the keys. Raises JoseError and ValueError for a bad token,
        KeysUnavailable."""
        keys = await self._get(older_than_s=KEYS_KEPT_S)
        try:
            return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        except InvalidKeyIdError:  # the issuer has new keys, or somebody made it up
            newer = await self._get(older_than_s=ANEW_AFTER_S)
            if newer is keys:
                raise
            return jwt.decode(token, newer, algorithms=ALGORITHMS).claims

    async def _get(self, *, older_than_s: float) -> KeySet:
        async with self._fetching:
            now = self._clock.now().timestamp()
            due = now - self._fetched >= (older_than_s if self._keys else ANSWERS_WITHIN_S)
            if due:
                self._fetched = now
                self._keys = await self._fetch() or self._keys
            if self._keys is None:
                raise KeysUnavailable("the issuer's keys can't be had")
            return self._keys

    async def _fetch(self) -> KeySet | None:
        async with httpx.AsyncClient(timeout=ANSWERS_WITHIN_S) as client:
            try:
                answer = await client.get(self._url)
                answer.raise_for_status()
                return KeySet.import_key_set(answer.json())
            except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError):
                return None


def _is_publisher(claims: Mapping[str, Any]) -> bool:
    roles = claims.get("roles")
    named = claims.get("appid") == PUBLISHER or claims.get("azp") == PUBLISHER
    return named or (isinstance(roles, list) and ROLE in roles)


def _authority(tenant: str) -> str:
    return f"https://login.microsoftonline.com/{tenant}"


def _issuer(tenant: str) -> str:
    return f"{_authority(tenant)}/v2.0"
