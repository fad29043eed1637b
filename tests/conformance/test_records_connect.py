"""The connection: what goes wrong with it, and how it signs in."""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from pymongo.auth_oidc import OIDCCallbackContext
from pymongo.errors import OperationFailure

from contracts.errors import ConfigurationError, RecordsUnavailable
from contracts.messages import Channel
from contracts.records import Records
from stores.mongo.connect import Database, available, codec_options, connect
from stores.mongo.entra import EntraCallback
from stores.mongo.indexes import ensure_indexes
from stores.mongo.records import open_records
from tests.conformance.mongo_server import MongoServer, free_port, start_mongo
from tests.conformance.records_data import NOW, VISA, household, message, open_case, rating, turn

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("usual_patience")]

LIMIT_S = 3.0
HOME = household()
CALLS: dict[str, Callable[[Records], Awaitable[Any]]] = {
    "by_contact": lambda r: r.customers.by_contact(Channel.SMS, HOME.phone),
    "account": lambda r: r.accounts.get("1"),
    "largest": lambda r: r.outages.largest(),
    "bills": lambda r: r.billing.bills("1", 5),
    "balance": lambda r: r.billing.balance("1"),
    "pay": lambda r: r.billing.pay(
        key="k", account_number="1", amount=Decimal(1), method=VISA, at=NOW
    ),
    "at_premise": lambda r: r.outages.at_premise(HOME.premise),
    "report": lambda r: r.outages.report(
        key="k", premise=HOME.premise, kind="electric", description="", at=NOW
    ),
    "case": lambda r: open_case(r, "k"),
    "append": lambda r: r.transcripts.append([turn(1)]),
    "recent": lambda r: r.transcripts.recent("c", 5),
    "save": lambda r: r.threads.save("t", {}),
    "outbox": lambda r: r.outbox.add(message("k")),
    "find": lambda r: r.transcripts.find("k"),
    "feedback": lambda r: r.feedback.add(rating("k")),
}


@asynccontextmanager
async def opened(uri: str) -> AsyncIterator[Database]:
    client = connect(uri)
    yield client["throughline"]
    await client.close()


async def seconds_to_fail(call: Awaitable[Any]) -> float:
    began = time.perf_counter()
    with pytest.raises(RecordsUnavailable):
        await call
    return time.perf_counter() - began


async def test_nothing_listens() -> None:
    async with opened(f"mongodb://127.0.0.1:{free_port()}") as database:
        records = open_records(database)
        waits = await asyncio.gather(
            *(seconds_to_fail(call(records)) for call in CALLS.values()),
            seconds_to_fail(available(lambda: database.command("ping"))()),
        )
        assert max(waits) < LIMIT_S
        again = [await seconds_to_fail(CALLS[name](records)) for name in ("account", "largest")]
    assert sum(again) < 1.4, "once known to be down, a turn's further calls must not add up"


async def test_a_server_that_is_killed_and_started_again(tmp_path: Path) -> None:
    port = free_port()
    with start_mongo(tmp_path, port) as server:
        async with opened(server.uri) as database:
            records = open_records(database)
            paid = await CALLS["pay"](records)
            server.process.kill()
            server.process.wait()
            calls = [CALLS[name] for name in ("account", "largest", "pay")]
            waits = [await seconds_to_fail(call(records)) for call in calls]
            assert sum(waits) < LIMIT_S
            with start_mongo(tmp_path, port):
                async with asyncio.timeout(2):
                    assert await until_paid(records) == paid
                assert await records.billing.payments("1", 10) == [paid]


async def test_somebody_listens_and_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        async with opened(f"mongodb://127.0.0.1:{mute.getsockname()[1]}") as database:
            assert await seconds_to_fail(open_records(database).billing.balance("1")) < LIMIT_S


async def test_a_server_that_hangs_and_comes_back(tmp_path: Path) -> None:
    with start_mongo(tmp_path) as server:
        async with opened(server.uri) as database:
            await ensure_indexes(database)
            records = open_records(database)
            assert await records.billing.balance("1") == 0
            server.process.send_signal(signal.SIGSTOP)
            waits = await asyncio.gather(
                *(seconds_to_fail(call(records)) for call in CALLS.values())
            )
            assert max(waits) < LIMIT_S
            server.process.send_signal(signal.SIGCONT)
            async with asyncio.timeout(20):
                payment = await until_paid(records)
            assert await records.billing.payments("1", 10) == [payment]
            assert await records.billing.balance("1") == -1


async def until_paid(records: Records) -> Any:
    """Pay, again and again with the one key of the attempt that failed."""
    while True:
        try:
            return await CALLS["pay"](records)
        except RecordsUnavailable:
            continue


async def test_money_and_times_come_back_as_they_were(mongod: MongoServer) -> None:
    async with opened(mongod.uri) as database:
        kept = {"_id": 1, "money": [Decimal("0.10"), {"a": Decimal("-1234567.89")}], "at": NOW}
        for values in (database["v"], database.get_collection("v", codec_options=codec_options())):
            await values.replace_one({"_id": 1}, kept, upsert=True)
            found = await values.find_one({"_id": 1})
            assert found == kept
            assert str(found["money"][0]) == "0.10"
            assert found["at"].utcoffset() == timedelta(0)
        await database.client.drop_database("throughline")


@pytest.mark.parametrize("uri", ["nonsense", "mongodb://", "mongodb://host:port", "http://a"])
def test_a_malformed_uri(uri: str) -> None:
    with pytest.raises(ConfigurationError, match="MONGODB_URI"):
        connect(uri)


class Credential:
    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        if self._error:
            raise self._error
        return AccessToken(f"token for {scopes[0]}", int(time.time()) + 600)

    def close(self) -> None: ...


def test_a_token_for_mongo() -> None:
    context = OIDCCallbackContext(timeout_seconds=5, version=1, username="")
    result = EntraCallback(Credential(), "scope").fetch(context)
    assert result.access_token == "token for scope"
    assert result.expires_in_seconds is not None
    assert 590 < result.expires_in_seconds <= 600


def test_no_token_is_records_unavailable() -> None:
    context = OIDCCallbackContext(timeout_seconds=5, version=1, username="")
    with pytest.raises(RecordsUnavailable):
        EntraCallback(Credential(ClientAuthenticationError("no")), "scope").fetch(context)


@pytest.fixture
def identity_endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A managed identity's endpoint, as in Container Apps; the resources asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.extend(parse_qs(urlparse(self.path).query)["resource"])
            body = b'{"access_token":"t","expires_on":"%d","token_type":"Bearer"}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body % (time.time() + 3600))

        def log_message(self, *_: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{server.server_port}/token")
        monkeypatch.setenv("IDENTITY_HEADER", "header")
        yield asked
        server.shutdown()


async def test_the_managed_identity_signs_in(
    mongod: MongoServer, identity_endpoint: list[str]
) -> None:
    """This server knows no such sign-in and refuses: by then the token was fetched."""
    client = connect(mongod.uri, entra=True)
    with pytest.raises(OperationFailure):
        await open_records(client["throughline"]).customers.get("c")
    await client.close()
    assert identity_endpoint
    assert set(identity_endpoint) == {"https://ossrdbms-aad.database.windows.net"}
