"""Signing in at /config/: sessions, wrong passwords, a new password, the first admin."""

from __future__ import annotations

import stat
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from app.build import App
from app.operators import FIRST, OperatorAccounts, first_admin
from contracts.clock import PinnedClock
from contracts.records import Role
from tests.desk import PASSWORDS, said, sign_in
from tests.pages import browser, press
from ui.config.access import COOKIE

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("later")]
SIGN_IN = "/config/signin"


async def tried(client: httpx.AsyncClient, name: str, password: str) -> httpx.Response:
    return await press(client, SIGN_IN, SIGN_IN, name=name, password=password)


async def test_it_leads_back_to_where_one_wanted_to_go(client: httpx.AsyncClient) -> None:
    asked = await client.get("/config/audit?kind=agent")
    assert asked.headers["location"] == "/config/signin?back=%2Fconfig%2Faudit%3Fkind%3Dagent"
    shown = await client.get(asked.headers["location"])
    assert 'name="back" value="/config/audit?kind=agent"' in shown.text
    answer = await press(
        client,
        SIGN_IN,
        SIGN_IN,
        name=" Viewer ",
        password=PASSWORDS[Role.VIEWER],
        back="/config/audit?kind=agent",
    )
    assert answer.headers["location"] == "/config/audit?kind=agent"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/signin", "/\\e.x"])
async def test_it_leads_nowhere_else(client: httpx.AsyncClient, back: str) -> None:
    answer = await press(
        client, SIGN_IN, SIGN_IN, name="viewer", password=PASSWORDS[Role.VIEWER], back=back
    )
    assert answer.headers["location"] == "/config/"


async def test_nobody_and_a_wrong_password_are_answered_alike(client: httpx.AsyncClient) -> None:
    took = {}
    pages = {}
    for name in ("viewer", "nobody.at.all"):
        began = time.perf_counter()
        answer = await tried(client, name, "not the password")
        took[name] = time.perf_counter() - began
        assert answer.status_code == 422
        pages[name] = said(answer).replace(name, "NAME")
    assert pages["viewer"] == pages["nobody.at.all"]
    assert 0.2 < took["viewer"] / took["nobody.at.all"] < 5  # a look-up alone would be a hundredth


async def test_trying_is_limited(web: httpx.ASGITransport, client: httpx.AsyncClient) -> None:
    for _ in range(10):
        assert (await tried(client, "operator", "wrong one again")).status_code == 422
    stopped = await tried(client, "operator", PASSWORDS[Role.OPERATOR])
    assert stopped.status_code == 429
    assert int(stopped.headers["retry-after"]) > 0
    assert "tried too often" in said(stopped)
    assert (await tried(client, "viewer", PASSWORDS[Role.VIEWER])).status_code == 303


async def test_a_form_of_another_browser_is_refused(
    web: httpx.ASGITransport, client: httpx.AsyncClient
) -> None:
    sent = {"form": "made-up", "name": "viewer", "password": PASSWORDS[Role.VIEWER]}
    assert (await client.post(SIGN_IN, data=sent)).status_code == 403


async def test_signing_out_ends_the_session_everywhere(client: httpx.AsyncClient) -> None:
    desk = await sign_in(client, Role.VIEWER)
    copied = client.cookies.get(COOKIE)
    assert (await desk.post("/config/signout")).status_code == 303
    client.cookies.set(COOKIE, copied or "")
    assert (await client.get("/config/")).status_code == 303


async def test_a_session_ends_when_nobody_uses_it(
    client: httpx.AsyncClient, clock: PinnedClock
) -> None:
    await sign_in(client, Role.VIEWER)
    for _ in range(3):
        clock.advance(timedelta(minutes=20))
        assert (await client.get("/config/")).status_code == 200
    clock.advance(timedelta(minutes=31))
    assert (await client.get("/config/")).status_code == 303


async def test_a_session_ends_after_half_a_day(
    client: httpx.AsyncClient, clock: PinnedClock
) -> None:
    await sign_in(client, Role.VIEWER)
    for _ in range(24):
        clock.advance(timedelta(minutes=29))
        assert (await client.get("/config/")).status_code == 200
    clock.advance(timedelta(minutes=25))
    assert (await client.get("/config/")).status_code == 303


async def test_a_forged_cookie_is_nobody(client: httpx.AsyncClient) -> None:
    await sign_in(client, Role.ADMIN)
    signed = client.cookies.get(COOKIE) or ""
    for forged in (signed[:-2] + "xx", "admin", signed.partition(".")[0], "é" * 4):
        client.cookies.clear()
        answer = await client.get("/config/", headers={b"cookie": f"{COOKIE}={forged}".encode()})
        assert answer.status_code == 303


async def test_a_new_password_ends_the_other_sessions(
    app: App, web: httpx.ASGITransport, client: httpx.AsyncClient
) -> None:
    accounts = OperatorAccounts(app.records.operators, app.clock)
    await accounts.add("sam", Role.VIEWER, "the first password")
    async with browser(web) as elsewhere:
        await sign_in(elsewhere, Role.VIEWER, name="sam", password="the first password")
        desk = await sign_in(client, Role.VIEWER, name="sam", password="the first password")
        path = "/config/password"
        wrong = await desk.post(path, current="no", password="x" * 12, again="x" * 12)
        assert 'id="current-wrong"' in wrong.text
        given = {"current": "the first password", "password": "the next password"}
        assert 'id="again-wrong"' in (await desk.post(path, **given, again="other")).text
        short = {"current": "the first password", "password": "short", "again": "short"}
        assert 'id="password-wrong"' in (await desk.post(path, **short)).text
        done = await desk.post(path, **given, again="the next password")
        assert done.status_code == 303
        assert (await client.get("/config/")).status_code == 200
        assert (await elsewhere.get("/config/")).status_code == 303


async def test_the_first_admin_is_made_where_there_is_nobody(app: App, tmp_path: Path) -> None:
    accounts = OperatorAccounts(app.records.operators, app.clock)
    settings = app.settings.model_copy(update={"data_dir": tmp_path})
    assert await first_admin(settings, accounts) == ""  # somebody is here
    await app.database["operators"].rename("elsewhere")
    try:
        password = await first_admin(settings, accounts)
        assert await accounts.signed_in(FIRST, password) is not None
        kept = tmp_path / "admin.password"
        assert kept.read_text() == password
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert await first_admin(settings, accounts) == password
        await accounts.set_password(FIRST, "one of their own")
        assert await first_admin(settings, accounts) == ""  # no more what was printed
        production = settings.model_copy(update={"environment": "production"})
        await app.database["operators"].delete_many({})
        assert await first_admin(production, accounts) == ""
        assert await accounts.all() == []
    finally:
        await app.database["operators"].drop()
        await app.database["elsewhere"].rename("operators")
