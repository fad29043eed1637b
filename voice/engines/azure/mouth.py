"""What speaks in calls: synthesisers of Azure Speech, connected beforehand and used again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress

from azure.cognitiveservices.speech import CancellationErrorCode, SpeechConfig

from contracts.errors import SpeechUnavailable
from contracts.speech import Audio
from voice.engines.azure.faults import BACKOFF_S, Failure, Threads
from voice.engines.azure.ssml import Progress, ssml
from voice.engines.azure.synthesiser import CONNECT_S, Event, Finished, Synthesiser, Word

SPARE = 4  # synthesisers kept connected between calls
IDLE_S = 120.0  # after which the way to the service may have forgotten the connection
# Without a sound from the service; the SDK would wait for minutes.
QUIET_S = 3.0
LATE_S = 0.1  # that the words of what was spoken may come after it broke off


class Interrupted(Exception):
    """An attempt to speak ended before the text did."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code.name)
        self.failure = failure


class Synthesisers:
    """The connected ones that nobody uses right now."""

    def __init__(self, config: Callable[[], SpeechConfig], threads: Threads) -> None:
        self._config = config
        self._threads = threads
        self._spare: list[tuple[float, Synthesiser]] = []  # since when; the last is the freshest
        self._warming: asyncio.Task[None] | None = None

    def warm(self) -> None:
        """Have one ready soon. Returns at once."""
        self._drop_stale()
        if not self._spare and (self._warming is None or self._warming.done()):
            self._warming = asyncio.get_running_loop().create_task(self._warm())

    async def take(self) -> Synthesiser:
        if not self._spare and self._warming is not None:
            await asyncio.wait({self._warming})
        self._drop_stale()
        return self._spare.pop()[1] if self._spare else self._make()

    def give_back(self, synthesiser: Synthesiser) -> None:
        """One that has spoken to the end, or was stopped."""
        if len(self._spare) < SPARE:
            self._spare.append((asyncio.get_running_loop().time(), synthesiser))
        else:
            self.discard(synthesiser)

    def discard(self, synthesiser: Synthesiser) -> None:
        self._threads.start(synthesiser.close)

    async def close(self) -> None:
        if self._warming is not None:
            await asyncio.wait({self._warming})
        while self._spare:
            self.discard(self._spare.pop()[1])

    def _drop_stale(self) -> None:
        oldest = asyncio.get_running_loop().time() - IDLE_S
        while self._spare and self._spare[0][0] < oldest:
            self.discard(self._spare.pop(0)[1])

    async def _warm(self) -> None:
        with suppress(SpeechUnavailable):  # whoever speaks will be told
            made = self._make()
            await self._threads.run(made.open)
            self.give_back(made)

    def _make(self) -> Synthesiser:
        return Synthesiser(self._config, asyncio.get_running_loop())


class AzureSpeaking:
    """contracts.speech.TextToSpeech. `voices`: by language; the first is for any other."""

    def __init__(
        self,
        synthesisers: Synthesisers,
        threads: Threads,
        voices: Mapping[str, str],
        *,
        backoff_s: Sequence[float] = BACKOFF_S,
        quiet_s: float = QUIET_S,
    ) -> None:
        self._synthesisers = synthesisers
        self._threads = threads
        self._voices = voices
        self._backoff_s = backoff_s
        self._quiet_s = quiet_s
        self._stopping: set[asyncio.Task[None]] = set()

    async def speak(self, text: str, *, language: str) -> AsyncGenerator[Audio, None]:
        progress = Progress(text)
        tries = iter(self._backoff_s)
        while progress.rest.strip():
            try:
                async with aclosing(self._attempt(progress, self._voice(language))) as pieces:
                    async for piece in pieces:
                        yield piece
            except Interrupted as interrupted:
                failure, pause_s = interrupted.failure, next(tries, None)
                if pause_s is None or not failure.passing:
                    raise failure.unavailable() from None
                failure.note("Azure Speech stopped speaking; trying again")
                await asyncio.sleep(pause_s)
                progress.resume()
            else:
                return

    async def close(self) -> None:
        while self._stopping:
            await asyncio.wait(self._stopping)

    def _voice(self, language: str) -> str:
        found = self._voices.get(language.partition("-")[0])
        return found or next(iter(self._voices.values()))

    async def _attempt(self, progress: Progress, voice: str) -> AsyncGenerator[Audio, None]:
        synthesiser = await self._synthesisers.take()
        begun = self._threads.start(synthesiser.begin, ssml(progress.rest, voice))
        spoken = sound = False
        try:
            key = await self._key(begun)
            sound = True
            while not spoken:
                event = await self._event(synthesiser, key)
                spoken = isinstance(event, Finished)
                if isinstance(event, Word):
                    progress.word(event.text, event.ended_s)
                elif isinstance(event, bytes):
                    yield progress.audio(event)
                elif isinstance(event, Failure):
                    sound = False
                    await self._late(synthesiser, key, progress)
                    raise Interrupted(event)
            self._synthesisers.give_back(synthesiser)
            if (last := progress.end()).marks:
                yield last
        finally:
            if not spoken:
                self._stop(synthesiser, begun, sound)

    async def _key(self, begun: asyncio.Future[str]) -> str:
        try:
            async with asyncio.timeout(CONNECT_S + self._quiet_s):
                return await asyncio.shield(begun)
        except TimeoutError:
            raise Interrupted(Failure(CancellationErrorCode.ServiceTimeout)) from None
        except RuntimeError:
            raise Interrupted(Failure(CancellationErrorCode.RuntimeError)) from None

    async def _event(self, synthesiser: Synthesiser, key: str) -> Event:
        try:
            async with asyncio.timeout(self._quiet_s):
                return await synthesiser.next(key)
        except TimeoutError:
            return Failure(CancellationErrorCode.ServiceTimeout)

    async def _late(self, synthesiser: Synthesiser, key: str, progress: Progress) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LATE_S):
                while True:
                    event = await synthesiser.next(key)
                    if isinstance(event, Word):
                        progress.word(event.text, event.ended_s)

    def _stop(self, synthesiser: Synthesiser, begun: asyncio.Future[str], sound: bool) -> None:
        """Whoever breaks in must not wait for it."""
        stopping = asyncio.get_running_loop().create_task(self._stopped(synthesiser, begun, sound))
        self._stopping.add(stopping)
        stopping.add_done_callback(self._stopping.discard)

    async def _stopped(
        self, synthesiser: Synthesiser, begun: asyncio.Future[str], sound: bool
    ) -> None:
        """`sound`: it may be used again."""
        await asyncio.wait({begun})
        if not sound:
            self._synthesisers.discard(synthesiser)
            return
        try:
            await self._threads.run(synthesiser.stop)
        except SpeechUnavailable:
            self._synthesisers.discard(synthesiser)
        else:
            self._synthesisers.give_back(synthesiser)
