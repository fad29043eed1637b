"""Engines that hear what a script says, and speak a tone: no models, no time but the call's.

A frame of a caller tells in its samples which word of which text it is of, and so does a frame of
ours: what was heard on either side can be read from the audio alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np

from contracts.errors import SpeechUnavailable
from contracts.speech import (
    FRAME_BYTES,
    FRAME_S,
    FRAME_SAMPLES,
    Audio,
    Heard,
    Mark,
    Recognition,
    TextToSpeech,
    VoiceActivity,
)

WORD_FRAMES = 10  # 200 ms: of a caller's word, and of ours
_THEIRS, _OURS = 7_001, 7_002  # in the first sample of a frame


def tone(frequency: float, level: float, frames: int = 1) -> bytes:
    """So many frames of a tone; `level` is 0 to 1."""
    at = np.arange(frames * FRAME_SAMPLES) / (FRAME_SAMPLES / FRAME_S)
    return (np.sin(2 * np.pi * frequency * at) * level * 32_000).astype("<i2").tobytes()


def noise(seed: int, level: float, frames: int) -> list[bytes]:
    """Frames that are loud and hold no word."""
    samples = np.random.default_rng(seed).normal(0, level * 8_000, frames * FRAME_SAMPLES)
    pcm = np.clip(samples, -32_000, 32_000).astype("<i2").tobytes()
    return [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm), FRAME_BYTES)]


def _marked(frame: bytes, *numbers: int) -> bytes:
    head = np.array(numbers, "<i2").tobytes()
    return head + frame[len(head) :]


def _read(frame: bytes, mark: int) -> tuple[int, int, int] | None:
    """Text, word, and frame of the word, of a frame that bears this mark."""
    head = np.frombuffer(frame[:8], "<i2")
    return (int(head[1]), int(head[2]), int(head[3])) if int(head[0]) == mark else None


@dataclass
class Script:
    """The texts that were said in a test, by either side; shared by its engines."""

    texts: list[str] = field(default_factory=list)

    def number(self, text: str) -> int:
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text)

    def said(self, text: str, *, word_frames: int = WORD_FRAMES, level: float = 0.5) -> list[bytes]:
        """The frames of a caller who says that."""
        number = self.number(text)
        plain = tone(310.0, level)
        return [
            _marked(plain, _THEIRS, number, word, word_frames - at)
            for word in range(len(text.split()))
            for at in range(1, word_frames + 1)
        ]


class Understood:
    """What frames of ours say, as they are heard: the texts, each as far as its whole words go."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._read = 0
        self._texts: list[str] = []

    def of(self, frames: Sequence[tuple[float, bytes]]) -> list[str]:
        """`frames` are those before, and maybe more."""
        for _, frame in frames[self._read :]:
            found = _read(frame, _OURS)
            if found is not None and found[2] == 0:
                words = self._script.texts[found[0]].split()
                if found[1] == 0:
                    self._texts.append("")
                self._texts[-1] = " ".join(words[: found[1] + 1])
        self._read = len(frames)
        return list(self._texts)


class Level:
    """Activity by how loud a frame is."""

    def speech(self, frame: bytes) -> float:
        samples = np.frombuffer(frame, "<i2")
        return 0.95 if int(np.abs(samples[8:]).max(initial=0)) > 3_000 else 0.05


class Ear:
    """Hears the words of frames as they end, and the whole of a text in a pause. `lag` frames
    later than that, as true engines are."""

    def __init__(self, script: Script, *, lag: int = 5, partials: bool = True) -> None:
        self._script = script
        self._lag = lag
        self._partials = partials
        self._fed = 0
        self._text = ""  # of words since the last final
        self._silent = 0
        self._began = 0
        self._due: list[tuple[int, Heard]] = []
        self._heard: asyncio.Queue[Heard | BaseException] = asyncio.Queue()
        self.pauses = 0
        self.expected: Sequence[str] = ()

    def feed(self, frame: bytes) -> None:
        self._fed += 1
        found = _read(frame, _THEIRS)
        if found is not None:
            self._silent = 0
            if found[2] == 0:
                self._word(*found[:2])
        elif self._text:
            self._silent += 1
            if self._silent == 40:
                self._finish()
        while self._due and self._due[0][0] <= self._fed:
            self._heard.put_nowait(self._due.pop(0)[1])

    def _word(self, number: int, word: int) -> None:
        if not self._text:
            self._began = self._fed
        self._text = f"{self._text} {self._script.texts[number].split()[word]}".strip()
        if self._partials:
            self._later(Heard(self._text, final=False))

    def pause(self) -> None:
        self.pauses += 1
        self._finish()

    def _finish(self) -> None:
        if self._text:
            times = self._began * FRAME_S, self._fed * FRAME_S
            self._later(Heard(self._text, final=True, began_s=times[0], ended_s=times[1]))
        self._text, self._silent = "", 0

    def _later(self, heard: Heard) -> None:
        self._due.append((self._fed + self._lag, heard))

    def expect(self, phrases: Sequence[str]) -> None:
        self.expected = phrases

    def fail(self, error: BaseException) -> None:
        self._heard.put_nowait(error)

    async def __aiter__(self) -> AsyncIterator[Heard]:
        while True:
            heard = await self._heard.get()
            if isinstance(heard, BaseException):
                raise heard
            yield heard


class Mouth:
    """Speaks every word as a tone of 200 ms, in pieces of 100 ms, with a mark at the end of each
    word. `fails` makes the next texts fail, once each."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.spoken: list[tuple[str, str]] = []  # language and text
        self.fails: list[BaseException] = []

    async def speak(self, text: str, *, language: str) -> AsyncIterator[Audio]:
        if self.fails:
            raise self.fails.pop(0)
        self.spoken.append((language, text))
        number = self._script.number(text)
        at, plain = 0, tone(520.0, 0.6)
        for word, spelled in enumerate(text.split()):
            at = text.index(spelled, at) + len(spelled)
            frames = [
                _marked(plain, _OURS, number, word, WORD_FRAMES - 1 - n) for n in range(WORD_FRAMES)
            ]
            half = WORD_FRAMES // 2
            yield Audio(b"".join(frames[:half]))
            mark = Mark(at, (word + 1) * WORD_FRAMES * FRAME_S)
            yield Audio(b"".join(frames[half:]), (mark,))


@dataclass
class Opened:
    ear: Recognition
    mouth: TextToSpeech


class ScriptedEngines:
    """`ears` and `mouths` are those of all calls, in order; refuses to open `refuses` times."""

    name = "scripted"

    def __init__(self, script: Script, *, lag: int = 5, partials: bool = True) -> None:
        self._script = script
        self._lag = lag
        self._partials = partials
        self.ears: list[Ear] = []
        self.mouths: list[Mouth] = []
        self.languages: list[Sequence[str]] = []
        self.refuses = 0
        self.open_now = 0

    @asynccontextmanager
    async def open(
        self, *, languages: Sequence[str], phrases: Sequence[str] = ()
    ) -> AsyncIterator[Opened]:
        if self.refuses:
            self.refuses -= 1
            raise SpeechUnavailable("refused by the test")
        ear, mouth = Ear(self._script, lag=self._lag, partials=self._partials), Mouth(self._script)
        self.ears.append(ear)
        self.mouths.append(mouth)
        self.languages.append(languages)
        self.open_now += 1
        try:
            yield Opened(ear, mouth)
        finally:
            self.open_now -= 1

    def forget(self) -> None:
        """What was opened so far."""
        self.ears, self.mouths, self.languages = [], [], []

    def activity(self) -> VoiceActivity:
        return Level()

    async def close(self) -> None:
        """There is nothing to close."""
