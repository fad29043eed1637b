"""OpenAI's Realtime API, and servers that speak it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from openai import AsyncOpenAI, OpenAIError
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from contracts.errors import ConfigurationError, SpeechUnavailable
from contracts.settings import Settings
from contracts.speech import VoiceActivity
from voice.engines.realtime.dialect import (
    CLOSES_WITHIN_S,
    PING_S,
    RATE,
    READER,
    Event,
    Link,
    order,
)
from voice.engines.realtime.engines import Figures, RealtimeEngines
from voice.engines.realtime.faults import refused

SERVICE = "OpenAI Realtime"
ADDRESS = "https://api.openai.com/v1"
VOICE = "marin"
_FORMAT = {"type": "audio/pcm", "rate": RATE}
_PROMPTED = ("gpt-4o-", "whisper-")  # models that take phrases as a text, and one language


class OpenAIRealtimeEngines(RealtimeEngines):
    """contracts.speech.Engines. Raises ConfigurationError."""

    def __init__(
        self, settings: Settings, activity: Callable[[], VoiceActivity], *, figures: Figures
    ) -> None:
        super().__init__(OpenAIDialect(settings), activity, figures)


class OpenAIDialect:
    name = "openai_realtime"
    service = SERVICE
    audio = "response.output_audio"
    exact = False

    def __init__(self, settings: Settings) -> None:
        key, address = settings.openai_api_key, settings.openai_base_url
        if key is None and not address:
            raise ConfigurationError(
                "SPEECH=openai_realtime needs OPENAI_API_KEY, or OPENAI_BASE_URL of a server that "
                "asks for none"
            )
        self._model = settings.openai_realtime_model
        self._transcriber = settings.openai_transcription_model
        self._client = AsyncOpenAI(
            api_key=key.get_secret_value() if key else "none", base_url=address or ADDRESS
        )

    async def connect(self) -> Link:
        options: Any = {
            "close_timeout": CLOSES_WITHIN_S,
            "ping_interval": PING_S,
            "ping_timeout": PING_S,
        }
        opening = self._client.realtime.connect(
            model=self._model, websocket_connection_options=options
        )
        try:
            return OpenAILink(await opening.enter())
        except InvalidStatus as error:
            raise refused(
                SERVICE,
                error.response.status_code,
                sign_in="OPENAI_API_KEY",
                model="OPENAI_BASE_URL and OPENAI_REALTIME_MODEL",
            ) from error
        except (OSError, WebSocketException, OpenAIError) as error:
            raise SpeechUnavailable(f"{SERVICE}: it can't be reached") from error

    def session(self, languages: Sequence[str], phrases: Sequence[str]) -> Event:
        update = self.hearing(languages, phrases)
        session = update["session"]
        session["output_modalities"] = ["audio"]
        session["instructions"] = READER
        session["tool_choice"] = "none"
        session["audio"]["output"] = {"format": _FORMAT, "voice": VOICE}
        return update

    def hearing(self, languages: Sequence[str], phrases: Sequence[str]) -> Event:
        heard = {
            "format": _FORMAT,
            "turn_detection": None,
            "transcription": self._transcription(languages, phrases),
        }
        return {
            "type": "session.update",
            "session": {"type": "realtime", "audio": {"input": heard}},
        }

    def _transcription(self, languages: Sequence[str], phrases: Sequence[str]) -> Event:
        how: Event = {"model": self._transcriber}
        if not self._transcriber.startswith(_PROMPTED):
            return how | {"languages": list(languages), "keywords": list(phrases)}
        if len(languages) == 1:
            how["language"] = languages[0]
        if phrases:
            how["prompt"] = ", ".join(phrases)
        return how

    def reading(self, text: str, language: str, key: str) -> Event:
        response = {
            "conversation": "none",
            "input": [],
            "output_modalities": ["audio"],
            "instructions": order(text, language),
            "tool_choice": "none",
            "metadata": {"key": key},
        }
        return {"type": "response.create", "event_id": key, "response": response}

    async def close(self) -> None:
        await self._client.close()


class OpenAILink:
    def __init__(self, connection: AsyncRealtimeConnection) -> None:
        self._connection = connection

    async def send(self, event: Event) -> None:
        try:
            await self._connection.send_raw(json.dumps(event))
        except (ConnectionClosed, OpenAIError) as error:
            raise SpeechUnavailable(f"{SERVICE}: the connection is gone") from error

    async def receive(self) -> bytes:
        try:
            return await self._connection.recv_bytes()
        except ConnectionClosed as error:
            raise SpeechUnavailable(f"{SERVICE}: the connection is gone") from error

    async def close(self) -> None:
        await self._connection.close()
