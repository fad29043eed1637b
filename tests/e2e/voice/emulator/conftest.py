"""An emulator of Azure's calling, and a utility that answers by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.calling import Line, open_line, settled


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def open_for_all() -> AsyncIterator[Line]:
    async with open_line() as line:
        yield line


@pytest.fixture
async def line(open_for_all: Line) -> AsyncIterator[Line]:
    """One for all tests, each of which ends its calls."""
    yield open_for_all
    await settled(open_for_all)
