"""Which calls have nobody, and what becomes of them."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from contracts.clock import PinnedClock
from contracts.identity import thread_id_of
from contracts.records import CallRecord, Customers, Records
from gateway.gateway import Gateway
from tests.conftest import START
from tests.fakes.calls import FakeCallClient, FakeCalls, FakeKeyValue, FakeTaker
from tests.fakes.records import FakeCases, FakeCustomers
from voice.acs.apologies import Apologies
from voice.acs.client import CallClient
from voice.acs.memory import LEAVING, About, CallMemory
from voice.acs.taking_over import NO_SOCKET, TIMES, TakingOver
from voice.pulse import Pulse

pytestmark = pytest.mark.unit

ME, OTHER = "this-process", "another-process"


class Pulses:
    """The pulses of processes; `alive` are there."""

    me = ME

    def __init__(self) -> None:
        self.known = {ME}

    async def alive(self, process: str) -> bool:
        return process in self.known


class World:
    def __init__(self) -> None:
        self.clock = PinnedClock(START)
        self.client, self.keyvalue = FakeCallClient(), FakeKeyValue()
        self.calls, self.cases, self.gateway = FakeCalls(), FakeCases(), FakeTaker()
        self.memory, self.pulses = CallMemory(cast(Any, self.keyvalue)), Pulses()
        client, customers = cast(CallClient, self.client), cast(Customers, FakeCustomers([]))
        records = SimpleNamespace(calls=self.calls, cases=self.cases)
        self.taking_over = TakingOver(
            client=client,
            apologies=Apologies(client, self.memory, customers),
            memory=self.memory,
            records=cast(Records, records),
            gateway=cast(Gateway, self.gateway),
            pulse=cast(Pulse, self.pulses),
            clock=self.clock,
        )

    async def call(self, **changes: Any) -> CallRecord:
        call = CallRecord(
            **{
                "call_id": "call-1",
                "connection_id": "connection-1",
                "customer_id": "CU-1",
                "thread_id": thread_id_of("CU-1"),
                "direction": "inbound",
                "address": "+15550101",
                "began": self.clock.now(),
                "worker": ME,
                **changes,
            }
        )
        await self.calls.begin(call)
        return call

    async def look(self, *here: str) -> None:
        await self.taking_over.look(here.__contains__)

    def outcome(self) -> str | None:
        return self.calls.kept["call-1"].outcome


@pytest.fixture
def world() -> World:
    return World()


async def test_a_call_that_is_here_is_left_alone(world: World) -> None:
    await world.call()
    world.clock.advance(NO_SOCKET * 2)
    await world.look("call-1")
    assert (world.client.asked, world.outcome()) == ([], None)


async def test_a_call_of_ours_that_is_not_here_goes_on_or_is_over(world: World) -> None:
    await world.call()
    await world.look()
    assert world.client.asked == ["say", "stream"]
    world.client.up = False
    await world.memory.undo("take:call-1")
    await world.look()
    assert world.outcome() == "failed"


async def test_the_softphones_calls_are_not_ours_to_take_over(world: World) -> None:
    await world.call(connection_id="", worker=OTHER)
    world.pulses.known.add(OTHER)
    world.clock.advance(NO_SOCKET + timedelta(minutes=5))
    await world.look()
    assert world.outcome() is None
    world.pulses.known.discard(OTHER)
    await world.look()
    assert (world.outcome(), world.cases.kept) == ("failed", {})


async def test_who_was_cut_off_is_called_back(world: World) -> None:
    await world.call(worker=OTHER)
    world.client.up = False
    await world.look()
    assert world.outcome() == "failed"
    assert [case.details["phone"] for case in world.cases.kept.values()] == ["+15550101"]
    assert [(it.session, it.ended) for it in world.gateway.taken] == [("call-1", True)]


@pytest.mark.parametrize(
    ("address", "promised"), [("+15550101", "call you back"), ("anonymous-call-1", "call us again")]
)
async def test_a_call_back_is_promised_to_who_can_be_called(
    world: World, address: str, promised: str
) -> None:
    call = await world.call(worker=OTHER, address=address)
    await world.taking_over.lost(call, up=True)
    assert (len(world.cases.kept), world.client.asked) == (
        1 if promised == "call you back" else 0,
        ["say", "hang_up"],
    )
    assert promised in world.client.said[0]


async def test_what_fails_on_the_way_is_done_the_next_time(world: World) -> None:
    call = await world.call(worker=OTHER)
    world.gateway.down = True
    with pytest.raises(Exception, match="down"):
        await world.taking_over.lost(call, up=False)
    assert world.outcome() is None
    world.gateway.down = False
    await world.taking_over.lost(call, up=False)
    assert (world.outcome(), len(world.cases.kept), len(world.gateway.taken)) == ("failed", 1, 1)


async def test_a_call_that_ended_meanwhile_is_not_taken_over(world: World) -> None:
    call = await world.call(worker=OTHER)
    await world.calls.end("call-1", "completed", world.clock.now())
    await world.taking_over.take(call)
    assert (world.client.asked, world.outcome()) == ([], "completed")


@pytest.mark.parametrize("resumed", [0, TIMES])
async def test_the_end_of_an_earlier_stream_is_none_of_the_calls(
    world: World, resumed: int
) -> None:
    call = await world.call(worker=OTHER)
    await world.memory.keep("call-1", About(resumed=resumed))
    lost_at = world.clock.now()
    world.clock.advance(timedelta(seconds=3))
    await world.memory.streams("call-1", world.clock.now())  # its newer one, at another worker
    await world.taking_over.take(call, lost_at=lost_at)
    assert (world.client.asked, world.outcome()) == ([], None)
    world.clock.advance(timedelta(seconds=3))
    await world.taking_over.take(call, lost_at=world.clock.now())  # that one, too
    assert world.client.asked == (["say", "hang_up"] if resumed else ["say", "stream"])


@pytest.mark.parametrize("up", [True, False])
async def test_without_the_memory_acs_says_whether_a_call_is_over(
    world: World, *, up: bool
) -> None:
    world.keyvalue.down, world.client.up = True, up
    assert await world.taking_over.is_over("call-1", "connection-1") is not up


async def test_a_call_that_we_leave_is_over(world: World) -> None:
    await world.memory.tell("call-1", LEAVING)
    assert await world.taking_over.is_over("call-1", "connection-1")


async def test_nobody_stays_in_a_call_without_a_stream(world: World) -> None:
    call = await world.call()
    world.calls.down = True
    await world.taking_over.let_go(call)
    assert world.client.asked == ["say", "hang_up"]
