"""Every route of the web app, asked what it is made for and what it is not.

The routes are those of the app's own OpenAPI, so that a new one is tested as soon as it is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
import schemathesis
from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from pydantic import SecretStr
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    response_headers_conformance,
    response_schema_conformance,
)
from starlette.routing import BaseRoute

from app.build import App, open_app
from contracts.identity import Rung
from contracts.messages import Channel
from tests.asking import BASE, Asgi, request_of
from tests.site import settings_in
from ui.policy import PROCESSOR_END
from ui.sessions import FORM_COOKIE, SESSION_COOKIE, WebSessions
from ui.web import create_web

pytestmark = pytest.mark.e2e

EXAMPLES = 4  # for each route, visitor and kind of data
CHECKS = [not_a_server_error, response_schema_conformance, response_headers_conformance]
CALL = "/phone/calls"
UPLOAD = "/chat/project/file"
OPERATORS = ("/config", "/route/")  # where a customer is nobody
EVENTS = ("/api/v1/",)  # where programs post
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
HEADERS = {
    "content-security-policy": "frame-ancestors '",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=()",
}
Ask = Callable[[httpx.Request], httpx.Response]


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser: its cookies, and the token that its forms carry."""

    cookies: dict[str, str]
    form: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    data = tmp_path_factory.mktemp("routes")
    carried = {"acs_endpoint": "http://127.0.0.1:9", "acs_access_key": SecretStr("c2VjcmV0")}
    settings = settings_in(data).model_copy(update=carried)  # the routes of calls are there, too
    async with open_app(settings, worker=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def web(app: App) -> FastAPI:
    return create_web(app)


@pytest.fixture(scope="module")
def asgi(web: FastAPI) -> Asgi:
    return Asgi(web)


def visitor(app: App) -> tuple[Visitor, str]:
    """A fresh browser with a session, and the session's id."""
    sessions, opening = WebSessions(app.secret, secure=False), Response()
    session_id = sessions.open(opening)
    signed = opening.headers["set-cookie"].partition("=")[2].partition(";")[0]
    nonce, form = sessions.form_token(Request({"type": "http", "headers": []}))
    return Visitor({SESSION_COOKIE: signed, FORM_COOKIE: nonce}, form), session_id


async def customer(app: App) -> Visitor:
    """A browser of a customer who is signed in."""
    who, session_id = visitor(app)
    maria = (await app.records.customers.demo())[0]
    await app.directory.raise_to(Channel.WEB, session_id, maria.customer_id, Rung.VERIFIED)
    return who


async def real_values(app: App) -> dict[str, str]:
    """What a path may name and find, by the name of its parameter."""
    maria = (await app.records.customers.demo())[0]
    link = await app.services.links.issue(maria.customer_id, rung=Rung.VERIFIED)
    return {"customer_id": maria.customer_id, "token": link.rsplit("/", 1)[-1]}


def operations(web: FastAPI) -> Iterator[APIOperation[Any, Any, Any]]:
    for found in schemathesis.openapi.from_dict(web.openapi()).get_all_operations():
        assert isinstance(found, Ok), found.err()
        yield found.ok()


async def ask_all(asgi: Asgi, operation: Any, who: Visitor, real: dict[str, str]) -> None:
    """Made-up requests to one route, in a thread, since hypothesis knows no loop."""
    loop = asyncio.get_running_loop()

    def ask(request: httpx.Request) -> httpx.Response:
        return asyncio.run_coroutine_threadsafe(asgi.send(request), loop).result()

    await asyncio.to_thread(examples(operation, GenerationMode.POSITIVE, who, real, ask))
    with suppress(Unsatisfiable):  # a route that takes nothing, or any text, can't be asked wrong
        await asyncio.to_thread(examples(operation, GenerationMode.NEGATIVE, who, real, ask))


def examples(
    operation: Any, mode: GenerationMode, who: Visitor, real: dict[str, str], ask: Ask
) -> Callable[[], None]:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), finds=st.booleans())
    def answers(case: Case, finds: bool) -> None:
        if finds:
            case.path_parameters.update(
                {k: v for k, v in real.items() if k in case.path_parameters}
            )
        if isinstance(case.body, dict):
            case.body["form"] = who.form
        answer = ask(request_of(case, who.cookies))
        assert_guarded(answer)
        case.validate_response(answer, checks=CHECKS)

    return answers


def assert_guarded(answer: httpx.Response) -> None:
    """It carries the headers that every answer carries, and shows none of our insides."""
    for name, part in HEADERS.items():
        assert part in answer.headers.get(name, ""), f"{answer.request.url}: {name}"
    assert "Traceback" not in answer.text


@pytest.mark.timeout(400)
@pytest.mark.filterwarnings("ignore:Overriding standard format")
@pytest.mark.parametrize("role", ["guest", "customer"])
async def test_no_route_fails_whatever_it_is_asked(
    role: str, app: App, web: FastAPI, asgi: Asgi, subtests: pytest.Subtests
) -> None:
    for operation in operations(web):
        with subtests.test(operation.label):
            who = await customer(app) if role == "customer" else visitor(app)[0]
            await ask_all(asgi, operation, who, await real_values(app))


async def test_a_method_that_a_path_does_not_know_is_refused(
    app: App, web: FastAPI, asgi: Asgi
) -> None:
    for path, known in web.openapi()["paths"].items():
        if path == UPLOAD:  # below it stands Chainlit, which shows its page wherever it is asked
            continue
        who = await customer(app)  # a new session, since one may send only so much
        for method in METHODS - {name.upper() for name in known}:
            asked = httpx.Request(method, f"{BASE}{path}", cookies=who.cookies)

            answer = await asgi.send(asked)

            assert answer.status_code == 405, f"{method} {path}"
            assert_guarded(answer)


@pytest.mark.parametrize(
    ("made_up", "unguarded"),
    [
        ({"origin": "https://elsewhere.example"}, {PROCESSOR_END}),
        # An upload is no form, nor is what a program calls with: where they come from guards them.
        ({}, {PROCESSOR_END, UPLOAD, CALL}),
    ],
)
async def test_nothing_is_done_for_another_site(
    made_up: dict[str, str], unguarded: set[str], app: App, web: FastAPI, asgi: Asgi
) -> None:
    who = await customer(app)
    for path, methods in web.openapi()["paths"].items():
        for method in {name.upper() for name in methods if path not in unguarded} - {"GET", "HEAD"}:
            form = {"form": "made-up"}
            asked = httpx.Request(
                method, f"{BASE}{path}", data=form, headers=made_up, cookies=who.cookies
            )

            answer = await asgi.send(asked)

            refused = (401, 403) if path.startswith(OPERATORS + EVENTS) else (403,)
            assert answer.status_code in refused, f"{method} {path}"
            assert_guarded(answer)


async def test_every_route_is_in_the_open_api(web: FastAPI) -> None:
    routes = list(api_routes(web.routes))

    assert len(routes) > 10
    assert [route.path for route in routes if not route.include_in_schema] == []


def api_routes(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    """Those of ours, with those of the routers that were included."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif router := getattr(route, "original_router", None):
            yield from api_routes(router.routes)


async def test_the_open_api_is_not_public(asgi: Asgi) -> None:
    for path in ("/openapi.json", "/docs", "/redoc"):
        answer = await asgi.send(httpx.Request("GET", f"{BASE}{path}"))

        assert answer.status_code == 404
        assert_guarded(answer)
