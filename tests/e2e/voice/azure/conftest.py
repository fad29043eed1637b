"""Azure Speech's true SDK against its protocol on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from pydantic import SecretStr

from contracts.settings import Settings
from contracts.speech import VoiceActivity
from tests.fakes.world import scenario_of
from tests.speech_server import SpeechServer, speech_server
from voice.engines.azure import AzureEngines

KEY = "k" * 32
VOICES = scenario_of("utilities").voice.voices

Opening = Callable[..., AzureEngines]


class Hush:
    """contracts.speech.VoiceActivity of a silent line."""

    def speech(self, frame: bytes) -> float:
        return 0.0


def made(server: SpeechServer, key: str | None = KEY, **more: Any) -> AzureEngines:
    settings = Settings(
        azure_speech_endpoint=server.url, azure_speech_key=SecretStr(key) if key else None
    )
    activity: Callable[[], VoiceActivity] = Hush
    return AzureEngines(settings, voices=VOICES, activity=activity, **more)


@pytest.fixture(scope="session")
async def running() -> AsyncIterator[SpeechServer]:
    async with speech_server() as server:
        yield server


@pytest.fixture
def server(running: SpeechServer) -> SpeechServer:
    running.reset()
    return running


@pytest.fixture
async def azure(server: SpeechServer) -> AsyncIterator[Opening]:
    """Makes engines that are closed with the test."""
    async with AsyncExitStack() as closing:

        def opening(key: str | None = KEY, **more: Any) -> AzureEngines:
            engines = made(server, key, **more)
            closing.push_async_callback(engines.close)
            return engines

        yield opening
