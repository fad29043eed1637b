"""Recordings as phones and channels send them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import av
import numpy as np

from contracts.speech import RATE


def encoded(pcm: bytes, container: str, codec: str, rate: int) -> bytes:
    """PCM of contracts.speech, in that container and codec."""
    out = BytesIO()
    with av.open(out, "w", format=container) as file:
        stream: Any = file.add_stream(codec, rate=rate)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.frombuffer(pcm, "<i2")[None, :], "s16", "mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return out.getvalue()
