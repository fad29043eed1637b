"""News told by a call, by the courier: how often it rings, when, and what becomes of it then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from channels.courier import LEASE_S
from channels.news_calls import AGAIN_AFTER, LOOK_S, TRIES, WAIT_S, CallsWithNews
from contracts.clock import PinnedClock
from contracts.errors import NotPlaced
from contracts.messages import Channel
from contracts.records import CallRecord, Outcome, Records
from contracts.sending import Aloud, Sending, Status
from tests.courier_world import START, Kept, Provider, World, courier_world, maria, sending

pytestmark = pytest.mark.unit

SPOKEN = "The power is back."
WRITTEN = "Cascade: the power is back. Balance $142.37. https://example.com/map"
PAUSE_S = AGAIN_AFTER.total_seconds()


@dataclass
class Line:
    """Places calls, and keeps their records. `busy`: they are in a call with us; `old`: revisions
    that are no news any more."""

    clock: PinnedClock
    calls: dict[str, CallRecord] = field(default_factory=dict)
    busy: bool = False
    quiet: bool = False
    old: set[int] = field(default_factory=set)
    refuses: list[NotPlaced] = field(default_factory=list)
    dies: bool = False  # as soon as it rings

    async def is_news(self, aloud: Aloud) -> bool:
        return aloud.revision not in self.old and self.clock.now() < aloud.until

    async def free_for(self, customer_id: str) -> bool:
        return not self.busy

    async def place(self, sending: Sending, nth: int) -> str:
        if self.refuses:
            raise self.refuses.pop(0)
        call = CallRecord(
            call_id=self.id_of(sending, nth),
            customer_id=sending.customer_id,
            thread_id="t",
            direction="outbound",
            address=sending.address,
            began=self.clock.now(),
        )
        self.calls.setdefault(call.call_id, call)
        if self.dies:
            raise asyncio.CancelledError
        return call.call_id

    def id_of(self, sending: Sending, nth: int) -> str:
        return f"{sending.key}/{nth}"

    async def get(self, call_id: str) -> CallRecord | None:
        return self.calls.get(call_id)

    def end(self, outcome: Outcome) -> None:
        """Of the last call."""
        last = list(self.calls)[-1]
        over = {"ended": self.clock.now(), "outcome": outcome}
        self.calls[last] = self.calls[last].model_copy(update=over)

    @property
    def rung(self) -> list[str]:
        return list(self.calls)


@dataclass
class Told:
    world: World
    line: Line
    sms: Provider

    @property
    def kept(self) -> Kept:
        return self.world.kept

    async def rings_out(self) -> None:
        """Nobody takes the call."""
        self.line.end("unanswered")
        await self.world.later(LOOK_S)


@asynccontextmanager
async def telling(folder: Path, *channels: Channel) -> AsyncIterator[Told]:
    clock, sms = PinnedClock(START), Provider(channel=Channel.SMS, window=None)
    kept, line = Kept(maria(*(channels or (Channel.VOICE, Channel.SMS)))), Line(clock)
    records = cast(Records, SimpleNamespace(calls=line, outbox=kept))
    adapter = CallsWithNews(records, clock, quiet=lambda: line.quiet, is_news=line.is_news)
    adapter.placed_by(line)
    providers = cast(Any, (adapter, sms))
    async with courier_world(folder, *providers, kept=kept, clock=clock) as world:
        yield Told(world, line, sms)


def news(key: str = "O-1:3:C-1", *, asked: bool = False, until: datetime | None = None) -> Sending:
    aloud = Aloud(
        text=SPOKEN,
        until=until or START + timedelta(hours=12),
        anytime=asked,
        outage_id="O-1",
        revision=3,
    )
    return sending(
        key, WRITTEN, channel=Channel.VOICE, purpose="power restored", at=START, aloud=aloud
    )


async def test_it_rings_once_and_is_done_when_somebody_was_told(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        await told.world.put(news())
        await told.world.courier.drain()
        assert told.line.rung == ["O-1:3:C-1/0"]
        assert told.kept.status("O-1:3:C-1") is Status.SENT
        for _ in range(20):  # it rings, and they talk: no attempts
            await told.world.later(LOOK_S)
        told.line.end("completed")
        await told.world.later(LOOK_S)
        assert told.kept.status("O-1:3:C-1") is Status.READ
        assert await told.world.queue.waiting() == 0
        await told.world.put(news())
        await told.world.later(PAUSE_S)
        assert told.line.rung == ["O-1:3:C-1/0"]
        assert told.sms.texts == []


async def test_a_courier_that_dies_while_it_rings_is_followed_by_another(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        await told.world.put(news())
        told.line.dies = True
        with pytest.raises(asyncio.CancelledError):
            await told.world.courier.drain()
        told.line.dies = False
        await told.world.later(LEASE_S)
        assert told.line.rung == ["O-1:3:C-1/0"]
        told.line.end("completed")
        await told.world.later(LOOK_S)
        assert told.kept.status("O-1:3:C-1") is Status.READ
        assert told.line.rung == ["O-1:3:C-1/0"]


@pytest.mark.parametrize("outcome", ["abandoned", "silent"])
async def test_who_picks_up_and_says_nothing_was_told(tmp_path: Path, outcome: Outcome) -> None:
    async with telling(tmp_path) as told:
        await told.world.put(news())
        await told.world.courier.drain()
        told.line.end(outcome)
        await told.world.later(LOOK_S)
        assert told.kept.status("O-1:3:C-1") is Status.DELIVERED
        assert await told.world.queue.waiting() == 0


async def test_nobody_takes_it_three_times_then_it_is_written(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        await told.world.put(news())
        await told.world.courier.drain()
        for count in range(1, TRIES):
            await told.rings_out()
            await told.world.later(PAUSE_S - WAIT_S - LOOK_S)
            assert len(told.line.rung) == count, "a quarter of an hour apart"
            await told.world.later(WAIT_S)
            assert len(told.line.rung) == count + 1
        assert told.sms.texts == []
        await told.rings_out()
        await told.world.courier.drain()
        assert told.kept.messages["O-1:3:C-1"].reason == "nobody took the call"
        assert told.kept.messages["O-1:3:C-1"].text == SPOKEN
        assert told.sms.texts == [
            "We tried to call you and couldn't reach you, so here is our message:",
            WRITTEN,
        ]
        assert len(told.line.rung) == TRIES


async def test_without_another_channel_it_is_let_go(tmp_path: Path) -> None:
    async with telling(tmp_path, Channel.VOICE) as told:
        await told.world.put(news())
        await told.world.courier.drain()
        for _ in range(TRIES):
            await told.rings_out()
            await told.world.later(PAUSE_S)
        assert len(told.line.rung) == TRIES
        assert told.kept.status("O-1:3:C-1") is Status.FAILED
        assert told.sms.texts == []
        assert await told.world.queue.waiting() == 0


async def test_newer_news_takes_its_place_and_goes_at_once(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        await told.world.put(news())
        await told.world.courier.drain()
        await told.rings_out()
        later = news("O-1:4:C-1")
        aloud = later.aloud
        assert aloud is not None
        newer = later.model_copy(update={"aloud": aloud.model_copy(update={"revision": 4})})
        await told.world.put(newer)
        told.line.old.add(3)
        await told.world.later(WAIT_S)
        assert told.line.rung == ["O-1:3:C-1/0", "O-1:4:C-1/0"]
        assert told.kept.status("O-1:3:C-1") is Status.REFUSED
        assert told.sms.texts == []


async def test_what_is_no_news_any_more_is_told_nowhere(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        await told.world.put(news(until=START + timedelta(minutes=10)))
        await told.world.courier.drain()
        await told.rings_out()
        await told.world.later(PAUSE_S)
        assert len(told.line.rung) == 1
        assert told.kept.messages["O-1:3:C-1"].reason == "it is no news any more"
        assert told.sms.texts == []


async def test_in_quiet_hours_only_those_are_rung_who_asked(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        told.line.quiet = True
        await told.world.put(news())
        for _ in range(10):
            await told.world.later(WAIT_S)
        assert told.line.rung == []
        asked = news("asked", asked=True).model_copy(update={"address": "+15035550102"})
        await told.world.put(asked)
        await told.world.courier.drain()
        assert told.line.rung == ["asked/0"]
        told.line.quiet = False
        await told.world.later(WAIT_S)
        assert told.line.rung == ["asked/0", "O-1:3:C-1/0"]


async def test_the_last_unanswered_call_is_written_of_after_the_night(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        await told.world.put(news())
        await told.world.courier.drain()
        for count in range(1, TRIES + 1):
            told.line.quiet = count == TRIES
            await told.rings_out()
            await told.world.later(PAUSE_S)
        assert len(told.line.rung) == TRIES
        assert told.sms.texts == []
        told.line.quiet = False
        await told.world.later(WAIT_S)
        assert WRITTEN in told.sms.texts


async def test_who_is_in_a_call_with_us_is_not_rung(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        told.line.busy = True
        await told.world.put(news())
        for _ in range(10):
            await told.world.later(LOOK_S)
        assert told.line.rung == []
        told.line.busy = False
        await told.world.later(LOOK_S)
        assert len(told.line.rung) == 1


async def test_stop_ends_the_ringing(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        await told.world.put(news())
        await told.world.courier.drain()
        await told.rings_out()
        told.kept.stops.add((Channel.VOICE, news().address))
        await told.world.later(PAUSE_S)
        assert len(told.line.rung) == 1
        assert told.kept.messages["O-1:3:C-1"].reason == "the customer said STOP"
        assert told.sms.texts == []


async def test_a_call_that_fails_while_it_is_told_is_placed_again(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        await told.world.put(news())
        await told.world.courier.drain()
        told.line.end("failed")
        await told.world.later(LOOK_S)
        await told.world.later(PAUSE_S)
        assert len(told.line.rung) == 2


async def test_a_call_that_is_refused_for_good_is_written(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        told.line.refuses.append(NotPlaced("the number is not this customer's alone"))
        await told.world.put(news())
        await told.world.courier.drain()
        assert told.line.rung == []
        assert WRITTEN in told.sms.texts


async def test_a_call_that_is_refused_for_now_is_placed_later(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        told.line.refuses.append(NotPlaced("429", passes=True))
        await told.world.put(news())
        await told.world.courier.drain()
        assert told.line.rung == []
        await told.world.later(PAUSE_S + WAIT_S)
        assert len(told.line.rung) == 1
