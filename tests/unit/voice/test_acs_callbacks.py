"""What ACS tells of a call: handled once, even if the first attempt is broken off, and no end of a
stream that is not the call's any more."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from contracts.clock import PinnedClock
from contracts.identity import thread_id_of
from contracts.records import CallRecord
from tests.conftest import START
from tests.fakes.calls import FakeCalls, FakeKeyValue
from voice.acs.callbacks import Callbacks, InHand
from voice.acs.events import Notice
from voice.acs.memory import CallMemory
from voice.acs.taking_over import TakingOver

pytestmark = pytest.mark.unit


class Slow(FakeCalls):
    """Records that answer when they may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer, self.asked = asyncio.Event(), asyncio.Event()
        self.may_answer.set()

    async def change(self, call_id: str, **changes: Any) -> None:
        self.asked.set()
        await self.may_answer.wait()
        await super().change(call_id, **changes)


class Taking:
    """Which calls would be taken over, and when they are said to have lost their stream."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, datetime | None]] = []

    async def is_over(self, call_id: str, connection_id: str) -> bool:
        return False

    async def take(self, call: CallRecord, lost_at: datetime | None = None) -> None:
        self.taken.append((call.call_id, lost_at))


class World:
    def __init__(self) -> None:
        self.calls, self.keyvalue, self.taking = Slow(), FakeKeyValue(), Taking()
        self.live: set[str] = set()
        self.callbacks = Callbacks(
            memory=CallMemory(cast(Any, self.keyvalue)),
            calls=cast(Any, self.calls),
            live=cast(Any, self.live),
            taking_over=cast(TakingOver, self.taking),
            clock=PinnedClock(START),
        )

    async def take(self, kind: str, at: datetime = START) -> bool:
        notice = Notice(
            id="notice-1",
            kind=kind,
            at=at,
            connection_id="connection-1",
            context="",
            code=200,
            subcode=0,
            data={},
        )
        return await self.callbacks.take("call-1", notice)


@pytest.fixture
async def world() -> World:
    world = World()
    await world.calls.begin(
        CallRecord(
            call_id="call-1",
            customer_id="CU-1",
            thread_id=thread_id_of("CU-1"),
            direction="inbound",
            address="+15550101",
            began=START,
        )
    )
    return world


async def test_a_notice_whose_handling_is_broken_off_is_handled_when_it_comes_again(
    world: World,
) -> None:
    world.calls.may_answer.clear()
    taking = asyncio.create_task(world.take("CallConnected"))
    await world.calls.asked.wait()
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    world.calls.may_answer.set()
    assert await world.take("CallConnected")
    assert world.calls.kept["call-1"].connection_id == "connection-1"
    assert not await world.take("CallConnected")


async def test_a_notice_that_is_being_handled_has_to_be_told_again(world: World) -> None:
    world.calls.may_answer.clear()
    taking = asyncio.create_task(world.take("CallConnected"))
    await world.calls.asked.wait()
    with pytest.raises(InHand):
        await world.take("CallConnected")
    world.calls.may_answer.set()
    assert await taking
    assert not await world.take("CallConnected")


@pytest.mark.parametrize("kind", ["MediaStreamingStopped", "MediaStreamingFailed"])
async def test_the_end_of_a_stream_is_told_with_its_time(world: World, kind: str) -> None:
    at = START + timedelta(seconds=7)
    assert await world.take(kind, at)
    await asyncio.gather(*world.callbacks._tasks)
    assert world.taking.taken == [("call-1", at)]
