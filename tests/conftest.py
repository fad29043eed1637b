"""Shared by all tests: real stores, the whole product on them, and no way out to the network."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from contracts.clock import PinnedClock
from contracts.settings import Settings
from stores.embedded import Servers, embedded
from tests.talk import Talk

START = datetime(2026, 1, 15, 18, 0, tzinfo=UTC)  # a winter's morning in Oregon

OpenTalk = Callable[..., AbstractAsyncContextManager[Talk]]


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Iterator[None]:
    """A test that would reach another machine fails."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        outside = isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}
        if outside:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign, assignment]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    """A real Redis and a real MongoDB for the whole session."""
    async with embedded(tmp_path_factory.mktemp("servers")) as running:
        yield running


@pytest.fixture
def clock() -> PinnedClock:
    return PinnedClock(START)


@pytest.fixture
def settings(servers: Servers, tmp_path: Path) -> Settings:
    """The embedded defaults on the session's servers, with a database of its own."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=tmp_path,  # type: ignore[call-arg]
        redis_url=servers.redis_url,
        mongodb_uri=servers.mongodb_uri,
        mongodb_database=f"test_{uuid4().hex[:12]}",
        seed_customers=40,
    )


@pytest.fixture
def open_talk(settings: Settings, clock: PinnedClock) -> OpenTalk:
    """Opens the product on empty stores: `async with open_talk(models=...) as talk`."""

    @asynccontextmanager
    async def opened(**options: Any) -> AsyncIterator[Talk]:
        from app.build import open_app

        redis = Redis.from_url(settings.redis_url)
        await redis.flushall()
        await redis.aclose()
        changed = settings.model_copy(update=options.pop("settings", {}))
        async with open_app(changed, clock=clock, **options) as app:
            yield Talk(app, clock)
            await app.database.client.drop_database(settings.mongodb_database)

    return opened


@pytest.fixture
async def talk(open_talk: OpenTalk) -> AsyncIterator[Talk]:
    """The product with its embedded model, on empty stores."""
    async with open_talk() as opened:
        yield opened


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Debian's Chromium; skipped, and said so, where it is missing, unless REQUIRE_BROWSER is set."""
    found = shutil.which("chromium")
    if found:
        return found
    if os.environ.get("REQUIRE_BROWSER"):
        pytest.fail("REQUIRE_BROWSER is set, but there is no chromium on the PATH")
    pytest.skip("no browser: install chromium (Debian: apt install chromium) to run this test")
