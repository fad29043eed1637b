"""How the Redis client is made, and how its failures are named."""

from __future__ import annotations

import pytest
from redis.exceptions import BusyLoadingError, ReadOnlyError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis_entraid.cred_provider import (  # type: ignore[import-untyped]
    EntraIdCredentialsProvider,
)

from contracts.errors import ConfigurationError, MemoryUnavailable
from stores.redis.connect import TOKEN_TIMEOUT_MS, available, connect

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "error",
    [RedisConnectionError, RedisTimeoutError, BusyLoadingError, ReadOnlyError, TimeoutError],
)
async def test_no_answer_is_memory_unavailable(error: type[Exception]) -> None:
    @available
    async def operation() -> None:
        raise error("secret detail")

    with pytest.raises(MemoryUnavailable, match=error.__name__) as caught:
        await operation()
    assert "secret detail" not in str(caught.value)


async def test_a_mistake_of_ours_is_not_hidden() -> None:
    @available
    async def operation() -> None:
        raise ResponseError("WRONGTYPE")

    with pytest.raises(ResponseError):
        await operation()


def test_entra_signs_in_with_a_token_that_may_take_its_time() -> None:
    client = connect("rediss://utility.redis.azure.test:10000", entra=True)
    provider = client.connection_pool.connection_kwargs["credential_provider"]
    assert isinstance(provider, EntraIdCredentialsProvider)
    config = provider._token_mgr._config
    assert config.get_token_request_execution_timeout_in_ms() == TOKEN_TIMEOUT_MS


def test_a_malformed_url_is_named() -> None:
    with pytest.raises(ConfigurationError, match="REDIS_URL"):
        connect("localhost:6379")
