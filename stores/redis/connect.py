"""The client, and how its failures become ours."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.credentials import CredentialProvider
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError
from redis.exceptions import TimeoutError as RedisTimeoutError

from contracts.errors import ConfigurationError, MemoryUnavailable

P = ParamSpec("P")
T = TypeVar("T")

TIMEOUT_S = 2.0  # of a whole operation, the wait for a connection and a second try included
CONNECTIONS = 64
TOKEN_TIMEOUT_MS = 10_000  # the library's 100 ms is less than an identity endpoint takes
SIGN_IN_S = 30.0
ENTRA_SCOPE = "https://redis.azure.com/.default"

# A server that is down, starting, failing over or full: nothing was written.
_UNAVAILABLE = (
    TimeoutError,
    RedisConnectionError,
    RedisTimeoutError,
    ReadOnlyError,
    OutOfMemoryError,
)


def connect(url: str, *, entra: bool = False) -> Redis:
    """A client that connects at first use. `entra` signs in with the default Azure credential.

    Operations are to be bounded by `available`. Close it with
    `aclose(close_connection_pool=True)`.
    """
    credentials = _entra_credentials() if entra else None
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=TIMEOUT_S,
            decode_responses=True,
            socket_connect_timeout=TIMEOUT_S,
            # With one, redis-py sends through asyncio.wait_for, which on Python 3.11 can swallow
            # the cancellation of a turn.
            socket_timeout=None,
            health_check_interval=15,
            # A pooled connection may have died unseen.
            retry=Retry(ConstantBackoff(0.05), 1, supported_errors=(RedisConnectionError,)),
            **({"credential_provider": credentials} if credentials else {}),
        )
    except ValueError as error:
        raise ConfigurationError(f"REDIS_URL is malformed: {error}") from error
    return Redis(connection_pool=pool, credential_provider=credentials)


async def sign_in(client: Redis) -> None:
    """Make the first connection, for which a token may have to be fetched.

    Raises MemoryUnavailable after SIGN_IN_S.
    """
    await answered(client.ping(), within_s=SIGN_IN_S)


def _entra_credentials() -> CredentialProvider:
    from redis.auth.token_manager import RetryPolicy, TokenManagerConfig
    from redis_entraid.cred_provider import (  # type: ignore[import-untyped]
        create_from_default_azure_credential,
    )

    provider: CredentialProvider = create_from_default_azure_credential(
        (ENTRA_SCOPE,),
        token_manager_config=TokenManagerConfig(
            expiration_refresh_ratio=0.7,
            lower_refresh_bound_millis=0,
            token_request_execution_timeout_in_ms=TOKEN_TIMEOUT_MS,
            retry_policy=RetryPolicy(max_attempts=3, delay_in_ms=200),
        ),
    )
    return provider


@contextmanager
def availability() -> Iterator[None]:
    """Turns Redis's failures to answer into MemoryUnavailable."""
    try:
        yield
    except _UNAVAILABLE as error:
        raise MemoryUnavailable(f"Redis does not answer ({type(error).__name__})") from error


async def answered(operation: Awaitable[T], *, within_s: float | None = None) -> T:
    """What Redis answers. Raises MemoryUnavailable if it doesn't within 2 s (or `within_s`)."""
    with availability():
        async with asyncio.timeout(TIMEOUT_S if within_s is None else within_s):
            return await operation


def available(
    function: Callable[P, Awaitable[T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """A coroutine function whose whole body is bounded as by `answered`.

    Not for those with much work of their own: it would count as Redis being slow.
    """

    @wraps(function)
    async def bounded(*args: P.args, **kwargs: P.kwargs) -> T:
        return await answered(function(*args, **kwargs))

    return bounded
