"""Audio on its way: 16 kHz, mono, 16 bits, little-endian, in frames of 20 ms."""

from __future__ import annotations

import asyncio
import io
import wave
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from contracts.speech import FRAME_BYTES, RATE

SECOND = 2 * RATE  # bytes
MAX_WAITING = 300 * SECOND  # of audio to be played or said
LIVE = FRAME_BYTES * 20  # what a live microphone may be ahead: 400 ms


class Waiting:
    """Audio that is taken in real time, a frame at a time."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._drained = asyncio.Event()
        self._drained.set()
        self.lost = 0  # bytes that there was no room for

    def __len__(self) -> int:
        return len(self._data)

    def put(self, pcm: bytes) -> None:
        room = max(MAX_WAITING - len(self._data), 0)
        self.lost += max(len(pcm) - room, 0)
        self._data += pcm[:room]
        if self._data:
            self._drained.clear()

    def take(self) -> bytes | None:
        """The next frame, filled up with silence; None if nothing waits."""
        if not self._data:
            return None
        frame = bytes(self._data[:FRAME_BYTES])
        del self._data[:FRAME_BYTES]
        if not self._data:
            self._drained.set()
        return frame.ljust(FRAME_BYTES, b"\0")

    def clear(self) -> int:
        """How many bytes will not be heard."""
        dropped = len(self._data)
        self._data.clear()
        self._drained.set()
        return dropped

    async def drained(self) -> None:
        await self._drained.wait()


@dataclass(slots=True)
class _Stretch:
    mark: int
    begins: int  # bytes
    ends: int
    began: int = -1  # frame of the call


@dataclass(frozen=True, slots=True)
class Said:
    """Frames of the call from and to which the audio of a mark was said."""

    mark: int
    began: int
    ended: int


class Microphone:
    """What a phone says, and when each stretch of it was said. `live`: what comes is said now, and
    what comes too fast is lost."""

    def __init__(self) -> None:
        self._waiting = Waiting()
        self._put = 0
        self._marked = 0
        self._taken = 0
        self._stretches: deque[_Stretch] = deque()
        self.live = False

    def put(self, pcm: bytes) -> None:
        if self.live and len(self._waiting) > LIVE:
            return
        before = len(self._waiting)
        self._waiting.put(pcm)
        self._put += len(self._waiting) - before

    def mark(self, mark: int) -> None:
        """All since the mark before is a stretch."""
        self._stretches.append(_Stretch(mark, self._marked, self._put))
        self._marked = self._put

    def take(self, at: int) -> tuple[bytes | None, list[Said]]:
        """The frame that is said in the call's frame `at`, and the stretches that end in it."""
        waiting = len(self._waiting)
        frame = self._waiting.take()
        self._taken += min(waiting, FRAME_BYTES)
        said = []
        for stretch in self._stretches:
            if stretch.began < 0 and stretch.begins < self._taken:
                stretch.began = at
        while self._stretches and self._stretches[0].ends <= self._taken:
            done = self._stretches.popleft()
            said.append(Said(done.mark, max(done.began, 0), at + 1))
        return frame, said


def mixed(frames: Iterable[bytes | None]) -> bytes | None:
    """All at once; None if nobody says anything."""
    heard = [frame for frame in frames if frame is not None]
    if len(heard) < 2:
        return heard[0] if heard else None
    total = np.sum([np.frombuffer(frame, "<i2").astype(np.int32) for frame in heard], axis=0)
    return bytes(np.clip(total, -32_768, 32_767).astype("<i2").tobytes())


def read_wav(data: bytes) -> bytes:
    """Its samples. Raises ValueError, saying what is wrong, for all but 16 kHz, mono, 16 bits."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            shape = file.getframerate(), file.getnchannels(), file.getsampwidth()
            pcm = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(f"that is no WAV file: {error}") from None
    if shape != (RATE, 1, 2):
        rate, channels, width = shape
        raise ValueError(
            f"audio has to be WAV of 16,000 Hz, mono, 16 bits; this has {rate:,} Hz, {channels} "
            f"channels, {8 * width} bits"
        )
    return bytes(pcm)


def as_wav(pcm: bytes) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm)
    return out.getvalue()
