"""Azure AI Voice Live."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import aiohttp
from azure.ai.voicelive.aio import VoiceLiveConnection, connect
from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError

from contracts.errors import SpeechUnavailable
from contracts.settings import Settings
from contracts.speech import VoiceActivity
from voice.engines.endpoint import secure
from voice.engines.realtime.dialect import CLOSES_WITHIN_S, PING_S, RATE, READER, Event, Link
from voice.engines.realtime.engines import Figures, RealtimeEngines
from voice.engines.realtime.faults import refused

SERVICE = "Voice Live"
SIGN_IN = "VOICELIVE_KEY, or that the identity has the role Cognitive Services User"
_MISSING = "SPEECH=voicelive needs VOICELIVE_ENDPOINT, https://NAME.services.ai.azure.com"


class VoiceLiveEngines(RealtimeEngines):
    """contracts.speech.Engines. `voices`: a voice's whole name by language. `credential` stands in
    for azure-identity's, where no key is set. Raises ConfigurationError."""

    def __init__(
        self,
        settings: Settings,
        activity: Callable[[], VoiceActivity],
        *,
        voices: Mapping[str, str],
        figures: Figures,
        credential: AsyncTokenCredential | None = None,
    ) -> None:
        super().__init__(VoiceLiveDialect(settings, voices, credential), activity, figures)


class VoiceLiveDialect:
    """Texts are given as messages that are written already: Azure's voice says them, no model."""

    name = "voicelive"
    service = SERVICE
    audio = "response.audio"
    exact = True

    def __init__(
        self,
        settings: Settings,
        voices: Mapping[str, str],
        credential: AsyncTokenCredential | None,
    ) -> None:
        self._endpoint = secure(settings.voicelive_endpoint, "VOICELIVE_ENDPOINT", missing=_MISSING)
        self._model = settings.voicelive_model
        self._key = settings.voicelive_key
        self._voices = voices
        self._credential = credential
        self._own: Any = None

    async def connect(self) -> Link:
        opening = connect(
            endpoint=self._endpoint,
            credential=self._signing_in(),
            model=self._model,
            connection_options={"heartbeat": PING_S, "close_timeout": CLOSES_WITHIN_S},
        )
        try:
            return VoiceLiveLink(await opening.__aenter__())
        except ClientAuthenticationError as error:
            raise SpeechUnavailable(f"{SERVICE}: there is no identity: check {SIGN_IN}") from error
        except AzureError as error:
            if isinstance(error.__cause__, aiohttp.WSServerHandshakeError):
                status = error.__cause__.status
                where = "VOICELIVE_ENDPOINT and VOICELIVE_MODEL"
                raise refused(SERVICE, status, sign_in=SIGN_IN, model=where) from error
            raise SpeechUnavailable(f"{SERVICE}: it can't be reached") from error

    def session(self, languages: Sequence[str], phrases: Sequence[str]) -> Event:
        update = self.hearing(languages, phrases)
        update["session"] |= {
            "modalities": ["text", "audio"],
            "instructions": READER,
            "voice": self._voice(languages[0] if languages else ""),
            "output_audio_format": "pcm16",
        }
        return update

    def hearing(self, languages: Sequence[str], phrases: Sequence[str]) -> Event:
        session = {
            "input_audio_format": "pcm16",
            "input_audio_sampling_rate": RATE,
            "turn_detection": None,
            "input_audio_transcription": {
                "model": "azure-speech",
                "language": ",".join(languages),
                "phrase_list": list(phrases),
            },
        }
        return {"type": "session.update", "session": session}

    def reading(self, text: str, language: str, key: str) -> Event:
        message = {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "text", "text": text}],
        }
        response = {
            "modalities": ["text", "audio"],
            "voice": self._voice(language),
            "pre_generated_assistant_message": message,
            "metadata": {"key": key},
        }
        return {"type": "response.create", "event_id": key, "response": response}

    async def close(self) -> None:
        if self._own is not None:
            await self._own.close()

    def _voice(self, language: str) -> Event:
        found = self._voices.get(language[:2]) or self._voices["en"]
        return {"type": "azure-standard", "name": found}

    def _signing_in(self) -> AzureKeyCredential | AsyncTokenCredential:
        if self._key is not None:
            return AzureKeyCredential(self._key.get_secret_value())
        if self._credential is None:
            from azure.identity.aio import DefaultAzureCredential

            # Probes nothing before the first token is asked for.
            self._credential = self._own = DefaultAzureCredential()
        return cast(AsyncTokenCredential, self._credential)


class VoiceLiveLink:
    def __init__(self, connection: VoiceLiveConnection) -> None:
        self._connection = connection

    async def send(self, event: Event) -> None:
        try:
            await self._connection.send(event)
        except AzureError as error:
            raise SpeechUnavailable(f"{SERVICE}: the connection is gone") from error

    async def receive(self) -> bytes:
        try:
            found = await self._connection.recv_bytes()
        except (AzureError, RuntimeError) as error:
            raise SpeechUnavailable(f"{SERVICE}: the connection is gone") from error
        if not found:
            raise SpeechUnavailable(f"{SERVICE}: the connection is gone")
        return found

    async def close(self) -> None:
        await self._connection.close()
