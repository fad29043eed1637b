"""What every route holds to: our own forms, headers, cookies, and how often one may ask."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from app.build import App
from contracts.scenario import RateLimit, WebLimits
from tests.pages import browser, press, text_of
from ui.policy import PROCESSOR_END, inline_scripts
from ui.web import create_web

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("later")]

HTTPS = "https://chat.example.com"
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
# Where no customer's session counts: tests/e2e/config has its own tests of that.
CALL = "/phone/calls"
OPERATORS = ("/config", "/route/")
PROVIDERS = "/api/v1/"
PATHS = ("/signin", "/signout", "/c/x", "/nowhere", "/health", "/outages", "/static/look.css")


@pytest.fixture(scope="module")
def site(web: httpx.ASGITransport) -> FastAPI:
    assert isinstance(web.app, FastAPI)
    return web.app


def secured(app: App) -> httpx.ASGITransport:
    """The same site as it is reached by https."""
    settings = app.settings.model_copy(update={"public_url": HTTPS})
    return httpx.ASGITransport(create_web(replace(app, settings=settings)))


def unsafe_routes(site: FastAPI) -> list[tuple[str, str]]:
    """Each route of ours that may change something: its method and an address for it."""
    described = site.openapi()["paths"]
    return [
        (method.upper(), re.sub(r"\{[^}]+\}", "x", path))
        for path, methods in described.items()
        for method in methods
        if method.upper() in UNSAFE
        and path != PROCESSOR_END  # which stands for another site
        and not path.startswith(PROVIDERS)  # who have no browser, and a secret of their own
    ]


async def test_no_route_takes_a_form_that_isn_t_ours(
    site: FastAPI, client: httpx.AsyncClient
) -> None:
    await press(client, "/signin", "/signin/guest")  # it has a session, and the form's cookie
    routes = [it for it in unsafe_routes(site) if not it[1].startswith(("/chat/", *OPERATORS))]
    assert ("POST", "/signin/code") in routes
    assert ("POST", "/signout") in routes

    for method, path in routes:
        for form in ({}, {"form": "made-up"}):
            answer = await client.request(method, path, data=form)
            refused = 422 if path == CALL else 403  # it takes no form at all
            assert answer.status_code == refused, f"{method} {path}"
    assert (await client.get("/chat/")).status_code == 200  # nobody was signed out


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://testserver", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=str,
)
async def test_another_sites_page_changes_nothing_here(
    site: FastAPI, client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """Nor in the chat, whose requests carry no form of ours."""
    await press(client, "/signin", "/signin/guest")
    routes = [
        *unsafe_routes(site),
        ("POST", "/chat/set-session-cookie"),
        ("POST", "/chat/project/action"),
        ("POST", "/chat/project/file"),
        ("POST", "/chat/logout"),
        ("PUT", "/chat/project/element"),
        ("DELETE", "/chat/project/thread"),
    ]

    for method, path in routes:
        answer = await client.request(method, path, headers={**headers, "accept": "*/*"})
        assert answer.status_code == 403, path
        assert "another site" in answer.text


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_has_the_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers

    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "strict-transport-security" not in headers  # it is not reached by https here


async def test_the_chats_page_runs_its_own_scripts_only(client: httpx.AsyncClient) -> None:
    await press(client, "/signin", "/signin/guest")

    page = await client.get("/chat/")

    assert {name: page.headers.get(name) for name in HEADERS} == HEADERS
    policy = page.headers["content-security-policy"]
    [scripts] = [it for it in policy.split("; ") if it.startswith("script-src ")]
    inline = inline_scripts(page.text)
    assert inline
    assert scripts == " ".join(
        ["script-src", "'self'", "'unsafe-eval'", *(f"'{it}'" for it in inline)]
    )
    for name in ("default-src", "connect-src", "object-src", "frame-src", "base-uri"):
        assert f"{name} '" in policy
    assert "http" not in policy
    assert not re.search(r'(href|src)="https?://', page.text)


async def test_by_https_cookies_are_the_hosts_own(app: App) -> None:
    async with browser(secured(app), HTTPS) as client:
        answers = [await client.get("/signin"), await press(client, "/signin", "/signin/guest")]
        answers.append(await press(client, "/signin", "/language", language="es", back="/"))
        answers.append(await press(client, "/signin", "/signin/account", account="4012345678"))
        session = {"session_id": "s"}
        answers.append(await client.post("/chat/set-session-cookie", json=session))
    cookies = [cookie for it in answers for cookie in it.headers.get_list("set-cookie")]
    names = {cookie.partition("=")[0] for cookie in cookies}

    assert {
        "__Host-throughline_session",
        "__Host-throughline_form",
        "__Host-throughline_signin",
        "throughline_language",
        "X-Chainlit-Session-id",
    } == names
    for cookie in cookies:
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts, cookie
        assert not any(part.startswith("domain") for part in parts)
    for answer in answers:
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_who_asks_too_often_waits_and_reads_why(app: App) -> None:
    two = RateLimit(times=2, seconds=600)
    limits = WebLimits(sign_ins=two, my=two)
    scenario = app.scenario.model_copy(update={"limits": limits})
    web = httpx.ASGITransport(create_web(replace(app, scenario=scenario)))
    async with browser(web) as client:
        given = [await press(client, "/signin", "/signin/account", account="123") for _ in range(3)]
        page = given[-1]
        assert [it.status_code for it in given] == [422, 422, 429]
        assert 0 < int(page.headers["retry-after"]) <= 601
        assert "Please wait a little" in page.text
        assert re.search(r"Please wait \d+ (minutes?|seconds?), then try again", page.text)
        assert {name: page.headers.get(name) for name in HEADERS} == HEADERS
        assert (await client.get("/signin")).status_code == 200  # reading goes on

        spanish = {"accept-language": "es", "accept": "application/json"}
        asked = [await client.get("/my/nothing", headers=spanish) for _ in range(3)]
        assert asked[-1].status_code == 429
        assert "Por favor, espere" in asked[-1].json()["detail"]


async def test_a_script_is_answered_in_json_where_a_reader_gets_a_page(
    client: httpx.AsyncClient,
) -> None:
    script = await client.get("/nowhere", headers={"accept": "application/json"})
    reader = await client.get("/nowhere")

    assert (script.status_code, reader.status_code) == (404, 404)
    assert set(script.json()) == {"detail"}
    assert "There is nothing at this address" in text_of(reader)


async def test_the_brand_is_the_scenarios(app: App, client: httpx.AsyncClient) -> None:
    brand = app.scenario.brand
    assert brand.icon.startswith("<svg")

    icon = await client.get("/static/favicon.svg")
    style = await client.get("/static/brand.css")

    assert (icon.headers["content-type"], icon.text) == ("image/svg+xml", brand.icon)
    light, dark = brand.colours["accent"]
    assert f"--tl-accent: light-dark({light}, {dark});" in style.text
    assert f"· {brand.name.replace('&', '&amp;')}</title>" in (await client.get("/signin")).text
