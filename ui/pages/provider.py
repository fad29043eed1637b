"""Signing in at an identity provider, Microsoft Entra ID say, by OpenID Connect: the authorization
code flow with PKCE, state and nonce; the ID token is checked against the provider's own keys."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from contracts.clock import Clock
from contracts.ports import KeyValue
from contracts.settings import Settings

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384")
SCOPE = "openid profile email"
BEGUN_LASTS = timedelta(minutes=10)
KEPT = timedelta(hours=1)  # the provider's addresses and keys
ANSWERS_WITHIN_S = 8.0
LEEWAY_S = 60  # between the provider's clock and ours


class SignInRefused(Exception):
    """The provider, or what it sent, does not say who this is. The message is for the log."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the provider publishes, and until when it is believed."""

    metadata: Mapping[str, Any]
    keys: KeySet
    until: float


class OpenIdProvider:
    """One provider: a tenant of Entra ID, or any that speaks OpenID Connect."""

    def __init__(self, settings: Settings, keyvalue: KeyValue, clock: Clock) -> None:
        secret = settings.oidc_client_secret
        self._issuer = settings.oidc_issuer.rstrip("/")
        self._client_id = settings.oidc_client_id
        self._secret = secret.get_secret_value() if secret else ""
        self._callback = f"{settings.base_url}/signin/callback"
        self._keyvalue = keyvalue
        self._clock = clock
        self._known: _Known | None = None
        self._learning = asyncio.Lock()

    async def begin(self) -> tuple[str, str]:
        """Where to send the browser, and what it has to bring back in a cookie.

        Raises SignInRefused if the provider does not answer.
        """
        known = await self._learn()
        key, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        async with self._client() as client:
            url, state = client.create_authorization_url(
                known.metadata["authorization_endpoint"], nonce=nonce, code_verifier=verifier
            )
        begun = {
            "state": state,
            "nonce": nonce,
            "verifier": verifier,
            "until": (self._clock.now() + BEGUN_LASTS).timestamp(),
        }
        await self._keyvalue.set(f"oidc:{key}", begun, ttl_s=BEGUN_LASTS.total_seconds())
        return str(url), key

    async def finish(self, key: str, *, code: str, state: str) -> Mapping[str, Any]:
        """The claims of the ID token. Raises SignInRefused."""
        begun = await self._keyvalue.take(f"oidc:{key}") if key else None
        if begun is None or begun["until"] <= self._clock.now().timestamp():
            raise SignInRefused("no such sign-in was begun, or it took too long")
        if not hmac.compare_digest(str(begun["state"]).encode(), state.encode()):
            raise SignInRefused("the state is another's")
        known = await self._learn()
        token = await self._token(known, code, str(begun["verifier"]))
        return await self._claims(token, str(begun["nonce"]))

    # --- what the provider says ---------------------------------------------------------------

    async def _token(self, known: _Known, code: str, verifier: str) -> str:
        async with self._client() as client:
            try:
                answer = await client.fetch_token(
                    known.metadata["token_endpoint"], code=code, code_verifier=verifier
                )
            except (OAuthError, httpx.HTTPError, ValueError) as error:
                raise SignInRefused("the code was not taken") from error
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise SignInRefused("there is no ID token")
        return token

    async def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        try:
            claims = await self._signed(token)
            self._registry(nonce).validate(claims)
        except (JoseError, ValueError) as error:
            raise SignInRefused("the ID token is not good") from error
        if claims.get("azp", self._client_id) != self._client_id:
            raise SignInRefused("the ID token is for another client")
        return claims

    async def _signed(self, token: str) -> dict[str, Any]:
        """The claims, signed by a key of the provider's."""
        known = await self._learn()
        try:
            return jwt.decode(token, known.keys, algorithms=ALGORITHMS).claims
        except InvalidKeyIdError:  # it has changed its keys
            known = await self._learn(anew=known)
            return jwt.decode(token, known.keys, algorithms=ALGORITHMS).claims

    def _registry(self, nonce: str) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock.now().timestamp()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )

    async def _learn(self, anew: _Known | None = None) -> _Known:
        """The provider's addresses and keys, kept for a while. `anew`: what will not do."""
        async with self._learning:
            known, now = self._known, self._clock.now().timestamp()
            if known is not None and known is not anew and known.until > now:
                return known
            metadata = await self._fetch(f"{self._issuer}/.well-known/openid-configuration")
            if metadata.get("issuer") != self._issuer:
                raise SignInRefused("the provider calls itself something else")
            try:
                keys = KeySet.import_key_set(await self._fetch(str(metadata["jwks_uri"])))  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError) as error:
                raise SignInRefused("the provider's keys can't be read") from error
            self._known = _Known(metadata, keys, now + KEPT.total_seconds())
            return self._known

    async def _fetch(self, url: str) -> dict[str, Any]:
        async with httpx.AsyncClient(timeout=ANSWERS_WITHIN_S) as client:
            try:
                answer = await client.get(url)
                answer.raise_for_status()
                found = answer.json()
            except (httpx.HTTPError, ValueError) as error:
                raise SignInRefused("the provider does not answer") from error
        if not isinstance(found, dict):
            raise SignInRefused("the provider's answer can't be read")
        return found

    def _client(self) -> Any:  # authlib has no types
        return AsyncOAuth2Client(
            client_id=self._client_id,
            client_secret=self._secret,
            token_endpoint_auth_method="client_secret_post",
            redirect_uri=self._callback,
            scope=SCOPE,
            code_challenge_method="S256",
            timeout=ANSWERS_WITHIN_S,
        )
