"""What Azure Speech speaks: audio and marks, voices, a connection that is there beforehand, and
stopping in mid-speech."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from xml.etree import ElementTree

import pytest

from contracts.speech import RATE, Audio, Mark, TextToSpeech
from tests.e2e.voice.azure.conftest import VOICES, Opening
from tests.levels import GAP_S, WORD_S
from tests.speech_server import SpeechServer

pytestmark = pytest.mark.e2e

VOICE = "{http://www.w3.org/2001/10/synthesis}voice"


async def spoken(mouth: TextToSpeech, text: str, language: str = "en") -> Audio:
    async with asyncio.timeout(10):
        pieces = [piece async for piece in mouth.speak(text, language=language)]
    return Audio(
        b"".join(piece.pcm for piece in pieces), tuple(m for piece in pieces for m in piece.marks)
    )


async def test_a_text_is_spoken_and_marked_to_the_word(
    azure: Opening, server: SpeechServer
) -> None:
    text = "Tom &  Ann's bill, is is paid."
    async with azure().open(languages=["en"]) as call:
        audio = await spoken(call.mouth, text)
    words = text.split()
    assert server.vocabulary.heard(audio.pcm) == " ".join(words)
    assert [text[: mark.characters].split() for mark in audio.marks] == [
        words[: number + 1] for number in range(len(words))
    ]
    each = WORD_S + GAP_S
    ends = [number * each + WORD_S for number in range(len(words))]
    assert [mark.at_s for mark in audio.marks] == pytest.approx(ends)
    assert len(audio.pcm) / 2 / RATE == pytest.approx(len(words) * each)


async def test_any_text_is_taken_literally(azure: Opening, server: SpeechServer) -> None:
    text = "5 < 7 > 3 &amp; \"Ann's\" <break time='9s'/> \x07 ¿ñ? \U0001f600 ]]>"
    async with azure().open(languages=["en"]) as call:
        await spoken(call.mouth, text)
    root = ElementTree.fromstring(server.speaking[0].sent("ssml")[0])
    assert "".join(root.itertext()) == text.replace("\x07", " ")


async def test_each_language_has_its_voice(azure: Opening, server: SpeechServer) -> None:
    async with azure().open(languages=["en", "es"]) as call:
        for language in ("en", "es", "es-MX", "fr"):
            await spoken(call.mouth, "hola", language)
    (session,) = server.speaking
    roots = [ElementTree.fromstring(ssml) for ssml in session.sent("ssml")]
    en, es = VOICES["en"], VOICES["es"]
    assert [root.find(VOICE).get("name") for root in roots] == [en, es, es, en]  # type: ignore[union-attr]
    context = session.sent("synthesis.context")[0]["synthesis"]["audio"]
    assert context["outputFormat"] == "raw-16khz-16bit-mono-pcm"


async def test_it_is_connected_before_the_first_word(azure: Opening, server: SpeechServer) -> None:
    engines = azure()
    async with engines.open(languages=["en"]) as call:
        await server.connected.wait()
        (session,) = server.speaking
        assert not session.sent("ssml")
        await spoken(call.mouth, "one moment")
        await spoken(call.mouth, "I see")
    async with engines.open(languages=["en"]) as call:
        await spoken(call.mouth, "hello again")
    assert server.speaking == [session]
    assert len(session.sent("ssml")) == 3


async def test_two_texts_at_once_do_not_mix(azure: Opening, server: SpeechServer) -> None:
    async with azure().open(languages=["en"]) as call:
        texts = ["the first of them", "and another one"]
        both = await asyncio.gather(*(spoken(call.mouth, text) for text in texts))
    assert [server.vocabulary.heard(audio.pcm) for audio in both] == texts
    assert [audio.marks[-1].characters for audio in both] == [len(text) for text in texts]


async def test_it_stops_in_mid_speech(azure: Opening, server: SpeechServer) -> None:
    async with azure().open(languages=["en"]) as call:
        server.flowing.clear()
        speech = call.mouth.speak("a long story about bills", language="en")
        async with aclosing(speech):  # type: ignore[type-var]
            piece = await anext(speech)
        async with asyncio.timeout(5):
            await server.speaking[0].closed.wait()
        assert server.vocabulary.heard(piece.pcm) == "a"
        server.flowing.set()
        audio = await spoken(call.mouth, "yes of course")
    assert server.vocabulary.heard(audio.pcm) == "yes of course"
    assert audio.marks[0] == Mark(3, WORD_S)


async def test_nothing_to_say_asks_for_nothing(azure: Opening, server: SpeechServer) -> None:
    async with azure().open(languages=["en"]) as call:
        assert (await spoken(call.mouth, " \n")).pcm == b""
    assert not any(session.sent("ssml") for session in server.speaking)
