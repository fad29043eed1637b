"""The queue of what goes out."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from datetime import timedelta

import pytest
import redis

from contracts.clock import PinnedClock
from contracts.errors import MemoryUnavailable, Overloaded
from contracts.messages import Channel, Text
from contracts.ports import SendQueue
from contracts.sending import Claimed, Sending
from stores.memory import Memory
from stores.redis import keys
from stores.redis.connect import connect
from stores.redis.sendqueue import RedisSendQueue
from tests.conformance.conftest import Backend
from tests.openai_server import free_port

pytestmark = pytest.mark.conformance

LEASE_S = 60.0


@pytest.fixture
def sends(memory: Memory) -> SendQueue:
    return memory.sends


def sending(
    key: str, clock: PinnedClock, *, address: str = "+13195550101", text: str = "hello"
) -> Sending:
    return Sending(
        key=key,
        customer_id="C-1",
        channel=Channel.SMS,
        address=address,
        purpose="reply",
        parts=(Text(text=text),),
        at=clock.now(),
    )


async def claimed(sends: SendQueue) -> Claimed:
    found = await sends.claim(LEASE_S)
    assert found is not None
    return found


async def drained(sends: SendQueue) -> list[str]:
    """The keys of all that is due, in the order in which it is given out."""
    given = []
    while found := await sends.claim(LEASE_S):
        given.append(found.sending.key)
        await sends.done(found)
    return given


async def test_a_lane_keeps_its_order(sends: SendQueue, clock: PinnedClock) -> None:
    for name in "abc":
        assert await sends.put(sending(name, clock, text=f"“{name}”\n☂"))
    for name in "abc":
        found = await claimed(sends)
        assert found.sending == sending(name, clock, text=f"“{name}”\n☂")
        assert (found.attempt, found.sent) == (1, 0)
        assert await sends.claim(LEASE_S) is None, "one of a lane at a time"
        await sends.done(found)
    assert await sends.claim(LEASE_S) is None


async def test_lanes_wait_for_nobody(sends: SendQueue, clock: PinnedClock) -> None:
    for name, address in (("a1", "+1"), ("a2", "+1"), ("b1", "+2"), ("b2", "+2")):
        await sends.put(sending(name, clock, address=address))
    first, second = await claimed(sends), await claimed(sends)
    assert [first.sending.key, second.sending.key] == ["a1", "b1"]
    await sends.done(second)
    assert (await claimed(sends)).sending.key == "b2"


async def test_a_channel_is_a_lane_of_its_own(sends: SendQueue, clock: PinnedClock) -> None:
    await sends.put(sending("a", clock))
    await sends.put(sending("b", clock).model_copy(update={"channel": Channel.WHATSAPP}))
    assert {(await claimed(sends)).sending.key for _ in range(2)} == {"a", "b"}


async def test_a_key_is_taken_once(sends: SendQueue, clock: PinnedClock) -> None:
    puts = [sends.put(sending("a", clock, text=str(n))) for n in range(20)]
    assert (await asyncio.gather(*puts)).count(True) == 1
    assert await drained(sends) == ["a"]
    assert not await sends.put(sending("a", clock)), "nor again once it is done"
    assert await drained(sends) == []


async def test_a_lease_that_ended_gives_it_to_another(sends: SendQueue, clock: PinnedClock) -> None:
    await sends.put(sending("a", clock))
    await sends.put(sending("b", clock))
    lost = await claimed(sends)
    clock.advance(timedelta(seconds=LEASE_S - 1))
    assert await sends.claim(LEASE_S) is None
    clock.advance(timedelta(seconds=1))
    found = await claimed(sends)
    assert (found.sending.key, found.attempt) == ("a", 2)
    assert found.token != lost.token
    await sends.done(lost)
    await sends.again(lost, 0)
    assert await sends.claim(LEASE_S) is None, "who lost the lease changes nothing"
    await sends.done(found)
    assert await drained(sends) == ["b"]
    await sends.done(found)
    assert await sends.waiting() == 0


async def test_progress_outlives_its_lease(sends: SendQueue, clock: PinnedClock) -> None:
    await sends.put(sending("a", clock))
    first = await claimed(sends)
    await sends.progress(first, 2)
    await sends.progress(first, 1)
    clock.advance(timedelta(seconds=LEASE_S))
    second = await claimed(sends)
    assert (second.attempt, second.sent) == (2, 2)
    await sends.progress(second, 3)
    await sends.again(second, 0)
    assert (await claimed(sends)).sent == 3


async def test_progress_of_what_is_done_leaves_nothing(
    sends: SendQueue, clock: PinnedClock
) -> None:
    await sends.put(sending("a", clock))
    found = await claimed(sends)
    await sends.done(found)
    await sends.progress(found, 1)
    assert await sends.waiting() == 0
    assert await sends.claim(LEASE_S) is None


async def test_what_is_put_off_stays_the_first(sends: SendQueue, clock: PinnedClock) -> None:
    for name in "ab":
        await sends.put(sending(name, clock))
    await sends.again(await claimed(sends), 30)
    assert await sends.claim(LEASE_S) is None
    await sends.put(sending("c", clock))
    clock.advance(timedelta(seconds=29.9))
    assert await sends.claim(LEASE_S) is None
    clock.advance(timedelta(seconds=0.2))
    found = await claimed(sends)
    assert (found.sending.key, found.attempt) == ("a", 2)
    await sends.done(found)
    assert await drained(sends) == ["b", "c"]


async def test_what_was_no_attempt_is_not_counted(sends: SendQueue, clock: PinnedClock) -> None:
    await sends.put(sending("a", clock))
    first = await claimed(sends)
    await sends.progress(first, 1)
    await sends.again(first, 30, counted=False)
    for _ in range(3):
        clock.advance(timedelta(seconds=30))
        found = await claimed(sends)
        assert (found.attempt, found.sent) == (1, 1)
        await sends.again(found, 30, counted=False)
    await sends.again(first, 0, counted=False)  # by who lost the lease
    clock.advance(timedelta(seconds=30))
    assert (await claimed(sends)).attempt == 1


async def test_what_is_to_wait_holds_up_nobody(sends: SendQueue, clock: PinnedClock) -> None:
    assert await sends.put(sending("tomorrow", clock), delay_s=3600)
    assert not await sends.put(sending("tomorrow", clock))
    await sends.put(sending("now", clock))
    assert await sends.waiting() == 2
    assert await drained(sends) == ["now"]
    clock.advance(timedelta(hours=1))
    await sends.put(sending("later", clock))
    assert await drained(sends) == ["tomorrow", "later"]


async def test_what_becomes_due_waits_for_who_is_there(
    sends: SendQueue, clock: PinnedClock
) -> None:
    await sends.put(sending("tomorrow", clock), delay_s=10)
    await sends.put(sending("now", clock))
    await sends.again(await claimed(sends), 20)
    clock.advance(timedelta(seconds=15))
    assert await sends.claim(LEASE_S) is None
    clock.advance(timedelta(seconds=5))
    assert await drained(sends) == ["now", "tomorrow"]


async def test_a_lane_is_bounded(sends: SendQueue, clock: PinnedClock) -> None:
    for n in range(100):
        await sends.put(sending(str(n), clock), delay_s=60.0 if n % 2 else 0.0)
    with pytest.raises(Overloaded):
        await sends.put(sending("one more", clock))
    assert await sends.put(sending("elsewhere", clock, address="+2"))
    assert await sends.waiting() == 101
    await sends.done(await claimed(sends))
    assert await sends.put(sending("one more", clock)), "what was refused may come again"


async def test_many_claimers_and_each_gets_its_own(
    memory: Memory, backend: Backend, clock: PinnedClock
) -> None:
    """Two processes with five couriers each; some die, and their leases end."""
    dice = random.Random(6)
    lanes = [f"+1319555{n:04}" for n in range(12)]
    for n in range(8):
        for lane in lanes:
            await memory.sends.put(sending(f"{lane} {n}", clock, address=lane))
    taken: dict[str, list[str]] = defaultdict(list)

    async def courier(queue: SendQueue) -> None:
        while await memory.sends.waiting():
            found = await queue.claim(LEASE_S)
            if found is None:
                clock.advance(timedelta(seconds=1))
                await asyncio.sleep(0)
            elif dice.random() < 0.8:  # else: died
                taken[found.sending.address].append(found.sending.key)
                await queue.done(found)

    async with backend.open() as other, asyncio.TaskGroup() as group:
        for queue in (memory.sends, other.sends) * 5:
            group.create_task(courier(queue))
    assert taken == {lane: [f"{lane} {n}" for n in range(8)] for lane in lanes}


async def test_it_outlives_the_process(backend: Backend, clock: PinnedClock) -> None:
    async with backend.open() as first:
        await first.sends.put(sending("a", clock))
        await first.sends.progress(await claimed(first.sends), 1)
    clock.advance(timedelta(seconds=LEASE_S))
    async with backend.open() as second:
        found = await claimed(second.sends)
        assert (found.attempt, found.sent) == (2, 1)


# What only Redis has.


async def test_redis_keeps_nothing_but_the_keys_seen(redis_url: str, clock: PinnedClock) -> None:
    client = connect(redis_url)
    await client.flushall()
    sends = RedisSendQueue(client, clock)
    await sends.put(sending("a", clock))
    await sends.put(sending("b", clock), delay_s=5)
    lost = await claimed(sends)
    await sends.progress(lost, 1)
    clock.advance(timedelta(seconds=LEASE_S))
    assert await drained(sends) == ["a", "b"]
    assert set(await client.keys("*")) == {keys.send_seen("a"), keys.send_seen("b")}
    assert 47 * 3600 < await client.ttl(keys.send_seen("a")) <= 48 * 3600
    await client.aclose(close_connection_pool=True)


async def test_redis_answers_lost_with_their_connection(
    redis_url: str, clock: PinnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """redis-py sends a script again: it is the same put, and the same claim."""
    client = connect(redis_url)
    await client.flushall()
    sends = RedisSendQueue(client, clock)
    for script in (sends._put, sends._claim):
        await client.script_load(script.script)
    answer = client.parse_response
    lost: list[object] = []

    async def parse_response(connection: object, name: str, **options: object) -> object:
        found = await answer(connection, name, **options)  # type: ignore[arg-type]
        if name == "EVALSHA" and len(lost) in (0, 2):
            lost.append(found)
            raise redis.ConnectionError("lost")
        lost.append(found)
        return found

    monkeypatch.setattr(client, "parse_response", parse_response)
    assert await sends.put(sending("a", clock))
    found = await claimed(sends)
    assert (found.sending.key, found.attempt) == ("a", 1)
    assert len(lost) == 4
    await client.aclose(close_connection_pool=True)


async def test_redis_that_is_away(clock: PinnedClock) -> None:
    client = connect(f"redis://127.0.0.1:{free_port()}")
    with pytest.raises(MemoryUnavailable):
        await RedisSendQueue(client, clock).claim(LEASE_S)
    await client.aclose(close_connection_pool=True)
