"""contracts.speech.Engines, with the voices of callers: the embedded engines."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from app.voice import Speech
from contracts.errors import SpeechUnavailable
from contracts.ports import Transcriber
from contracts.settings import Settings
from contracts.speech import RATE, Audio, Engines, Heard, Recognition
from evals.bench.hearing import errors
from tests.fakes import scenario_of
from tests.leaks import no_tasks_beyond
from tests.recordings import encoded
from tests.voices import babble, frames, hiss, noisy, silence, telephone, utterance
from voice.audio import level, to_samples
from voice.engines.local import LocalEngines

pytestmark = pytest.mark.conformance

ENGLISH = [
    ("joe", "My lights went out about ten minutes ago."),
    ("liz", "I would like to pay my bill, please."),
    ("joe", "Can I set up a payment arrangement?"),
    ("joe", "I smell gas in the basement."),
    ("amy", "What is my account balance?"),
    ("joe", "I need to talk to a person."),
    ("liz", "Is there a fee if I pay with a credit card?"),
    ("amy", "I need to report a power outage."),
]
SPANISH = [
    "Se fue la luz en mi casa hace diez minutos.",
    "Quiero pagar mi factura, por favor.",
    "¿Puedo hablar con una persona?",
    "Me mudo a una nueva dirección el primero de marzo.",
]


@pytest_asyncio.fixture(scope="module")
async def engines(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalEngines]:
    engines = LocalEngines(tmp_path_factory.mktemp("speech"))
    await engines.start()
    yield engines
    await engines.close()


async def hear(ear: Recognition, pcm: bytes) -> Heard:
    """What is final of it, at once: nobody waits for the sound to pass."""
    for frame in frames(silence(0.3) + pcm + silence(0.3)):
        ear.feed(frame)
    ear.pause()
    return await anext(heard async for heard in ear if heard.final)


async def test_sentences_of_callers_on_the_phone_are_understood(engines: Engines) -> None:
    wrong = words = 0
    async with engines.open(languages=["en", "es"]) as call:
        for voice, text in ENGLISH:
            heard = await hear(call.ear, telephone(utterance(text, voice=voice)))
            assert heard.language == "en"
            assert 0.5 < heard.confidence <= 1
            missed, said = errors(text, heard.text)
            wrong, words = wrong + missed, words + said
    assert wrong / words <= 0.06


async def test_spanish_is_told_from_english_and_understood(engines: Engines) -> None:
    wrong = words = 0
    async with engines.open(languages=["en", "es"]) as call:
        for text in SPANISH:
            heard = await hear(call.ear, utterance(text, language="es"))
            assert heard.language == "es"
            missed, said = errors(text, heard.text)
            wrong, words = wrong + missed, words + said
    assert wrong / words <= 0.1


async def test_something_is_heard_before_all_is_said(engines: Engines) -> None:
    async with engines.open(languages=["en"]) as call:
        said = frames(silence(0.3) + utterance("I need to report a power outage at my house."))
        for frame in said[: len(said) * 2 // 3]:
            call.ear.feed(frame)
        results = aiter(call.ear)
        partial = await anext(results)
        assert not partial.final
        assert partial.text.startswith("I need to report")
        for frame in said[len(said) * 2 // 3 :] + frames(silence(0.3)):
            call.ear.feed(frame)
        call.ear.pause()
        heard = await anext(heard async for heard in results if heard.final)
    assert errors("I need to report a power outage at my house.", heard.text)[0] == 0
    assert heard.began_s < 0.5
    assert heard.ended_s == pytest.approx(len(said) * 0.02, abs=0.5)


async def test_neither_silence_nor_noise_nor_others_who_talk_are_words(engines: Engines) -> None:
    async with engines.open(languages=["en", "es"]) as call:
        for noise in (silence(3), hiss(3, seed=1, db=-30), babble(3, seed=2), babble(2, seed=5)):
            assert (await hear(call.ear, noise)).text == ""


async def test_a_caller_among_others_who_talk_is_heard(engines: Engines) -> None:
    text = "Can I set up a payment arrangement?"
    async with engines.open(languages=["en"]) as call:
        heard = await hear(call.ear, noisy(utterance(text), db=15, seed=3))
    assert errors(text, heard.text)[0] == 0


async def test_two_calls_at_once_do_not_mix(engines: Engines) -> None:
    async def one(language: str, text: str) -> str:
        async with engines.open(languages=[language]) as call:
            return (await hear(call.ear, utterance(text, language=language))).text

    english, spanish = await asyncio.gather(one("en", ENGLISH[0][1]), one("es", SPANISH[1]))
    assert errors(ENGLISH[0][1], english)[0] == 0
    assert errors(SPANISH[1], spanish)[0] == 0


async def test_ringing_off_in_the_middle_of_a_word_leaves_nothing_behind(engines: Engines) -> None:
    before = asyncio.all_tasks()
    async with engines.open(languages=["en"]) as call:
        for frame in frames(utterance(ENGLISH[0][1])):
            call.ear.feed(frame)
        reading = asyncio.create_task(_all(call.ear))
        speaking = aiter(call.mouth.speak("One moment. I'll look that up.", language="en"))
        await anext(speaking)
    await reading  # ends by itself
    await speaking.aclose()  # type: ignore[attr-defined]
    await no_tasks_beyond(before)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Your power is back on. Is there anything else?"),
        ("es", "Su factura vence el viernes. ¿Algo más?"),
    ],
)
async def test_what_is_spoken_is_speech_and_its_words_are_marked(
    engines: Engines, language: str, text: str
) -> None:
    async with engines.open(languages=[language]) as call:
        spoken: list[Audio] = [piece async for piece in call.mouth.speak(text, language=language)]
        pcm = b"".join(piece.pcm for piece in spoken)
        heard = await hear(call.ear, pcm)
    assert len(spoken) == 2
    assert -27 < level(to_samples(pcm)) < -19
    marks = [mark for piece in spoken for mark in piece.marks]
    assert [mark.characters for mark in marks] == [m.end() for m in re.finditer(r"\S+", text)]
    times = [mark.at_s for mark in marks]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(len(pcm) / 2 / RATE, abs=0.01)
    assert errors(text, heard.text)[0] <= 1


async def test_the_detector_knows_speech_from_noise(engines: Engines) -> None:
    def likely(pcm: bytes) -> float:
        activity = engines.activity()
        return float(np.median([activity.speech(frame) for frame in frames(pcm)]))

    assert likely(utterance(ENGLISH[0][1])) > 0.8
    assert likely(telephone(utterance(ENGLISH[1][1], voice="liz"))) > 0.8
    assert likely(hiss(2, seed=3, db=-30)) < 0.1
    assert likely(silence(2)) < 0.1


FORMATS = [
    ("audio/ogg; codecs=opus", "ogg", "libopus", 48_000),
    ("audio/mpeg", "mp3", "libmp3lame", 44_100),
    ("audio/mp4", "mp4", "aac", 44_100),
    ("audio/wav", "wav", "pcm_s16le", 16_000),
]


@pytest.mark.parametrize(("content_type", "container", "codec", "rate"), FORMATS)
async def test_a_voice_message_is_written_down(
    engines: LocalEngines, content_type: str, container: str, codec: str, rate: int
) -> None:
    first, second = ENGLISH[0][1], ENGLISH[2][1]
    pcm = utterance(first) + silence(2) + utterance(second)
    written = await engines.transcriber.transcribe(
        encoded(pcm, container, codec, rate), content_type, ""
    )
    assert errors(f"{first} {second}", written or "")[0] == 0


async def test_what_is_no_voice_message_has_no_words(engines: LocalEngines) -> None:
    transcriber: Transcriber = engines.transcriber
    speech = encoded(utterance(ENGLISH[0][1]), "wav", "pcm_s16le", 16_000)
    assert await transcriber.transcribe(b"not a recording", "audio/ogg", "en") is None
    assert await transcriber.transcribe(b"", "audio/amr", "en") is None
    assert await transcriber.transcribe(speech[:40], "audio/wav", "en") is None
    assert await transcriber.transcribe(speech, "video/x-unknown", "en") is None
    quiet = encoded(silence(2), "wav", "pcm_s16le", 16_000)
    assert await transcriber.transcribe(quiet, "audio/wav", "es") is None


async def test_a_spanish_message_is_written_down_in_spanish(engines: LocalEngines) -> None:
    note = encoded(utterance(SPANISH[1], language="es"), "ogg", "libopus", 48_000)
    written = await engines.transcriber.transcribe(note, "audio/ogg", "es")
    assert errors(SPANISH[1], written or "")[0] == 0


async def _all(ear: Recognition) -> list[Heard]:
    return [heard async for heard in ear]


async def test_a_text_is_read_out_without_an_ear(tmp_path: Path, engines: Engines) -> None:
    """What the emulator speaks: in each language, by the voices alone."""
    settings = Settings(_env_file=None, THROUGHLINE_DATA=tmp_path)
    speech = Speech(settings, scenario_of("utilities"))
    assert speech.reads
    with pytest.raises(SpeechUnavailable, match="speaks 'fr'"):
        await speech.read("Bonjour.", "fr-FR")
    english = await speech.read("Maria owes $131.20.", "en-US")
    spanish = await speech.read("María debe $131.20.", "es-MX")
    local = speech.named("local")
    assert isinstance(local, LocalEngines)
    assert local._models is None
    await speech.close()
    async with engines.open(languages=["en", "es"]) as call:
        heard = [await hear(call.ear, pcm) for pcm in (english, spanish)]
    assert [it.language for it in heard] == ["en", "es"]
    assert "131" in heard[0].text
