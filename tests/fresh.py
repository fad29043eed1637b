"""The product's settings on the session's servers, their stores emptied."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from pymongo import AsyncMongoClient
from redis.asyncio import Redis

from contracts.settings import Settings
from stores.embedded import Servers


def settings_on(servers: Servers, data: Path, trained: Path, **more: Any) -> Settings:
    """The embedded defaults with a database of their own, in a folder that the embedded model need
    not be trained in."""
    (data / "models").symlink_to(trained)
    given = {"seed_customers": 12, "proactive": False, **more}
    return Settings(
        THROUGHLINE_DATA=data,
        redis_url=servers.redis_url,
        mongodb_uri=servers.mongodb_uri,
        mongodb_database=f"test_{uuid4().hex[:12]}",
        **given,
    )


@asynccontextmanager
async def emptied(settings: Settings) -> AsyncIterator[Settings]:
    """Nothing in the memory before, no database after."""
    async with Redis.from_url(settings.redis_url) as redis:
        await redis.flushall()
    yield settings
    async with AsyncMongoClient[dict[str, Any]](settings.mongodb_uri) as client:
        await client.drop_database(settings.mongodb_database)
