"""Media sockets of calls: one at a time, and what their end means."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, cast

import pytest
from starlette.websockets import WebSocket

from contracts.clock import PinnedClock
from contracts.identity import thread_id_of
from contracts.records import CallRecord, Customers
from contracts.speech import SILENCE
from tests.conftest import START
from tests.fakes.calls import FakeCallClient, FakeCalls, FakeKeyValue
from tests.fakes.records import FakeCustomers
from tests.fakes.world import scenario_of
from voice import media
from voice.acs import media_socket
from voice.acs.apologies import Apologies
from voice.acs.client import CallClient
from voice.acs.door import Door
from voice.acs.media_socket import REFUSED, MediaSockets
from voice.acs.memory import About, CallMemory
from voice.acs.taking_over import TakingOver
from voice.call import Call
from voice.line import Caller, Line
from voice.pulse import Pulse
from voice.switchboard import Feed, Switchboard

pytestmark = pytest.mark.unit

GONE = {"type": "websocket.disconnect", "code": 1006}
ME = "this-process"


class Socket:
    """ACS's end of a media socket."""

    def __init__(self, *texts: str) -> None:
        self.query_params: dict[str, str] = {}
        self.headers = {"x-ms-call-connection-id": "connection-1"}
        self.coming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.accepted = asyncio.Event()
        self.may_open = asyncio.Event()
        self.may_open.set()
        self.codes: list[int] = []
        for text in texts:
            self.coming.put_nowait({"type": "websocket.receive", "text": text})

    async def accept(self) -> None:
        await self.may_open.wait()
        self.accepted.set()

    async def receive(self) -> dict[str, Any]:
        return await self.coming.get()

    async def close(self, code: int = 1000) -> None:
        self.codes.append(code)
        self.ends()

    def ends(self) -> None:
        self.coming.put_nowait(GONE)


class Open:
    """A door that lets everybody in."""

    async def check(self, *_: object) -> None: ...

    def callback_url(self, call_id: str) -> str:
        return f"https://example.test/{call_id}"


class Board:
    """A switchboard whose calls are their feeds alone."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.hears = asyncio.Event()

    async def run(self, caller: Caller, line: Line, feed: Feed) -> str:
        await feed(cast(Call, self))
        return "completed"

    def hear(self, frame: bytes) -> None:
        self.heard.append(frame)
        self.hears.set()


class Taking:
    """What becomes of calls that lose their stream."""

    def __init__(self) -> None:
        self.over = False
        self.taken = asyncio.Event()
        self.let_go_of: list[str] = []

    async def is_over(self, call_id: str, connection_id: str) -> bool:
        return self.over

    async def take(self, call: CallRecord) -> None:
        self.taken.set()

    async def let_go(self, call: CallRecord) -> None:
        self.let_go_of.append(call.call_id)


class World:
    def __init__(self) -> None:
        self.client, self.calls = FakeCallClient(), FakeCalls()
        self.clock = PinnedClock(START)
        self.board, self.taking = Board(), Taking()
        memory = CallMemory(cast(Any, FakeKeyValue()))
        self.memory, client = memory, cast(CallClient, self.client)
        self.sockets = MediaSockets(
            client=client,
            apologies=Apologies(client, memory, cast(Customers, FakeCustomers([]))),
            door=cast(Door, Open()),
            memory=memory,
            calls=cast(Any, self.calls),
            switchboard=cast(Switchboard, self.board),
            taking_over=cast(TakingOver, self.taking),
            pulse=Pulse(cast(Any, FakeKeyValue()), ME),
            voice=scenario_of("utilities").voice,
            clock=self.clock,
        )

    async def begun(self) -> None:
        await self.memory.keep("call-1", About())
        await self.calls.begin(
            CallRecord(
                call_id="call-1",
                customer_id="CU-1",
                thread_id=thread_id_of("CU-1"),
                direction="inbound",
                address="+15550101",
                began=START,
            )
        )

    def serve(self, socket: Socket) -> asyncio.Task[None]:
        return asyncio.create_task(self.sockets.serve(cast(WebSocket, socket), "call-1"))

    async def carrying(self) -> tuple[Socket, asyncio.Task[None]]:
        """A call that is under way."""
        socket = Socket(media.metadata(), media.heard(SILENCE))
        serving = self.serve(socket)
        await self.board.hears.wait()
        return socket, serving

    @property
    def record(self) -> CallRecord:
        return self.calls.kept["call-1"]


@pytest.fixture
async def world() -> World:
    world = World()
    await world.begun()
    return world


async def test_of_two_sockets_at_once_one_is_the_calls(world: World) -> None:
    first, second = Socket(media.metadata(), media.heard(SILENCE)), Socket()
    first.may_open.clear()
    serving = world.serve(first)
    while "call-1" not in world.sockets:
        await asyncio.sleep(0)
    await world.serve(second)
    assert (second.accepted.is_set(), second.codes) == (False, [REFUSED])
    first.may_open.set()
    await world.board.hears.wait()
    world.taking.over = True
    first.ends()
    await serving
    assert "call-1" not in world.sockets


async def test_audio_that_can_not_be_taken_ends_the_call_in_the_records_too(world: World) -> None:
    await world.serve(Socket(media.metadata().replace("16000", "8000")))
    assert world.client.asked == ["say", "hang_up"]
    assert world.record.outcome == "failed"


async def test_who_rings_off_before_there_is_audio_has_abandoned_it(world: World) -> None:
    world.taking.over = True
    socket = Socket()
    socket.ends()
    await world.serve(socket)
    assert (world.client.asked, world.record.outcome) == ([], "abandoned")


async def test_a_socket_that_is_lost_before_there_is_audio_leaves_the_call_open(
    world: World,
) -> None:
    socket = Socket()
    socket.ends()
    await world.serve(socket)
    assert (world.client.asked, world.record.outcome) == ([], None)
    assert (world.record.worker, "call-1" in world.sockets) == (ME, False)  # it is taken over


async def test_a_stream_that_comes_back_goes_on(world: World) -> None:
    socket, serving = await world.carrying()
    socket.ends()
    await world.taking.taken.wait()
    world.board.hears.clear()
    again = Socket(media.heard(SILENCE))
    second = world.serve(again)
    await world.board.hears.wait()
    world.taking.over = True
    again.ends()
    await asyncio.gather(serving, second)
    assert (len(world.board.heard), world.taking.let_go_of) == (2, [])


async def test_since_when_a_call_has_its_latest_stream_is_known(world: World) -> None:
    socket, serving = await world.carrying()
    assert await world.memory.streams_since("call-1") == START
    socket.ends()
    await world.taking.taken.wait()
    world.clock.advance(timedelta(seconds=4))
    again = Socket(media.heard(SILENCE))
    world.board.hears.clear()
    second = world.serve(again)
    await world.board.hears.wait()
    assert await world.memory.streams_since("call-1") == START + timedelta(seconds=4)
    world.taking.over = True
    again.ends()
    await asyncio.gather(serving, second)


async def test_a_stream_that_does_not_come_back_ends_the_call(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_socket, "BACK_WITHIN_S", 0.01)
    socket, serving = await world.carrying()
    socket.ends()
    await serving
    assert world.taking.let_go_of == ["call-1"]


async def test_a_call_that_ends_while_its_stream_is_away_is_over_at_once(world: World) -> None:
    socket, serving = await world.carrying()
    socket.ends()
    await world.taking.taken.wait()
    world.sockets.over("call-1")
    async with asyncio.timeout(media_socket.BACK_WITHIN_S / 2):
        await serving
    assert world.taking.let_go_of == []


async def test_a_socket_that_comes_too_late_is_closed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_socket, "BACK_WITHIN_S", 0.01)
    held = asyncio.Event()

    async def hold(call: CallRecord) -> None:
        await held.wait()

    monkeypatch.setattr(world.taking, "let_go", hold)
    socket, serving = await world.carrying()
    late = Socket()
    late.may_open.clear()
    socket.ends()
    await world.taking.taken.wait()
    coming = world.serve(late)  # while the call waits for it still
    session = world.sockets._sessions["call-1"]
    while session.lost:
        await asyncio.sleep(0)
    late.may_open.set()
    await coming
    assert late.codes == [1000]
    held.set()
    await serving
