"""Who may do what: each route by each role, forms of other sessions, tokens."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest

from app.build import App
from app.operators import OperatorAccounts
from contracts.records import Role
from tests.desk import Desk, said, sign_in
from tests.pages import browser

pytestmark = pytest.mark.e2e

OPEN = {"/config", "/config/signin"}  # to everybody
IDS = {
    "entry_id": "no-such-entry",
    "name": "no-such-operator",
    "token_id": "none",
    "phone": "+15035550100",
    "kind": "agents",
}


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    role: Role

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def needed(method: str, path: str) -> Role:
    """What the brief of each role says."""
    if path.startswith("/config/operators"):
        return Role.ADMIN
    everybody = ("/config/try", "/config/signout", "/config/password")
    changes = method == "POST" and path not in everybody
    changes = changes or path.endswith(("/new", "/delete"))
    return Role.OPERATOR if changes else Role.VIEWER


def routes_of(web: httpx.ASGITransport) -> list[Route]:
    ours = ("/config", "/route/", "/messaging-connect/")
    described = web.app.openapi()["paths"]  # type: ignore[attr-defined]
    return [
        Route(method.upper(), path, needed(method.upper(), path))
        for path, methods in described.items()
        if path.startswith(ours) and path not in OPEN
        for method in methods
    ]


async def call(client: httpx.AsyncClient, route: Route, csrf: str = "") -> int:
    path = route.path.format(**IDS)
    if route.method == "GET":
        return (await client.get(path)).status_code
    return (await client.post(path, headers={"X-CSRF-Token": csrf})).status_code


async def test_there_are_routes_for_each_role(web: httpx.ASGITransport) -> None:
    routes = routes_of(web)
    assert {route.role for route in routes} == set(Role)
    assert len(routes) >= 40


async def test_nobody_gets_in_without_signing_in(
    web: httpx.ASGITransport, client: httpx.AsyncClient
) -> None:
    for route in routes_of(web):
        status = await call(client, route)
        assert status == 401 or (route.method == "GET" and status == 303), str(route)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
async def test_no_role_reaches_what_is_above_it(
    web: httpx.ASGITransport, desks: dict[Role, Desk], role: Role
) -> None:
    desk = desks[role]
    for route in routes_of(web):
        if not role.covers(route.role):
            assert await call(desk.client, route, desk.csrf) == 403, str(route)


async def test_each_role_reaches_what_is_its_own(
    web: httpx.ASGITransport, desks: dict[Role, Desk]
) -> None:
    for route in routes_of(web):
        if route.path in ("/config/signout", "/config/password"):
            continue
        desk = desks[route.role]
        status = await call(desk.client, route, desk.csrf)
        assert 200 <= status < 500, f"{route}: {status}"
        assert status not in (401, 403), str(route)


async def test_no_form_is_taken_without_the_token_of_its_session(
    web: httpx.ASGITransport, admin: Desk, operator: Desk
) -> None:
    for route in routes_of(web):
        if route.method == "POST":
            for csrf in ("", "made-up", operator.csrf):
                assert await call(admin.client, route, csrf) == 403, str(route)


async def test_a_page_elsewhere_can_post_nothing(operator: Desk) -> None:
    answer = await operator.client.post(
        "/config/agents/billing/switch",
        data={"csrf": operator.csrf, "on": "no"},
        headers={"origin": "https://evil.example"},
    )
    assert answer.status_code == 403


async def test_the_pages_policy_allows_nothing_inline(viewer: Desk) -> None:
    answer = await viewer.client.get("/config/")
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "<style" not in answer.text
    assert "style=" not in answer.text
    assert "onclick" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_a_program_signs_in_with_a_token(
    app: App, web: httpx.ASGITransport, client: httpx.AsyncClient
) -> None:
    accounts = OperatorAccounts(app.records.operators, app.clock)
    token = await accounts.new_token("operator", "the nightly import")
    headers = {"Authorization": f"Bearer {token}"}
    assert (await client.get("/config/api/agents", headers=headers)).status_code == 200
    switched = await client.post(
        "/config/agents/usage/switch", data={"on": "no"}, headers=headers
    )  # a program has no form, and so no token of one
    assert switched.status_code == 303
    assert (await client.get("/config/operators", headers=headers)).status_code == 403
    for wrong in (f"{token}x", "", token[:-1]):
        refused = await client.get(
            "/config/api/agents", headers={"Authorization": f"Bearer {wrong}"}
        )
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
        assert "detail" in refused.json()
    operator = await accounts.get("operator")
    assert operator is not None
    assert token not in operator.model_dump_json()
    await accounts.drop_token("operator", operator.tokens[-1].token_id)
    assert (await client.get("/config/api/agents", headers=headers)).status_code == 401


async def test_an_admin_lets_others_in_and_out(web: httpx.ASGITransport, admin: Desk) -> None:
    home = "/config/operators"
    added = await admin.post(home, name="Jo.Miller", role="viewer", password="a first password")
    assert added.status_code == 303
    async with browser(web) as theirs:
        jo = await sign_in(theirs, Role.VIEWER, name="jo.miller", password="a first password")
        assert (await jo.post("/config/agents/new")).status_code == 403
        await admin.post(f"{home}/jo.miller/role", role="operator")
        assert (await jo.post("/config/agents/new")).status_code == 422  # the role counts at once
        await admin.post(f"{home}/jo.miller/switch", on="no")
        assert (await theirs.get("/config/")).status_code == 303
        await admin.post(f"{home}/jo.miller/switch", on="yes")
        assert (await theirs.get("/config/")).status_code == 200
        await admin.post(f"{home}/jo.miller/password", password="another password")
        assert (await theirs.get("/config/")).status_code == 303


async def test_a_token_is_shown_once(admin: Desk) -> None:
    shown = await admin.post("/config/operators/viewer/token", label="a wallboard")
    token = said(shown).partition('<code class="token">')[2].partition("</code>")[0]
    assert token.startswith("tl_")
    assert len(token) > 40
    page = await admin.get("/config/operators")
    assert token not in page
    assert "a wallboard" in page


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "admin"}, "name"),
        ({"name": "has spaces"}, "name"),
        ({"password": "short"}, "password"),
        ({"role": "king"}, "role"),
    ],
)
async def test_a_wrong_operator_is_said_at_the_field(
    admin: Desk, fields: dict[str, str], field: str
) -> None:
    sent = {"name": "new.one", "role": "viewer", "password": "long enough for it", **fields}
    answer = await admin.post("/config/operators", **sent)
    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert "long enough" not in answer.text


async def test_no_admin_shuts_themselves_out(admin: Desk) -> None:
    for path, fields in (("role", {"role": "viewer"}), ("switch", {"on": "no"})):
        answer = await admin.post(f"/config/operators/admin/{path}", **fields)
        assert answer.status_code == 422
        assert "Another admin has to do that" in said(answer)
    assert "Operators" in await admin.get("/config/operators")
