"""An ear and a mouth that are opened again when they fail, and by other engines when that fails."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace

from contracts.errors import SpeechUnavailable
from contracts.speech import (
    FRAME_S,
    Audio,
    Conversing,
    Engines,
    Heard,
    Mark,
    Recognition,
    TextToSpeech,
)

log = logging.getLogger(__name__)

OPENS_WITHIN_S = 8.0
KEPT = 100  # frames that came while there was no ear: two seconds


class Reopening:
    """`Conversing` of the first engines that open; `attempts` are taken in their order, each once.
    Use it as a context. Raises SpeechUnavailable where none opens, and from the ear or the mouth
    once all attempts are used up."""

    def __init__(
        self,
        attempts: Sequence[Engines],
        *,
        languages: Sequence[str],
        phrases: Sequence[str],
        failed: Callable[[str], None],
    ) -> None:
        """`failed` is told of each failure, in a word or two."""
        self._attempts = deque(attempts)
        self._languages = languages
        self.phrases = tuple(phrases)  # for those that are opened from here on
        self._failed = failed
        self._opened: AsyncExitStack | None = None
        self._lock = asyncio.Lock()
        self.generation = 0
        self.current: Conversing | None = None
        self.ear: Recognition = _Ear(self)
        self.mouth: TextToSpeech = _Mouth(self)

    async def __aenter__(self) -> Reopening:
        await self.again(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def again(self, failed: int) -> None:
        """Open the next, unless somebody has done so since that generation failed."""
        async with self._lock:
            if failed != self.generation:
                return
            if self._attempts:  # else what is left of the last may still say so
                await self._close()
            while self._attempts:
                engines = self._attempts.popleft()
                try:
                    await self._open(engines)
                except (SpeechUnavailable, TimeoutError) as error:
                    self._failed(type(error).__name__)
                    self._postpone(engines)
                    continue
                self.generation += 1
                return
            raise SpeechUnavailable("no engine hears or speaks")

    def _postpone(self, engines: Engines) -> None:
        """Those that did not open, after all others: the caller waits."""
        again = [one for one in self._attempts if one is engines]
        self._attempts = deque(one for one in self._attempts if one is not engines)
        self._attempts.extend(again)

    async def _open(self, engines: Engines) -> None:
        async with AsyncExitStack() as stack:
            context = engines.open(languages=self._languages, phrases=self.phrases)
            async with asyncio.timeout(OPENS_WITHIN_S):
                self.current = await stack.enter_async_context(context)
            self._opened = stack.pop_all()

    async def _close(self) -> None:
        opened, self._opened, self.current = self._opened, None, None
        if opened is not None:
            try:
                await opened.aclose()
            except SpeechUnavailable:
                log.warning("an engine failed while it was closed")

    def failure(self, error: SpeechUnavailable, part: str) -> None:
        log.warning("an engine failed in a call", extra={"part": part})
        self._failed(f"{part}: {error}")


class _Ear:
    def __init__(self, opened: Reopening) -> None:
        self._opened = opened
        self._missed: deque[bytes] = deque(maxlen=KEPT)
        self._fed = 0

    def feed(self, frame: bytes) -> None:
        self._fed += 1
        if self._opened.current is None:
            self._missed.append(frame)
        else:
            self._opened.current.ear.feed(frame)

    def pause(self) -> None:
        if self._opened.current is not None:
            self._opened.current.ear.pause()

    def expect(self, phrases: Sequence[str]) -> None:
        self._opened.phrases = tuple(phrases)
        if self._opened.current is not None:
            self._opened.current.ear.expect(phrases)

    async def __aiter__(self) -> AsyncIterator[Heard]:
        while True:
            generation, conversing = self._opened.generation, self._opened.current
            if conversing is not None:
                before_s = (self._fed - len(self._missed)) * FRAME_S if generation > 1 else 0.0
                self._catch_up(conversing.ear)
                try:
                    async for heard in conversing.ear:
                        yield _later(heard, before_s)
                except SpeechUnavailable as error:
                    if generation == self._opened.generation:
                        self._opened.failure(error, "ear")
            await self._opened.again(generation)

    def _catch_up(self, ear: Recognition) -> None:
        ear.expect(self._opened.phrases)  # more may have become likely while it was opened
        while self._missed:
            ear.feed(self._missed.popleft())


def _later(heard: Heard, by_s: float) -> Heard:
    """With the times of all that was fed in the call, of which an ear had no part of the first."""
    if not (by_s and heard.ended_s):
        return heard
    return replace(heard, began_s=heard.began_s + by_s, ended_s=heard.ended_s + by_s)


class _Mouth:
    def __init__(self, opened: Reopening) -> None:
        self._opened = opened

    async def speak(self, text: str, *, language: str) -> AsyncIterator[Audio]:
        given = 0  # bytes of it: another mouth goes on from there
        last = Mark(0, 0.0)
        while True:
            generation, conversing = self._opened.generation, self._opened.current
            if conversing is not None:
                try:
                    async with aclosing(conversing.mouth.speak(text, language=language)) as speech:  # type: ignore[type-var]
                        skip = given
                        async for audio in speech:
                            rest = audio.pcm[skip:]
                            skip = max(0, skip - len(audio.pcm))
                            given += len(rest)
                            marks = _after(last, audio.marks)
                            last = marks[-1] if marks else last
                            yield Audio(rest, marks)
                    return
                except SpeechUnavailable as error:
                    if generation == self._opened.generation:
                        self._opened.failure(error, "mouth")
            await self._opened.again(generation)


def _after(last: Mark, marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Those that come after it: another mouth gives those of the whole text once more."""
    later = (mark for mark in marks if mark.at_s >= last.at_s)
    return tuple(mark for mark in later if mark.characters > last.characters)
