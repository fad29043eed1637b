"""The embedded servers of a folder, from outside: what runs, what they keep, who else uses them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient, WriteConcern
from redis.asyncio import Redis

from stores.embedded.files import Site, load_access
from stores.embedded.processes import find

ROOT = Path(__file__).parents[1]
DEADLINE_S = 45.0
JOURNALED = WriteConcern(w=1, j=True)  # or a kill -9 takes the last 100 ms with it

GUEST = """
import asyncio, json, sys
from pathlib import Path
from stores.embedded import embedded

async def main():
    async with embedded(Path(sys.argv[1]), mongodb=sys.argv[2] == "both") as servers:
        print(json.dumps([servers.redis_url, servers.mongodb_uri, servers.started]), flush=True)
        await asyncio.to_thread(sys.stdin.readline)

asyncio.run(main())
"""


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not await condition():
            await asyncio.sleep(0.02)


def redis_site(folder: Path) -> Site:
    return Site(folder / "redis")


def mongo_site(folder: Path) -> Site:
    return Site(folder / "mongodb")


def pid_of(site: Site) -> int:
    pid = find(site.pid, site.config)
    assert pid is not None
    return pid


def kill(site: Site) -> int:
    pid = pid_of(site)
    os.kill(pid, signal.SIGKILL)
    return pid


def port_of(site: Site) -> int:
    access = load_access(site.state)
    assert access is not None
    return access.port


async def redis_get(url: str, key: str) -> bytes | None:
    async with Redis.from_url(url, socket_timeout=5) as client:
        value = await client.get(key)
    assert value is None or isinstance(value, bytes)
    return value


async def redis_set(url: str, key: str, value: str) -> None:
    async with Redis.from_url(url) as client:
        await client.set(key, value)


async def mongo_names(uri: str) -> list[str]:
    async with mongo(uri) as client:
        return [row["name"] async for row in client.shop.people.find().sort("name")]


async def mongo_add(uri: str, name: str) -> None:
    async with mongo(uri) as client:
        await client.get_database("shop", write_concern=JOURNALED).people.insert_one({"name": name})


def mongo(uri: str) -> AsyncMongoClient[dict[str, Any]]:
    return AsyncMongoClient(uri, serverSelectionTimeoutMS=5_000)


@asynccontextmanager
async def guest(folder: Path, what: str = "redis") -> AsyncIterator[Guest]:
    """Another process that uses the servers until it is told to go."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", GUEST, str(folder), what),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    one = Guest(process)
    try:
        yield one
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class Guest:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ready(self) -> tuple[str, str, list[str]]:
        assert self._process.stdout is not None
        async with asyncio.timeout(DEADLINE_S):
            line = await self._process.stdout.readline()
        redis_url, mongodb_uri, started = json.loads(line)
        return redis_url, mongodb_uri, started

    async def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        async with asyncio.timeout(DEADLINE_S):
            assert await self._process.wait() == 0

    async def die(self) -> None:
        self._process.kill()
        await self._process.wait()
