"""What takes a while to make, made once: the generated utility, and the embedded model; and a chat
page for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.build import catalogue_of
from models.local.chat import LocalChatModel
from stores.seed.demo import DEMO
from tests.catalogue import CATALOGUE
from tests.chatpage import Chat
from tests.embedded import SCENARIO, TOOLBOX
from tests.households import COUNT, NOW, Household, Made, households_of, made


@pytest.fixture(scope="session")
def generated() -> Made:
    return made(NOW, COUNT)


@pytest.fixture(scope="session")
def households(generated: Made) -> list[Household]:
    return list(households_of(generated))


@pytest.fixture(scope="session")
def demo(households: list[Household]) -> dict[str, Household]:
    return {h.customer.first_name: h for h in households[: len(DEMO)]}


@pytest.fixture(scope="session")
async def scenario_model(trained: Path) -> LocalChatModel:
    """The embedded model with the tools and phrases of the scenario itself."""
    made = LocalChatModel(catalogue=catalogue_of(TOOLBOX, SCENARIO), cache_dir=trained)
    await made.start()
    return made


@pytest.fixture(scope="session")
async def catalogue_model(trained: Path) -> LocalChatModel:
    """The embedded model with the few tools of `tests.catalogue`."""
    made = LocalChatModel(catalogue=CATALOGUE, cache_dir=trained)
    await made.start()
    return made


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    made = Chat()
    yield made
    await made.talk.close()
