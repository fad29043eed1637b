"""Hears a call: Moonshine writes what is said so far, Whisper what was said in the end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from contracts.errors import SpeechUnavailable
from contracts.speech import RATE, Heard, VoiceActivity
from voice.engines.local.languages import Languages
from voice.engines.local.moonshine import Moonshine
from voice.engines.local.stretch import LONGEST_S, Piece, Stretch
from voice.engines.local.whisper import Whisper, Written

_ENGLISH = "en"  # all that Moonshine knows
_SILENCE_ENDS_S = 1.6  # where nobody says that the caller paused
_PARTIAL_S = 0.4  # of new speech, for the next partial result
_WHISPER_S = 0.8  # the same, where Whisper writes it: it takes a third of a second
_SHORT_PAUSE_S = 0.12
_CONFIDENT = 0.85
_WORDS_S = 0.8  # of speech, of which the words that were shown are likely to be right
_WAITING_S = 120.0  # of speech that is not written down yet: this machine can't keep up


@dataclass(frozen=True, slots=True)
class Models:
    """What all calls share. An executor of one thread for each of the two, as they can do one
    thing at a time. Without `moonshine`, Whisper writes what is said so far, too."""

    whisper: Whisper
    moonshine: Moonshine | None
    finals: Executor
    partials: Executor
    activity: Callable[[], VoiceActivity]

    async def write(
        self,
        piece: Piece,
        languages: Languages,
        phrases: Sequence[str] = (),
        *,
        quick: bool = False,
    ) -> Written:
        """Whisper's reading, which `languages` learns from."""
        work = partial(
            self.whisper.write,
            piece.samples,
            languages.weights(piece.spoken_s),
            phrases,
            quick=quick,
        )
        written = await asyncio.get_running_loop().run_in_executor(self.finals, work)
        languages.learn(written, piece.spoken_s)
        return written

    async def sketch(self, piece: Piece) -> str:
        """Moonshine's; empty where it does not sound like English."""
        if self.moonshine is None:
            return ""
        run = asyncio.get_running_loop().run_in_executor
        return await run(self.partials, self.moonshine.write, piece.samples)


class Ear:
    """contracts.speech.Recognition. Each pause is answered with one final result; its text is
    empty where nothing was said after all. Where Whisper is in doubt, the words that were shown
    stand."""

    def __init__(self, models: Models, languages: Sequence[str], phrases: Sequence[str]) -> None:
        self._models = models
        self._languages = Languages(languages)
        self._phrases = tuple(phrases)
        self._activity = models.activity()
        self._stretch = Stretch()
        self._shown_s = 0.0  # how much of the stretch was in the last partial result
        self._read: tuple[Piece, Written] | None = None  # what Whisper made of it so far
        self._sketched: tuple[Piece, str] | None = None  # and what was shown of it last
        self._ended: deque[Piece] = deque()
        self._wake = asyncio.Event()
        self._heard: asyncio.Queue[Heard | SpeechUnavailable | None] = asyncio.Queue()

    def feed(self, frame: bytes) -> None:
        stretch = self._stretch
        stretch.add(frame, self._activity.speech(frame))
        if not stretch.speaking:
            return
        if stretch.quiet_s >= _SILENCE_ENDS_S:
            self.pause()
        elif stretch.length_s >= LONGEST_S:
            self._end(stretch.cut())
        elif self._worth_showing():
            self._wake.set()

    def pause(self) -> None:
        self._end(self._stretch.end())

    def expect(self, phrases: Sequence[str]) -> None:
        self._phrases = tuple(phrases)

    async def __aiter__(self) -> AsyncIterator[Heard]:
        while (heard := await self._heard.get()) is not None:
            if isinstance(heard, SpeechUnavailable):
                raise heard
            yield heard

    async def work(self) -> None:
        """Write down what is fed, until this is cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._ended:
                await self._finish(self._ended.popleft())
            if self._worth_showing():
                await self._show(self._stretch.so_far())

    def stopped(self, work: asyncio.Task[None]) -> None:
        """No more will be heard: the call is over, or a model failed."""
        error = None if work.cancelled() else work.exception()
        self._heard.put_nowait(
            SpeechUnavailable(f"the embedded speech engine failed: {error}") if error else None
        )

    def _end(self, piece: Piece) -> None:
        self._shown_s = 0.0
        self._ended.append(piece)
        if sum(len(waiting.samples) for waiting in self._ended) > _WAITING_S * RATE:
            self._ended.clear()
            self._heard.put_nowait(
                SpeechUnavailable("the embedded speech engine can't keep up with the calls")
            )
        self._wake.set()

    async def _finish(self, piece: Piece) -> None:
        if not len(piece.samples):
            self._say("", piece, final=True)
            return
        written = self._read_already(piece)
        if written is None:
            written = await self._models.write(piece, self._languages, self._phrases)
        shown = self._shown_of(piece)
        self._say(shown if written.doubtful else written.text, piece, final=True, written=written)

    def _shown_of(self, piece: Piece) -> str:
        """The words that were shown last, where they are all of the piece. Of a sound that is short
        any model makes words: those are worth nothing."""
        (part, text), self._sketched = self._sketched or (None, ""), None
        if part is None or part.began_s != piece.began_s or piece.spoken_s < _WORDS_S:
            return ""
        return text if piece.spoken_s - part.spoken_s < _PARTIAL_S else ""

    def _read_already(self, piece: Piece) -> Written | None:
        """Whisper's reading of the same words while it was not known that they were the last."""
        (shown, written), self._read = self._read or (None, None), None
        if shown is None or written is None or written.confidence < _CONFIDENT:
            return None
        same = (shown.began_s, shown.spoken_s) == (piece.began_s, piece.spoken_s)
        return written if same else None

    def _worth_showing(self) -> bool:
        """Whether there are new words: enough of them, or the last ones before a pause."""
        new_s = self._stretch.spoken_s - self._shown_s
        often = self._languages.sure == _ENGLISH or not self._shown_s
        enough_s = _PARTIAL_S if often else _WHISPER_S
        return new_s >= enough_s or (new_s > 0 and self._stretch.quiet_s >= _SHORT_PAUSE_S)

    async def _show(self, piece: Piece) -> None:
        self._shown_s = self._stretch.spoken_s
        if self._languages.sure == _ENGLISH and (text := await self._models.sketch(piece)):
            self._sketched = piece, text
            self._say(text, piece, final=False)
            return
        written = await self._models.write(piece, self._languages, self._phrases, quick=True)
        self._read = (piece, written)
        if written.text:
            self._sketched = piece, written.text
            self._say(written.text, piece, final=False, written=written)

    def _say(self, text: str, piece: Piece, *, final: bool, written: Written | None = None) -> None:
        self._heard.put_nowait(
            Heard(
                text,
                final,
                written.language if written else self._languages.sure,
                written.confidence if written else 1.0,
                piece.began_s,
                piece.ended_s,
            )
        )


class LocalEar:
    """contracts.speech.SpeechToText."""

    def __init__(self, models: Models) -> None:
        self._models = models

    @asynccontextmanager
    async def listen(
        self, *, languages: Sequence[str], phrases: Sequence[str] = ()
    ) -> AsyncIterator[Ear]:
        ear = Ear(self._models, languages, phrases)
        work = asyncio.create_task(ear.work(), name="local ear")
        work.add_done_callback(ear.stopped)
        try:
            yield ear
        finally:
            work.cancel()
            await asyncio.wait([work])
