"""A stretch of speech, from the first sound of it to the pause that ends it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.speech import FRAME_S
from voice.audio import Samples, level, to_samples

LONGEST_S = 28.0
_LIKELY = 0.5  # speech, by the voice activity
_BEFORE_S = 0.4  # of what came before the first sure sound
_AFTER_S = 0.3
_LEAST_S = 0.08  # of sure sound: less is a click
_LOOKED_BACK_S = 10.0
_QUIET_FRAMES = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """Sound to be written down. Times are seconds of what was fed; `spoken_s` is from the first
    speech in it to the last."""

    samples: Samples
    began_s: float
    ended_s: float
    spoken_s: float


class Stretch:
    """Gathers frames. Before anything is said it keeps the last moments only."""

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._first = 0  # the number of the first frame that is kept
        self._spoken: list[int] = []  # the numbers of those with speech

    @property
    def speaking(self) -> bool:
        """Whether enough was said to be worth writing down."""
        return len(self._spoken) * FRAME_S >= _LEAST_S

    @property
    def length_s(self) -> float:
        return len(self._frames) * FRAME_S

    @property
    def spoken_s(self) -> float:
        """From its first sound to its last; 0 before that."""
        return (self._spoken[-1] + 1 - self._spoken[0]) * FRAME_S if self._spoken else 0.0

    @property
    def quiet_s(self) -> float:
        """How long nothing has been said; 0 before anything was."""
        if not self._spoken:
            return 0.0
        return (self._first + len(self._frames) - 1 - self._spoken[-1]) * FRAME_S

    def add(self, frame: bytes, likely: float) -> None:
        if likely >= _LIKELY:
            self._spoken.append(self._first + len(self._frames))
        self._frames.append(frame)
        if not self.speaking and self.quiet_s > _BEFORE_S:
            self._spoken.clear()
        if not self._spoken and self.length_s > _BEFORE_S:
            self._forget(len(self._frames) - round(_BEFORE_S / FRAME_S))

    def so_far(self) -> Piece:
        """What is to be written down if this is the end: without the silence around it."""
        begin = max(self._first, self._spoken[0] - round(_BEFORE_S / FRAME_S)) - self._first
        end = self._spoken[-1] + 1 + round(_AFTER_S / FRAME_S) - self._first
        return self._piece(begin, min(end, len(self._frames)))

    def end(self) -> Piece:
        """The same, and begin anew behind it. Nothing, where nothing was said."""
        ended_s = (self._first + len(self._frames)) * FRAME_S
        nothing = Piece(np.zeros(0, np.float32), ended_s, ended_s, 0.0)
        piece = self.so_far() if self.speaking else nothing
        self._forget(len(self._frames))
        return piece

    def cut(self) -> Piece:
        """The first part of a stretch that grew too long, up to its quietest place of late."""
        back = len(self._frames) - round(_LOOKED_BACK_S / FRAME_S)
        loud = np.array([level(to_samples(frame)) for frame in self._frames[back:]])
        around = np.convolve(loud, np.ones(_QUIET_FRAMES), mode="valid")
        end = back + int(around.argmin()) + _QUIET_FRAMES // 2
        piece = self._piece(0, end)
        self._forget(end)
        return piece

    def _piece(self, begin: int, end: int) -> Piece:
        samples = to_samples(b"".join(self._frames[begin:end]))
        first, last = self._first + begin, self._first + end
        spoken = [number for number in self._spoken if first <= number < last]
        spoken_s = (spoken[-1] + 1 - spoken[0]) * FRAME_S if spoken else 0.0
        return Piece(samples, first * FRAME_S, last * FRAME_S, spoken_s)

    def _forget(self, count: int) -> None:
        self._frames = self._frames[count:]
        self._first += count
        self._spoken = [number for number in self._spoken if number >= self._first]
