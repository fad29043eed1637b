"""The courier on the real stores, in processes that are killed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from channels.courier import LEASE_S
from contracts.clock import PinnedClock, SystemClock
from contracts.messages import Channel, Text
from contracts.sending import Sending, Status, StatusUpdate
from stores.embedded import Servers
from stores.mongo.connect import connect
from stores.mongo.indexes import ensure_indexes
from stores.mongo.records import open_records
from tests.integration.courier_process import Filed, opened
from tests.servers import start_redis

pytestmark = pytest.mark.integration

CUSTOMERS, EACH = 12, 4


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    with start_redis(tmp_path) as server:
        yield server.url


@pytest.fixture
async def database(servers: Servers) -> AsyncIterator[str]:
    client = connect(servers.mongodb_uri)
    name = f"courier_{uuid4().hex[:12]}"
    await ensure_indexes(client[name])
    yield name
    await client.drop_database(name)
    await client.close()


def sending(customer: int, n: int) -> Sending:
    return Sending(
        key=f"turn:{customer}-{n}",
        customer_id=f"cust-{customer}",
        channel=Channel.SMS,
        address=f"+1503555{customer:04}",
        purpose="reply",
        parts=(Text(text="One."), Text(text="Two.")),
        at=datetime.now(UTC),
    )


@asynccontextmanager
async def process(*args: str) -> AsyncIterator[asyncio.subprocess.Process]:
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.courier_process", *args),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def test_couriers_that_are_killed_lose_and_repeat_nothing(
    tmp_path: Path, redis_url: str, servers: Servers, database: str
) -> None:
    """Two die with a message that the provider took and they had not noted; a third goes on."""
    provider = Filed(tmp_path / "taken")
    where = (redis_url, servers.mongodb_uri, database)
    async with opened(*where, provider, SystemClock()) as (_, queue):
        for n in range(EACH):
            for customer in range(CUSTOMERS):
                await queue.put(sending(customer, n))
    for hang in ("5", "23"):
        async with process(*where, str(tmp_path / "taken"), hang) as dying, asyncio.timeout(60):
            assert dying.stdout is not None
            assert await dying.stdout.readline() == b"taken\n"
            dying.kill()
    clock = PinnedClock(datetime.now(UTC) + timedelta(seconds=LEASE_S + 1))
    async with opened(*where, provider, clock) as (courier, queue), asyncio.timeout(60):
        while await queue.waiting():
            await courier.drain()
            clock.advance(timedelta(seconds=LEASE_S + 1))
    taken = provider.lines()
    assert len(taken) == len(set(taken)) == CUSTOMERS * EACH * 2
    for customer in range(CUSTOMERS):
        own = [line for line in taken if line.startswith(f"turn:{customer}-")]
        assert own == [f"turn:{customer}-{n}:{i}" for n in range(EACH) for i in (0, 1)]
    mongo = connect(servers.mongodb_uri)
    found = await open_records(mongo[database]).outbox.recent(100)
    assert {message.status for message in found} == {Status.SENT}
    assert len(found) == CUSTOMERS * EACH
    await mongo.close()


async def test_what_the_provider_says_comes_back_to_the_outbox(
    tmp_path: Path, redis_url: str, servers: Servers, database: str
) -> None:
    where = (redis_url, servers.mongodb_uri, database)
    mongo = connect(servers.mongodb_uri)
    outbox = open_records(mongo[database]).outbox
    async with opened(*where, Filed(tmp_path / "taken"), SystemClock()) as (courier, queue):
        early = _word("sms-turn:1-1:0", Status.DELIVERED)
        await courier.told(early)
        courier.start()
        await queue.put(sending(1, 1))
        async with asyncio.timeout(20):
            while await queue.waiting():
                await asyncio.sleep(0)
        found = await outbox.of_keys(["turn:1-1"])
        assert found["turn:1-1"].status is Status.DELIVERED
        for status in (Status.SENT, Status.READ, Status.DELIVERED):
            await courier.told(_word("sms-turn:1-1:1", status))
        await courier.told(early)
        found = await outbox.of_keys(["turn:1-1"])
        assert found["turn:1-1"].status is Status.READ
    await mongo.close()


def _word(message_id: str, status: Status) -> StatusUpdate:
    return StatusUpdate.model_validate(
        {"message_id": message_id, "channel": "sms", "status": status, "at": datetime.now(UTC)}
    )
