"""The operators' pages as a module's tests ask for them: one product, and a browser a role."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio

from app.build import App, open_app
from app.operators import OperatorAccounts
from contracts.clock import PinnedClock
from contracts.records import Role
from tests.desk import PASSWORDS, Desk, sign_in
from tests.pages import browser
from tests.site import settings_in
from ui.web import create_web

OpenDesk = Callable[[Role], Awaitable[Desk]]


@pytest.fixture(scope="module")
def clock() -> PinnedClock:
    return PinnedClock(datetime(2026, 3, 4, 18, 30, tzinfo=UTC))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(clock: PinnedClock, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    data = tmp_path_factory.mktemp("config")
    async with open_app(settings_in(data), clock=clock, worker=False) as opened:
        accounts = OperatorAccounts(opened.records.operators, clock)
        for role, password in PASSWORDS.items():
            await accounts.add(role.value, role, password)
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def web(app: App) -> httpx.ASGITransport:
    return httpx.ASGITransport(create_web(app))


@pytest_asyncio.fixture(loop_scope="session")
async def client(web: httpx.ASGITransport) -> AsyncIterator[httpx.AsyncClient]:
    """A fresh browser, of nobody."""
    async with browser(web) as fresh:
        yield fresh


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desks(web: httpx.ASGITransport) -> AsyncIterator[dict[Role, Desk]]:
    """A signed-in browser of each role."""
    async with browser(web) as viewer, browser(web) as operator, browser(web) as admin:
        clients = {Role.VIEWER: viewer, Role.OPERATOR: operator, Role.ADMIN: admin}
        yield {role: await sign_in(it, role) for role, it in clients.items()}


@pytest.fixture
def viewer(desks: dict[Role, Desk]) -> Desk:
    return desks[Role.VIEWER]


@pytest.fixture
def operator(desks: dict[Role, Desk]) -> Desk:
    return desks[Role.OPERATOR]


@pytest.fixture
def admin(desks: dict[Role, Desk]) -> Desk:
    return desks[Role.ADMIN]


@pytest.fixture
def later(clock: PinnedClock) -> None:
    """A test in a time of its own: no count of another reaches it."""
    clock.advance(timedelta(minutes=11))
