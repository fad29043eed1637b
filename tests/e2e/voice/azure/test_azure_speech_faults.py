"""Azure Speech when it fails: nothing that was said is lost or doubled, and what can't be had is
said so."""

from __future__ import annotations

import asyncio
import logging

import pytest

from contracts.errors import SpeechUnavailable
from tests.e2e.voice.azure.conftest import Opening
from tests.e2e.voice.azure.test_azure_speech_speaking import spoken
from tests.hearing import feed, final, final_on_the_line
from tests.levels import silence
from tests.speech_server import Fault, SpeechServer

pytestmark = pytest.mark.e2e

QUICK = (0.01, 0.01)  # in place of the pauses before further attempts
SDK_TRIES = 5  # that the SDK makes by itself to connect an ear
REFUSED = Fault(status=401)
BUSY = Fault(status=429)
DOWN = Fault(status=503)
DROPPED = Fault(kind="drop", at_s=0.5)
CLOSED = Fault(kind="close", code=1011, at_s=0.5)
MALFORMED = Fault(kind="close", code=1007, at_s=0.5)
MUTE = Fault(kind="mute")


async def test_a_wrong_key_is_said_so_at_once(
    azure: Opening, server: SpeechServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.hearing_faults.append(REFUSED)
    with pytest.raises(SpeechUnavailable, match="AZURE_SPEECH_KEY"):
        async with azure().open(languages=["en"]):
            pytest.fail("it opened")
    assert len(server.hearing) == 1
    (record,) = (it for it in caplog.records if it.levelno == logging.ERROR)
    assert record.__dict__["fault"] == "AuthenticationFailure"


async def test_a_busy_service_is_asked_again_then_given_up(
    azure: Opening, server: SpeechServer
) -> None:
    server.hearing_faults.extend([BUSY] * 100)
    with pytest.raises(SpeechUnavailable, match="too many requests"):
        async with azure(backoff_s=(0.01,)).open(languages=["en"]):
            pytest.fail("it opened")
    assert len(server.hearing) == 2 * SDK_TRIES


async def test_a_service_that_comes_back_is_used(azure: Opening, server: SpeechServer) -> None:
    server.hearing_faults.extend([DOWN] * SDK_TRIES)
    async with azure(backoff_s=QUICK).open(languages=["en"]) as call:
        feed(call.ear, server.vocabulary.said("hello there") + silence(0.7))
        assert (await final(aiter(call.ear))).text == "hello there"
    assert len(server.hearing) == SDK_TRIES + 1


@pytest.mark.parametrize("fault", [DROPPED, CLOSED], ids=["dropped", "closed 1011"])
async def test_a_lost_connection_loses_no_word(
    azure: Opening, server: SpeechServer, fault: Fault
) -> None:
    server.hearing_faults.append(fault)
    said = server.vocabulary.said
    async with azure().open(languages=["en"]) as call:
        heard = aiter(call.ear)
        feed(call.ear, said("my power is out"))
        first = await final_on_the_line(call.ear, heard)
        feed(call.ear, said("since noon"))
        second = await final_on_the_line(call.ear, heard)
    assert [first.text, second.text] == ["my power is out", "since noon"]
    assert len(server.hearing) == 2


async def test_where_the_sdk_gives_up_we_go_on_from_what_was_final(
    azure: Opening, server: SpeechServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.hearing_faults.extend([Fault(kind="drop", at_s=1.5), *[DOWN] * SDK_TRIES])
    said = server.vocabulary.said
    async with azure(backoff_s=QUICK).open(languages=["en"]) as call:
        heard = aiter(call.ear)
        feed(call.ear, said("my power is out") + silence(0.3))
        call.ear.pause()
        first = await final(heard)
        feed(call.ear, said("on Alder Street"))
        second = await final_on_the_line(call.ear, heard)
    assert [first.text, second.text] == ["my power is out", "on Alder Street"]
    assert (second.began_s, second.ended_s) == pytest.approx((1.18, 1.82), abs=0.03)
    assert len(server.hearing) == SDK_TRIES + 2
    assert "Azure Speech stopped hearing; trying again" in caplog.messages


async def test_what_the_service_refuses_ends_the_ear(azure: Opening, server: SpeechServer) -> None:
    server.hearing_faults.append(MALFORMED)
    async with azure().open(languages=["en"]) as call:
        feed(call.ear, server.vocabulary.said("my power is out") + silence(0.7))
        with pytest.raises(SpeechUnavailable, match="refuses"):
            await final(aiter(call.ear))
    assert len(server.hearing) == 1


async def test_a_silent_service_is_left(azure: Opening, server: SpeechServer) -> None:
    server.hearing_faults.append(MUTE)
    async with azure(backoff_s=QUICK, answer_s=0.2).open(languages=["en"]) as call:
        feed(call.ear, server.vocabulary.said("is anybody there") + silence(0.7))
        call.ear.pause()
        assert (await final(aiter(call.ear))).text == "is anybody there"
    assert len(server.hearing) == 2


async def test_a_service_that_stays_silent_is_given_up(
    azure: Opening, server: SpeechServer
) -> None:
    server.hearing_faults.extend([MUTE] * 10)
    async with azure(backoff_s=QUICK, answer_s=0.2).open(languages=["en"]) as call:
        waiting = asyncio.create_task(final(aiter(call.ear)))
        while not waiting.done():
            feed(call.ear, server.vocabulary.said("hello") + silence(0.1))
            call.ear.pause()
            await asyncio.wait({waiting}, timeout=0.1)
        with pytest.raises(SpeechUnavailable, match="does not answer"):
            await waiting
    assert len(server.hearing) == 1 + len(QUICK)


@pytest.mark.parametrize(
    "fault",
    [DOWN, Fault(kind="drop"), Fault(kind="close", code=1011), MUTE],
    ids=["503", "dropped", "closed 1011", "silent"],
)
async def test_what_can_not_be_spoken_is_tried_again(
    azure: Opening, server: SpeechServer, fault: Fault
) -> None:
    server.speaking_faults.append(fault)
    async with azure(backoff_s=QUICK, quiet_s=0.3).open(languages=["en"]) as call:
        audio = await spoken(call.mouth, "your bill is paid")
    assert server.vocabulary.heard(audio.pcm) == "your bill is paid"
    assert audio.marks[-1].characters == len("your bill is paid")


@pytest.mark.parametrize("fault", [DROPPED, CLOSED], ids=["dropped", "closed 1011"])
async def test_speech_that_breaks_off_goes_on_at_the_word(
    azure: Opening, server: SpeechServer, fault: Fault
) -> None:
    server.speaking_faults.append(fault)
    text = "your next bill is due on Friday"
    async with azure(backoff_s=QUICK).open(languages=["en"]) as call:
        audio = await spoken(call.mouth, text)
    # It broke off in the third word, which is begun anew.
    (_, again) = server.speaking
    assert again.sent("ssml")[0].endswith("> bill is due on Friday</voice></speak>")
    assert server.vocabulary.heard(audio.pcm) == text
    assert [mark.at_s for mark in audio.marks] == sorted(mark.at_s for mark in audio.marks)
    assert audio.marks[-1].characters == len(text)


@pytest.mark.parametrize(
    ("fault", "meaning", "attempts"),
    [(REFUSED, "Speech User", 1), (MALFORMED, "refuses", 1), (DOWN, "not available", 3)],
    ids=["401", "1007", "503"],
)
async def test_speech_that_can_not_be_had_is_said_so(
    azure: Opening, server: SpeechServer, fault: Fault, meaning: str, attempts: int
) -> None:
    server.speaking_faults.extend([fault] * 50)
    async with azure(backoff_s=QUICK).open(languages=["en"]) as call:
        with pytest.raises(SpeechUnavailable, match=meaning):
            await spoken(call.mouth, "your next bill is due on Friday")
    # One of them is to connect beforehand.
    assert attempts <= len(server.speaking) <= 1 + attempts
