"""The memory side, whole: one call opens it, on Redis or on a SQLite file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from langgraph.checkpoint.base import BaseCheckpointSaver

from contracts.clock import Clock
from contracts.messages import Channel
from contracts.ports import (
    Inbox,
    KeyValue,
    QueueMetrics,
    ReadyThreads,
    SendQueue,
    ThreadLock,
    TurnLog,
)

# A thread nobody wrote in for so long leaves Redis; a customer's is rebuilt from the records.
KEPT = {"default_ttl": 60 * 24 * 30, "refresh_on_read": True}  # minutes

QueueDefaults = Mapping[Channel, tuple[int, float]]  # agents, average handling time in seconds


@dataclass(frozen=True, slots=True)
class Memory:
    """All ports of the memory side. `close` may be called twice."""

    inbox: Inbox
    turn_log: TurnLog
    lock: ThreadLock
    keyvalue: KeyValue
    queues: QueueMetrics
    sends: SendQueue
    ready: ReadyThreads | None  # None: one process runs all turns
    checkpointer: BaseCheckpointSaver[str]
    kind: Literal["redis", "sqlite"]
    close: Callable[[], Awaitable[None]]


@asynccontextmanager
async def redis_memory(
    url: str,
    *,
    queue_defaults: QueueDefaults,
    clock: Clock,
    entra: bool = False,
    max_waiting: int = 50,
) -> AsyncIterator[Memory]:
    """Memory on Redis with Search and JSON. `entra`: sign in with the Azure identity.

    Raises MemoryUnavailable if it does not answer, ConfigurationError for a malformed URL.
    """
    from stores.redis.checkpoints import FencedRedisSaver
    from stores.redis.connect import connect, sign_in
    from stores.redis.feed import Feed
    from stores.redis.inbox import RedisInbox
    from stores.redis.keyvalue import RedisKeyValue
    from stores.redis.lock import RedisThreadLock
    from stores.redis.queues import RedisQueueMetrics
    from stores.redis.ready import RedisReadyThreads
    from stores.redis.sendqueue import RedisSendQueue
    from stores.redis.turnlog import RedisTurnLog

    async with AsyncExitStack() as stack:
        client = connect(url, entra=entra)
        stack.push_async_callback(client.aclose, close_connection_pool=True)
        feed = Feed(client)
        stack.push_async_callback(feed.close)
        if entra:
            await sign_in(client)
        saver = FencedRedisSaver(client, ttl=KEPT)
        await saver.asetup()
        yield Memory(
            inbox=RedisInbox(client, feed, clock, max_waiting=max_waiting),
            turn_log=RedisTurnLog(client),
            lock=RedisThreadLock(client),
            keyvalue=RedisKeyValue(client),
            queues=RedisQueueMetrics(client, queue_defaults, clock),
            sends=RedisSendQueue(client, clock),
            ready=RedisReadyThreads(client),
            checkpointer=saver,
            kind="redis",
            close=stack.aclose,
        )


@asynccontextmanager
async def sqlite_memory(
    path: Path, *, queue_defaults: QueueDefaults, clock: Clock, max_waiting: int = 50
) -> AsyncIterator[Memory]:
    """Memory in one file, made if it isn't there; several processes may open it."""
    from stores.sqlite.checkpoints import sqlite_saver
    from stores.sqlite.database import Database
    from stores.sqlite.inbox import SqliteInbox, SqliteTurnLog
    from stores.sqlite.keyvalue import SqliteKeyValue
    from stores.sqlite.lock import SqliteThreadLock
    from stores.sqlite.queues import SqliteQueueMetrics
    from stores.sqlite.sendqueue import SqliteSendQueue

    async with AsyncExitStack() as stack:
        database = Database(path)
        await database.open()
        stack.push_async_callback(database.close)
        saver = await stack.enter_async_context(sqlite_saver(path))
        yield Memory(
            inbox=SqliteInbox(database, clock, max_waiting=max_waiting),
            turn_log=SqliteTurnLog(database),
            lock=SqliteThreadLock(database),
            keyvalue=SqliteKeyValue(database),
            queues=SqliteQueueMetrics(database, queue_defaults, clock),
            sends=SqliteSendQueue(database, clock),
            ready=None,
            checkpointer=saver,
            kind="sqlite",
            close=stack.aclose,
        )
