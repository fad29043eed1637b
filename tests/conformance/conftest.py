"""The backends of the ports. Each test runs against all of them, empty.

`--records=my_package.testing:MyContender` runs the suites of the records' ports against an adapter
of your own, instead of ours: see docs/records.md.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
import redis

from contracts.clock import PinnedClock
from contracts.messages import Channel
from contracts.ports import ThreadLock
from stores.memory import Memory, redis_memory, sqlite_memory
from stores.mongo.connect import Database
from stores.mongo.records import open_records
from tests.conformance.contender import open_lock
from tests.conformance.contenders import Contender, named
from tests.servers import start_redis

MONGO = "tests.conformance.mongo_contender:MongoContender"
RECORDS = (MONGO, "tests.conformance.contenders:SqliteContender")
STAFF = {Channel.VOICE: (4, 300.0), Channel.WEB: (2, 120.0)}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--records", help="the records to prove: package.module:Contender")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A module of the records' suite names its REPOSITORY; whoever replaces that has to pass."""
    if "contender" not in metafunc.fixturenames:
        return
    repository = metafunc.module.REPOSITORY
    given = metafunc.config.getoption("--records", default=None)
    able = [name for name in ([given] if given else RECORDS) if repository in named(name).replaces]
    ids = [name.rpartition(":")[2] for name in able]
    metafunc.parametrize("contender", able, ids=ids, indirect=True)


@pytest.fixture(scope="module")
async def contender(
    request: pytest.FixtureRequest, records_database: Database
) -> AsyncIterator[Contender]:
    """Records under test; a test loads what it needs."""
    name: str = request.param
    given: Any = records_database if name == MONGO else open_records(records_database)
    async with named(name)(given) as opened:
        yield opened


@dataclass(frozen=True)
class Backend:
    """A store that several processes can open; `where` is its URL or path."""

    kind: Literal["redis", "sqlite"]
    where: str
    clock: PinnedClock

    def open(self, *, max_waiting: int = 50) -> AbstractAsyncContextManager[Memory]:
        """As another process would open it."""
        if self.kind == "redis":
            return redis_memory(
                self.where, queue_defaults=STAFF, clock=self.clock, max_waiting=max_waiting
            )
        return sqlite_memory(
            Path(self.where), queue_defaults=STAFF, clock=self.clock, max_waiting=max_waiting
        )

    def lock(self, *, lease_s: float) -> AbstractAsyncContextManager[ThreadLock]:
        return open_lock(self.kind, self.where, lease_s)

    def kept(self) -> int:
        """How many keys or rows of threads there are."""
        if self.kind == "redis":
            with redis.Redis.from_url(self.where) as client:
                return int(client.dbsize())
        counted = "SELECT (SELECT count(*) FROM checkpoints) + (SELECT count(*) FROM writes)"
        with sqlite3.connect(self.where) as connection:
            return int(connection.execute(counted).fetchone()[0])


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with start_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def clock() -> PinnedClock:
    return PinnedClock(datetime(2026, 11, 20, 18, 0, tzinfo=UTC))


@pytest.fixture(params=["redis", "sqlite"])
def backend(request: pytest.FixtureRequest, clock: PinnedClock, tmp_path: Path) -> Backend:
    if request.param == "sqlite":
        return Backend("sqlite", str(tmp_path / "memory.sqlite"), clock)
    url: str = request.getfixturevalue("redis_url")
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return Backend("redis", url, clock)


@pytest.fixture
async def memory(backend: Backend) -> AsyncIterator[Memory]:
    async with backend.open() as opened:
        yield opened
