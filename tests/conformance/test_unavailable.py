"""A store that does not answer is MemoryUnavailable within 3 s, and work goes on after it."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint

from contracts.clock import PinnedClock
from contracts.errors import ConfigurationError, MemoryUnavailable
from contracts.messages import Channel, Inbound
from contracts.ports import Waiting
from stores.memory import Memory, redis_memory, sqlite_memory
from tests.servers import RedisServer, start_redis

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("usual_patience")]

LIMIT_S = 3.0
CLOCK = PinnedClock(datetime(2026, 11, 20, 18, 0, tzinfo=UTC))
MESSAGE = Inbound(channel=Channel.SMS, address="+15550101", id="a", at=CLOCK.now())
PLACE: RunnableConfig = {"configurable": {"thread_id": "t", "checkpoint_ns": ""}}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    with start_redis(tmp_path) as started:
        yield started


async def hold(memory: Memory) -> None:
    async with memory.lock.hold("t", wait_s=1):
        pass


async def watch(memory: Memory) -> None:
    async with memory.inbox.watch("t"):
        pass


def operations(memory: Memory) -> list[Callable[[], Awaitable[object]]]:
    waiting = Waiting(id="w", customer_id="C-1", channel=Channel.VOICE, reason="asked")
    return [
        lambda: memory.inbox.put("t", MESSAGE),
        lambda: memory.inbox.next("t"),
        lambda: memory.inbox.turn_of(MESSAGE.key),
        lambda: memory.inbox.abandoned(0),
        memory.turn_log.unarchived,
        lambda: hold(memory),
        lambda: memory.keyvalue.get("k"),
        lambda: memory.keyvalue.increment("k", ttl_s=1),
        lambda: memory.queues.join(waiting),
        memory.queues.snapshot,
        lambda: memory.checkpointer.aget_tuple(PLACE),
        lambda: memory.checkpointer.adelete_thread("t"),
    ]


async def refused(operation: Callable[[], Awaitable[object]]) -> float:
    began = time.monotonic()
    with pytest.raises(MemoryUnavailable):
        await operation()
    return time.monotonic() - began


async def all_refused(memory: Memory) -> None:
    took = await asyncio.gather(*(refused(operation) for operation in operations(memory)))
    assert max(took) < LIMIT_S


async def all_served(memory: Memory) -> None:
    for operation in operations(memory):
        await operation()


async def test_redis_that_hangs(server: RedisServer) -> None:
    async with redis_memory(server.url, queue_defaults={}, clock=CLOCK) as memory:
        await all_served(memory)
        server.process.send_signal(signal.SIGSTOP)
        try:
            took, _ = await asyncio.gather(refused(lambda: watch(memory)), all_refused(memory))
            assert took < LIMIT_S
        finally:
            server.process.send_signal(signal.SIGCONT)
        await all_served(memory)
        await watch(memory)


async def test_redis_that_hangs_under_a_turn(server: RedisServer) -> None:
    async with redis_memory(server.url, queue_defaults={}, clock=CLOCK) as memory:
        await memory.inbox.put("t", MESSAGE)

        async def turn() -> None:
            async with memory.lock.hold("t", wait_s=1):
                server.process.send_signal(signal.SIGSTOP)
                await memory.inbox.next("t")

        try:
            assert await refused(turn) < LIMIT_S
        finally:
            server.process.send_signal(signal.SIGCONT)
        async with memory.lock.hold("t", wait_s=5) as lease:  # released late, not left to expire
            assert lease.fence == 2


async def test_redis_that_is_gone(server: RedisServer) -> None:
    async with redis_memory(server.url, queue_defaults={}, clock=CLOCK) as memory:
        async with memory.inbox.watch("t") as turns:
            server.process.kill()
            server.process.wait()
            with pytest.raises(MemoryUnavailable):
                await asyncio.wait_for(anext(turns), LIMIT_S)
        await all_refused(memory)
    with pytest.raises(MemoryUnavailable):
        async with redis_memory(server.url, queue_defaults={}, clock=CLOCK):
            pass


async def test_redis_that_comes_back_empty(server: RedisServer, tmp_path: Path) -> None:
    async with redis_memory(server.url, queue_defaults={}, clock=CLOCK) as memory:
        await all_served(memory)
        await watch(memory)
        server.process.kill()
        server.process.wait()
        await all_refused(memory)
        with start_redis(tmp_path, port=server.port):
            await all_served(memory)
            await watch(memory)
            assert (await memory.inbox.put("t", MESSAGE)).waiting == 1


async def test_our_own_work_does_not_count_as_redis_being_slow(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first checkpoint of a process loads libraries, on a busy machine for seconds."""
    async with redis_memory(server.url, queue_defaults={}, clock=CLOCK) as memory:
        saver = memory.checkpointer
        await all_served(memory)
        monkeypatch.setattr("stores.redis.connect.TIMEOUT_S", 0.2)
        dump, load = saver.serde.dumps_typed, saver._load_checkpoint  # type: ignore[attr-defined]

        def slowly(function: Callable[..., object]) -> Callable[..., object]:
            def slow(*args: object) -> object:
                time.sleep(0.4)
                return function(*args)

            return slow

        monkeypatch.setattr(saver.serde, "dumps_typed", slowly(dump))
        monkeypatch.setattr(saver, "_load_checkpoint", slowly(load))
        checkpoint = empty_checkpoint()
        placed = await saver.aput(PLACE, checkpoint, {"source": "input", "step": 1}, {})
        await saver.aput_writes(placed, [("log", "written")], "task")
        found = await saver.aget_tuple(PLACE)
    assert found is not None
    assert found.checkpoint["id"] == checkpoint["id"]
    assert found.pending_writes == [("task", "log", "written")]


async def test_a_malformed_url() -> None:
    with pytest.raises(ConfigurationError, match="REDIS_URL"):
        async with redis_memory("localhost:6379", queue_defaults={}, clock=CLOCK):
            pass


async def test_sqlite_that_somebody_locks(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    async with sqlite_memory(path, queue_defaults={}, clock=CLOCK) as memory:
        await all_served(memory)
        blocker = sqlite3.connect(path, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        took = await asyncio.gather(
            refused(lambda: memory.inbox.put("t", MESSAGE)),
            refused(lambda: memory.checkpointer.adelete_thread("t")),
        )
        assert max(took) < LIMIT_S
        assert await memory.inbox.turn_of(MESSAGE.key) is None  # reading goes on
        blocker.execute("ROLLBACK")
        blocker.close()
        await all_served(memory)


async def test_sqlite_that_is_closed(tmp_path: Path) -> None:
    async with sqlite_memory(tmp_path / "memory.sqlite", queue_defaults={}, clock=CLOCK) as memory:
        await memory.close()
        await memory.close()
