"""One mongod for the session, and an empty database for each module.

A module takes these with `pytest_plugins = ("tests.conformance.mongo_fixtures",)`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest

from contracts.records import Outages, Records
from stores.mongo.connect import Database, connect
from stores.mongo.indexes import ensure_indexes
from stores.mongo.outages import MongoOutages
from stores.mongo.records import open_records
from tests.conformance.mongo_server import MongoServer, start_mongo


@pytest.fixture(scope="session")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    with start_mongo(tmp_path_factory.mktemp("mongo")) as server:
        yield server


@pytest.fixture(scope="module")
async def records_database(mongod: MongoServer) -> AsyncIterator[Database]:
    client = connect(mongod.uri)
    database = client[f"test_{uuid4().hex[:12]}"]
    await ensure_indexes(database)
    yield database
    await client.drop_database(database.name)
    await client.close()


@pytest.fixture
def records(records_database: Database) -> Records:
    return open_records(records_database)


@pytest.fixture
async def outages(records_database: Database) -> Outages:
    """Of which there are none yet, nor any premises."""
    for name in ("outages", "outage_reports", "outage_subscriptions", "premises"):
        await records_database[name].delete_many({})
    return MongoOutages(records_database)
