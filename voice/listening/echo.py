"""Whether what comes in is our own voice coming back, fainter and later."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

COMPARED = 8  # frames of what came in: 160 ms
ALIKE = 0.6  # of 1: that much of it is what we said a moment ago


class Echo:
    """Compares the last frames with what was sent lately, at every delay."""

    def __init__(self) -> None:
        self._came: deque[bytes] = deque(maxlen=COMPARED)

    def push(self, frame: bytes) -> None:
        self._came.append(frame)

    def heard(self, sent: Iterable[bytes]) -> bool:
        """Whether the last frames are ours. Takes a millisecond: not for every frame."""
        came, ours = _samples(self._came), _samples(sent)
        if len(ours) < len(came) or not came.any():
            return False
        size = 1 << (len(ours) + len(came) - 1).bit_length()
        spectra = np.fft.rfft(ours, size) * np.conj(np.fft.rfft(came, size))
        matches = np.fft.irfft(spectra, size)[: len(ours) - len(came) + 1]
        power = np.concatenate(([0.0], np.cumsum(np.square(ours))))
        ours_power = power[len(came) :] - power[: -len(came)]
        scale = np.sqrt(ours_power * np.sum(np.square(came))) + 1e-9
        return bool(np.max(np.abs(matches) / scale) >= ALIKE)


def _samples(frames: Iterable[bytes]) -> NDArray[np.float64]:
    joined = np.frombuffer(b"".join(frames), "<i2").astype(np.float64) / 32768.0
    return joined - joined.mean() if len(joined) else joined
