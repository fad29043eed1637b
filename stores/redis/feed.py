"""Turns as they finish, for whoever watches a thread: one subscription a process."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError

from contracts.errors import MemoryUnavailable
from contracts.messages import Turn
from stores.redis import keys
from stores.redis.connect import TIMEOUT_S, availability, available

log = logging.getLogger(__name__)

BACKLOG = 256  # turns a watcher may be behind before it misses the oldest
_PATTERN = keys.FEEDS.replace("{", "[{]").replace("}", "[}]") + "*"

Line = asyncio.Queue[Turn | MemoryUnavailable]


class Feed:
    """Hands each turn published on any thread's channel to those who watch that thread."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._lines: defaultdict[str, set[Line]] = defaultdict(set)
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    @asynccontextmanager
    async def watch(self, thread_id: str) -> AsyncIterator[AsyncIterator[Turn]]:
        """Turns that finish from the moment this is entered.

        The iterator raises MemoryUnavailable when the connection is lost: watch again, and read
        the turns in between from the thread.
        """
        line: Line = asyncio.Queue(BACKLOG)
        self._lines[thread_id].add(line)
        try:
            await self._subscribed()
            yield _turns(line)
        finally:
            self._lines[thread_id].discard(line)
            if not self._lines[thread_id]:
                del self._lines[thread_id]

    async def close(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _subscribed(self) -> None:
        async with self._starting:
            if self._reader is not None and not self._reader.done():
                return
            pubsub = self._client.pubsub()
            try:
                await _subscribe(pubsub)
            except BaseException:
                await pubsub.aclose()  # type: ignore[no-untyped-call]
                raise
            self._reader = asyncio.create_task(self._read(pubsub))

    async def _read(self, pubsub: PubSub) -> None:
        try:
            with availability():
                while True:
                    found = await pubsub.get_message(True, timeout=TIMEOUT_S)
                    if found is not None:
                        self._deliver(found)
        except MemoryUnavailable as error:
            log.warning("the feed of turns was lost", extra={"error": str(error)})
            for lines in self._lines.values():
                for line in lines:
                    _push(line, error)
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]

    def _deliver(self, found: dict[str, Any]) -> None:
        lines = self._lines.get(found["channel"].removeprefix(keys.FEEDS))
        if lines:
            turn = Turn.model_validate_json(found["data"])
            for line in lines:
                _push(line, turn)


@available
async def _subscribe(pubsub: PubSub) -> None:
    await pubsub.psubscribe(_PATTERN)
    confirmed = await pubsub.get_message(timeout=TIMEOUT_S)
    if confirmed is None or confirmed["type"] != "psubscribe":
        raise RedisConnectionError("the subscription was not confirmed")


def _push(line: Line, item: Turn | MemoryUnavailable) -> None:
    if line.full():
        line.get_nowait()
        log.warning("a watcher is too slow and missed a turn")
    line.put_nowait(item)


async def _turns(line: Line) -> AsyncIterator[Turn]:
    while True:
        item = await line.get()
        if isinstance(item, MemoryUnavailable):
            raise item
        yield item
