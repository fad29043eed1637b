"""The stores, opened: those the settings name, or the embedded servers."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from contracts.clock import Clock
from contracts.errors import ConfigurationError
from contracts.scenario import Scenario
from contracts.settings import Settings
from stores import embedded
from stores.memory import Memory, redis_memory, sqlite_memory
from stores.mongo.connect import connect, reachable
from stores.mongo.indexes import ensure_indexes
from stores.seed import ensure_seeded, refresh_demo


@dataclass(frozen=True, slots=True)
class Where:
    """Which stores to use: addresses, or none for SQLite."""

    redis_url: str
    mongodb_uri: str
    notices: tuple[str, ...]


async def open_stores(settings: Settings, stack: AsyncExitStack) -> Where:
    """The addresses of the stores, the embedded servers started for those not given."""
    can = await asyncio.to_thread(embedded.available)
    wants_redis = settings.checkpointer != "sqlite" and not settings.redis_url
    notices: list[str] = []
    if wants_redis and can["redis"]:
        if settings.checkpointer == "redis":
            raise ConfigurationError(f"CHECKPOINTER=redis needs REDIS_URL here: {can['redis']}")
        notices.append(
            f"Redis can't run here ({can['redis']}): threads are kept in SQLite, which serves one "
            "machine. Set REDIS_URL to use a Redis."
        )
    elif settings.checkpointer == "sqlite":
        notices.append("CHECKPOINTER=sqlite: threads are kept in SQLite, which serves one machine.")
    if not settings.mongodb_uri and can["mongodb"]:
        raise ConfigurationError(f"MongoDB can't run here ({can['mongodb']}): set MONGODB_URI")
    servers = await stack.enter_async_context(
        embedded.embedded(
            settings.data_dir,
            redis=wants_redis and not can["redis"],
            mongodb=not settings.mongodb_uri,
        )
    )
    sqlite = settings.checkpointer == "sqlite"
    return Where(
        redis_url="" if sqlite else settings.redis_url or servers.redis_url,
        mongodb_uri=settings.mongodb_uri or servers.mongodb_uri,
        notices=tuple(notices),
    )


async def open_memory(
    settings: Settings, scenario: Scenario, clock: Clock, where: Where, stack: AsyncExitStack
) -> Memory:
    defaults = {
        channel: (queue.agents, queue.handle_s) for channel, queue in scenario.queues.items()
    }
    if where.redis_url:
        opened = redis_memory(
            where.redis_url, queue_defaults=defaults, clock=clock, entra=settings.redis_entra
        )
    else:
        path = settings.data_dir / "memory.sqlite"
        opened = sqlite_memory(path, queue_defaults=defaults, clock=clock)
    return await stack.enter_async_context(opened)


async def open_database(
    settings: Settings, clock: Clock, where: Where, stack: AsyncExitStack
) -> AsyncDatabase[dict[str, Any]]:
    """The database, with its indexes; the embedded one is seeded with the demo utility."""
    client = connect(where.mongodb_uri, entra=settings.mongodb_entra)
    stack.push_async_callback(client.close)
    database = client[settings.mongodb_database]
    await reachable(database)
    await ensure_indexes(database)
    if settings.environment == "development" and not settings.records:
        await ensure_seeded(database, settings.seed_customers, clock)
        await refresh_demo(database, clock)
    return database
