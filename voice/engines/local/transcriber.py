"""Writes down voice messages: any of the formats that phones and channels send."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from io import BytesIO
from itertools import chain
from typing import Any

from contracts.speech import RATE, VoiceActivity
from voice.audio import Framer
from voice.engines.local.carried import library
from voice.engines.local.ear import Models
from voice.engines.local.languages import Languages
from voice.engines.local.stretch import LONGEST_S, Piece, Stretch

log = logging.getLogger(__name__)

LONGEST_NOTE_S = 300.0  # what follows is not written down
_LANGUAGES = ("en", "es")
_PAUSE_S = 0.8
# By the type alone, and never by a look into the data: some containers can name other files.
_CONTAINERS = {
    "audio/ogg": "ogg",
    "audio/opus": "ogg",
    "application/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/mp4": "mov",
    "audio/m4a": "mov",
    "audio/x-m4a": "mov",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/3gpp": "mov",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/webm": "webm",
}


class LocalTranscriber:
    """contracts.ports.Transcriber. `models` gives the models, once they are loaded."""

    def __init__(self, models: Callable[[], Awaitable[Models]]) -> None:
        self._models = models

    async def transcribe(self, data: bytes, content_type: str, language: str) -> str | None:
        container = _CONTAINERS.get(content_type.partition(";")[0].strip().lower())
        if container is None:
            log.info("a voice message of an unknown type", extra={"content_type": content_type})
            return None
        models = await self._models()
        run = asyncio.get_running_loop().run_in_executor
        pieces = await run(models.partials, _spoken, data, container, models.activity)
        first = language if language in _LANGUAGES else _LANGUAGES[0]
        languages = Languages(sorted(_LANGUAGES, key=lambda name: name != first))
        said = []
        for piece in pieces:
            said.append((await models.write(piece, languages)).text)
        return " ".join(filter(None, said)) or None


def _spoken(data: bytes, container: str, activity: Callable[[], VoiceActivity]) -> list[Piece]:
    """What of it is speech, cut in its pauses; nothing, where it can't be read."""
    av = library("av")
    framer, stretch, likely = Framer(), Stretch(), activity()
    pieces = []
    try:
        frames = [frame for pcm in _decoded(av, data, container) for frame in framer.push(pcm)]
    except (av.error.FFmpegError, ValueError, IndexError):
        log.info("a voice message that can't be read", extra={"container": container})
        return []
    for frame in chain(frames, framer.rest()):
        stretch.add(frame, likely.speech(frame))
        if stretch.speaking and stretch.quiet_s >= _PAUSE_S:
            pieces.append(stretch.end())
        elif stretch.speaking and stretch.length_s >= LONGEST_S:
            pieces.append(stretch.cut())
    if stretch.speaking:
        pieces.append(stretch.end())
    return pieces


def _decoded(av: Any, data: bytes, container: str) -> Iterator[bytes]:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(BytesIO(data), format=container) as opened:
        stream = opened.streams.audio[0]
        seconds = 0.0
        for frame in chain(opened.decode(stream), (None,)):
            for ours in resampler.resample(frame):
                seconds += ours.samples / RATE
                yield ours.to_ndarray().tobytes()
            if seconds >= LONGEST_NOTE_S:
                return
