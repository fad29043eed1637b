"""The site as a module's tests ask for it: one product, its pages, and a fresh browser a test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio

from app.build import App, open_app
from contracts.clock import PinnedClock
from tests.pages import browser
from tests.site import settings_in
from ui.web import create_web


@pytest.fixture(scope="module")
def clock() -> PinnedClock:
    return PinnedClock(datetime.now(UTC))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(clock: PinnedClock, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    data = tmp_path_factory.mktemp("web")
    async with open_app(settings_in(data), clock=clock, worker=False) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def web(app: App) -> httpx.ASGITransport:
    return httpx.ASGITransport(create_web(app))


@pytest_asyncio.fixture(loop_scope="session")
async def client(web: httpx.ASGITransport) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(web) as fresh:
        yield fresh


@pytest.fixture
def later(clock: PinnedClock) -> None:
    """Each test in a time of its own: no lock-out and no count of another reaches it."""
    clock.advance(timedelta(hours=2))
