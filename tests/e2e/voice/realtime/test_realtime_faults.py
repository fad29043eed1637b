"""Realtime services when they fail: it is said what to do, and a call opens another session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from contracts.errors import ConfigurationError, SpeechUnavailable
from contracts.settings import Settings
from contracts.speech import Audio
from tests.e2e.voice.realtime.conftest import SERVICES, VOICES, Opening, made
from tests.e2e.voice.realtime.test_realtime_hearing_speaking import SECOND, spoken
from tests.hearing import feed, final
from tests.leaks import connections, no_tasks_beyond
from tests.realtime_server import RealtimeServer
from tests.scripted_speech import Level
from tests.site import eventually
from voice.engines.realtime import ear, mouth
from voice.engines.realtime import engines as connecting
from voice.engines.realtime.openai_realtime import OpenAIRealtimeEngines
from voice.engines.realtime.voice_live import VoiceLiveEngines
from voice.figures import figures
from voice.reopening import Reopening

pytestmark = pytest.mark.e2e

both = pytest.mark.parametrize("service", SERVICES)
SESSIONS = 20


class FakeIdentity:
    """azure-identity's credential, as far as the SDK asks it."""

    def __init__(self) -> None:
        self.scopes: list[str] = []

    async def get_token(self, *scopes: str, **_: Any) -> Any:
        self.scopes.extend(scopes)
        return SimpleNamespace(token="a-token", expires_on=0)

    async def close(self) -> None: ...

    async def __aenter__(self) -> FakeIdentity:
        return self

    async def __aexit__(self, *_: Any) -> None: ...


@asynccontextmanager
async def mute() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """The address of something that takes connections and never says a word; set once one was
    closed."""

    left = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        left.set()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", left


@both
@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, {"openai_realtime": "OPENAI_API_KEY", "voicelive": "VOICELIVE_KEY"}),
        (404, {"openai_realtime": "OPENAI_REALTIME_MODEL", "voicelive": "VOICELIVE_MODEL"}),
        (429, {"openai_realtime": "too many requests", "voicelive": "too many requests"}),
        (503, {"openai_realtime": "503", "voicelive": "503"}),
    ],
)
async def test_a_refused_connection_says_what_to_do(
    opening: Opening,
    server: RealtimeServer,
    service: str,
    status: int,
    told: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    server.statuses.append(status)
    with pytest.raises(SpeechUnavailable, match=told[service]):
        async with opening(service).open(languages=["en"]):
            pytest.fail("it opened")
    assert any(one.__dict__.get("status") == status for one in caplog.records)
    assert all("kkkk" not in one.getMessage() for one in caplog.records)


async def test_settings_that_lack_something_say_what() -> None:
    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
        OpenAIRealtimeEngines(Settings(_env_file=None), Level, figures=figures)
    for endpoint, told in (("", "VOICELIVE_ENDPOINT"), ("http://elsewhere.example", "https://")):
        with pytest.raises(ConfigurationError, match=told):
            VoiceLiveEngines(
                Settings(voicelive_endpoint=endpoint), Level, voices=VOICES, figures=figures
            )


async def test_an_identity_signs_in_where_there_is_no_key(
    opening: Opening, server: RealtimeServer
) -> None:
    identity = FakeIdentity()
    async with opening("voicelive", credential=identity).open(languages=["en"]):
        pass
    (session,) = server.sessions
    assert session.headers["authorization"] == "Bearer a-token"
    assert "api-key" not in session.headers
    assert identity.scopes == ["https://ai.azure.com/.default"]


async def test_a_server_that_asks_for_no_key_needs_none(server: RealtimeServer) -> None:
    settings = Settings(
        openai_base_url=f"{server.url}/v1", openai_transcription_model="gpt-4o-transcribe"
    )
    engines = OpenAIRealtimeEngines(settings, Level, figures=figures)
    async with engines.open(languages=["es"], phrases=["Elm", "Oak"]):
        pass
    await engines.close()
    (session,) = server.sessions
    assert session.query == {"model": ["gpt-realtime"]}
    written = session.events[0]["session"]["audio"]["input"]["transcription"]
    assert written == {"model": "gpt-4o-transcribe", "language": "es", "prompt": "Elm, Oak"}


@both
async def test_settings_that_the_service_refuses_end_the_session(
    opening: Opening, server: RealtimeServer, service: str
) -> None:
    server.refuses = "invalid_value"
    with pytest.raises(SpeechUnavailable, match="settings"):
        async with opening(service).open(languages=["en"]):
            pytest.fail("it opened")


@both
async def test_a_service_that_does_not_answer_is_given_up(
    opening: Opening, server: RealtimeServer, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "CONNECT_S", 0.05)
    async with mute() as (url, left):
        monkeypatch.setattr(server, "url", url)
        with pytest.raises(SpeechUnavailable, match="does not answer"):
            async with opening(service).open(languages=["en"]):
                pytest.fail("it opened")
        async with asyncio.timeout(5):
            await left.wait()


@both
async def test_a_session_that_can_not_be_made_leaves_no_connection(
    opening: Opening, server: RealtimeServer, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines = opening(service)
    monkeypatch.setattr(engines._dialect, "session", None)
    with pytest.raises(TypeError):
        async with engines.open(languages=["en"]):
            pytest.fail("it opened")
    async with asyncio.timeout(5):
        await server.sessions[0].closed.wait()


@both
@pytest.mark.parametrize("how", ["dropped", "expired", "nonsense"])
async def test_a_lost_session_is_told_to_ear_and_mouth(
    opening: Opening, server: RealtimeServer, service: str, how: str
) -> None:
    server.flowing.clear()
    async with opening(service).open(languages=["en"]) as call:
        speech = call.mouth.speak("Your power will be back at noon today.", language="en")
        async with aclosing(speech):  # type: ignore[type-var]
            await anext(speech)
            await _lose(server, how)
            with pytest.raises(SpeechUnavailable):
                await _rest(speech)
        with pytest.raises(SpeechUnavailable):
            await final(aiter(call.ear))
        feed(call.ear, SECOND)
        with pytest.raises(SpeechUnavailable):
            await spoken(call.mouth, "Good morning.")


async def _rest(speech: AsyncIterator[Audio]) -> None:
    async with asyncio.timeout(5):
        async for _ in speech:
            pass


async def _lose(server: RealtimeServer, how: str) -> None:
    session = server.sessions[-1]
    assert session.connection is not None
    if how == "dropped":
        session.connection.transport.abort()
    elif how == "expired":
        await session.report("session_expired")
    else:
        await session.connection.send("{not json")


@both
async def test_a_call_goes_on_in_another_session(
    opening: Opening, server: RealtimeServer, service: str
) -> None:
    engines = opening(service)
    told: list[str] = []
    server.hears.append("my power is out")
    two = Reopening([engines, engines], languages=["en"], phrases=["Elm"], failed=told.append)
    async with two as call:
        heard = aiter(call.ear)
        waiting = asyncio.ensure_future(final(heard))
        await _lose(server, "dropped")
        await spoken(call.mouth, "One moment.")
        feed(call.ear, SECOND)
        call.ear.pause()
        assert (await waiting).text == "my power is out"
    assert len(server.sessions) == 2
    assert server.sessions[1].texts[-1] == "One moment."
    assert {one.partition(":")[0] for one in told} <= {"ear", "mouth"}
    assert told


@both
async def test_a_passing_error_ends_nothing(
    opening: Opening, server: RealtimeServer, service: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.hears.append("hello")
    async with opening(service).open(languages=["en"]) as call:
        await server.sessions[0].report("response_cancel_not_active")
        feed(call.ear, SECOND)
        call.ear.pause()
        assert (await final(aiter(call.ear))).text == "hello"
    codes = [one.__dict__.get("fault") for one in caplog.records]
    assert "response_cancel_not_active" in codes


@both
@pytest.mark.parametrize("status", ["failed", "incomplete"])
async def test_a_text_that_is_not_said_to_its_end_is_no_success(
    opening: Opening, server: RealtimeServer, service: str, status: str
) -> None:
    server.done.append(status)
    async with opening(service).open(languages=["en"]) as call:
        with pytest.raises(SpeechUnavailable, match="did not say all"):
            await spoken(call.mouth, "Good morning.")
        assert (await spoken(call.mouth, "Good evening.")).pcm


@both
async def test_what_could_not_be_written_down_twice_ends_the_session(
    opening: Opening, server: RealtimeServer, service: str
) -> None:
    server.hears.extend([None, None])
    async with opening(service).open(languages=["en"]) as call:
        heard = aiter(call.ear)
        for _ in range(2):
            feed(call.ear, SECOND)
            call.ear.pause()
            assert (await final(heard)).text == ""
        with pytest.raises(SpeechUnavailable, match="writes down nothing"):
            await final(heard)


@both
async def test_a_service_that_writes_nothing_down_is_given_up(
    opening: Opening, server: RealtimeServer, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ear, "ANSWER_S", 0.05)
    server.answers = False
    async with opening(service).open(languages=["en"]) as call:
        feed(call.ear, SECOND)
        call.ear.pause()
        with pytest.raises(SpeechUnavailable, match="does not answer"):
            await final(aiter(call.ear))


@both
async def test_a_service_that_says_nothing_more_is_given_up(
    opening: Opening, server: RealtimeServer, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mouth, "QUIET_S", 0.05)
    server.flowing.clear()
    async with opening(service).open(languages=["en"]) as call:
        with pytest.raises(SpeechUnavailable, match="says nothing"):
            await spoken(call.mouth, "Good morning.")
        await eventually(lambda: _cancelled(server))


async def _cancelled(server: RealtimeServer) -> bool:
    return server.sessions[0].cancelled == ["resp_0"]


@both
async def test_what_the_service_does_not_take_is_not_kept_for_ever(
    opening: Opening, server: RealtimeServer, service: str
) -> None:
    async with opening(service).open(languages=["en"]) as call:
        feed(call.ear, SECOND * 20)  # nothing of it can go out meanwhile
        with pytest.raises(SpeechUnavailable, match="takes nothing"):
            await final(aiter(call.ear))


@both
async def test_twenty_sessions_leave_nothing_behind(server: RealtimeServer, service: str) -> None:
    tasks, port = asyncio.all_tasks(), urlsplit(server.url).port
    assert port is not None
    engines = made(server, service)
    for _ in range(SESSIONS):
        server.hears.append("hello")
        async with engines.open(languages=["en"]) as call:
            feed(call.ear, SECOND)
            call.ear.pause()
            assert (await final(aiter(call.ear))).text == "hello"
            speech = call.mouth.speak("Good morning.", language="en")
            async with aclosing(speech):  # type: ignore[type-var]
                await anext(speech)
    await engines.close()
    assert len(server.sessions) == SESSIONS
    async with asyncio.timeout(5):
        for session in server.sessions:
            await session.closed.wait()
    await no_tasks_beyond(tasks)
    await eventually(lambda: _none_open(port))


async def _none_open(port: int) -> bool:
    return connections(port) == 0


@both
async def test_calls_that_are_cut_off_anywhere_leave_no_task(
    server: RealtimeServer, service: str
) -> None:
    for steps in (1, 2, 4, 8, 16, 32, 64, 128):
        engines = made(server, service)
        call = asyncio.create_task(_opened(engines))
        for _ in range(steps):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait({call})
        await engines.close()
        left = [repr(task) for task in asyncio.all_tasks() if "voice/engines/" in repr(task)]
        assert not left


async def _opened(engines: Any) -> None:
    async with engines.open(languages=["en"]) as call:
        await spoken(call.mouth, "Good morning.")
