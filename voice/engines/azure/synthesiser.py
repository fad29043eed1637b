"""One synthesiser of the Speech SDK: a connection that speaks, one text after another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from azure.cognitiveservices import speech
from azure.cognitiveservices.speech import CancellationReason, SpeechSynthesisOutputFormat

from voice.engines.azure.faults import Failure, disconnect, to_loop

TICKS = 10_000_000  # of the SDK's, in a second
CONNECT_S = 1.0
UNREAD = 6_000  # events; about five minutes of speech that nobody takes


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    ended_s: float


@dataclass(frozen=True, slots=True)
class Finished:
    """All of it was spoken."""


Event = bytes | Word | Finished | Failure


class Events:
    """What the SDK tells, with the key of the text it is about."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[tuple[str, Event]] = asyncio.Queue(UNREAD)

    def put(self, told: tuple[str, Event]) -> None:
        if self._waiting.full():
            while not self._waiting.empty():
                self._waiting.get_nowait()
            told = (told[0], Failure(speech.CancellationErrorCode.RuntimeError, "nobody listens"))
        self._waiting.put_nowait(told)

    async def of(self, key: str) -> Event:
        """The next one; those of other texts are void."""
        while True:
            about, event = await self._waiting.get()
            if about == key:
                return event


class Synthesiser:
    """Its methods block, `next` apart, which is the loop's."""

    def __init__(
        self, config: Callable[[], speech.SpeechConfig], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._config = config
        self._events = Events()
        self._tell = to_loop(loop, self._events.put)
        self._connected = threading.Event()
        self._native: Any = None
        self._connection: Any = None

    def open(self) -> None:
        """Connect beforehand. What is spoken while it connects would have to connect once more."""
        self._prepare()
        self._connected.clear()
        self._connection.open(True)
        self._connected.wait(CONNECT_S)

    def begin(self, ssml: str) -> str:
        """Speak; the key of its events."""
        self._prepare()
        return str(self._native.start_speaking_ssml(ssml).result_id)

    async def next(self, key: str) -> Event:
        return await self._events.of(key)

    def stop(self) -> None:
        """End what is being spoken, and connect anew."""
        self._native.stop_speaking()
        self.open()

    def close(self) -> None:
        """Its events end, then the native objects go."""
        if self._native is None:
            return
        self._native.stop_speaking()
        if self._connection is not None:
            self._connection.close()
            disconnect(self._connection)
        disconnect(self._native)
        self._native = self._connection = None

    def _prepare(self) -> None:
        if self._connection is not None:
            return
        config = self._config()
        config.set_speech_synthesis_output_format(SpeechSynthesisOutputFormat.Raw16Khz16BitMonoPcm)
        # Its own attempts would come under other keys, and without a pause.
        config.set_property_by_name("SpeechSynthesis_MaxRetryTimes", "0")
        self._native = speech.SpeechSynthesizer(config, None)
        self._connection = speech.Connection.from_speech_synthesizer(self._native)
        self._listen()

    def _listen(self) -> None:
        native, tell, connected = self._native, self._tell, self._connected
        self._connection.connected.connect(lambda _: connected.set())
        native.synthesizing.connect(
            lambda event: tell((event.result.result_id, event.result.audio_data))
        )
        native.synthesis_word_boundary.connect(lambda event: tell((event.result_id, _word(event))))
        native.synthesis_completed.connect(lambda event: tell((event.result.result_id, Finished())))
        native.synthesis_canceled.connect(lambda event: self._cancelled(event.result))

    def _cancelled(self, result: speech.SpeechSynthesisResult) -> None:
        details = result.cancellation_details
        if details.reason == CancellationReason.Error:
            self._tell((result.result_id, Failure(details.error_code, details.error_details)))


def _word(event: speech.SpeechSynthesisWordBoundaryEventArgs) -> Word:
    return Word(event.text, event.audio_offset / TICKS + event.duration.total_seconds())
