"""The pages around the chat, over HTTP: sign-in, hand-off links, health, and who may enter."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from app.build import App
from contracts.clock import PinnedClock
from contracts.errors import MemoryUnavailable, RecordsUnavailable
from contracts.identity import Rung
from contracts.messages import Channel
from tests.pages import HTML, browser, link_of, press, session_of, text_of
from ui.sessions import SESSION_COOKIE
from ui.web import create_web

pytestmark = pytest.mark.e2e


# --- who may enter ------------------------------------------------------------------------------


async def test_the_front_door_leads_to_the_sign_in(client: httpx.AsyncClient) -> None:
    for path in ("/", "/chat", "/chat/", "/chat/anything"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/signin"), path


async def test_without_a_session_the_chats_own_requests_are_refused(
    client: httpx.AsyncClient,
) -> None:
    for path in ("/chat/project/settings", "/chat/public/theme.json", "/chat/user"):
        answer = await client.get(path, headers={"accept": "*/*"})
        assert answer.status_code == 401, path


async def test_a_made_up_cookie_is_no_session(client: httpx.AsyncClient) -> None:
    client.cookies.set(SESSION_COOKIE, "somebody.aaaaaa.bbbbbbbb")

    answer = await client.get("/chat/")

    assert (answer.status_code, answer.headers["location"]) == (303, "/signin")


async def test_chainlits_own_token_does_not_open_the_door(client: httpx.AsyncClient) -> None:
    client.cookies.set("access_token", "a.b.c")

    answer = await client.get("/chat/project/settings", headers={"accept": "*/*"})

    assert answer.status_code == 401


async def test_a_guest_comes_in_unknown(app: App, client: httpx.AsyncClient) -> None:
    answer = await press(client, "/signin", "/signin/guest")

    assert (answer.status_code, answer.headers["location"]) == (303, "/chat")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    session = session_of(app, client)
    assert session is not None
    identity = await app.gateway.identify(Channel.WEB, session)
    assert identity.rung is Rung.ANONYMOUS
    page = await client.get("/chat/")
    assert page.status_code == 200
    assert not re.search(r'href="https?://', page.text)  # nothing is fetched from elsewhere
    user = await client.get("/chat/user")
    assert session not in user.text  # the page's scripts never see the session's id


async def test_a_form_of_another_site_does_nothing(client: httpx.AsyncClient) -> None:
    await client.get("/signin")

    for form in ({}, {"form": ""}, {"form": "made-up"}):
        answer = await client.post("/signin/guest", data=form)
        assert answer.status_code == 403
        assert "Please try that again" in answer.text
    assert SESSION_COOKIE not in client.cookies


# --- demo customers and links -------------------------------------------------------------------


async def test_a_demo_customer_comes_in_through_a_signed_link(
    app: App, client: httpx.AsyncClient
) -> None:
    page = await client.get("/signin")
    assert "Maria Alvarez" in page.text
    assert "This is a demo" in page.text
    maria = next(it for it in await app.records.customers.demo() if it.first_name == "Maria")

    to_link = await press(client, "/signin", f"/signin/demo/{maria.customer_id}")
    link = to_link.headers["location"]
    assert re.fullmatch(r"/c/[\w.-]+", link)
    to_chat = await press(client, link, link)

    assert (to_chat.status_code, to_chat.headers["location"]) == (303, "/chat")
    session = session_of(app, client)
    assert session is not None
    identity = await app.gateway.identify(Channel.WEB, session)
    assert (identity.customer_id, identity.rung) == (maria.customer_id, Rung.VERIFIED)


async def test_there_is_no_demo_for_people_who_are_none(client: httpx.AsyncClient) -> None:
    answer = await press(client, "/signin", "/signin/demo/C-999999")

    assert answer.status_code == 404
    assert "nothing at this address" in answer.text


async def test_production_has_no_demo(app: App) -> None:
    settings = app.settings.model_copy(
        update={"environment": "production", "public_url": "https://chat.example.com"}
    )
    from dataclasses import replace

    transport = httpx.ASGITransport(create_web(replace(app, settings=settings)))
    maria = next(it for it in await app.records.customers.demo() if it.first_name == "Maria")
    async with httpx.AsyncClient(
        transport=transport, base_url="https://chat.example.com", headers=HTML
    ) as client:
        page = await client.get("/signin")
        demo = await press(client, "/signin", f"/signin/demo/{maria.customer_id}")
        guest = await press(client, "/signin", "/signin/guest")

    assert "Maria" not in page.text
    assert demo.status_code == 404
    assert "Secure" in guest.headers["set-cookie"]
    assert "max-age" in guest.headers["strict-transport-security"]


async def test_looking_at_a_link_does_not_use_it_up(app: App, client: httpx.AsyncClient) -> None:
    link = await link_of(app, "James")

    for method in ("GET", "HEAD", "GET"):
        looked = await client.request(method, link)
        assert looked.status_code in (200, 405)
        assert SESSION_COOKIE not in client.cookies
    opened = await press(client, link, link)

    assert opened.headers["location"] == "/chat"


async def test_a_link_works_once(
    app: App, client: httpx.AsyncClient, web: httpx.ASGITransport
) -> None:
    link = await link_of(app, "James")
    await press(client, link, link)
    before = session_of(app, client)

    async with browser(web) as other:
        looked = await other.get(link)
        again = await press(other, link, link)
        assert SESSION_COOKIE not in other.cookies

    for refused in (looked, again):
        assert refused.status_code == 410
        assert "This link was used before" in refused.text
        assert "send me a link" in refused.text
        assert "James" not in refused.text
    assert session_of(app, client) == before  # who is signed in stays so


async def test_a_used_link_leads_its_own_customer_on(app: App, client: httpx.AsyncClient) -> None:
    link = await link_of(app, "James")
    await press(client, link, link)

    again = await client.get(link)
    pressed = await press(client, "/signin", link)

    assert (again.status_code, again.headers["location"]) == (303, "/chat")
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/chat")


async def test_a_used_link_leads_nobody_else_on(
    app: App, client: httpx.AsyncClient, web: httpx.ASGITransport
) -> None:
    link = await link_of(app, "James")
    own = await link_of(app, "Wei")
    async with browser(web) as james:
        await press(james, link, link)
    await press(client, own, own)

    assert (await client.get(link)).status_code == 410


async def test_a_link_runs_out(app: App, client: httpx.AsyncClient, clock: PinnedClock) -> None:
    link = await link_of(app, "James")
    clock.advance(timedelta(minutes=app.scenario.identity.link_minutes, seconds=1))

    late = await client.get(link)
    pressed = await press(client, link, link)

    assert (late.status_code, pressed.status_code) == (410, 410)
    assert "This link has run out" in late.text
    assert SESSION_COOKIE not in client.cookies


async def test_a_changed_link_is_refused(app: App, client: httpx.AsyncClient) -> None:
    link = await link_of(app, "James")

    for forged in (f"{link[:-3]}abc", "/c/x", "/c/" + "é" * 40, "/c/" + "a" * 3000):
        answer = await press(client, forged, forged)
        assert answer.status_code == 400, forged[:20]
        assert "This link isn't complete" in text_of(answer)
        assert SESSION_COOKIE not in client.cookies


async def test_a_link_gives_its_own_rung_and_no_more(app: App, client: httpx.AsyncClient) -> None:
    link = await link_of(app, "James", Rung.RECOGNISED)

    await press(client, link, link)

    session = session_of(app, client)
    assert session is not None
    identity = await app.gateway.identify(Channel.WEB, session)
    assert identity.rung is Rung.RECOGNISED


async def test_signing_out_forgets_who_it_was(app: App, client: httpx.AsyncClient) -> None:
    link = await link_of(app, "Wei")
    await press(client, link, link)
    session = session_of(app, client)
    assert session is not None

    answer = await press(client, "/signout", "/signout")

    assert answer.headers["location"] == "/signin?why=left"
    assert SESSION_COOKIE not in client.cookies
    identity = await app.gateway.identify(Channel.WEB, session)
    assert identity.rung is Rung.ANONYMOUS
    assert (await client.get("/chat/")).status_code == 303


# --- health, headers, and stores that are down -----------------------------------------------


async def test_health_says_what_is_reachable_and_no_secret(
    app: App, client: httpx.AsyncClient
) -> None:
    answer = await client.get("/health")

    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "ok"
    assert body["memory"] == {"kind": "redis", "reachable": True}
    assert body["records"] == {"kind": "mongodb", "reachable": True}
    assert {it["model"] for it in body["models"]} == {"local"}
    assert app.secret.decode() not in answer.text
    assert "redis://" not in answer.text


async def test_health_without_records_is_degraded_and_without_memory_down(
    app: App, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_records(*_: object) -> None:
        raise RecordsUnavailable("down")

    async def no_memory(*_: object) -> None:
        raise MemoryUnavailable("down")

    monkeypatch.setattr(type(app.records.customers), "get", no_records)
    degraded = await client.get("/health")
    monkeypatch.setattr(type(app.memory.keyvalue), "get", no_memory)
    down = await client.get("/health")

    assert (degraded.status_code, degraded.json()["status"]) == (200, "degraded")
    assert (down.status_code, down.json()["status"]) == (503, "down")


async def test_the_sign_in_opens_while_the_records_are_down(
    app: App, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_records(*_: object) -> None:
        raise RecordsUnavailable("down")

    monkeypatch.setattr(type(app.records.customers), "demo", no_records)

    page = await client.get("/signin")

    assert page.status_code == 200
    assert "can't be listed right now" in text_of(page)
    assert "Continue as guest" in page.text


async def test_a_store_that_is_down_gives_a_page_to_read(
    app: App, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await link_of(app, "James")

    async def no_memory(*_: object) -> None:
        raise MemoryUnavailable("the memory at redis://10.0.0.1 does not answer")

    monkeypatch.setattr(type(app.memory.keyvalue), "get", no_memory)

    answer = await press(client, link, link)

    assert answer.status_code == 503
    assert "One moment, please" in answer.text
    assert "10.0.0.1" not in answer.text


async def test_every_page_forbids_frames_scripts_and_other_sites(
    client: httpx.AsyncClient,
) -> None:
    for path in ("/signin", "/signout", "/c/x", "/nowhere", "/health"):
        headers = (await client.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"


async def test_the_chats_page_may_only_talk_to_its_own_site(client: httpx.AsyncClient) -> None:
    await press(client, "/signin", "/signin/guest")

    policy = (await client.get("/chat/")).headers["content-security-policy"]

    assert policy.startswith("default-src 'self'")
    assert "http" not in policy
    assert "*" not in policy
