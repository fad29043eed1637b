"""The product with an emulated Azure that calls come in over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from contracts.demo import AGENTS_NUMBER
from stores.embedded import Servers
from tests.fresh import emptied, settings_on
from tests.ringing import Exchange, open_exchange


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened(
    servers: Servers, trained: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Exchange]:
    settings = settings_on(servers, tmp_path_factory.mktemp("calls"), trained)
    async with emptied(settings), open_exchange(settings, desk=AGENTS_NUMBER) as exchange:
        yield exchange


@pytest.fixture
def exchange(opened: Exchange) -> Exchange:
    """Without the faults of the test before."""
    opened.faults()
    return opened
