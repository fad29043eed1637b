"""The embedded engines: they need neither a key nor a network."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from contracts.errors import SpeechUnavailable
from contracts.speech import RATE, Conversing
from voice.engines.local import silero
from voice.engines.local.carried import whisper_folder
from voice.engines.local.ear import LocalEar, Models
from voice.engines.local.moonshine import Moonshine
from voice.engines.local.mouth import Mouth
from voice.engines.local.silero import SileroActivity
from voice.engines.local.transcriber import LocalTranscriber
from voice.engines.local.whisper import Whisper
from voice.engines.pair import Pair

_MOST_THREADS = 4


class LocalEngines:
    """contracts.speech.Engines, and `transcriber` for voice messages. The models are loaded once,
    by `start` or when they are first needed, and shared by all calls: 480 MB. One processor core is
    left to everything else."""

    name = "local"

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._finals, self._partials, self._voices = (
            ThreadPoolExecutor(1, thread_name_prefix=f"speech-{work}")
            for work in ("finals", "partials", "voices")
        )
        self._silero: Any = None
        self._models: Models | None = None
        self._mouth = Mouth(self._voices)
        self._starting = asyncio.Lock()
        self.transcriber = LocalTranscriber(self._loaded)

    async def start(self) -> None:
        """Load and warm the models, in 3 s; 4 s where Whisper's file has to be put together first.
        Raises SpeechUnavailable, saying what to do."""
        await self._loaded()

    @asynccontextmanager
    async def open(
        self, *, languages: Sequence[str], phrases: Sequence[str] = ()
    ) -> AsyncIterator[Conversing]:
        ear = LocalEar(await self._loaded())
        pair = Pair(self.name, ear, self._mouth, self.activity)
        async with pair.open(languages=languages, phrases=phrases) as conversing:
            yield conversing

    def activity(self) -> SileroActivity:
        if self._silero is None:
            self._silero = silero.load()
        return SileroActivity(self._silero)

    async def mouth(self) -> Mouth:
        """The voices alone, loaded in half a second. Raises SpeechUnavailable."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._voices, self._mouth.load)
        except RuntimeError as error:
            raise SpeechUnavailable(f"the embedded voice can't be had: {error}") from error
        return self._mouth

    async def close(self) -> None:
        for executor in (self._finals, self._partials, self._voices):
            executor.shutdown(wait=False, cancel_futures=True)

    async def _loaded(self) -> Models:
        async with self._starting:
            if self._models is None:
                self._models = await self._load()
        return self._models

    async def _load(self) -> Models:
        run = asyncio.get_running_loop().run_in_executor
        whisper, moonshine, _ = await asyncio.gather(
            run(self._finals, partial(_whisper, self._data_dir)),
            run(self._partials, _moonshine),
            self.mouth(),
        )
        return Models(whisper, moonshine, self._finals, self._partials, self.activity)


def _whisper(data_dir: Path) -> Whisper:
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    )
    whisper = Whisper(whisper_folder(data_dir), max(1, min(_MOST_THREADS, cores - 1)))
    whisper.write(np.zeros(RATE, np.float32), {"en": 1.0})
    return whisper


def _moonshine() -> Moonshine | None:
    try:
        moonshine = Moonshine()
    except SpeechUnavailable:  # its package is for Linux on x86_64 only, and Whisper stands in
        return None
    moonshine.write(np.zeros(RATE, np.float32))
    return moonshine
