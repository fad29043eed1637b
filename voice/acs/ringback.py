"""What a caller hears while somebody is rung for them: the tone of a phone that rings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import numpy as np

from contracts.speech import FRAME_BYTES, FRAME_S, RATE
from voice.audio import to_pcm
from voice.line import Line

TONE_HZ = (440.0, 480.0)  # as North American exchanges ring
TONE_S, PAUSE_S = 2.0, 4.0
_LOUD = 0.06  # of full scale, each of the two: our voice is louder
_AT_ONCE = 10  # frames


@asynccontextmanager
async def ringback(line: Line) -> AsyncIterator[None]:
    """It sounds as long as this lasts, and not an instant longer."""
    ringing = asyncio.create_task(_ring(line))
    try:
        yield
    finally:
        ringing.cancel()
        await asyncio.gather(ringing, return_exceptions=True)
        await line.stop()


async def _ring(line: Line) -> None:
    while True:
        frames = _tone()
        for begin in range(0, len(frames), _AT_ONCE):
            for frame in frames[begin : begin + _AT_ONCE]:
                await line.send(frame)
            await asyncio.sleep(_AT_ONCE * FRAME_S)
        await asyncio.sleep(PAUSE_S)


@cache
def _tone() -> tuple[bytes, ...]:
    """The frames of one ring."""
    at = np.arange(round(TONE_S * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * hertz * at) for hertz in TONE_HZ) * _LOUD
    pcm = to_pcm(np.asarray(wave, np.float32))
    return tuple(pcm[begin : begin + FRAME_BYTES] for begin in range(0, len(pcm), FRAME_BYTES))
