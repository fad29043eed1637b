"""The durable inbox and the log of turns."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import redis

from contracts.clock import PinnedClock
from contracts.errors import Overloaded
from contracts.messages import Channel, Inbound, Text, Turn
from stores.memory import Memory
from stores.redis import keys
from stores.redis.connect import connect
from stores.redis.feed import Feed
from stores.redis.inbox import RedisInbox
from stores.redis.turnlog import RedisTurnLog
from tests.conformance.conftest import Backend

pytestmark = pytest.mark.conformance


def inbound(name: str, clock: PinnedClock, *, text: str = "hello") -> Inbound:
    return Inbound(channel=Channel.SMS, address="+15550101", id=name, text=text, at=clock.now())


def turn_for(message: Inbound, *, reply: str = "Hi!", thread_id: str = "t") -> Turn:
    return Turn(
        inbound_key=message.key,
        customer_id="C-1",
        thread_id=thread_id,
        channel=message.channel,
        reply=reply,
        parts=(Text(text=reply),),
        at=message.at,
    )


async def within(turns: AsyncIterator[Turn]) -> Turn:
    return await asyncio.wait_for(anext(turns), 45)


async def test_first_in_first_out(memory: Memory, clock: PinnedClock) -> None:
    messages = [inbound(name, clock, text=f"“{name}”\n☂") for name in "abc"]
    receipts = [await memory.inbox.put("t", message) for message in messages]
    assert [(r.new, r.waiting) for r in receipts] == [(True, 1), (True, 2), (True, 3)]
    for message in messages:
        work = await memory.inbox.next("t")
        assert work is not None
        assert work.inbound == message
        await memory.inbox.finish("t", message, turn_for(message))
    assert await memory.inbox.next("t") is None


async def test_attempts_are_counted(memory: Memory, clock: PinnedClock) -> None:
    await memory.inbox.put("t", inbound("a", clock))
    await memory.inbox.put("t", inbound("b", clock))
    begun = [await memory.inbox.next("t") for _ in range(3)]
    assert [(w.inbound.id, w.attempt) for w in begun if w] == [("a", 1), ("a", 2), ("a", 3)]
    await memory.inbox.finish("t", inbound("a", clock), turn_for(inbound("a", clock)))
    work = await memory.inbox.next("t")
    assert work is not None
    assert (work.inbound.id, work.attempt) == ("b", 1)


async def test_a_duplicate_that_waits(memory: Memory, clock: PinnedClock) -> None:
    await memory.inbox.put("t", inbound("a", clock))
    again = await memory.inbox.put("t", inbound("a", clock, text="sent again"))
    assert (again.new, again.waiting) == (False, 1)
    work = await memory.inbox.next("t")
    assert work is not None
    assert work.inbound.text == "hello"
    assert await memory.inbox.turn_of("sms:a") is None


async def test_a_duplicate_that_is_finished(
    memory: Memory, backend: Backend, clock: PinnedClock
) -> None:
    message = inbound("a", clock)
    await memory.inbox.put("t", message)
    await memory.inbox.finish("t", message, turn_for(message))
    async with backend.open() as other:
        again = await other.inbox.put("t", message)
        assert (again.new, again.waiting) == (False, 0)
        assert await other.inbox.next("t") is None
        assert await other.inbox.turn_of(message.key) == turn_for(message)


async def test_the_same_id_on_another_channel_is_another_message(
    memory: Memory, clock: PinnedClock
) -> None:
    message = inbound("a", clock)
    await memory.inbox.put("t", message)
    receipt = await memory.inbox.put("t", message.model_copy(update={"channel": Channel.WEB}))
    assert (receipt.new, receipt.waiting) == (True, 2)


async def test_finishing_twice_changes_nothing(memory: Memory, clock: PinnedClock) -> None:
    message = inbound("a", clock)
    await memory.inbox.put("t", message)
    async with memory.inbox.watch("t") as turns:
        await memory.inbox.finish("t", message, turn_for(message, reply="first"))
        await memory.inbox.finish("t", message, turn_for(message, reply="second"))
        last = inbound("b", clock)
        await memory.inbox.put("t", last)
        await memory.inbox.finish("t", last, turn_for(last, reply="third"))
        assert [(await within(turns)).reply for _ in range(2)] == ["first", "third"]
    kept = await memory.inbox.turn_of(message.key)
    assert kept is not None
    assert kept.reply == "first"
    assert [turn.reply for _, turn in await memory.turn_log.unarchived()] == ["first", "third"]


async def test_too_many_wait(backend: Backend, clock: PinnedClock) -> None:
    async with backend.open(max_waiting=3) as memory:
        for name in "abc":
            await memory.inbox.put("t", inbound(name, clock))
        with pytest.raises(Overloaded):
            await memory.inbox.put("t", inbound("d", clock))
        assert not (await memory.inbox.put("t", inbound("a", clock))).new
        assert (await memory.inbox.put("u", inbound("e", clock))).new
        await memory.inbox.finish("t", inbound("a", clock), turn_for(inbound("a", clock)))
        assert (await memory.inbox.put("t", inbound("d", clock))).waiting == 3


async def test_move_to_the_end_of_another_thread(memory: Memory, clock: PinnedClock) -> None:
    for thread, name in [("t", "a"), ("t", "b"), ("u", "c")]:
        await memory.inbox.put(thread, inbound(name, clock))
    await memory.inbox.next("t")
    await memory.inbox.move("t", "u", inbound("a", clock))
    await memory.inbox.move("t", "u", inbound("a", clock))
    await memory.inbox.move("t", "u", inbound("unknown", clock))
    assert not (await memory.inbox.put("t", inbound("a", clock))).new
    assert (await memory.inbox.put("u", inbound("d", clock))).waiting == 3
    order = []
    for thread in ("t", "u", "u", "u"):
        work = await memory.inbox.next(thread)
        assert work is not None
        order.append((work.inbound.id, work.attempt))
        await memory.inbox.finish(thread, work.inbound, turn_for(work.inbound))
    # Looking for a message's place uses up none of its attempts.
    assert order == [("b", 1), ("c", 1), ("a", 1), ("d", 1)]
    assert await memory.inbox.next("t") is None
    assert await memory.inbox.next("u") is None


async def test_abandoned_threads(memory: Memory, clock: PinnedClock) -> None:
    await memory.inbox.put("t", inbound("a", clock))
    clock.advance(timedelta(seconds=10))
    await memory.inbox.put("t", inbound("b", clock))
    await memory.inbox.put("u", inbound("c", clock))
    assert await memory.inbox.abandoned(30) == []
    assert await memory.inbox.abandoned(10) == ["t"]
    clock.advance(timedelta(seconds=5))
    assert sorted(await memory.inbox.abandoned(5)) == ["t", "u"]
    async with memory.lock.hold("t", wait_s=1):
        assert await memory.inbox.abandoned(5) == ["u"]
    await memory.inbox.finish("t", inbound("a", clock), turn_for(inbound("a", clock)))
    assert await memory.inbox.abandoned(15) == []  # "b" came later
    assert sorted(await memory.inbox.abandoned(5)) == ["t", "u"]
    await memory.inbox.finish("t", inbound("b", clock), turn_for(inbound("b", clock)))
    await memory.inbox.finish("u", inbound("c", clock), turn_for(inbound("c", clock)))
    assert await memory.inbox.abandoned(0) == []


async def test_watchers_see_their_thread_only(
    memory: Memory, backend: Backend, clock: PinnedClock
) -> None:
    async with (
        backend.open() as other,
        other.inbox.watch("t") as here,
        memory.inbox.watch("t") as there,
        memory.inbox.watch("u") as elsewhere,
    ):
        for thread, name in [("u", "x"), ("t", "a"), ("t", "b")]:
            message = inbound(name, clock)
            await memory.inbox.put(thread, message)
            await memory.inbox.finish(thread, message, turn_for(message, thread_id=thread))
        for turns in (here, there):
            assert [(await within(turns)).inbound_key for _ in range(2)] == ["sms:a", "sms:b"]
        assert (await within(elsewhere)).inbound_key == "sms:x"


async def test_a_watcher_sees_nothing_from_before(memory: Memory, clock: PinnedClock) -> None:
    for name in "ab":
        message = inbound(name, clock)
        await memory.inbox.put("t", message)
        if name == "b":
            async with memory.inbox.watch("t") as turns:
                await memory.inbox.finish("t", message, turn_for(message))
                assert (await within(turns)).inbound_key == "sms:b"
        else:
            await memory.inbox.finish("t", message, turn_for(message))


async def test_turns_wait_until_they_are_archived(memory: Memory, clock: PinnedClock) -> None:
    for name in "abcd":
        message = inbound(name, clock)
        await memory.inbox.put("t", message)
        await memory.inbox.finish("t", message, turn_for(message))
    first = await memory.turn_log.unarchived(limit=3)
    assert [turn.inbound_key for _, turn in first] == ["sms:a", "sms:b", "sms:c"]
    assert await memory.turn_log.unarchived(limit=3) == first
    await memory.turn_log.archived([entry for entry, _ in first[:2]])
    await memory.turn_log.archived([])
    rest = await memory.turn_log.unarchived()
    assert [turn.inbound_key for _, turn in rest] == ["sms:c", "sms:d"]
    await memory.turn_log.archived([entry for entry, _ in rest])
    assert await memory.turn_log.unarchived() == []
    assert (await memory.inbox.turn_of("sms:a")) is not None


async def test_nothing_is_lost_or_doubled_or_out_of_order(
    memory: Memory, backend: Backend, clock: PinnedClock
) -> None:
    """Six senders with duplicates, four workers at two processes that die in mid-turn."""
    dice = random.Random(20261120)
    answered: list[Inbound] = []
    sent = asyncio.Event()

    async def sender(number: int) -> None:
        for n in range(12):
            message = inbound(f"{number}-{n}", clock)
            for _ in range(dice.choice([1, 1, 2, 3])):
                await other.inbox.put("t", message)

    async def worker(store: Memory) -> None:
        while True:
            async with store.lock.hold("t", wait_s=20):
                work = await store.inbox.next("t")
                if work is None and sent.is_set():
                    return
                if work is not None and dice.random() > 0.3:  # else: died before it finished
                    answered.append(work.inbound)
                    await store.inbox.finish("t", work.inbound, turn_for(work.inbound))
            await asyncio.sleep(0)

    async with backend.open(max_waiting=100) as other, asyncio.TaskGroup() as group:
        for store in (memory, other) * 2:
            group.create_task(worker(store))
        await asyncio.gather(*(sender(number) for number in range(6)))
        sent.set()
    assert Counter(message.key for message in answered).most_common(1)[0][1] == 1
    assert len(answered) == 6 * 12
    for number in range(6):
        names = [m.id for m in answered if m.id.startswith(f"{number}-")]
        assert names == [f"{number}-{n}" for n in range(12)]
    assert len(await memory.turn_log.unarchived()) == 6 * 12


# What only Redis has.


async def test_redis_keeps_no_empty_keys(redis_url: str, clock: PinnedClock) -> None:
    client = connect(redis_url)
    inbox = RedisInbox(client, Feed(client), clock)
    await client.flushall()
    for name in "ab":
        await inbox.put("t", inbound(name, clock))
    await inbox.put("t", inbound("c", clock))
    await inbox.next("t")
    await inbox.finish("t", inbound("a", clock), turn_for(inbound("a", clock)))
    assert not await client.exists(keys.attempts("t"))
    await inbox.next("t")
    await inbox.move("t", "u", inbound("b", clock))
    assert not await client.exists(keys.attempts("t"))
    for thread, name in [("t", "c"), ("u", "b")]:
        await inbox.finish(thread, inbound(name, clock), turn_for(inbound(name, clock)))
    left = {keys.message(f"sms:{name}") for name in "abc"} | {keys.TURNS}
    assert set(await client.keys("*")) == left
    assert 0 < await client.ttl(keys.message("sms:a")) <= 24 * 3600
    await client.aclose(close_connection_pool=True)


async def test_redis_refuses_rather_than_drops_turns(redis_url: str, clock: PinnedClock) -> None:
    client = connect(redis_url)
    await client.flushall()
    inbox = RedisInbox(client, Feed(client), clock, max_unarchived=1)
    log = RedisTurnLog(client)
    message = inbound("a", clock)
    await inbox.put("t", message)
    await inbox.finish("t", message, turn_for(message))
    with pytest.raises(Overloaded, match="archive"):
        await inbox.put("t", inbound("b", clock))
    await log.archived([entry for entry, _ in await log.unarchived()])
    assert (await inbox.put("t", inbound("b", clock))).new
    await client.aclose(close_connection_pool=True)


async def test_redis_gives_a_dead_archivers_turns_to_the_next(
    redis_url: str, clock: PinnedClock
) -> None:
    client = connect(redis_url)
    await client.flushall()
    inbox = RedisInbox(client, Feed(client), clock)
    for name in "abc":
        await inbox.put("t", inbound(name, clock))
        await inbox.finish("t", inbound(name, clock), turn_for(inbound(name, clock)))
    dead = RedisTurnLog(client)
    assert len(await dead.unarchived(limit=2)) == 2
    patient, heir = RedisTurnLog(client), RedisTurnLog(client, claim_after_s=0)
    assert [t.inbound_key for _, t in await patient.unarchived()] == ["sms:c"]
    assert [t.inbound_key for _, t in await heir.unarchived()] == ["sms:a", "sms:b", "sms:c"]
    await client.flushall()
    assert await heir.unarchived() == []  # the group is made anew
    await client.aclose(close_connection_pool=True)


async def test_redis_put_sent_twice_by_the_client_is_still_new(
    redis_url: str, clock: PinnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to a put is lost with its connection, and redis-py sends it again."""
    client = connect(redis_url)
    await client.flushall()
    inbox = RedisInbox(client, Feed(client), clock)
    answer = client.parse_response
    lost: list[object] = []

    async def parse_response(connection: object, name: str, **options: object) -> object:
        found = await answer(connection, name, **options)  # type: ignore[arg-type]
        if name == "EVALSHA" and not lost:
            lost.append(found)
            raise redis.ConnectionError("lost")
        return found

    await client.script_load(inbox._put.script)
    monkeypatch.setattr(client, "parse_response", parse_response)
    receipt = await inbox.put("t", inbound("a", clock))
    assert lost == [[1, 1]]
    assert (receipt.new, receipt.waiting) == (True, 1)
    await client.aclose(close_connection_pool=True)
