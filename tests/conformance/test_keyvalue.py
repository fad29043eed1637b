"""Small values that expire."""

from __future__ import annotations

import asyncio
import time

import pytest

from contracts.ports import KeyValue
from stores.memory import Memory
from tests.conformance.conftest import Backend

pytestmark = pytest.mark.conformance


async def gone(keyvalue: KeyValue, key: str) -> bool:
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        if await keyvalue.get(key) is None:
            return True
        await asyncio.sleep(0.01)
    return False


async def test_set_get_delete(memory: Memory) -> None:
    kv = memory.keyvalue
    assert await kv.get("k") is None
    assert await kv.set("k", {"a": [1, "ü"]}, ttl_s=60)
    assert await kv.get("k") == {"a": [1, "ü"]}
    assert await kv.set("k", {"b": None}, ttl_s=60)
    assert await kv.get("k") == {"b": None}
    await kv.delete("k")
    assert await kv.get("k") is None


async def test_only_new(memory: Memory) -> None:
    kv = memory.keyvalue
    assert await kv.set("k", {"n": 1}, ttl_s=60, only_new=True)
    assert not await kv.set("k", {"n": 2}, ttl_s=60, only_new=True)
    assert await kv.get("k") == {"n": 1}


async def test_values_expire(memory: Memory) -> None:
    kv = memory.keyvalue
    await kv.set("k", {"n": 1}, ttl_s=0.05)
    await kv.set("stays", {"n": 1}, ttl_s=60)
    assert await gone(kv, "k")
    assert await kv.take("k") is None
    assert await kv.set("k", {"n": 2}, ttl_s=60, only_new=True)
    assert await kv.get("stays") == {"n": 1}


async def test_one_of_twenty_takes(memory: Memory) -> None:
    await memory.keyvalue.set("k", {"n": 1}, ttl_s=60)
    taken = await asyncio.gather(*(memory.keyvalue.take("k") for _ in range(20)))
    assert [value for value in taken if value] == [{"n": 1}]


async def test_one_of_twenty_sets_a_new_key(memory: Memory) -> None:
    stored = await asyncio.gather(
        *(memory.keyvalue.set("k", {"n": n}, ttl_s=60, only_new=True) for n in range(20))
    )
    assert sum(stored) == 1
    assert await memory.keyvalue.get("k") == {"n": stored.index(True)}


async def test_increments_count_each_once(memory: Memory, backend: Backend) -> None:
    async with backend.open() as other:
        counts = await asyncio.gather(
            *(kv.increment("k", ttl_s=60) for kv in [memory.keyvalue, other.keyvalue] * 10)
        )
    assert sorted(counts) == list(range(1, 21))
    await memory.keyvalue.delete("k")
    assert await memory.keyvalue.increment("k", ttl_s=60) == 1


async def test_a_counter_lives_from_its_first_increment(memory: Memory) -> None:
    kv = memory.keyvalue
    began = time.monotonic()
    counts = [await kv.increment("k", ttl_s=0.1)]
    while counts[-1] != 1 or len(counts) == 1:
        assert time.monotonic() - began < 3, "the counter never expired"
        await asyncio.sleep(0.01)
        counts.append(await kv.increment("k", ttl_s=0.1))
    assert time.monotonic() - began >= 0.09


async def test_values_and_counters_do_not_meet(memory: Memory) -> None:
    kv = memory.keyvalue
    await kv.increment("k", ttl_s=60)
    assert await kv.get("k") is None
    assert await kv.set("k", {"n": 1}, ttl_s=60, only_new=True)
    assert await kv.increment("k", ttl_s=60) == 2
