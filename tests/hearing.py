"""Feeding an ear and reading what it hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from contracts.speech import FRAME_BYTES, FRAME_S, SILENCE, Heard, Recognition

PATIENCE_S = 45.0


def feed(ear: Recognition, pcm: bytes) -> None:
    """All of it at once, in frames; the last one is filled up with silence."""
    for at in range(0, len(pcm), FRAME_BYTES):
        ear.feed(pcm[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0"))


async def final(heard: AsyncIterator[Heard]) -> Heard:
    """The next final result."""
    async with asyncio.timeout(PATIENCE_S):
        while not (result := await anext(heard)).final:
            pass
    return result


async def final_on_the_line(ear: Recognition, heard: AsyncIterator[Heard]) -> Heard:
    """The same, while the line goes on: silence, a frame every 20 ms."""
    waiting = asyncio.ensure_future(final(heard))
    while not waiting.done():
        ear.feed(SILENCE)
        await asyncio.wait({waiting}, timeout=FRAME_S)
    return await waiting
