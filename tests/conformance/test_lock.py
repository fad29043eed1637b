"""The lock of a thread: one holder at a time, a fence that only grows, freed by death."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import pytest

from contracts.errors import ThreadBusy
from stores.memory import Memory
from tests.conformance.conftest import Backend
from tests.conformance.contender import THREAD, count

pytestmark = pytest.mark.conformance

ROOT = Path(__file__).parents[2]


async def contender(backend: Backend, lease_s: float, *act: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.conformance.contender", backend.kind, backend.where, str(lease_s), *act),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )


async def test_fences_grow_with_each_holder(memory: Memory) -> None:
    fences = []
    for _ in range(5):
        async with memory.lock.hold("t", wait_s=1) as lease:
            assert lease.thread_id == "t"
            fences.append(lease.fence)
    assert fences == sorted(set(fences))
    assert fences[0] > 0


async def test_many_tasks_take_turns(memory: Memory) -> None:
    inside, fences = 0, []

    async def worker() -> None:
        nonlocal inside
        async with memory.lock.hold("t", wait_s=20) as lease:
            inside += 1
            fences.append(lease.fence)
            await memory.keyvalue.get("long enough for another to come in")
            assert inside == 1
            inside -= 1

    await asyncio.gather(*(worker() for _ in range(40)))
    assert fences == sorted(set(fences))
    assert len(fences) == 40


async def test_two_processes_take_turns(backend: Backend, memory: Memory, tmp_path: Path) -> None:
    file = tmp_path / "number"
    file.write_text("0")
    other = await contender(backend, 10, "count", str(file), "40")
    async with backend.lock(lease_s=10) as lock:
        await count(lock, file, 40)
    printed, _ = await other.communicate()
    fences = [int(line) for line in printed.split()]
    assert file.read_text() == "80"
    assert fences == sorted(set(fences))
    assert len(fences) == 40


async def test_busy_after_waiting(memory: Memory) -> None:
    async with memory.lock.hold("t", wait_s=1):
        began = time.monotonic()
        with pytest.raises(ThreadBusy):
            async with memory.lock.hold("t", wait_s=0.15):
                pass
        assert 0.1 < time.monotonic() - began < 1


async def test_other_threads_do_not_wait(memory: Memory) -> None:
    async with memory.lock.hold("t", wait_s=0), memory.lock.hold("u", wait_s=0) as lease:
        assert lease.thread_id == "u"


async def test_freed_by_an_error(memory: Memory) -> None:
    with pytest.raises(ZeroDivisionError):
        async with memory.lock.hold("t", wait_s=0):
            raise ZeroDivisionError
    async with memory.lock.hold("t", wait_s=0):
        pass


async def test_a_cancelled_waiter_leaves_nothing_behind(memory: Memory) -> None:
    async def wait() -> None:
        async with memory.lock.hold("t", wait_s=10):
            await asyncio.Event().wait()

    for steps in range(20):  # cancelled at differing points of the acquisition
        task = asyncio.create_task(wait())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with memory.lock.hold("t", wait_s=1):
        pass


async def test_held_beyond_the_lease(backend: Backend, memory: Memory) -> None:
    async with backend.lock(lease_s=0.3) as lock, lock.hold("t", wait_s=0):
        with pytest.raises(ThreadBusy):
            async with memory.lock.hold("t", wait_s=1):
                pass


async def test_a_killed_holder_frees_after_its_lease(backend: Backend, memory: Memory) -> None:
    holder = await contender(backend, 0.6, "hang")
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"held\n"
    with pytest.raises(ThreadBusy):
        async with memory.lock.hold(THREAD, wait_s=0):
            pass
    holder.kill()
    await holder.wait()
    async with memory.lock.hold(THREAD, wait_s=5) as lease:
        assert lease.fence > 1
