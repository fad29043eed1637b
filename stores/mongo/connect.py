"""The client, its codec, and how its failures become ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC
from decimal import Decimal
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

import pymongo
from bson.codec_options import CodecOptions, TypeCodec, TypeRegistry
from bson.decimal128 import Decimal128
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConfigurationError as MongoConfigurationError
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError

from contracts.errors import ConfigurationError, RecordsUnavailable

P = ParamSpec("P")
T = TypeVar("T")

Database = AsyncDatabase[dict[str, Any]]
Collection = AsyncCollection[dict[str, Any]]

SELECTION_MS = 1_500
HEARTBEAT_MS = 2_000  # a server that hangs is known to within this and one connect time-out
TIMEOUT_S = 2.5  # of a whole operation, the choice of a server and a second try included
_SCHEMES = ("mongodb://", "mongodb+srv://")
ENTRA_SCOPE = "https://ossrdbms-aad.database.windows.net/.default"


class DecimalCodec(TypeCodec):
    """Decimal in Python, Decimal128 in the store."""

    @property
    def python_type(self) -> type[Decimal]:
        return Decimal

    @property
    def bson_type(self) -> type[Decimal128]:
        return Decimal128

    def transform_python(self, value: Decimal) -> Decimal128:
        return _decimal128(str(value))

    def transform_bson(self, value: Decimal128) -> Decimal:
        return _decimal(value.bid)


@lru_cache(maxsize=1 << 14)
def _decimal128(figure: str) -> Decimal128:
    """The driver converts in Python, digit by digit; rates and amounts come again and again.

    By the text, since 1.5 and 1.50 are equal and not the same.
    """
    return Decimal128(figure)


@lru_cache(maxsize=1 << 14)
def _decimal(bid: bytes) -> Decimal:
    """Back, by the bits for the same reason."""
    return Decimal128.from_bid(bid).to_decimal()


CODEC: CodecOptions[dict[str, Any]] = CodecOptions(
    tz_aware=True, tzinfo=UTC, type_registry=TypeRegistry([DecimalCodec()])
)


def codec_options() -> CodecOptions[dict[str, Any]]:
    """How the records' collections read and write: Decimal for money, aware times in UTC."""
    return CODEC


def collection(database: Database, name: str) -> Collection:
    return database.get_collection(name, codec_options=CODEC)


def connect(uri: str, *, entra: bool = False) -> AsyncMongoClient[dict[str, Any]]:
    """A client that connects at first use. `entra` signs in with the default Azure credential.

    Close it with `await client.close()`. Raises ConfigurationError if the URI is malformed.
    """
    if not uri.startswith(_SCHEMES):  # the driver would take it for a host's name
        raise ConfigurationError(
            f"MONGODB_URI is malformed: it begins with {' or '.join(_SCHEMES)}"
        )
    try:
        return AsyncMongoClient(
            uri,
            tz_aware=True,
            tzinfo=UTC,
            type_registry=CODEC.type_registry,
            serverSelectionTimeoutMS=SELECTION_MS,
            connectTimeoutMS=SELECTION_MS,
            heartbeatFrequencyMS=HEARTBEAT_MS,
            socketTimeoutMS=int(TIMEOUT_S * 1000),
            **(_entra_sign_in() if entra else {}),
        )
    except (MongoConfigurationError, ValueError) as error:
        raise ConfigurationError(f"MONGODB_URI is malformed: {error}") from error


def _entra_sign_in() -> dict[str, Any]:
    from azure.identity import DefaultAzureCredential

    from stores.mongo.entra import EntraCallback

    callback = EntraCallback(DefaultAzureCredential(), ENTRA_SCOPE)
    return {
        "authMechanism": "MONGODB-OIDC",
        "authMechanismProperties": {"OIDC_CALLBACK": callback},
    }


@contextmanager
def availability(timeout_s: float | None = None) -> Iterator[None]:
    """Bounds what is done inside, by the time-out of an operation unless another is given; the
    server's failures to answer become RecordsUnavailable."""
    try:
        with pymongo.timeout(TIMEOUT_S if timeout_s is None else timeout_s):
            yield
    except PyMongoError as error:
        if not _means_unavailable(error):
            raise
        raise RecordsUnavailable(f"MongoDB does not answer ({type(error).__name__})") from error


async def reachable(database: AsyncDatabase[dict[str, Any]]) -> None:
    """Raises RecordsUnavailable, within the time-out of one call, if nobody answers."""
    with availability():
        await database.command("ping")


def _means_unavailable(error: PyMongoError) -> bool:
    """A server that is down, starting, failing over or too slow."""
    return isinstance(error, ConnectionFailure | ExecutionTimeout) or error.timeout


def available(
    function: Callable[P, Awaitable[T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """A coroutine function that raises RecordsUnavailable when MongoDB does not answer in time."""

    @wraps(function)
    async def bounded(*args: P.args, **kwargs: P.kwargs) -> T:
        with availability():
            return await function(*args, **kwargs)

    return bounded
