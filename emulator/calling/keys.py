"""The key that call-backs and media sockets are signed with, as ACS does with its own."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Request
from joserfc import jwt
from joserfc.jwk import RSAKey

from contracts.clock import Clock

CALLBACK_LIFE = timedelta(minutes=5)
SOCKET_LIFE = timedelta(hours=24)
Whose = Literal["own", "stranger", "expired", "none"]


class Signer:
    """Signs tokens of that issuer for that audience. Its keys are made when one is first asked for:
    that takes a tenth of a second or so of a thread."""

    def __init__(self, issuer: str, audience: str, clock: Clock) -> None:
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._id = uuid4().hex
        self._keys: dict[bool, asyncio.Future[RSAKey]] = {}  # a stranger's, and ours

    def routes(self, router: APIRouter) -> None:
        router.add_api_route("/calling/keys", self.published, methods=["GET"])
        well_known = "/calling/.well-known/acsopenidconfiguration"
        router.add_api_route(well_known, self.metadata, methods=["GET"])

    async def published(self) -> dict[str, Any]:
        """As JWKS."""
        key = await self._key(stranger=False)
        return {"keys": [{**key.as_dict(private=False), "use": "sig", "alg": "RS256"}]}

    async def metadata(self, request: Request) -> dict[str, Any]:
        return {
            "issuer": self._issuer,
            "jwks_uri": f"{request.base_url}calling/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    async def headers(self, life: timedelta, whose: Whose = "own") -> dict[str, str]:
        """With the token as a bearer. whose: a stranger's has our key's name, and another key."""
        if whose == "none":
            return {}
        key = await self._key(stranger=whose == "stranger")
        issued = self._clock.now() - (2 * life if whose == "expired" else timedelta(0))
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "jti": uuid4().hex,
            "iat": int(issued.timestamp()),
            "nbf": int(issued.timestamp()),
            "exp": int((issued + life).timestamp()),
        }
        header = {"alg": "RS256", "kid": self._id, "typ": "JWT"}
        return {"Authorization": f"Bearer {jwt.encode(header, claims, key)}"}

    async def _key(self, *, stranger: bool) -> RSAKey:
        making = self._keys.get(stranger)
        if making is None:
            make = partial(RSAKey.generate_key, 2048, {"kid": self._id})
            making = asyncio.ensure_future(asyncio.to_thread(make))
            self._keys[stranger] = making
        return await asyncio.shield(making)
