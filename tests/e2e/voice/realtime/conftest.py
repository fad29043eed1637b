"""Both services' true SDKs against their protocols on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from pydantic import SecretStr

from contracts.settings import Settings
from tests.fakes.world import scenario_of
from tests.realtime_server import RealtimeServer, realtime_server
from tests.scripted_speech import Level
from voice.engines.realtime.engines import RealtimeEngines
from voice.engines.realtime.openai_realtime import OpenAIRealtimeEngines
from voice.engines.realtime.voice_live import VoiceLiveEngines
from voice.figures import figures

KEY = SecretStr("k" * 32)
VOICES = scenario_of("utilities").voice.voices
SERVICES = ("openai_realtime", "voicelive")

Opening = Callable[..., RealtimeEngines]


def made(server: RealtimeServer, service: str, **more: Any) -> RealtimeEngines:
    if service == "openai_realtime":
        settings = Settings(openai_api_key=KEY, openai_base_url=f"{server.url}/v1", **more)
        return OpenAIRealtimeEngines(settings, Level, figures=figures)
    credential = more.pop("credential", None)
    given = {"voicelive_key": None if credential else KEY, **more}
    settings = Settings(voicelive_endpoint=server.url, **given)
    return VoiceLiveEngines(settings, Level, voices=VOICES, figures=figures, credential=credential)


@pytest.fixture(scope="session")
async def running() -> AsyncIterator[RealtimeServer]:
    async with realtime_server() as server:
        yield server


@pytest.fixture
def server(running: RealtimeServer) -> RealtimeServer:
    running.reset()
    return running


@pytest.fixture
async def opening(server: RealtimeServer) -> AsyncIterator[Opening]:
    """Makes engines that are closed with the test."""
    async with AsyncExitStack() as closing:

        def opening(service: str, **more: Any) -> RealtimeEngines:
            engines = made(server, service, **more)
            closing.push_async_callback(engines.close)
            return engines

        yield opening
