"""Azure Speech as the engines of calls."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from azure.cognitiveservices.speech import SpeechConfig
from azure.core.credentials import TokenCredential

from contracts.settings import Settings
from contracts.speech import Conversing, VoiceActivity
from voice.engines.azure.ear import ANSWER_S, AzureHearing
from voice.engines.azure.faults import BACKOFF_S, Threads
from voice.engines.azure.mouth import QUIET_S, AzureSpeaking, Synthesisers
from voice.engines.endpoint import secure
from voice.engines.pair import Pair

_MISSING = "Azure Speech needs AZURE_SPEECH_ENDPOINT, https://NAME.cognitiveservices.azure.com"


class AzureEngines:
    """contracts.speech.Engines. `voices`: a voice's whole name by language. `credential` stands in
    for azure-identity's, where no key is set. Raises ConfigurationError."""

    name = "azure"

    def __init__(
        self,
        settings: Settings,
        *,
        voices: Mapping[str, str],
        activity: Callable[[], VoiceActivity],
        credential: TokenCredential | None = None,
        backoff_s: Sequence[float] = BACKOFF_S,
        answer_s: float = ANSWER_S,
        quiet_s: float = QUIET_S,
    ) -> None:
        self._endpoint = secure(
            settings.azure_speech_endpoint, "AZURE_SPEECH_ENDPOINT", missing=_MISSING
        )
        self._key = settings.azure_speech_key
        self._credential = credential
        self._own: Any = None
        self._signing_in = threading.Lock()
        self._threads = Threads()
        self._synthesisers = Synthesisers(self._config, self._threads)
        hearing = AzureHearing(self._config, self._threads, backoff_s=backoff_s, answer_s=answer_s)
        self._speaking = AzureSpeaking(
            self._synthesisers, self._threads, voices, backoff_s=backoff_s, quiet_s=quiet_s
        )
        self._pair = Pair(self.name, hearing, self._speaking, activity)

    @asynccontextmanager
    async def open(
        self, *, languages: Sequence[str], phrases: Sequence[str] = ()
    ) -> AsyncIterator[Conversing]:
        self._synthesisers.warm()
        async with self._pair.open(languages=languages, phrases=phrases) as conversing:
            yield conversing

    def activity(self) -> VoiceActivity:
        return self._pair.activity()

    async def close(self) -> None:
        await self._speaking.close()
        await self._synthesisers.close()
        await self._threads.close()
        if self._own is not None:
            self._own.close()

    def _config(self) -> SpeechConfig:
        if self._key is not None:
            return SpeechConfig(endpoint=self._endpoint, subscription=self._key.get_secret_value())
        return SpeechConfig(endpoint=self._endpoint, token_credential=self._identity())

    def _identity(self) -> TokenCredential:
        """Called on the pool's threads."""
        with self._signing_in:
            if self._credential is None:
                from azure.identity import DefaultAzureCredential

                # Probes nothing before the first token is asked for.
                self._credential = self._own = DefaultAzureCredential()
            return self._credential
