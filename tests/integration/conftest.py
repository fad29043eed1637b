"""How the utility stands in some modules; they name it: `pytest.mark.usefixtures("calm")`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contracts.language import speaking
from tests.utility import Utility


@pytest.fixture
async def calm(utility: Utility) -> None:
    """No outage anywhere, until a test makes one."""
    await utility.database["outages"].delete_many({})


@pytest.fixture
def spanish() -> Iterator[None]:
    with speaking("es"):
        yield
