"""The product that events are posted to, and who may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from app.build import App, open_app
from contracts.clock import PinnedClock
from stores.embedded import Servers
from tests.conftest import START
from tests.events import AUDIENCE, SECRET, Poster, poster_of
from tests.fresh import emptied, settings_on
from tests.oidc_server import OidcServer, oidc_server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def clock() -> PinnedClock:
    return PinnedClock(START)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def issuer(clock: PinnedClock) -> AsyncIterator[OidcServer]:
    """Entra ID, in the tests' stead."""
    async with oidc_server(clock) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(
    servers: Servers,
    trained: Path,
    tmp_path_factory: pytest.TempPathFactory,
    clock: PinnedClock,
    issuer: OidcServer,
) -> AsyncIterator[App]:
    """The product with nobody to carry its replies: they wait in the queue."""
    settings = settings_on(
        servers,
        tmp_path_factory.mktemp("events"),
        trained,
        acs_endpoint="http://127.0.0.1:9",
        acs_access_key=SecretStr("c2VjcmV0"),
        events_secret=SecretStr(SECRET),
        events_tenant="tenant",
        events_audience=AUDIENCE,
        events_issuer=issuer.issuer,
        events_jwks_url=f"{issuer.base}/keys",
    )
    async with emptied(settings), open_app(settings, clock=clock, worker=False) as opened:
        yield opened


@pytest.fixture
async def poster(app: App) -> AsyncIterator[Poster]:
    await app.archiver.drain()
    async with poster_of(app) as poster:
        yield poster
        await poster.replies()  # none of them is the next test's
