"""Whole calls over the softphone's socket, against the served product with scripted engines."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import InvalidStatus

from cli import phone
from cli.phone import LOST, Utterance, play
from contracts.messages import Channel
from contracts.records import CallEventKind
from tests.e2e.voice.softphone.conftest import MARIA, Phones
from tests.scripted_speech import Understood
from tests.site import eventually
from ui.phone import page
from voice import media
from voice.audio import Framer
from voice.softphone import MOST_BAD

pytestmark = pytest.mark.e2e

JAMES, SAM = "+15550102", "+15550108"


@dataclass
class Played:
    """A call as its caller had it."""

    outcome: str
    shown: list[tuple[str, dict[str, Any]]]
    heard: list[str]  # the texts that came as audio, each as far as its whole words go

    def said_by(self, by: str) -> list[str]:
        spoken = [part for kind, part in self.shown if kind == "Transcript"]
        return [part["text"] for part in spoken if part["by"] == by and part["final"]]

    def parts(self, wanted: str) -> list[dict[str, Any]]:
        return [part for kind, part in self.shown if kind == wanted]


async def played(phones: Phones, number: str, *script: Utterance) -> Played:
    shown: list[tuple[str, dict[str, Any]]] = []
    call = await play(phones.base_url, number, script, lambda *it: shown.append(it))
    frames = [(0.0, frame) for frame in Framer().push(bytes(call.heard))]
    return Played(call.outcome, shown, Understood(phones.script).of(frames))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def calls(opened: Phones) -> dict[str, Played]:
    """Three callers at once, by their names."""
    says = opened.says
    maria = played(opened, MARIA, says("my power is out"), says("thank you that is all good bye"))
    james = played(opened, JAMES, says("how much is my bill"), Utterance(digits="4023456789"))
    sam = played(opened, SAM, says("I want to talk to a person"))
    return dict(
        zip(("Maria", "James", "Sam"), await asyncio.gather(maria, james, sam), strict=True)
    )


async def test_a_whole_call(phones: Phones, calls: dict[str, Played]) -> None:
    call = calls["Maria"]
    assert call.said_by("customer") == ["my power is out", "thank you that is all good bye"]
    assert any("418 Alder Street" in text for text in call.said_by("us"))
    assert call.parts("Step")
    assert {"name": "Outages and safety"} in call.parts("Agent")
    stages = [part["stages"] for part in call.parts("Latency")]
    assert stages
    assert all({"endpoint", "recognition", "turn", "total"} <= set(it) for it in stages)

    record = await phones.over("Maria")
    assert record.outcome == "completed"
    assert record.address == MARIA
    assert CallEventKind.TRANSCRIPTION_RECEIVED in {event.kind for event in record.events}


async def test_each_hears_their_own_greeting_and_all_that_is_shown(
    calls: dict[str, Played],
) -> None:
    for name, call in calls.items():
        assert call.heard[0].startswith(f"Hello {name}")
        assert len(call.heard) >= len(call.said_by("us")) > 0


async def test_the_next_channel_knows_what_was_said(
    phones: Phones, calls: dict[str, Played]
) -> None:
    await phones.over("Maria")
    context = await phones.app.gateway.context(Channel.SMS, MARIA)
    assert calls["Maria"].said_by("customer")[0] in json.dumps(context, default=str)


async def test_keys_are_pressed(phones: Phones, calls: dict[str, Played]) -> None:
    record = await phones.over("James")
    pressed = [it for it in record.events if it.kind is CallEventKind.DTMF_RECEIVED]
    assert len(pressed) == 10
    assert len(calls["James"].parts("Latency")) == 2


async def test_a_person_who_does_not_answer_is_made_up_for(
    phones: Phones, calls: dict[str, Played]
) -> None:
    rung = calls["Sam"].parts("Transfer")
    assert [part["ringing"] for part in rung] == [True, False]
    assert rung[0]["summary"]
    assert calls["Sam"].said_by("us")[-1]
    events = [event.kind for event in (await phones.over("Sam")).events]
    assert CallEventKind.TRANSFER_STARTED in events
    assert CallEventKind.TRANSFER_ENDED in events


async def test_a_ticket_is_good_for_one_call(phones: Phones) -> None:
    placed = await phones.place("(503) 555-0142")
    assert placed.json()["url"] == f"/phone/media?ticket={placed.json()['ticket']}"
    base = phones.base_url.replace("http", "ws", 1)
    async with connect(base + placed.json()["url"], proxy=None):
        pass
    for url in (placed.json()["url"], "/phone/media?ticket=made-up", "/phone/media"):
        with pytest.raises(InvalidStatus, match="403"):
            await connect(base + url, proxy=None)


async def test_who_is_not_from_here_gets_no_line(phones: Phones) -> None:
    elsewhere = {"Origin": "https://elsewhere.example"}
    async with httpx.AsyncClient(base_url=phones.base_url, headers=elsewhere) as client:
        refused = await client.post("/phone/calls", json={"from": MARIA})
    assert refused.status_code == 403
    with pytest.raises(InvalidStatus, match="403"):
        await connect(await phones.address(MARIA), proxy=None, additional_headers=elsewhere)


async def test_a_process_takes_no_more_calls_than_it_may(
    phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "MOST_CALLS", 1)

    async def taken() -> ClientConnection | None:
        try:
            return await phones.dial(MARIA)
        except InvalidStatus:
            return None

    for _ in range(2):
        line = await eventually(taken)  # once the call before is over
        assert line is not None
        with pytest.raises(InvalidStatus, match="403"):
            await phones.dial(JAMES)
        await line.close()
    await phones.over("Maria")


@pytest.mark.parametrize("number", ["", "Maria", "12"])
async def test_a_call_needs_a_number(phones: Phones, number: str) -> None:
    refused = await phones.place(number)
    assert refused.status_code == 422
    assert "country code" in refused.json()["detail"]


async def test_a_socket_that_breaks_ends_the_call(phones: Phones) -> None:
    line = await phones.dial(MARIA)
    await line.send(media.metadata())
    json.loads(await line.recv())
    line.transport.abort()
    record = await phones.over("Maria")
    assert record.outcome == "abandoned"


async def test_a_caller_is_told_that_the_line_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(line: ServerConnection) -> None:
        await line.recv()
        line.transport.abort()

    async with serve(breaks, "127.0.0.1", 0) as server:
        address = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"

        async def ticket(base_url: str, number: str) -> str:
            return address

        monkeypatch.setattr(phone, "_ticket", ticket)
        call = await play("http://127.0.0.1", MARIA, [Utterance(digits="1")], lambda *_: None)
    assert call.outcome == LOST


async def test_what_can_t_be_used_ends_the_call_in_the_end(phones: Phones) -> None:
    line = await phones.dial(MARIA)
    for _ in range(MOST_BAD):
        await line.send('{"kind":"AudioData","audioData":{"data":"?"}}')
    kinds = [json.loads(text)["Kind"] async for text in line]
    assert kinds[-1] == "Ended"
    assert (await phones.over("Maria")).outcome == "abandoned"


async def test_a_caller_ten_times_too_fast_is_survived(phones: Phones) -> None:
    line = await phones.dial(MARIA)
    await line.send(media.metadata())
    frames = phones.script.said("my power is out " * 20)
    for frame in frames:
        await line.send(media.heard(frame))
    await line.close()
    assert (await phones.over("Maria")).ended is not None
