"""Tells speech from everything else: Silero VAD 6."""

from __future__ import annotations

from typing import Any

import numpy as np

from voice.audio import Samples, to_samples
from voice.engines.local.carried import carried, session

WINDOW = 512  # samples: 32 ms
_CONTEXT = 64  # samples of the window before
_STATE = (1, 1, 128)


def load() -> Any:
    """The model, which all calls may share: it keeps nothing."""
    return session(carried("faster_whisper", "assets", "silero_vad_v6.onnx"))


class SileroActivity:
    """contracts.speech.VoiceActivity. Frames are gathered into the model's windows of 32 ms, so a
    frame that completes none has the likelihood of the frame before."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._waiting = np.zeros(_CONTEXT, np.float32)
        self._h = np.zeros(_STATE, np.float32)
        self._c = np.zeros(_STATE, np.float32)
        self._last = 0.0

    def speech(self, frame: bytes) -> float:
        self._waiting = np.concatenate((self._waiting, to_samples(frame)))
        while len(self._waiting) >= _CONTEXT + WINDOW:
            self._last = self._window(self._waiting[: _CONTEXT + WINDOW])
            self._waiting = self._waiting[WINDOW:]
        return self._last

    def _window(self, samples: Samples) -> float:
        fed = {"input": samples[None, :], "h": self._h, "c": self._c}
        likely, self._h, self._c = self._model.run(None, fed)
        return float(likely[0])
