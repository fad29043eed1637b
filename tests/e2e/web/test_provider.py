"""Signing in at an identity provider and at a proxy, end to end: a real provider on loopback, with
its own keys, signs real tokens."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr

from app.build import App
from contracts.clock import PinnedClock
from contracts.identity import Rung
from tests.oidc_server import CLIENT_ID, CLIENT_SECRET, OidcServer, oidc_server
from tests.pages import BASE, browser, customer_of, identity_of, text_of
from ui.sessions import SESSION_COOKIE
from ui.web import create_web

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("later")]

PROXY_SECRET = "what the proxy and we know"


@pytest_asyncio.fixture(loop_scope="session")
async def provider(clock: PinnedClock) -> AsyncIterator[OidcServer]:
    async with oidc_server(clock) as server:
        yield server


def site_of(app: App, **settings: Any) -> httpx.ASGITransport:
    """The site with other settings."""
    changed = app.settings.model_copy(update={"public_url": BASE, **settings})
    return httpx.ASGITransport(create_web(replace(app, settings=changed)))


@pytest.fixture
def web(app: App, provider: OidcServer) -> httpx.ASGITransport:
    return site_of(app, **by(provider))


def by(provider: OidcServer) -> dict[str, Any]:
    return {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": SecretStr(CLIENT_SECRET),
    }


async def back_from(client: httpx.AsyncClient) -> str:
    """To the provider and back: the address that the browser is sent to at last, on our site."""
    away = await client.get("/signin/provider")
    assert away.status_code == 303
    async with httpx.AsyncClient() as elsewhere:
        returned = await elsewhere.get(away.headers["location"])
    return returned.headers["location"].removeprefix(BASE)


async def sign_in(client: httpx.AsyncClient) -> httpx.Response:
    return await client.get(await back_from(client))


async def test_a_customer_signs_in_by_the_claim_with_their_account(
    app: App, client: httpx.AsyncClient, provider: OidcServer
) -> None:
    wei = await customer_of(app, "Wei")
    provider.claims = {"extension_customerAccount": wei.account_number}
    page = await client.get("/signin")
    assert 'href="/signin/provider"' in page.text

    answer = await sign_in(client)

    assert (answer.status_code, answer.headers["location"]) == (303, "/chat")
    identity = await identity_of(app, client)
    assert (identity.customer_id, identity.rung) == (wei.customer_id, Rung.VERIFIED)
    assert provider.called.count("metadata") == 1  # what it publishes is kept for a while
    assert (await client.get("/chat/")).status_code == 200


async def test_the_way_there_carries_pkce_state_and_a_nonce(
    client: httpx.AsyncClient, provider: OidcServer
) -> None:
    away = httpx.URL((await client.get("/signin/provider")).headers["location"])

    assert str(away).startswith(f"{provider.base}/authorize?")
    assert away.params["redirect_uri"] == f"{BASE}/signin/callback"
    assert away.params["code_challenge_method"] == "S256"
    for name in ("state", "nonce", "code_challenge"):
        assert len(away.params[name]) >= 30, name
    assert "code_verifier" not in away.params
    again = httpx.URL((await client.get("/signin/provider")).headers["location"])
    assert all(again.params[name] != away.params[name] for name in ("state", "nonce"))


async def test_an_address_on_file_will_do_once_it_was_confirmed(
    app: App, provider: OidcServer
) -> None:
    maria = await customer_of(app, "Maria")
    [email] = [it.value for it in maria.contacts if it.kind == "email"]
    web = site_of(app, **by(provider), sign_in_claim="email")
    for confirmed, lets_in in (
        ({"email_verified": True}, True),
        ({"xms_edov": "1"}, True),
        ({"email_verified": False}, False),
        ({}, False),
    ):
        provider.claims = {"email": email.upper(), **confirmed}
        async with browser(web) as visitor:
            answer = await sign_in(visitor)
            expected = "/chat" if lets_in else "/signin?why=unknown"
            assert answer.headers["location"] == expected, confirmed


async def test_who_is_no_customer_is_told_so(
    client: httpx.AsyncClient, provider: OidcServer
) -> None:
    for claims in ({}, {"extension_customerAccount": "9999999999"}):
        provider.claims = claims
        answer = await sign_in(client)
        assert answer.headers["location"] == "/signin?why=unknown"
    assert SESSION_COOKIE not in client.cookies
    assert "found no account" in text_of(await client.get("/signin?why=unknown"))


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://login.example/another/v2.0"},
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"sub": None},
    ],
    ids=str,
)
async def test_a_token_for_something_else_is_refused(
    app: App,
    client: httpx.AsyncClient,
    provider: OidcServer,
    claims: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    wei = await customer_of(app, "Wei")
    provider.claims = {"extension_customerAccount": wei.account_number, **claims}

    with caplog.at_level(logging.WARNING):
        answer = await sign_in(client)

    assert answer.headers["location"] == "/signin?why=provider"
    assert SESSION_COOKIE not in client.cookies
    assert wei.account_number not in caplog.text
    assert "couldn't sign you in" in text_of(await client.get("/signin?why=provider"))


async def test_a_token_signed_by_somebody_else_is_refused(
    app: App, client: httpx.AsyncClient, provider: OidcServer
) -> None:
    wei = await customer_of(app, "Wei")
    provider.claims = {"extension_customerAccount": wei.account_number}
    provider.signing_key = RSAKey.generate_key(2048)
    assert (await sign_in(client)).headers["location"] == "/signin?why=provider"

    provider.algorithm = "HS256"  # a shared secret, where none is shared
    provider.signing_key = OctKey.import_key(CLIENT_SECRET)
    assert (await sign_in(client)).headers["location"] == "/signin?why=provider"


async def test_the_provider_may_change_its_keys(
    app: App, client: httpx.AsyncClient, provider: OidcServer
) -> None:
    wei = await customer_of(app, "Wei")
    provider.claims = {"extension_customerAccount": wei.account_number}
    await sign_in(client)

    provider.new_key()

    assert (await sign_in(client)).headers["location"] == "/chat"


async def test_what_comes_back_counts_once_and_in_its_own_browser_only(
    app: App, web: httpx.ASGITransport, provider: OidcServer
) -> None:
    wei = await customer_of(app, "Wei")
    provider.claims = {"extension_customerAccount": wei.account_number}
    async with browser(web) as hers, browser(web) as another:
        back = await back_from(hers)
        await another.get("/signin/provider")  # has begun a sign-in of its own
        stolen = await another.get(back)
        assert stolen.headers["location"] == "/signin?why=provider"
        async with browser(web) as fresh:
            assert (await fresh.get(back)).headers["location"] == "/signin?why=provider"
        assert (await hers.get(back)).headers["location"] == "/chat"
        assert (await hers.get(back)).headers["location"] == "/signin?why=provider"
        assert SESSION_COOKIE not in another.cookies


async def test_it_may_not_take_for_ever(
    client: httpx.AsyncClient, provider: OidcServer, clock: PinnedClock
) -> None:
    back = await back_from(client)
    clock.advance(timedelta(minutes=11))

    assert (await client.get(back)).headers["location"] == "/signin?why=provider"


async def test_who_cancels_is_back_at_the_sign_in(
    client: httpx.AsyncClient, provider: OidcServer
) -> None:
    provider.refuses = True

    assert (await sign_in(client)).headers["location"] == "/signin?why=provider"
    assert "token" not in provider.called


async def test_a_provider_that_is_down_leaves_the_other_ways_open(app: App) -> None:
    gone = {
        "oidc_issuer": "http://127.0.0.1:9/tenant/v2.0",
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": SecretStr(CLIENT_SECRET),
    }
    async with browser(site_of(app, **gone)) as visitor:
        answer = await visitor.get("/signin/provider")
        assert answer.headers["location"] == "/signin?why=provider"
        assert "Continue as guest" in (await visitor.get("/signin?why=provider")).text


async def test_without_a_provider_there_is_no_such_way(app: App) -> None:
    async with browser(site_of(app)) as visitor:
        assert "/signin/provider" not in (await visitor.get("/signin")).text
        for path in ("/signin/provider", "/signin/callback?code=a&state=b"):
            assert (await visitor.get(path)).status_code == 404


# --- an identity-aware proxy --------------------------------------------------------------------


def principal(**claims: str) -> dict[str, str]:
    said = {"auth_typ": "aad", "claims": [{"typ": n, "val": v} for n, v in claims.items()]}
    return {
        "x-ms-client-principal-id": "person-1",
        "x-ms-client-principal": base64.b64encode(json.dumps(said).encode()).decode(),
    }


async def test_a_proxy_that_proves_itself_says_who_it_is(app: App) -> None:
    james = await customer_of(app, "James")
    said = principal(extension_customerAccount=james.account_number)
    web = site_of(app, trust_principal=True, principal_secret=SecretStr(PROXY_SECRET))

    async with browser(web, **said, **{"x-throughline-proxy-secret": PROXY_SECRET}) as visitor:
        answer = await visitor.get("/signin/provider")
        assert answer.headers["location"] == "/chat"
        identity = await identity_of(app, visitor)
        assert (identity.customer_id, identity.rung) == (james.customer_id, Rung.VERIFIED)

    for forged in ({}, {"x-throughline-proxy-secret": "a guess"}):
        async with browser(web, **said, **forged) as visitor:
            answer = await visitor.get("/signin/provider")
            assert answer.headers["location"].startswith("/.auth/login/aad?")
            assert SESSION_COOKIE not in visitor.cookies


async def test_a_proxy_that_signed_nobody_in_is_asked_once(app: App) -> None:
    web = site_of(app, trust_principal=True, trusted_proxies="127.0.0.1")

    async with browser(web) as visitor:
        login = httpx.URL((await visitor.get("/signin/provider")).headers["location"])
        back = login.params["post_login_redirect_uri"]
        assert (await visitor.get(back)).headers["location"] == "/signin?why=provider"


async def test_the_header_alone_says_nothing(app: App) -> None:
    james = await customer_of(app, "James")
    async with browser(
        site_of(app), **principal(extension_customerAccount=james.account_number)
    ) as visitor:
        assert (await visitor.get("/signin/provider")).status_code == 404
        assert (await visitor.get("/chat/")).status_code == 303
