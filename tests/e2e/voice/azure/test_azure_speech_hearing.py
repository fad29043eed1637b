"""What Azure Speech hears: partial and final results, languages, phrases, pauses and sign-in."""

from __future__ import annotations

import asyncio
import gc
import time
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError

from contracts.errors import ConfigurationError, SpeechUnavailable
from contracts.settings import Settings
from tests.e2e.voice.azure.conftest import KEY, VOICES, Hush, Opening, made
from tests.hearing import feed, final
from tests.leaks import no_tasks_beyond, threads
from tests.levels import silence
from tests.site import eventually
from tests.speech_server import SpeechServer
from voice.engines.azure import AzureEngines
from voice.engines.azure.recogniser import Recogniser
from voice.engines.azure.synthesiser import Synthesiser

pytestmark = pytest.mark.e2e

SCOPE = "https://cognitiveservices.azure.com/.default"
A_PAUSE = silence(0.7)  # longer than what ends a phrase
SESSIONS = 20


class FakeIdentity:
    """azure-identity's credential, as far as the SDK asks it. `refuses`: there is no identity."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.scopes: list[str] = []

    def get_token(self, *scopes: str, **_: Any) -> Any:
        self.scopes.extend(scopes)
        if self.refuses:
            raise ClientAuthenticationError("no identity here")
        return SimpleNamespace(token="a-token", expires_on=int(time.time()) + 3600)


async def test_partial_results_come_before_the_final_one(
    azure: Opening, server: SpeechServer
) -> None:
    async with azure().open(languages=["en"]) as call:
        heard = aiter(call.ear)
        feed(call.ear, silence(0.3) + server.vocabulary.said("my power"))
        partial = await anext(heard)
        feed(call.ear, server.vocabulary.said("is out") + A_PAUSE)
        whole = await final(heard)
    assert (partial.text, partial.final, partial.language) == ("my", False, "en")
    assert (whole.text, whole.final) == ("my power is out", True)
    assert (whole.language, whole.confidence) == ("en", 0.91)
    assert (whole.began_s, whole.ended_s) == pytest.approx((0.3, 1.16))


async def test_the_language_is_told_with_each_phrase(azure: Opening, server: SpeechServer) -> None:
    said = server.vocabulary.said
    async with azure().open(languages=["en", "es"]) as call:
        heard = aiter(call.ear)
        feed(call.ear, said("I have no light") + A_PAUSE + said("se fue la luz", "es-US") + A_PAUSE)
        results = [await final(heard), await final(heard)]
    told = [(it.text, it.language) for it in results]
    assert told == [("I have no light", "en"), ("se fue la luz", "es")]
    (context,) = server.hearing[0].sent("speech.context")
    assert context["languageId"]["mode"] == "DetectContinuous"
    assert context["languageId"]["languages"] == ["en-US", "es-US"]


async def test_one_language_is_not_detected(azure: Opening, server: SpeechServer) -> None:
    async with azure().open(languages=["es"]) as call:
        feed(call.ear, server.vocabulary.said("se fue la luz", "es-US") + A_PAUSE)
        whole = await final(aiter(call.ear))
    assert (whole.text, whole.language) == ("se fue la luz", "es")
    (context,) = server.hearing[0].sent("speech.context")
    assert "languageId" not in context
    assert "es-US" in str(context) + server.hearing[0].path


async def test_a_pause_makes_what_was_said_final(azure: Opening, server: SpeechServer) -> None:
    """Without any silence after it, which would end the phrase by itself."""
    said = server.vocabulary.said
    async with azure().open(languages=["en"]) as call:
        heard = aiter(call.ear)
        feed(call.ear, said("my name is Maria"))
        call.ear.pause()
        first = await final(heard)
        feed(call.ear, said("and I moved") + A_PAUSE)
        second = await final(heard)
    assert [first.text, second.text] == ["my name is Maria", "and I moved"]


async def test_a_service_that_takes_no_pauses_ends_phrases_itself(
    azure: Opening, server: SpeechServer
) -> None:
    server.commits = False
    async with azure().open(languages=["en"]) as call:
        feed(call.ear, server.vocabulary.said("my name is Maria"))
        call.ear.pause()
        feed(call.ear, silence(0.52))
        assert (await final(aiter(call.ear))).text == "my name is Maria"


async def test_a_noise_ends_without_words(azure: Opening, server: SpeechServer) -> None:
    async with azure().open(languages=["en"]) as call:
        feed(call.ear, silence(0.3))
        call.ear.pause()
        assert (await final(aiter(call.ear))).text == ""


async def test_phrases_are_told_and_later_ones_too(azure: Opening, server: SpeechServer) -> None:
    said = server.vocabulary.said
    async with azure().open(languages=["en", "es"], phrases=["Alder Street", "autopay"]) as call:
        heard = aiter(call.ear)
        feed(call.ear, said("I moved to") + A_PAUSE)
        results = [await final(heard)]
        call.ear.expect(["Birch Lane", "autopay"])
        feed(call.ear, said("twelve Birch Lane") + A_PAUSE)
        results.append(await final(heard))
        feed(call.ear, said("in Springfield") + A_PAUSE)
        results.append(await final(heard))
    assert [it.text for it in results] == ["I moved to", "twelve Birch Lane", "in Springfield"]
    assert [it.began_s for it in results] == sorted(it.began_s for it in results)
    first, second = (_phrases(session.sent("speech.context")[0]) for session in server.hearing)
    assert first == ["Alder Street", "autopay"]
    assert second == ["Birch Lane", "autopay", "Alder Street"]


async def test_a_key_signs_in(azure: Opening, server: SpeechServer) -> None:
    async with azure().open(languages=["en"]):
        headers = server.hearing[0].headers
    assert headers["ocp-apim-subscription-key"] == KEY
    assert "authorization" not in headers


async def test_a_managed_identity_signs_in(azure: Opening, server: SpeechServer) -> None:
    identity = FakeIdentity()
    async with azure(key=None, credential=identity).open(languages=["en"]) as call:
        spoken = [piece async for piece in call.mouth.speak("Hello", language="en")]
    assert spoken
    for session in (*server.hearing, *server.speaking):
        assert session.headers["authorization"] == "Bearer a-token"
        assert "ocp-apim-subscription-key" not in session.headers
    assert set(identity.scopes) == {SCOPE}


async def test_without_an_identity_there_is_no_speech(azure: Opening) -> None:
    engines = azure(key=None, credential=FakeIdentity(refuses=True))
    with pytest.raises(SpeechUnavailable, match="Cognitive Services Speech User"):
        async with engines.open(languages=["en"]):
            pytest.fail("it opened")


@pytest.mark.parametrize("endpoint", ["", "http://speech.example"])
def test_an_endpoint_that_can_not_be_is_refused(endpoint: str) -> None:
    settings = Settings(azure_speech_endpoint=endpoint)
    with pytest.raises(ConfigurationError, match="AZURE_SPEECH_ENDPOINT"):
        AzureEngines(settings, voices=VOICES, activity=Hush)


async def test_calls_leave_nothing_behind(server: SpeechServer) -> None:
    """Neither threads nor tasks nor connections; native objects go without the collector."""
    await _calls(server, 1)
    before, tasks = threads(), asyncio.all_tasks()
    gc.collect()
    gc.disable()
    try:
        await _calls(server, SESSIONS)
        await eventually(_released)
    finally:
        gc.enable()
    await eventually(lambda: _threads_are(before))
    await no_tasks_beyond(tasks)
    assert len(server.hearing) == SESSIONS + 1
    for session in (*server.hearing, *server.speaking):
        async with asyncio.timeout(5):
            await session.closed.wait()


async def test_calls_that_are_cut_off_anywhere_leave_nothing_behind(server: SpeechServer) -> None:
    await _calls(server, 1)
    before, tasks = threads(), asyncio.all_tasks()
    for steps in (1, 2, 4, 8, 16, 32, 64, 128):
        engines = made(server)
        call = asyncio.create_task(_call(engines, server))
        for _ in range(steps):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait({call})
        await engines.close()
        await no_tasks_beyond(tasks)
    await eventually(lambda: _threads_are(before))


async def _calls(server: SpeechServer, calls: int) -> None:
    engines = made(server)
    for _ in range(calls):
        await _call(engines, server)
    await engines.close()


async def _call(engines: AzureEngines, server: SpeechServer) -> None:
    async with engines.open(languages=["en", "es"]) as call:
        heard = aiter(call.ear)
        feed(call.ear, server.vocabulary.said("hello"))
        call.ear.pause()
        assert (await final(heard)).text == "hello"
        speech = call.mouth.speak("Good morning", language="en")
        async with aclosing(speech):  # type: ignore[type-var]
            await anext(speech)


async def _threads_are(before: int) -> bool:
    return threads() <= before


async def _released() -> bool:
    return not any(type(it) in (Recogniser, Synthesiser) for it in gc.get_objects())


def _phrases(context: Any) -> list[str]:
    return [item["Text"] for item in context["dgi"]["Groups"][0]["Items"]]
