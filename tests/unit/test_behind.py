"""Turns that nobody waits for: each message's once, giving way to those that come in."""

from __future__ import annotations

import asyncio
from collections import Counter, deque

import pytest

from contracts.errors import MemoryUnavailable, ThreadBusy
from gateway.behind import Behind

pytestmark = pytest.mark.unit


class Threads:
    """What waits, by thread; and what was run."""

    def __init__(self, **waiting: int) -> None:
        self.waiting = Counter(waiting)
        self.ran: list[str] = []
        self.raises: deque[Exception] = deque()
        self.go = asyncio.Event()
        self.go.set()
        self.begun = asyncio.Event()

    async def run_one(self, thread_id: str, _wait_s: float) -> bool:
        self.begun.set()
        await self.go.wait()
        if self.raises:
            raise self.raises.popleft()
        if not self.waiting[thread_id]:
            return False
        self.waiting[thread_id] -= 1
        self.ran.append(thread_id)
        return True


async def test_all_that_waits_for_a_thread_is_run() -> None:
    threads = Threads(a=3, b=1)
    behind = Behind(threads.run_one)
    behind.begin("a")
    behind.begin("b")
    await behind.close(10)
    assert Counter(threads.ran) == {"a": 3, "b": 1}
    assert len(behind) == 0


async def test_what_comes_while_a_thread_is_at_work_is_run_by_it() -> None:
    threads = Threads(a=1)
    threads.go.clear()
    behind = Behind(threads.run_one)
    behind.begin("a")
    await threads.begun.wait()
    behind.begin("a")
    assert len(behind) == 1
    threads.waiting["a"] += 1
    threads.go.set()
    await behind.close(10)
    assert threads.ran == ["a", "a"]


async def test_a_thread_that_is_busy_is_tried_again() -> None:
    threads = Threads(a=1)
    threads.raises.extend([ThreadBusy("elsewhere"), ThreadBusy("elsewhere")])
    behind = Behind(threads.run_one)
    behind.begin("a")
    await behind.close(10)
    assert threads.ran == ["a"]


async def test_a_store_that_is_down_leaves_the_message_to_the_recoverer() -> None:
    threads = Threads(a=1)
    threads.raises.append(MemoryUnavailable("down"))
    behind = Behind(threads.run_one)
    behind.begin("a")
    await behind.close(10)
    assert threads.ran == []
    behind.begin("a")
    await behind.close(10)
    assert threads.ran == ["a"]


async def test_turns_give_way_to_what_comes_in_though_not_for_ever() -> None:
    threads = Threads(a=2)
    behind = Behind(threads.run_one)
    with behind.taking():
        behind.begin("a")
        await asyncio.sleep(0)
        assert not threads.begun.is_set()
        await asyncio.wait_for(threads.begun.wait(), 45)  # it has waited long enough
    await behind.close(10)
    assert threads.ran == ["a", "a"]
