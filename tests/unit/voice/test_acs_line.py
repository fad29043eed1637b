"""The line of a call over ACS: how it is left, and how a person is brought in."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from starlette.websockets import WebSocketDisconnect

from contracts.identity import thread_id_of
from contracts.records import CallRecord, Customers
from contracts.speech import FRAME_S, SILENCE
from tests.conftest import START
from tests.fakes.calls import FakeCallClient, FakeKeyValue
from tests.fakes.records import FakeCustomers
from tests.phoning import SETTLES, Steps
from tests.scripted_speech import Mouth, Script
from voice.acs import line as line_module
from voice.acs.apologies import Apologies
from voice.acs.client import CallClient
from voice.acs.line import JOINED, SAID, WITHDRAWN, AcsLine
from voice.acs.memory import LEAVING, CallMemory
from voice.talking.speaker import Speaker

pytestmark = pytest.mark.unit


class Socket:
    """A socket that is gone, or takes a while to say so."""

    def __init__(self, error: Exception | None = None) -> None:
        self.sent: list[str] = []
        self.fails = asyncio.Event()
        self.fails.set()
        self._error = error

    async def send_text(self, data: str) -> None:
        await self.fails.wait()
        if self._error is not None:
            raise self._error
        self.sent.append(data)


def line_of(
    client: FakeCallClient,
    keyvalue: FakeKeyValue,
    socket: Socket | None = None,
    ring_s: float = 1.0,
) -> AcsLine:
    call = CallRecord(
        call_id="call-1",
        connection_id="connection-1",
        customer_id="CU-1",
        thread_id=thread_id_of("CU-1"),
        direction="inbound",
        address="+15550101",
        began=START,
    )
    memory, customers = CallMemory(cast(Any, keyvalue)), cast(Customers, FakeCustomers([]))
    return AcsLine(
        socket,
        call,
        client=cast(CallClient, client),
        apologies=Apologies(cast(CallClient, client), memory, customers),
        memory=memory,
        ring_s=ring_s,
        server_call_id="",
        told_at="",
    )


@pytest.mark.parametrize("error", [WebSocketDisconnect(1006), RuntimeError(), OSError()])
async def test_a_socket_that_is_lost_while_we_speak_ends_no_call(error: Exception) -> None:
    line = line_of(FakeCallClient(), FakeKeyValue(), Socket(error))
    await line.send(SILENCE)
    await line.stop()


async def test_a_lost_socket_takes_nothing_from_the_one_that_came_in_its_place() -> None:
    lost, new = Socket(WebSocketDisconnect(1006)), Socket()
    lost.fails.clear()
    line = line_of(FakeCallClient(), FakeKeyValue(), lost)
    sending = asyncio.create_task(line.send(SILENCE))
    await asyncio.sleep(0)
    line.attach(new)
    lost.fails.set()
    await sending
    await line.send(SILENCE)
    assert len(new.sent) == 1


async def test_who_never_heard_our_voice_is_told_by_acs_itself() -> None:
    client = FakeCallClient()
    line = line_of(client, FakeKeyValue(), Socket())
    await line.hang_up()
    assert client.asked == ["say", "hang_up"]
    client.asked.clear()
    await line.send(SILENCE)
    await line.hang_up()
    assert client.asked == ["hang_up"]


async def test_who_was_told_by_acs_itself_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    client, keyvalue = FakeCallClient(), FakeKeyValue()
    line = line_of(client, keyvalue, Socket())
    assert not await line.tell("I can't go on.", "en")  # nothing to speak with

    async def say(connection_id: str, text: str, language: str, **how: str) -> None:
        client.asked.append(f"say {text} {language}")
        memory = CallMemory(cast(Any, keyvalue))
        await memory.tell("call-1", how["operation"], {"kind": SAID})

    monkeypatch.setattr(client, "say", say)
    client.asked.clear()
    assert await line.tell("No puedo seguir.", "es")
    await line.hang_up()
    assert client.asked == ["say No puedo seguir. es", "hang_up"]


async def test_we_leave_those_who_were_put_through_even_if_the_stream_can_not_be_stopped() -> None:
    client = FakeCallClient(refuses={"stop_streaming"})
    await line_of(client, FakeKeyValue())._leave(everyone=False)
    assert client.asked == ["stop_streaming", "leave"]


async def test_a_call_is_ended_without_the_memory() -> None:
    client, keyvalue = FakeCallClient(refuses={"hang_up"}), FakeKeyValue()
    line = line_of(client, keyvalue)
    await line.send(SILENCE)
    await line.hang_up()
    assert await CallMemory(cast(Any, keyvalue)).told("call-1", LEAVING) is not None
    keyvalue.down = True
    await line.hang_up()
    assert client.asked == ["hang_up", "hang_up"]


async def test_what_is_said_waits_for_a_stream_that_was_lost() -> None:
    new, beats, script = Socket(), Steps(), Script()
    line = line_of(FakeCallClient(), FakeKeyValue(), Socket())
    speaker = Speaker(Mouth(script), line, lambda saying, piece: None, beats)
    beats.join(speaker.beat)

    async def passes(seconds: float) -> None:
        for _ in range(round(seconds / FRAME_S)):
            beats.step()
            for _ in range(SETTLES):
                await asyncio.sleep(0)

    tasks = [asyncio.create_task(work) for work in (speaker.make(), speaker.send())]
    saying = speaker.say("One two three four. Five six seven eight.", "en", key="k")
    await passes(0.7)
    line.attach(None)
    await passes(0.2)  # what was sent before may be heard
    heard = saying.heard()
    await passes(10.0)
    assert saying.heard() == heard
    assert heard.split()[:3] == ["One", "two", "three"]
    assert (saying.over.is_set(), "eight" in heard) == (False, False)
    line.attach(new)
    await passes(2.0)
    assert (saying.over.is_set(), saying.heard()) == (True, saying.text)
    assert 40 <= len(new.sent) <= 50
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def rung(client: FakeCallClient, keyvalue: FakeKeyValue) -> asyncio.Task[bool]:
    """A transfer, once somebody is rung."""
    line = line_of(client, keyvalue)
    transfer = asyncio.create_task(line.transfer("+15035550190", "About a bill.", "en"))
    while not client.operation:
        await asyncio.sleep(0)
    return transfer


@pytest.mark.parametrize(
    ("client", "taken"),
    [
        (FakeCallClient(), True),
        (FakeCallClient(stays=False), False),
        (FakeCallClient(refuses={"is_in"}), True),
    ],
    ids=["stays", "has gone again", "can't be asked"],
)
async def test_who_joins_and_stays_has_the_call(client: FakeCallClient, taken: bool) -> None:
    keyvalue = FakeKeyValue()
    transfer = await rung(client, keyvalue)
    await CallMemory(cast(Any, keyvalue)).tell("call-1", client.operation, {"kind": JOINED})
    assert await transfer is taken
    assert ("leave" in client.asked) is taken
    assert "uninvite" not in client.asked


async def test_it_does_not_ring_on_for_a_caller_who_has_gone() -> None:
    client = FakeCallClient()
    transfer = await rung(client, FakeKeyValue())
    transfer.cancel()
    await asyncio.gather(transfer, return_exceptions=True)
    assert client.asked == ["invite", "uninvite"]


class Late(FakeCallClient):
    """Nobody answers in time. What ACS tells while the invitation is withdrawn: of whoever was rung
    and of the withdrawal, where it tells of them."""

    def __init__(self, keyvalue: FakeKeyValue, joins: str, withdrawn: str, **more: Any) -> None:
        super().__init__(**more)
        self._memory = CallMemory(cast(Any, keyvalue))
        self._joins, self._withdrawn = joins, withdrawn

    async def uninvite(self, connection_id: str, invitation: str, *, operation: str) -> None:
        if self._joins:
            await self._memory.tell("call-1", self.operation, {"kind": self._joins})
        await super().uninvite(connection_id, invitation, operation=operation)
        if self._withdrawn:
            await self._memory.tell("call-1", operation, {"kind": self._withdrawn})


@pytest.mark.parametrize(
    ("joins", "withdrawn", "more", "taken"),
    [
        (JOINED, "CancelAddParticipantFailed", {}, True),
        (JOINED, "", {"refuses": {"uninvite"}}, True),
        ("", "CancelAddParticipantFailed", {}, True),  # they are in: word of it comes later
        ("", "CancelAddParticipantFailed", {"stays": False}, False),
        ("", "", {}, True),
        ("", "", {"stays": False}, False),
        ("", "", {"refuses": {"is_in"}}, False),
        ("", WITHDRAWN, {}, False),
        ("AddParticipantFailed", "CancelAddParticipantFailed", {}, False),
    ],
)
async def test_who_answers_while_the_invitation_is_withdrawn_has_taken_the_call(
    monkeypatch: pytest.MonkeyPatch, joins: str, withdrawn: str, more: dict[str, Any], taken: bool
) -> None:
    monkeypatch.setattr(line_module, "ANSWERED_WITHIN_S", 0.01)
    monkeypatch.setattr(line_module, "WITHDRAWN_WITHIN_S", 0.01)
    keyvalue = FakeKeyValue()
    client = Late(keyvalue, joins, withdrawn, **more)
    line = line_of(client, keyvalue, ring_s=0.01)
    assert await line.transfer("+15035550190", "About a bill.", "en") is taken
    assert client.asked[:2] == ["invite", "uninvite"]
    assert ("leave" in client.asked) is taken
