"""The lines for human agents."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from contracts.clock import PinnedClock
from contracts.messages import Channel
from contracts.ports import Waiting
from stores.memory import Memory
from tests.conformance.conftest import STAFF, Backend

pytestmark = pytest.mark.conformance


def waiting(name: str, channel: Channel = Channel.VOICE, priority: int = 0) -> Waiting:
    return Waiting(
        id=name, customer_id=f"C-{name}", channel=channel, reason="asked", priority=priority
    )


async def test_first_come_first_served(memory: Memory) -> None:
    assert [await memory.queues.join(waiting(name)) for name in "abc"] == [1, 2, 3]
    assert await memory.queues.join(waiting("b")) == 2
    await memory.queues.leave(Channel.VOICE, "a")
    await memory.queues.leave(Channel.VOICE, "a")
    assert await memory.queues.join(waiting("b")) == 1
    assert (await memory.queues.snapshot())[Channel.VOICE].depth == 2


async def test_priority_goes_first(memory: Memory) -> None:
    await memory.queues.join(waiting("a"))
    await memory.queues.join(waiting("b"))
    assert await memory.queues.join(waiting("urgent", priority=5)) == 1
    assert await memory.queues.join(waiting("urgent too", priority=5)) == 2
    assert await memory.queues.join(waiting("low", priority=-1)) == 5
    assert await memory.queues.join(waiting("c")) == 5
    assert await memory.queues.join(waiting("a")) == 3


async def test_many_join_at_once(memory: Memory) -> None:
    positions = await asyncio.gather(*(memory.queues.join(waiting(str(n))) for n in range(30)))
    assert sorted(positions) == list(range(1, 31))


async def test_channels_are_apart(memory: Memory, backend: Backend) -> None:
    await memory.queues.join(waiting("a"))
    async with backend.open() as other:
        assert await other.queues.join(waiting("b", Channel.WEB)) == 1
        depths = {c: s.depth for c, s in (await other.queues.snapshot()).items()}
    waiting_in = {Channel.VOICE: 1, Channel.WEB: 1}
    assert depths == {channel: waiting_in.get(channel, 0) for channel in Channel}


async def test_arrivals_of_the_last_hour(memory: Memory, clock: PinnedClock) -> None:
    async def rate() -> float:
        return (await memory.queues.snapshot())[Channel.VOICE].arrivals_per_hour

    await memory.queues.arrived(Channel.VOICE, 10)
    await memory.queues.arrived(Channel.VOICE)
    assert await rate() == 11
    clock.advance(timedelta(minutes=30))
    await memory.queues.arrived(Channel.VOICE, 5)
    assert await rate() == 16
    clock.advance(timedelta(minutes=30))
    assert await rate() == 5
    await memory.queues.arrived(Channel.VOICE, 1)
    assert await rate() == 6
    clock.advance(timedelta(hours=2))
    assert await rate() == 0


async def test_staffing(memory: Memory) -> None:
    state = (await memory.queues.snapshot())[Channel.VOICE]
    assert (state.agents, state.handle_s) == STAFF[Channel.VOICE]
    await memory.queues.staff(Channel.VOICE, agents=9, handle_s=200.5)
    state = (await memory.queues.snapshot())[Channel.VOICE]
    assert (state.agents, state.handle_s) == (9, 200.5)


async def test_estimated_wait(memory: Memory) -> None:
    async def wait(channel: Channel) -> float:
        return (await memory.queues.snapshot())[channel].wait_s

    assert await wait(Channel.VOICE) == 0
    for n in range(7):
        await memory.queues.join(waiting(str(n)))
    assert await wait(Channel.VOICE) == 8 * 300 / 4
    assert 3600 <= await wait(Channel.SMS) < float("inf")  # nobody is staffed


async def test_hysteresis_bits(memory: Memory, backend: Backend) -> None:
    assert not await memory.queues.engaged("wait")
    assert await memory.queues.engaged("wait", on=True)
    async with backend.open() as other:
        assert await other.queues.engaged("wait")
        assert not await other.queues.engaged("depth")
        assert not await other.queues.engaged("wait", on=False)
    assert not await memory.queues.engaged("wait")


async def test_clear_ends_the_storm(memory: Memory) -> None:
    await memory.queues.join(waiting("a"))
    await memory.queues.arrived(Channel.VOICE, 500)
    await memory.queues.staff(Channel.VOICE, agents=9, handle_s=200)
    await memory.queues.clear()
    state = (await memory.queues.snapshot())[Channel.VOICE]
    assert (state.depth, state.arrivals_per_hour, state.wait_s) == (0, 0, 0)
    assert state.agents == 9
