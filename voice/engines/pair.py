"""Two engines, one that hears and one that speaks, as the engines of a call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from contracts.speech import Recognition, SpeechToText, TextToSpeech, VoiceActivity


@dataclass(frozen=True, slots=True)
class Voiced:
    """contracts.speech.Conversing of one call."""

    ear: Recognition
    mouth: TextToSpeech


class Pair:
    """contracts.speech.Engines. `activity_factory` makes one for each call."""

    def __init__(
        self,
        name: str,
        stt: SpeechToText,
        tts: TextToSpeech,
        activity_factory: Callable[[], VoiceActivity],
    ) -> None:
        self.name = name
        self._stt = stt
        self._tts = tts
        self._activity = activity_factory

    @asynccontextmanager
    async def open(
        self, *, languages: Sequence[str], phrases: Sequence[str] = ()
    ) -> AsyncIterator[Voiced]:
        async with self._stt.listen(languages=languages, phrases=phrases) as ear:
            yield Voiced(ear, self._tts)

    def activity(self) -> VoiceActivity:
        return self._activity()

    async def close(self) -> None:
        """Nothing is held between calls."""
