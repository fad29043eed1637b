"""What a realtime session hears and says: partial and final results, texts, and stopping."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from itertools import pairwise

import pytest

from contracts.speech import RATE, SILENCE, Audio, TextToSpeech
from tests.e2e.voice.realtime.conftest import SERVICES, VOICES, Opening
from tests.hearing import feed, final
from tests.realtime_server import LETTER_S, RealtimeServer
from tests.scripted_speech import tone
from tests.site import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.parametrize("service", SERVICES)]

SECOND = tone(310.0, 0.5, 50)
LIFETIME_S = 10.0


async def spoken(mouth: TextToSpeech, text: str, language: str = "en") -> Audio:
    async with asyncio.timeout(LIFETIME_S):
        pieces = [piece async for piece in mouth.speak(text, language=language)]
    marks = tuple(mark for piece in pieces for mark in piece.marks)
    return Audio(b"".join(piece.pcm for piece in pieces), marks)


async def test_partial_results_come_before_the_final_one(
    opening: Opening, server: RealtimeServer, service: str
) -> None:
    server.hears.append("my power is out")
    async with opening(service).open(languages=["en"]) as call:
        heard = aiter(call.ear)
        feed(call.ear, SILENCE * 100 + SECOND)
        partial = await anext(heard)
        call.ear.pause()
        whole = await final(heard)
    assert partial.text
    assert "my power is out".startswith(partial.text)
    assert not partial.final
    assert (whole.text, whole.language) == ("my power is out", "en")
    # The first frames of speech are three in a row; 0.4 s from before them are sent, too.
    assert whole.began_s == pytest.approx(1.66)
    assert whole.ended_s == pytest.approx(3.0)


async def test_speech_alone_is_sent_at_the_rate_of_the_session(
    opening: Opening, server: RealtimeServer, service: str
) -> None:
    server.hears.extend(["one", "two"])
    async with opening(service).open(languages=["en"]) as call:
        heard = aiter(call.ear)
        for _ in range(2):
            feed(call.ear, SILENCE * 500 + SECOND + SILENCE * 10)
            call.ear.pause()
            await final(heard)
    (session,) = server.sessions
    # 0.34 s from before, the second, 0.2 s after it; the filter holds back less than 2 ms.
    lengths = [len(piece) / 2 / 24_000 for piece in session.committed]
    assert lengths == pytest.approx([1.54, 1.54], abs=0.002)
    assert len(session.sent("input_audio_buffer.commit")) == 2


async def test_a_caller_who_is_not_told_to_pause_is_written_down_after_a_silence(
    opening: Opening, server: RealtimeServer, service: str
) -> None:
    server.hears.append("hello")
    async with opening(service).open(languages=["en", "es"]) as call:
        feed(call.ear, SECOND + SILENCE * 85)
        whole = await final(aiter(call.ear))
    assert (whole.text, whole.language) == ("hello", "")


async def test_a_pause_in_which_nothing_was_said_is_answered(
    opening: Opening, server: RealtimeServer, service: str
) -> None:
    async with opening(service).open(languages=["en"]) as call:
        feed(call.ear, SILENCE * 20)
        call.ear.pause()
        assert (await final(aiter(call.ear))).text == ""
    assert not server.sessions[0].committed


async def test_the_session_answers_nothing_by_itself(
    opening: Opening, server: RealtimeServer, service: str
) -> None:
    async with opening(service).open(languages=["en", "es"], phrases=["Elm Street"]) as call:
        call.ear.expect(["Elm Street", "Maria"])
        await eventually(lambda: _is(len(server.sessions[0].events) == 2))
    first, second = (event["session"] for event in server.sessions[0].events)
    if service == "voicelive":
        assert first["turn_detection"] is None
        assert first["voice"] == {"type": "azure-standard", "name": VOICES["en"]}
        written = first["input_audio_transcription"]
        assert (written["language"], written["phrase_list"]) == ("en,es", ["Elm Street"])
        assert second["input_audio_transcription"]["phrase_list"] == ["Elm Street", "Maria"]
        assert "voice" not in second
    else:
        assert first["audio"]["input"]["turn_detection"] is None
        written = first["audio"]["input"]["transcription"]
        assert (written["languages"], written["keywords"]) == (["en", "es"], ["Elm Street"])
        again = second["audio"]["input"]["transcription"]
        assert again["keywords"] == ["Elm Street", "Maria"]
        assert "output" not in second["audio"]


async def _is(so: bool) -> bool:
    return so


async def test_a_text_is_spoken_whole_and_marked(
    opening: Opening, server: RealtimeServer, service: str
) -> None:
    text = "Your bill is paid."
    async with opening(service).open(languages=["en"]) as call:
        audio = await spoken(call.mouth, text)
        assert not (await spoken(call.mouth, " ")).pcm
    (session,) = server.sessions
    assert session.texts == [text]
    seconds = len(audio.pcm) / 2 / RATE
    assert seconds == pytest.approx(len(text) * LETTER_S, abs=0.01)
    words = [text[: mark.characters].rsplit(maxsplit=1)[-1] for mark in audio.marks]
    assert words == text.split()
    assert audio.marks[-1].at_s == pytest.approx(seconds)
    assert all(before.at_s < after.at_s for before, after in pairwise(audio.marks))
    asked = session.sent("response.create")[0]["response"]
    if service == "openai_realtime":
        assert (asked["conversation"], asked["input"], asked["tool_choice"]) == ("none", [], "none")


async def test_each_language_is_spoken_as_it_is(
    opening: Opening, server: RealtimeServer, service: str
) -> None:
    async with opening(service).open(languages=["en", "es"]) as call:
        await spoken(call.mouth, "Buenos días.", "es")
    asked = server.sessions[0].sent("response.create")[0]["response"]
    if service == "voicelive":
        assert asked["voice"]["name"] == VOICES["es"]
    else:
        assert "Latin American Spanish" in asked["instructions"]


async def test_what_nobody_listens_to_is_cancelled(
    opening: Opening, server: RealtimeServer, service: str
) -> None:
    server.flowing.clear()
    async with opening(service).open(languages=["en"]) as call:
        speech = call.mouth.speak("Your power will be back at noon today.", language="en")
        async with aclosing(speech):  # type: ignore[type-var]
            assert (await anext(speech)).pcm
        server.flowing.set()
        audio = await spoken(call.mouth, "Good morning.")
        (session,) = server.sessions
        await eventually(lambda: _is(session.cancelled == ["resp_0"]))
    assert len(audio.pcm) / 2 / RATE == pytest.approx(13 * LETTER_S, abs=0.01)
    assert session.texts[1] == "Good morning."


@pytest.mark.parametrize(
    ("said", "misread"), [("You owe $48.20.", 0), ("You owe forty-nine dollars.", 1)]
)
async def test_other_figures_than_were_to_be_said_are_told(
    opening: Opening,
    server: RealtimeServer,
    service: str,
    said: str,
    misread: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    text = "You owe forty-eight dollars and twenty cents."
    server.says[text] = said
    engines = opening(service)
    async with engines.open(languages=["en"]) as call:
        await spoken(call.mouth, text)
        await spoken(call.mouth, "Anything else?")
    errors = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert engines.misread == len(errors) == misread
    assert all(said not in one.getMessage() for one in errors)
