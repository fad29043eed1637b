"""Calls that we place: what ACS does not answer, and keys that come again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from contracts.clock import PinnedClock
from contracts.identity import thread_id_of
from contracts.messages import Channel
from gateway.gateway import Gateway
from tests.conftest import START
from tests.fakes.calls import FakeCalls, FakeKeyValue
from voice.acs.answering import OurNumber
from voice.acs.client import Addresses, CallClient, CallRefused, Placed
from voice.acs.door import Door
from voice.acs.memory import About, CallMemory
from voice.acs.outbound import Outbound

pytestmark = pytest.mark.unit

MARIA, OURS = "+15550101", "+15550142"


class Placing:
    """ACS, as far as calls are placed. `error`: what comes of the next."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self.error: CallRefused | None = None

    async def place(self, to: str, sender: str, call_id: str, at: Addresses) -> Placed:
        self.rung.append(to)
        if self.error is not None:
            raise self.error
        return Placed("connection-1", "server-call-1")


class Directory:
    async def identify(self, channel: Channel, address: str) -> SimpleNamespace:
        return SimpleNamespace(customer_id="CU-1", thread_id=thread_id_of("CU-1"))


class Addressed:
    def callback_url(self, call_id: str) -> str:
        return f"https://example.test/{call_id}"

    media_url = callback_url


class World:
    def __init__(self) -> None:
        self.acs, self.calls = Placing(), FakeCalls()
        self.memory = CallMemory(cast(Any, FakeKeyValue()))
        self.outbound = Outbound(
            client=cast(CallClient, self.acs),
            door=cast(Door, Addressed()),
            memory=self.memory,
            calls=cast(Any, self.calls),
            gateway=cast(Gateway, Directory()),
            number_of=self._number_of,
            sender_of=self._sender_of,
            clock=PinnedClock(START),
        )

    async def _number_of(self, number: str, address: str) -> OurNumber:
        return OurNumber(agent="billing")

    async def _sender_of(self) -> str:
        return OURS

    async def call(self) -> str:
        return await self.outbound.call(MARIA, "Your power is back.", key="key-1")


@pytest.fixture
def world() -> World:
    return World()


async def test_a_key_that_comes_again_rings_once_and_forgets_nothing(world: World) -> None:
    call_id = await world.call()
    known = await world.memory.about(call_id)
    assert known == About(
        agent="billing", opening="Your power is back.", server_call_id="server-call-1"
    )
    await world.memory.keep(call_id, known.model_copy(update={"resumed": 1}))
    assert await world.call() == call_id
    again = await world.memory.about(call_id)
    assert again == known.model_copy(update={"resumed": 1})
    assert world.acs.rung == [MARIA]


async def test_a_call_that_acs_does_not_answer_for_is_open_as_it_may_ring(world: World) -> None:
    world.acs.error = CallRefused("ServiceResponseTimeoutError", passes=True, unsure=True)
    call_id = await world.call()
    assert world.calls.kept[call_id].ended is None
    assert await world.call() == call_id  # and nobody is rung twice
    assert world.acs.rung == [MARIA]


async def test_a_call_that_acs_refuses_is_over(world: World) -> None:
    world.acs.error = CallRefused("403 Forbidden", passes=True)
    with pytest.raises(CallRefused, match="403"):
        await world.call()
    assert [call.outcome for call in world.calls.kept.values()] == ["failed"]
