"""A small OpenID Connect provider on loopback, with keys of its own, for tests of the sign-in.

It checks what a real one checks (client, redirect address, PKCE, that a code is used once) and
signs real tokens. `claims` are put into the next token over the right ones; `signing_key` may be
replaced.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from contracts.clock import Clock
from emulator.serving import loopback

CLIENT_ID, CLIENT_SECRET = "throughline-web", "a client secret of the tests"


@dataclass
class OidcServer:
    clock: Clock
    base: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    refuses: bool = False  # the person cancels
    called: list[str] = field(default_factory=list)
    keys: list[RSAKey] = field(default_factory=list)
    signing_key: Any = None
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"{self.base}/tenant/v2.0"

    def new_key(self) -> RSAKey:
        """A key that is published from now on, in the place of those before, and signs."""
        key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(8), "use": "sig"})
        self.keys, self.signing_key = [key], key
        return key

    def app(self) -> Starlette:
        tenant = "/tenant/v2.0"
        return Starlette(
            routes=[
                Route(f"{tenant}/.well-known/openid-configuration", self._metadata),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/keys", self._keys),
            ]
        )

    async def _metadata(self, _request: Request) -> Response:
        self.called.append("metadata")
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.base}/authorize",
                "token_endpoint": f"{self.base}/token",
                "jwks_uri": f"{self.base}/keys",
            }
        )

    async def _keys(self, _request: Request) -> Response:
        self.called.append("keys")
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.keys]})

    async def _authorize(self, request: Request) -> Response:
        """The person signs in here, and agrees; at once, in a test."""
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT_ID
        assert {"openid", "email"} <= set(asked["scope"].split())
        if self.refuses:
            back = {"error": "access_denied", "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self._codes[code] = asked
            back = {"code": code, "state": asked["state"]}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}")

    async def _token(self, request: Request) -> Response:
        self.called.append("token")
        form = await request.form()
        given = {name: str(value) for name, value in form.items()}
        asked = self._codes.pop(given.get("code", ""), None)
        challenge = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        if (
            asked is None
            or (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET)
            or given.get("redirect_uri") != asked["redirect_uri"]
            or base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        token = self._signed({"nonce": asked["nonce"]})
        return JSONResponse({"access_token": "unused", "token_type": "Bearer", "id_token": token})

    def _signed(self, about: dict[str, Any]) -> str:
        now = int(self.clock.now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "person-1",
            "iat": now,
            "exp": now + 3600,
            **about,
            **self.claims,
        }
        held = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.keys[0].kid}
        return jwt.encode(header, held, self.signing_key, algorithms=[self.algorithm])


@asynccontextmanager
async def oidc_server(clock: Clock) -> AsyncIterator[OidcServer]:
    server = OidcServer(clock)
    server.new_key()
    async with loopback(server.app()) as server.base:
        yield server
