"""Threads on their way to a process that runs turns."""

from __future__ import annotations

import asyncio

import pytest

from contracts.errors import MemoryUnavailable, Overloaded
from stores.memory import Memory
from stores.redis.connect import connect
from stores.redis.ready import RedisReadyThreads
from tests.conformance.conftest import Backend

pytestmark = pytest.mark.conformance

NOT_S = 0.05


async def test_each_is_taken_once_the_oldest_first(memory: Memory, backend: Backend) -> None:
    if memory.ready is None:
        assert memory.kind == "sqlite"  # one process runs all turns
        return
    for name in "abc":
        await memory.ready.put(name)
    async with backend.open() as other:
        assert other.ready is not None
        taken = [await it.take(NOT_S) for it in (memory.ready, other.ready, memory.ready)]
        assert taken == ["a", "b", "c"]
        assert await other.ready.take(NOT_S) is None


async def test_who_waits_gets_it_at_once(memory: Memory) -> None:
    if memory.ready is None:
        return
    waiting = asyncio.create_task(memory.ready.take(1.9))
    await asyncio.sleep(0)
    await memory.ready.put("a")
    assert await waiting == "a"


async def test_too_many_are_refused_and_bounded(memory: Memory, backend: Backend) -> None:
    if memory.ready is None:
        return
    client = connect(backend.where)
    try:
        ready = RedisReadyThreads(client, most=2)
        await ready.put("a")
        await ready.put("b")
        with pytest.raises(Overloaded):
            await ready.put("c")
        assert [await memory.ready.take(NOT_S) for _ in range(3)] == ["a", "b", None]
    finally:
        await client.aclose(close_connection_pool=True)


async def test_a_server_that_is_gone_says_so() -> None:
    client = connect("redis://127.0.0.1:1")
    try:
        ready = RedisReadyThreads(client)
        with pytest.raises(MemoryUnavailable):
            await ready.put("a")
        with pytest.raises(MemoryUnavailable):
            await ready.take(NOT_S)
    finally:
        await client.aclose(close_connection_pool=True)
