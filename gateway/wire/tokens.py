"""Bearer tokens of an issuer, judged by its published keys."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import Key, KeySet

from contracts.clock import Clock
from contracts.errors import ThroughlineError

log = logging.getLogger(__name__)

ALGORITHMS = ("RS256",)
LEEWAY_S = 60  # between the issuer's clock and ours
KEYS_KEPT_S = 3600.0
ANEW_AFTER_S = 60.0  # a key that is not known is looked for at most so often
ANSWERS_WITHIN_S = 5.0
MAX_TOKEN = 16_384  # characters


class Refused(ThroughlineError):
    """Not somebody who may post. The message says what to do and gives nothing away."""


class KeysUnavailable(ThroughlineError):
    """The issuer's keys can't be had: whether a token is good is not known."""


class Tokens:
    """Those of `issuers` for one audience. `whose` is said to who is refused; `begins`: whether a
    token has to say from when on it counts."""

    def __init__(
        self,
        *,
        issuers: Sequence[str],
        audience: str,
        keys_url: str,
        clock: Clock,
        whose: str,
        begins: bool = True,
    ) -> None:
        self._issuers = list(issuers)
        self._audience = audience
        self._keys = Keys(keys_url, clock)
        self._clock = clock
        self._whose = whose
        self._begins = begins

    async def claims_of(self, token: str) -> Mapping[str, Any]:
        """Its claims. Raises Refused, and KeysUnavailable where it can't be judged now."""
        if len(token) > MAX_TOKEN:
            raise Refused(f"The token is longer than any of {self._whose}.")
        try:
            claims = await self._keys.claims_of(token)
            self._registry().validate(claims)
        except (JoseError, ValueError) as error:
            raise Refused(
                f"The token is not one of {self._whose} for this audience, or it has expired."
            ) from error
        return claims

    def _registry(self) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock.now().timestamp()),
            leeway=LEEWAY_S,
            iss={"essential": True, "values": self._issuers},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
            nbf={"essential": self._begins},
        )


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """The token in an Authorization header; None where there is no bearer's."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


class Keys:
    """An issuer's public keys, fetched when they are needed."""

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
            age_s = now - self._fetched  # below 0 where the clock was set back
            if age_s < 0 or age_s >= (older_than_s if self._keys else ANSWERS_WITHIN_S):
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
                return _usable(answer.json())
            except (httpx.HTTPError, ValueError):
                return None


def _usable(published: object) -> KeySet | None:
    """The keys of a set that can be read: one that can't be does not take the others along. None
    where there are none."""
    listed = published.get("keys") if isinstance(published, dict) else None
    keys: list[Key] = []
    unreadable = 0
    for one in listed if isinstance(listed, list) else []:
        try:
            keys += KeySet.import_key_set({"keys": [one]}).keys
        except (JoseError, ValueError, KeyError, TypeError):
            unreadable += 1
    if unreadable:
        log.warning(
            "keys of an issuer can't be read", extra={"unreadable": unreadable, "read": len(keys)}
        )
    return KeySet(keys) if keys else None
