"""A call's ear: recognisers of Azure Speech, one after another where one fails."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from azure.cognitiveservices.speech import CancellationErrorCode, SpeechConfig

from contracts.errors import SpeechUnavailable
from contracts.speech import FRAME_S, Heard
from voice.engines.azure.faults import BACKOFF_S, Failure, Threads, to_loop
from voice.engines.azure.recogniser import MOST_PHRASES, Event, Opened, Recogniser
from voice.engines.likely import likeliest
from voice.engines.results import Results

CONNECT_S = 5.0
ANSWER_S = 3.0  # to a pause of the caller's, after which the connection is taken to be dead
REPLAY_S = 15.0  # at most, of what is not final yet, to a new recogniser
QUIET_REPLAY_S = 3.0  # the same, where nobody has begun to speak, as far as is known


class Ear:
    """contracts.speech.Recognition. The SDK mends a dropped connection by itself; where it gives
    up, another recogniser hears what was not final yet."""

    def __init__(
        self,
        config: Callable[[], SpeechConfig],
        threads: Threads,
        languages: Sequence[str],
        phrases: Sequence[str],
        backoff_s: Sequence[float],
        answer_s: float,
    ) -> None:
        self._config = config
        self._threads = threads
        self._languages = languages
        self._phrases = list(dict.fromkeys(phrases))[:MOST_PHRASES]
        self._backoff_s = backoff_s
        self._answer_s = answer_s
        self._recogniser: Recogniser | None = None
        self._connected: asyncio.Future[Failure | None] | None = None
        self._began_s = 0.0  # of the recogniser's audio, in the call's
        self._frames: deque[bytes] = deque(maxlen=int(REPLAY_S / FRAME_S))  # not final yet
        self._fed = 0  # frames
        self._stirred = False  # partial results of which the final one is to come
        self._paused_at = 0  # frames fed when the caller paused; 0 once a final result has come
        self._renewable = False  # phrases that the service does not know yet
        self._lost = 0  # recognisers in a row that heard nothing
        self._answers = 0
        self._watch: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._changing = asyncio.Lock()
        self._results = Results()

    # --- the port -------------------------------------------------------------------------------

    def feed(self, frame: bytes) -> None:
        self._frames.append(frame)
        self._fed += 1
        if self._recogniser is not None:
            self._recogniser.write(frame)

    def pause(self) -> None:
        self._paused_at = self._fed
        if self._recogniser is not None:
            self._recogniser.commit()
        if self._watch is None:
            loop = asyncio.get_running_loop()
            self._watch = loop.call_later(self._answer_s, self._unanswered, self._answers)

    def expect(self, phrases: Sequence[str]) -> None:
        likely = likeliest(phrases, self._phrases, MOST_PHRASES)
        if set(likely) <= set(self._phrases):
            return
        self._phrases = likely
        self._renewable = True
        self._start(self._renew())

    def __aiter__(self) -> AsyncIterator[Heard]:
        return self._results.read()

    # --- opening and closing --------------------------------------------------------------------

    async def open(self) -> None:
        """Raises SpeechUnavailable."""
        async with self._changing:
            failure = await self._connect(REPLAY_S)
            if failure is not None:
                await self._retry(failure)
        if self._results.error is not None:
            raise self._results.error

    async def close(self) -> None:
        self._results.close()
        if self._watch is not None:
            self._watch.cancel()
        for task in self._tasks:
            task.cancel()
        self._discard()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _reopen(self, failure: Failure) -> None:
        async with self._changing:
            await self._retry(failure)

    async def _renew(self) -> None:
        """Let the service know the new phrases, while nobody is in the middle of something: it
        takes them where a connection begins."""
        async with self._changing:
            if self._stirred or not self._renewable or self._recogniser is None:
                return
            failure = await self._connect(QUIET_REPLAY_S)
            if failure is not None:
                await self._retry(failure)

    async def _retry(self, failure: Failure) -> None:
        while failure.passing and self._lost < len(self._backoff_s):
            failure.note("Azure Speech stopped hearing; trying again")
            await asyncio.sleep(self._backoff_s[self._lost])
            self._lost += 1
            again = await self._connect(REPLAY_S)
            if again is None:
                return
            failure = again
        self._results.fail(failure.unavailable())

    async def _connect(self, replay_s: float) -> Failure | None:
        """Have a new recogniser hear all that is not final yet; why that did not do."""
        self._discard()
        try:
            connected = await self._begin(replay_s)
        except SpeechUnavailable:
            failure: Failure | None = Failure(CancellationErrorCode.RuntimeError)
        else:
            done, _ = await asyncio.wait({connected}, timeout=CONNECT_S)
            failure = connected.result() if done else _unanswered()
        if failure is not None:
            self._discard()
        return failure

    async def _begin(self, replay_s: float) -> asyncio.Future[Failure | None]:
        """Done once the service took the connection, or why it did not."""
        loop = asyncio.get_running_loop()
        self._connected = connected = loop.create_future()
        tell = to_loop(loop, partial(self._event, connected))
        phrases, self._renewable = tuple(self._phrases), False
        recogniser = Recogniser(self._config, self._languages, phrases, tell)
        self._forget(self._fed * FRAME_S - replay_s)
        self._began_s = (self._fed - len(self._frames)) * FRAME_S
        for at, frame in enumerate(self._frames, self._fed - len(self._frames) + 1):
            recogniser.write(frame)
            if at == self._paused_at:
                recogniser.commit()
        self._recogniser = recogniser
        await self._threads.run(recogniser.open)
        return connected

    def _discard(self) -> None:
        left, self._recogniser, self._connected = self._recogniser, None, None
        if left is not None:
            self._threads.start(left.close)

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- what the recogniser tells --------------------------------------------------------------

    def _event(self, connected: asyncio.Future[Failure | None], event: Event) -> None:
        """`connected` tells whose event it is: that of a recogniser that was left is void."""
        if self._results.closed or connected is not self._connected:
            return
        if isinstance(event, Failure):
            self._fail(event)
        elif isinstance(event, Opened):
            if not connected.done():
                connected.set_result(None)
        else:
            self._answered()
            if isinstance(event, Heard):
                self._take(event)
            else:
                self._stirred = True

    def _fail(self, failure: Failure) -> None:
        connected = self._connected
        if connected is not None and not connected.done():
            connected.set_result(failure)
        elif connected is not None and connected.result() is None:
            self._discard()
            self._start(self._reopen(failure))

    def _answered(self) -> None:
        self._answers += 1
        self._lost = 0
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _unanswered(self, answers: int) -> None:
        self._watch = None
        connected = self._connected
        if answers == self._answers and connected is not None and connected.done():
            self._fail(_unanswered())

    def _take(self, heard: Heard) -> None:
        if heard.final and not heard.text and not (self._stirred or self._paused_at):
            return  # the same pause once more
        heard = replace(
            heard, began_s=self._began_s + heard.began_s, ended_s=self._began_s + heard.ended_s
        )
        self._results.put(heard)
        self._stirred = not heard.final
        if heard.final:
            self._paused_at = 0
            self._forget(heard.ended_s if heard.text else 0.0)
            if self._renewable:
                self._start(self._renew())

    def _forget(self, until_s: float) -> None:
        """What was final needs no replay."""
        while self._frames and (self._fed - len(self._frames) + 1) * FRAME_S <= until_s:
            self._frames.popleft()


class AzureHearing:
    """contracts.speech.SpeechToText."""

    def __init__(
        self,
        config: Callable[[], SpeechConfig],
        threads: Threads,
        *,
        backoff_s: Sequence[float] = BACKOFF_S,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._config = config
        self._threads = threads
        self._backoff_s = backoff_s
        self._answer_s = answer_s

    @asynccontextmanager
    async def listen(
        self, *, languages: Sequence[str], phrases: Sequence[str] = ()
    ) -> AsyncIterator[Ear]:
        ear = Ear(self._config, self._threads, languages, phrases, self._backoff_s, self._answer_s)
        try:
            await ear.open()
            yield ear
        finally:
            await ear.close()


def _unanswered() -> Failure:
    return Failure(CancellationErrorCode.ServiceTimeout)
