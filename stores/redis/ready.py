"""Threads on their way to a process that runs turns: a list, the oldest taken first."""

from __future__ import annotations

from redis.asyncio import Redis

from contracts.errors import Overloaded
from stores.redis import keys
from stores.redis.connect import answered, available

MOST = 2_000  # while too few processes take any; the recoverer finds what is left out


class RedisReadyThreads:
    """`ReadyThreads` on Redis."""

    def __init__(self, client: Redis, *, most: int = MOST) -> None:
        self._client = client
        self._most = most

    @available
    async def put(self, thread_id: str) -> None:
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.rpush(keys.READY, thread_id)
            pipe.ltrim(keys.READY, 0, self._most - 1)
            waiting, _ = await pipe.execute()
        if waiting > self._most:
            raise Overloaded("too many messages wait to be answered; please try again in a minute")

    async def take(self, wait_s: float) -> str | None:
        found = await answered(self._client.blpop([keys.READY], timeout=wait_s))
        return str(found[1]) if found else None
