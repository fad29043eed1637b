"""The softphone's line: what a page is told, and what is taken of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from starlette.websockets import WebSocket, WebSocketDisconnect

from contracts.errors import RecordsUnavailable
from contracts.settings import Settings
from contracts.speech import SILENCE
from tests.fakes.world import scenario_of
from voice import media
from voice.call import Call
from voice.line import Caller, Shown
from voice.softphone import MOST_BAD, MOST_WAITING, SoftphoneLine, carry
from voice.switchboard import Feed, Switchboard

pytestmark = pytest.mark.unit

NEVER = 60.0  # seconds; a test waits for nothing that long
GONE = {"type": "websocket.disconnect", "code": 1006}


class Page:
    """The page's end of a WebSocket."""

    def __init__(self) -> None:
        self.coming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.closed = False
        self.is_gone = False

    def says(self, text: str | bytes) -> None:
        key = "text" if isinstance(text, str) else "bytes"
        self.coming.put_nowait({"type": "websocket.receive", key: text})

    def goes(self) -> None:
        self.is_gone = True
        self.coming.put_nowait(GONE)

    async def receive(self) -> dict[str, Any]:
        return await self.coming.get()

    async def send_text(self, data: str) -> None:
        if self.is_gone:
            raise WebSocketDisconnect(1006)
        self.told.put_nowait(json.loads(data))

    async def close(self) -> None:
        self.closed = True

    def as_socket(self) -> WebSocket:
        return cast(WebSocket, self)


class Ears:
    """The call that a line feeds."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.digits = ""

    def hear(self, frame: bytes) -> None:
        self.frames.append(frame)

    def press(self, digit: str) -> None:
        self.digits += digit

    def as_call(self) -> Call:
        return cast(Call, self)


@pytest.fixture
def page() -> Page:
    return Page()


@asynccontextmanager
async def shown_by(page: Page, **options: Any) -> AsyncIterator[SoftphoneLine]:
    """A line that shows what it is told to."""
    line = SoftphoneLine(page.as_socket(), **{"ring_s": NEVER, **options})
    showing = asyncio.create_task(line.showing())
    yield line
    showing.cancel()


async def test_what_is_shown_has_the_shape_of_the_protocol(page: Page) -> None:
    async with shown_by(page, titles={"billing": "Billing"}) as line:
        line.show(Shown("transcript", by="customer", text="My power", final=False))
        line.show(Shown("agent", text="billing"))
        line.show(Shown("agent", text="@elsewhere"))
        line.show(Shown("step", text="Looking up your bill"))
        line.show(Shown("latency", stages={"total": 812.5}))
        line.show(Shown("notice", text="Se corta"))
        told = [await page.told.get() for _ in range(6)]
    spoken = {"by": "customer", "text": "My power", "final": False}
    assert told == [
        {"Kind": "Transcript", "Transcript": spoken},
        {"Kind": "Agent", "Agent": {"name": "Billing"}},
        {"Kind": "Agent", "Agent": {"name": "@elsewhere"}},
        {"Kind": "Step", "Step": {"label": "Looking up your bill"}},
        {"Kind": "Latency", "Latency": {"stages": {"total": 812.5}}},
        {"Kind": "Notice", "Notice": {"text": "Se corta"}},
    ]


async def test_a_page_that_takes_nothing_holds_nothing_up(page: Page) -> None:
    line = SoftphoneLine(page.as_socket(), ring_s=NEVER)
    for number in range(MOST_WAITING + 5):
        line.show(Shown("notice", text=str(number)))
    assert page.told.empty()


async def test_audio_and_its_end_go_out_at_once(page: Page) -> None:
    line = SoftphoneLine(page.as_socket(), ring_s=NEVER)
    await line.send(SILENCE)
    await line.stop()
    assert page.told.get_nowait() == json.loads(media.audio(SILENCE))
    assert page.told.get_nowait() == json.loads(media.stop())
    assert await line.record() == ""


async def test_whoever_agrees_to_be_recorded_is_told_that_nobody_does(page: Page) -> None:
    async with shown_by(page) as line:
        assert await line.record() == ""
        assert "not recorded" in (await page.told.get())["Notice"]["text"]


async def test_what_our_voice_can_not_say_is_to_be_read(page: Page) -> None:
    async with shown_by(page) as line:
        assert await line.tell("I'm sorry.", "en")
        assert await page.told.get() == {"Kind": "Notice", "Notice": {"text": "I'm sorry."}}


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_transfer_is_answered_on_the_page(page: Page, accepted: bool) -> None:
    ears = Ears()
    async with shown_by(page) as line:
        feeding = asyncio.create_task(line.feed(ears.as_call()))
        ringing = asyncio.create_task(line.transfer("+15550100", "Her power is out.", "en"))
        rings = (await page.told.get())["Transfer"]
        assert rings == {"ringing": True, "summary": "Her power is out.", "language": "en"}
        page.says(json.dumps({"kind": "Transfer", "transfer": {"accepted": accepted}}))
        assert await ringing is accepted
        assert (await page.told.get())["Transfer"] == {"ringing": False}
        page.says('{"kind":"Transfer","transfer":{"accepted":true}}')  # once more, of no use
        page.goes()
        await feeding


async def test_a_transfer_that_nobody_answers_is_given_up(page: Page) -> None:
    async with shown_by(page, ring_s=0.01) as line:
        assert await line.transfer("+15550100", "", "en") is False
        assert [(await page.told.get())["Transfer"]["ringing"] for _ in range(2)] == [True, False]


async def test_what_can_t_be_used_is_left_out(page: Page) -> None:
    ears = Ears()
    line = SoftphoneLine(page.as_socket(), ring_s=NEVER)
    for text in (media.metadata(), media.heard(SILENCE), "{", '{"kind":"Sing"}', b"\xff"):
        page.says(text)
    page.says(media.heard(SILENCE).encode())
    page.says(media.pressed("7"))
    page.goes()
    await line.feed(ears.as_call())
    assert ears.frames == [SILENCE, SILENCE]
    assert ears.digits == "7"


async def test_who_sends_only_that_is_given_up(page: Page) -> None:
    ears = Ears()
    line = SoftphoneLine(page.as_socket(), ring_s=NEVER)
    for _ in range(MOST_BAD):
        page.says("{")
    page.says(media.heard(SILENCE))
    await line.feed(ears.as_call())
    assert not ears.frames


async def test_once_we_hang_up_nothing_is_read_any_more(page: Page) -> None:
    line = SoftphoneLine(page.as_socket(), ring_s=NEVER)
    feeding = asyncio.create_task(line.feed(Ears().as_call()))
    await line.hang_up()
    await feeding


async def test_a_page_that_is_gone_ends_the_feed(page: Page) -> None:
    line = SoftphoneLine(page.as_socket(), ring_s=NEVER)
    page.is_gone = True
    await line.send(SILENCE)
    await line.feed(Ears().as_call())


class Board:
    """A switchboard whose call says one thing, and hangs up."""

    async def run(self, caller: Caller, line: SoftphoneLine, feed: Feed) -> str:
        line.show(Shown("transcript", by="us", text="Good-bye."))
        await line.hang_up()
        await feed(Ears().as_call())
        return "completed"


async def test_the_page_is_told_how_it_ended_after_all_else(page: Page) -> None:
    caller = Caller(call_id="c-1", address="+15550101")
    board = cast(Switchboard, Board())
    await carry(page.as_socket(), caller, board, scenario_of("utilities"))
    assert [page.told.get_nowait()["Kind"] for _ in range(2)] == ["Transcript", "Ended"]
    assert page.closed


class Down:
    """A switchboard whose records do not answer."""

    async def run(self, caller: Caller, line: SoftphoneLine, feed: Feed) -> str:
        raise RecordsUnavailable("MongoDB does not answer")


async def test_a_call_that_can_t_be_held_is_told(page: Page) -> None:
    caller = Caller(call_id="c-1", address="+15550101")
    await carry(page.as_socket(), caller, cast(Switchboard, Down()), scenario_of("utilities"))
    assert page.told.get_nowait() == {"Kind": "Ended", "Ended": {"outcome": "failed"}}
    assert page.closed


PRODUCTION = {
    "environment": "production",
    "secret_key": "s" * 32,
    "redis_url": "redis://r",
    "mongodb_uri": "mongodb://m",
    "public_url": "https://example.com",
}


@pytest.mark.parametrize(
    ("given", "on"),
    [
        ({}, True),
        ({"softphone": "off"}, False),
        ({"speech": "off"}, False),
        (PRODUCTION, False),
        ({**PRODUCTION, "softphone": "on"}, True),
        ({**PRODUCTION, "softphone": "on", "speech": "off"}, False),
    ],
)
def test_it_is_on_in_development(given: dict[str, Any], on: bool) -> None:
    assert Settings(**given).softphone_on is on
