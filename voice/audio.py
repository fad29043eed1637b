"""Sound as numbers: other rates to and from ours, frames of 20 ms, and how loud a piece is."""

from __future__ import annotations

from math import gcd, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.speech import FRAME_BYTES

Samples = NDArray[np.float32]  # -1 to 1

SILENT_DB = -96.0
_FULL_SCALE = 32768.0
_ZEROS = 16  # zero crossings of the filter on each side
_PASSED = 0.94  # of the lower of the two bands


class Resampler:
    """A stream of 16-bit mono samples at another rate. What comes out is as long as what went in,
    and the same however the stream is cut."""

    def __init__(self, rate: int, to: int) -> None:
        common = gcd(rate, to)
        self._up, self._down = to // common, rate // common
        self._bank = _polyphase(self._up, self._down)
        self._width = self._bank.shape[1]
        self._behind = np.zeros(self._width // 2, np.float32)  # the filter looks ahead and back
        self._begins = 0  # how many samples are gone from before `behind`
        self._due = 0  # the next sample of the output
        self._odd = b""

    def push(self, pcm: bytes) -> bytes:
        """All that can be said of the output so far."""
        pcm = self._odd + pcm
        whole = len(pcm) // 2 * 2
        self._odd = pcm[whole:]
        return to_pcm(self._pass(to_samples(pcm[:whole])))

    def rest(self) -> bytes:
        """The end of the stream, which waited for what would follow."""
        return to_pcm(self._pass(np.zeros(self._width // 2, np.float32)))

    def _pass(self, samples: Samples) -> Samples:
        waiting = np.concatenate((self._behind, samples))
        ends = self._begins + len(waiting) - self._width  # where the last whole window begins
        count = ((ends + 1) * self._up - 1) // self._down - self._due + 1
        if ends < self._begins or count <= 0:
            self._behind = waiting
            return np.zeros(0, np.float32)
        places = (self._due + np.arange(count)) * self._down
        windows = np.lib.stride_tricks.sliding_window_view(waiting, self._width)
        found: Samples = np.einsum(
            "nw,nw->n", windows[places // self._up - self._begins], self._bank[places % self._up]
        )
        self._due += count
        gone = min(self._due * self._down // self._up - self._begins, len(waiting))
        self._behind = waiting[gone:]
        self._begins += gone
        return found


class Framer:
    """Cuts a stream of bytes into frames of 20 ms."""

    def __init__(self) -> None:
        self._rest = b""

    def push(self, pcm: bytes) -> list[bytes]:
        pcm = self._rest + pcm
        whole = len(pcm) // FRAME_BYTES * FRAME_BYTES
        self._rest = pcm[whole:]
        return [pcm[at : at + FRAME_BYTES] for at in range(0, whole, FRAME_BYTES)]

    def rest(self) -> list[bytes]:
        """The last frame, filled up with silence, if anything is left."""
        left, self._rest = self._rest, b""
        return [left.ljust(FRAME_BYTES, b"\0")] if left else []


def resampled(pcm: bytes, rate: int, to: int) -> bytes:
    """A whole piece at another rate."""
    resampler = Resampler(rate, to)
    return resampler.push(pcm) + resampler.rest()


def to_samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(_FULL_SCALE)


def to_pcm(samples: NDArray[Any]) -> bytes:
    return np.clip(samples * _FULL_SCALE, -32768, 32767).astype("<i2").tobytes()


def level(samples: Samples) -> float:
    """Decibels below full scale: 0 is the loudest there is, SILENT_DB is silence."""
    power = float(np.mean(np.square(samples))) if samples.size else 0.0
    return max(SILENT_DB, 10 * log10(power)) if power else SILENT_DB


def _polyphase(up: int, down: int) -> Samples:
    """One row of weights for each place that an output sample can have between input samples."""
    stretch = max(1.0, down / up)
    half = int(np.ceil(_ZEROS * stretch))
    offsets = np.arange(-half, half + 1)[None, :] - (np.arange(up) / up)[:, None]
    band = _PASSED / stretch
    window = np.kaiser(4097, 8.0)
    shape = np.interp(offsets / (half + 1), np.linspace(-1, 1, 4097), window)
    weights = band * np.sinc(band * offsets) * shape
    bank: Samples = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return bank
