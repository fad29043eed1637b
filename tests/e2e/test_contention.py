"""Many at once on one thread: processes, channels, bursts, and a holder that hangs."""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from multiprocessing.connection import wait

import pytest

from app.build import App
from contracts.errors import Overloaded
from contracts.identity import Rung, thread_id_of
from contracts.messages import Channel, Inbound, Turn
from contracts.records import Customer
from contracts.settings import Settings
from tests.conftest import OpenTalk
from tests.e2e.conversations import (
    Conversation,
    assert_one_chain,
    assert_whole,
    looking_on,
    owing,
    payments,
    transcripts,
)
from tests.e2e.scripted import Scripted
from tests.e2e.worker_process import Accepted, Answered, Event, Strike
from tests.e2e.workers import PATIENCE_S, Worker, answer, outcome, until, worker
from tests.talk import Talk

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

MARIA = "+15550101"
TURNS = 200
WAITING = 10  # messages of one channel that wait for their turn
LIMIT = 50  # messages of one customer that may wait


class Stream:
    """One channel's messages through its own worker: each kept before the next is sent."""

    def __init__(self, worker: Worker, messages: list[Inbound]) -> None:
        self.worker = worker
        self._rest = deque(messages)
        self._under_way = 0
        self._sending = False
        self.turns: list[Turn] = []
        self._send()

    @property
    def done(self) -> bool:
        return not self._rest and not self._under_way

    def take(self, event: Event) -> None:
        match event:
            case Accepted():
                self._sending = False
            case Answered(turn):
                self.turns.append(turn)
                self._under_way -= 1
            case _:
                raise AssertionError(event)
        self._send()

    def _send(self) -> None:
        if self._rest and not self._sending and self._under_way < WAITING:
            self._sending = True
            self._under_way += 1
            self.worker.deliver(self._rest.popleft())


def run_all(streams: list[Stream]) -> None:
    by_pipe = {stream.worker.pipe: stream for stream in streams}
    while any(not stream.done for stream in streams):
        ready = wait(list(by_pipe), PATIENCE_S)
        assert ready, "the workers say nothing"
        for pipe in ready:
            stream = by_pipe[pipe]  # type: ignore[index]
            stream.take(stream.worker.event())


async def maria(app: App) -> Customer:
    found = await app.records.customers.by_contact(Channel.VOICE, MARIA)
    assert found is not None
    return found


async def test_two_processes_and_two_channels_write_one_thread(settings: Settings) -> None:
    async with looking_on(settings) as app:
        who = await maria(app)
        conversations = [
            Conversation(
                name=f"by-{channel}",
                customer_id=who.customer_id,
                account_number=who.account_number,
                channel=channel,
                address=MARIA,
                texts=[f"remark {n} by {channel}" for n in range(TURNS // 2)],
            )
            for channel in (Channel.VOICE, Channel.WHATSAPP)
        ]

        def contend() -> list[Stream]:
            now = datetime.now(UTC)
            with ExitStack() as stack:
                workers = [stack.enter_context(worker(settings)) for _ in conversations]
                pairs = zip(workers, conversations, strict=True)
                streams = [Stream(one, said.messages(now)) for one, said in pairs]
                run_all(streams)
                for one in workers:
                    one.leave()
            return streams

        streams = await asyncio.to_thread(contend)
        await assert_whole(app, conversations)
        assert [len(stream.turns) for stream in streams] == [TURNS // 2] * 2
        # They did take turns: neither waited until the other was through.
        turns = sorted(await transcripts(app), key=lambda turn: int(turn["number"]))
        changes = sum(a["channel"] != b["channel"] for a, b in pairwise(turns))
        assert changes > 10


# --- a holder that hangs ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "point",
    [
        "before pay",  # the money has not moved
        "before aput",  # it has, and the thread does not know
        "before finish",  # all is written but the answer
    ],
)
async def test_a_worker_that_hangs_beyond_its_lease_cannot_harm_the_thread(
    settings: Settings, point: str
) -> None:
    async with looking_on(settings) as app:
        who, phone, _ = (await owing(app, Decimal(50)))[0]
        await app.directory.raise_to(Channel.VOICE, phone, who.customer_id, Rung.VERIFIED)
        said = ["pay $7.10", "yes", "remark after all"]
        conversation = Conversation(
            "hung", who.customer_id, who.account_number, Channel.VOICE, phone, said
        )
        asks, agrees, remarks = conversation.messages(datetime.now(UTC))

        def hang() -> Event:
            with worker(settings, background=False) as first, worker(settings) as second:
                answer(first, asks)
                first.deliver(agrees, Strike(signal.SIGSTOP, at=point))
                until(first.stopped, what="the first worker to stop")
                # The other takes over, the first one's message included, and goes on from there.
                assert answer(second, remarks).number == 3
                first.signal(signal.SIGCONT)
                late = outcome(first, agrees)
                first.leave()
                second.leave()
            return late

        late = await asyncio.to_thread(hang)
        assert await payments(app) == {(who.account_number, Decimal("7.10")): 1}
        await assert_whole(app, [conversation])
        # What the first one then wrote was refused: its customer hears what the other found.
        kept = {turn["inbound_key"]: turn for turn in await transcripts(app)}[agrees.key]
        assert isinstance(late, Answered)
        assert late.turn.reply.startswith("I've paid $7.10")
        assert (late.turn.number, late.turn.reply) == (2, kept["reply"])


# --- bursts in one process ------------------------------------------------------------------------


def burst(talk: Talk, count: int) -> list[Inbound]:
    return [
        Inbound(
            channel=Channel.SMS,
            address=MARIA,
            id=f"burst-{n}",
            text=f"remark {n}",
            at=talk.clock.now(),
        )
        for n in range(count)
    ]


async def received(talk: Talk, inbound: Inbound) -> Turn:
    parts = [part async for part in talk.app.gateway.receive(inbound)]
    assert isinstance(parts[-1], Turn)
    return parts[-1]


async def in_the_archive(talk: Talk, condition: Callable[[list[dict[str, object]]], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition(await transcripts(talk.app)):
            await talk.app.archiver.drain()


async def assert_maria_has(talk: Talk, count: int) -> None:
    await in_the_archive(talk, lambda turns: len(turns) >= count)
    turns = sorted(await transcripts(talk.app), key=lambda turn: int(turn["number"]))
    assert len(turns) == count
    thread_id = thread_id_of((await maria(talk.app)).customer_id)
    await assert_one_chain(talk.app, thread_id, turns)


async def test_fifty_at_once_are_each_answered_in_order(open_talk: OpenTalk) -> None:
    async with open_talk(models=Scripted(), worker=False) as talk:
        messages = burst(talk, LIMIT + 1)
        for inbound in messages[:LIMIT]:
            await talk.app.gateway.accept(inbound)
        with pytest.raises(Overloaded):
            await talk.app.gateway.accept(messages[LIMIT])

        turns = await asyncio.gather(*(received(talk, inbound) for inbound in messages[:LIMIT]))
        assert [turn.number for turn in turns] == list(range(1, LIMIT + 1))
        assert [turn.reply for turn in turns] == [f"You said: remark {n}" for n in range(LIMIT)]
        assert (await received(talk, messages[LIMIT])).number == LIMIT + 1
        await assert_maria_has(talk, LIMIT + 1)


async def test_more_than_may_wait_are_refused_and_harm_nothing(open_talk: OpenTalk) -> None:
    async with open_talk(models=Scripted(), worker=False) as talk:
        messages = burst(talk, 3 * LIMIT)
        outcomes = await asyncio.gather(
            *(received(talk, inbound) for inbound in messages), return_exceptions=True
        )
        turns = [one for one in outcomes if isinstance(one, Turn)]
        refused = [one for one in outcomes if isinstance(one, Overloaded)]
        assert len(turns) + len(refused) == len(messages)
        assert len(turns) >= LIMIT
        assert refused
        assert sorted(turn.number for turn in turns) == list(range(1, len(turns) + 1))
        later = await talk.say("voice", MARIA, "remark later")
        assert later.number == len(turns) + 1
        await assert_maria_has(talk, len(turns) + 1)
