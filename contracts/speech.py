"""Ports to the engines that hear and speak. Backends: Azure Speech, and the embedded engines.

All audio is mono, 16 bits, little-endian, at 16 kHz. A frame is 20 ms of it: 640 bytes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

RATE = 16_000  # samples per second
FRAME_S = 0.02
FRAME_SAMPLES = 320
FRAME_BYTES = 640
SILENCE = bytes(FRAME_BYTES)


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood so far of a stretch of speech. Not `final`: it may still change. Times
    are seconds of the audio that was fed."""

    text: str
    final: bool
    language: str = ""  # "en", "es"; empty: the engine does not tell
    confidence: float = 1.0  # 0 to 1
    began_s: float = 0.0
    ended_s: float = 0.0


class Recognition(Protocol):
    """One call's ear. Iterating gives what is heard, partial results first, until `close`."""

    def feed(self, frame: bytes) -> None:
        """The next 20 ms. Returns at once."""
        ...

    def pause(self) -> None:
        """The caller has paused: what was said up to here is to be final soon. An engine that
        finds pauses itself may ignore it."""
        ...

    def expect(self, phrases: Sequence[str]) -> None:
        """Names and words that are likely from here on, the likeliest first."""
        ...

    def __aiter__(self) -> AsyncIterator[Heard]:
        """Raises SpeechUnavailable when the engine fails and can't be had again."""
        ...


class SpeechToText(Protocol):
    def listen(
        self, *, languages: Sequence[str], phrases: Sequence[str] = ()
    ) -> AbstractAsyncContextManager[Recognition]:
        """Open an ear for a call. `languages`: those that may be spoken, the likeliest first.
        Raises SpeechUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Mark:
    """By when so many characters of a text have been spoken, in seconds of its audio."""

    characters: int
    at_s: float


@dataclass(frozen=True, slots=True)
class Audio:
    """A piece of speech, of any length. `marks` of it or of what follows, where they are known."""

    pcm: bytes
    marks: tuple[Mark, ...] = ()


class TextToSpeech(Protocol):
    def speak(self, text: str, *, language: str) -> AsyncIterator[Audio]:
        """Speak one sentence or a few, piece by piece, the first as early as may be; `text` is as
        it is to be read aloud. Closing the iterator ends the work. Raises SpeechUnavailable."""
        ...


class VoiceActivity(Protocol):
    """Tells speech from everything else; one for each call, as it remembers."""

    def speech(self, frame: bytes) -> float:
        """How likely there is speech in the next 20 ms, 0 to 1. Takes well under a millisecond."""
        ...


class Conversing(Protocol):
    """An ear and a mouth for one call."""

    @property
    def ear(self) -> Recognition: ...

    @property
    def mouth(self) -> TextToSpeech: ...


class Engines(Protocol):
    """What hears and speaks in calls: two engines, or one that does both over one connection."""

    name: str  # "local", "azure", "voicelive", "openai_realtime"

    def open(
        self, *, languages: Sequence[str], phrases: Sequence[str] = ()
    ) -> AbstractAsyncContextManager[Conversing]:
        """For one call. Raises SpeechUnavailable."""
        ...

    def activity(self) -> VoiceActivity: ...

    async def close(self) -> None:
        """No call is open any more."""
        ...
