"""Small JSON values that expire, as plain Redis strings."""

from __future__ import annotations

import json
from typing import Any

from redis.asyncio import Redis

from stores.redis import keys
from stores.redis.connect import available


class RedisKeyValue:
    """`KeyValue` on Redis. Values and counters of the same key don't meet."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    @available
    async def get(self, key: str) -> dict[str, Any] | None:
        return _decoded(await self._client.get(keys.value(key)))

    @available
    async def set(
        self, key: str, value: dict[str, Any], *, ttl_s: float, only_new: bool = False
    ) -> bool:
        stored = await self._client.set(
            keys.value(key), json.dumps(value), px=_milliseconds(ttl_s), nx=only_new
        )
        return bool(stored)

    @available
    async def take(self, key: str) -> dict[str, Any] | None:
        return _decoded(await self._client.getdel(keys.value(key)))

    @available
    async def increment(self, key: str, *, ttl_s: float) -> int:
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.set(keys.counter(key), 0, px=_milliseconds(ttl_s), nx=True)
            pipe.incr(keys.counter(key))
            _, count = await pipe.execute()
        return int(count)

    @available
    async def delete(self, key: str) -> None:
        await self._client.delete(keys.value(key), keys.counter(key))


def _milliseconds(ttl_s: float) -> int:
    return max(1, round(ttl_s * 1000))


def _decoded(text: Any) -> dict[str, Any] | None:
    value: dict[str, Any] | None = json.loads(text) if text else None
    return value
