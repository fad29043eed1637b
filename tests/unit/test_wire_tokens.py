"""Whose tokens are believed, where some of the keys that are published can't be read."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from contracts.clock import PinnedClock
from gateway.wire.tokens import KeysUnavailable, Tokens
from tests.conftest import START

pytestmark = pytest.mark.unit

ISSUER, AUDIENCE, URL = "https://issuer.example", "us", "https://issuer.example/keys"
GOOD = RSAKey.generate_key(2048, {"kid": "good"})
PUBLISHED = GOOD.as_dict(private=False)
SECRET = "A-value-that-no-log-may-hold"
MALFORMED: list[Any] = [
    {"kty": "RSA", "kid": "bad", "n": SECRET, "e": "AQAB!"},
    {"kty": "RSA", "kid": "bad", "n": SECRET},
    {"kty": "RSA", "kid": "bad", "n": 7, "e": [SECRET]},
    {**PUBLISHED, "kid": "bad", "use": SECRET, "key_ops": ["verify"]},
    {"kty": "EC", "kid": "bad", "crv": SECRET, "x": "AA", "y": "AA"},
    {"kty": {"RSA": SECRET}},
    {"kid": SECRET},
    SECRET,
    None,
]


def tokens(monkeypatch: pytest.MonkeyPatch, published: Any) -> Tokens:
    async def get(_client: httpx.AsyncClient, url: str) -> httpx.Response:
        return httpx.Response(200, json=published, request=httpx.Request("GET", url))

    monkeypatch.setattr(httpx.AsyncClient, "get", get)
    return Tokens(
        issuers=(ISSUER,),
        audience=AUDIENCE,
        keys_url=URL,
        clock=PinnedClock(START),
        whose="the issuer's",
    )


def token() -> str:
    now = int(START.timestamp())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "nbf": now, "exp": now + 300}
    return jwt.encode({"alg": "RS256", "kid": "good"}, claims, GOOD)


@pytest.mark.parametrize("malformed", MALFORMED)
@pytest.mark.parametrize("first", [True, False])
async def test_a_key_that_can_not_be_read_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    malformed: Any,
    *,
    first: bool,
) -> None:
    keys = [malformed, PUBLISHED] if first else [PUBLISHED, malformed]
    with caplog.at_level(logging.WARNING, logger="gateway.wire.tokens"):
        claims = await tokens(monkeypatch, {"keys": keys}).claims_of(token())
    assert claims["aud"] == AUDIENCE
    (told,) = caplog.records
    assert (told.__dict__["unreadable"], told.__dict__["read"]) == (1, 1)
    assert SECRET not in repr(told.__dict__)


@pytest.mark.parametrize(
    "published", [{"keys": MALFORMED}, {"keys": []}, {"keys": {}}, {}, [], "keys", None]
)
async def test_without_a_key_a_token_can_not_be_judged(
    monkeypatch: pytest.MonkeyPatch, published: Any
) -> None:
    with pytest.raises(KeysUnavailable):
        await tokens(monkeypatch, published).claims_of(token())
