"""Who may post events, and that nobody else can."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.build import App
from app.messaging import webhook_of
from contracts.clock import PinnedClock
from contracts.settings import Settings
from gateway.wire.authority import PUBLISHER, ROLE, SECRET_HEADER
from gateway.wire.paths import EVENTS
from tests.conftest import START
from tests.events import AUDIENCE, SECRET, Poster, text
from tests.oidc_server import OidcServer, oidc_server

pytestmark = pytest.mark.e2e


def token(issuer: OidcServer, **claims: Any) -> str:
    issuer.claims = {
        "aud": AUDIENCE,
        "nbf": int(START.timestamp()) - 5,
        "appid": PUBLISHER,
        **claims,
    }
    return issuer._signed({})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SECRET_HEADER: ""},
        {SECRET_HEADER: "guessed"},
        {SECRET_HEADER: SECRET[:-1]},
        {"Authorization": f"Basic {SECRET}"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": f"Bearer {'x' * 20_000}"},
    ],
)
async def test_who_has_no_right_to_post_is_told_what_to_do(
    poster: Poster, headers: dict[str, str]
) -> None:
    answer = await poster.post(text("pay my bill", "forged"), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "ecret" in answer.json()["detail"] or "token" in answer.json()["detail"]
    assert await poster.turns() == []


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int((START - timedelta(minutes=5)).timestamp())},
        {"exp": None},
        {"nbf": int((START + timedelta(minutes=5)).timestamp())},
        {"aud": "api://somebody-else"},
        {"iss": "https://login.microsoftonline.com/another/v2.0"},
        {"appid": "00000000-0000-0000-0000-000000000000"},
        {"appid": None, "roles": ["Reader"]},
    ],
)
async def test_a_token_for_something_else_is_refused(
    poster: Poster, issuer: OidcServer, claims: dict[str, Any]
) -> None:
    given = {"Authorization": f"Bearer {token(issuer, **claims)}"}
    answer = await poster.post(text("pay my bill", "wrong-token"), headers=given)
    assert answer.status_code == 401
    assert await poster.turns() == []


async def test_a_token_of_another_issuers_key_or_without_a_signature_is_refused(
    poster: Poster, issuer: OidcServer, clock: PinnedClock
) -> None:
    async with oidc_server(clock) as forger:
        stolen = forger.keys[0]
        good = token(issuer)
        forger.keys, forger.base = issuer.keys, issuer.base
        forger.signing_key = stolen
        forged = token(forger)
    header, payload, _ = good.split(".")
    for bad in (forged, f"{header}.{payload}.", f"{header}.{payload}.{forged.split('.')[2]}"):
        answer = await poster.post(
            text("pay my bill", "badly-signed"), headers={"Authorization": f"Bearer {bad}"}
        )
        assert answer.status_code == 401
    assert await poster.turns() == []


@pytest.mark.parametrize("claims", [{}, {"appid": None, "azp": PUBLISHER}, {"roles": [ROLE]}])
async def test_event_grids_own_token_passes(
    poster: Poster, issuer: OidcServer, claims: dict[str, Any]
) -> None:
    claims = {"appid": None if "roles" in claims else PUBLISHER, **claims}
    given = {"Authorization": f"Bearer {token(issuer, **claims)}"}
    answer = await poster.post(text("hello", uuid4().hex), headers=given)
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)


async def test_an_unknown_key_is_looked_for_once_a_minute(
    poster: Poster, issuer: OidcServer, clock: PinnedClock
) -> None:
    assert (await poster.post(headers=bearer(token(issuer)))).status_code == 200
    issuer.new_key()
    asked = issuer.called.count("keys")
    for _ in range(3):
        assert (await poster.post(headers=bearer(token(issuer)))).status_code == 401
    clock.advance(timedelta(seconds=61))
    assert (await poster.post(headers=bearer(token(issuer)))).status_code == 200
    assert issuer.called.count("keys") == asked + 1


def bearer(given: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {given}"}


async def test_without_a_setting_nobody_may_post(app: App, poster: Poster) -> None:
    nothing = {"events_secret": None, "events_tenant": "", "events_issuer": ""}
    bare = app.settings.model_copy(update=nothing)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=_web_with(app, bare)), base_url="http://x"
    ) as client:
        answer = await client.post(EVENTS, json=[], headers={SECRET_HEADER: ""})
    assert answer.status_code == 401
    assert "EVENTS_SECRET" in answer.json()["detail"]


async def test_keys_that_can_not_be_had_are_no_verdict(app: App, issuer: OidcServer) -> None:
    away = app.settings.model_copy(update={"events_jwks_url": "http://127.0.0.1:9/keys"})
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=_web_with(app, away)), base_url="http://x"
    ) as client:
        answer = await client.post(EVENTS, json=[], headers=bearer(token(issuer)))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def _web_with(app: App, settings: Settings) -> FastAPI:
    from dataclasses import replace

    web = FastAPI()
    web.include_router(webhook_of(replace(app, settings=settings)).router)
    return web
