"""An emulator of Azure with the SDK's own clients, and the product with one beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from stores.embedded import Servers
from tests.acs import Azure, OpenAzure, opened
from tests.emulated import EmulatedSite, open_emulated
from tests.fresh import emptied, settings_on
from tests.hook import Hook, open_hook


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def hook() -> AsyncIterator[Hook]:
    async with open_hook() as hook:
        yield hook


@pytest.fixture
def open_azure(hook: Hook) -> OpenAzure:
    return partial(opened, hook)


@pytest.fixture
async def azure(hook: Hook) -> AsyncIterator[Azure]:
    """As it is without anything special."""
    async with opened(hook) as azure:
        yield azure


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def idle() -> AsyncIterator[Azure]:
    """One for all tests of a module that leave it as it was."""
    async with open_hook() as hook, opened(hook) as azure:
        yield azure


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(
    servers: Servers, trained: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[EmulatedSite]:
    """The product with phones, for a module's tests: each is somebody else's."""
    settings = settings_on(servers, tmp_path_factory.mktemp("emulated"), trained)
    async with emptied(settings), open_emulated(settings) as opened:
        yield opened
