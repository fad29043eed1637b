"""An emulator of Azure, and the SDK's own clients for it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.acs import Azure, OpenAzure, opened


@pytest.fixture
def open_azure() -> OpenAzure:
    return opened


@pytest.fixture
async def azure() -> AsyncIterator[Azure]:
    """As it is without anything special."""
    async with opened() as azure:
        yield azure
