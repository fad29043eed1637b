"""One product for all whole calls: each of these tests leaves it as it was, but for the threads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from contracts.clock import PinnedClock
from contracts.identity import thread_id_of
from stores.embedded import Servers
from tests.conftest import START
from tests.fresh import emptied, settings_on
from tests.talk import Talk


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def shared(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory, trained: Path
) -> AsyncIterator[Talk]:
    from app.build import open_app

    clock = PinnedClock(START)
    settings = settings_on(servers, tmp_path_factory.mktemp("calls"), trained, seed_customers=40)
    async with emptied(settings), open_app(settings, clock=clock, worker=False) as app:
        yield Talk(app, clock)


@pytest.fixture
async def talk(shared: Talk) -> Talk:
    """The product with its embedded model; nobody has called before."""
    await shared.app.gateway.close()  # the end of the call before is known
    await shared.app.archiver.drain()
    await shared.app.database["threads"].delete_many({})
    for customer in await shared.app.records.customers.demo():
        await shared.app.memory.checkpointer.adelete_thread(thread_id_of(customer.customer_id))
    await shared.app.memory.queues.clear()
    return shared
