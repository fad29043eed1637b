"""A caller in a program: says audio, listens, presses keys, over the emulator's phone line.

    async with Caller(url, "+15550101") as call:
        await call.listen_until_quiet()
        said = await call.say(pcm)
        answer = await call.listen_until_quiet()

All times are seconds of the call since it was connected, by the emulator's own clock: what is heard
at 4.02 was played out of the phone at 4.02.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import httpx
import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from contracts.speech import FRAME_S, SILENCE
from emulator.calling.shapes import CallShown, LineEvent

QUIET = 250  # a sample below this is not heard
ANSWER_S = 60.0
HELD = 90_000  # frames that are kept: half an hour


class NotAnswered(Exception):
    """Nobody took the call. `reason`: in words."""


class HungUp(Exception):
    """The call is over."""


@dataclass(frozen=True, slots=True)
class HeardFrame:
    """20 ms, from `at` on."""

    at: float
    pcm: bytes

    @property
    def is_quiet(self) -> bool:
        samples = np.frombuffer(self.pcm, "<i2").astype(np.int32)
        return int(np.abs(samples).max(initial=0)) < QUIET


@dataclass(frozen=True, slots=True)
class Spoken:
    """When something was said."""

    began: float
    ended: float


class Caller:
    """A phone in a call. With `answering`, the id of a call that rings there, it takes that one;
    without, it calls: from `frm` (empty: withheld) to a number of the utility's (empty: the
    first). Raises NotAnswered, or httpx.HTTPStatusError where the emulator refuses."""

    def __init__(
        self,
        url: str,
        frm: str,
        to: str = "",
        *,
        answering: str = "",
        within_s: float = ANSWER_S,
    ) -> None:
        self.call_id = answering
        self.heard: deque[HeardFrame] = deque(maxlen=HELD)
        self.texts: list[str] = []  # that the utility had spoken
        self.keys = ""  # that it pressed
        self.reason = ""  # why the call ended
        self.now = 0.0
        self._url = url.rstrip("/")
        self._from, self._to = frm, to
        self._within_s = within_s
        self._marks = 0
        self._said: dict[int, Spoken] = {}
        self._listened = 0.0
        self._last_sound = -1.0
        self._news = asyncio.Condition()
        self._ended = False
        self._connected = False
        self._stack = AsyncExitStack()
        self._line: ClientConnection | None = None
        self._http: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        self._http = httpx.AsyncClient(base_url=f"{self._url}/emulator/api", trust_env=False)
        await self._stack.enter_async_context(self._http)
        try:
            if self.call_id:
                await self._post("answer", {"number": self._from})
            else:
                asked = {"from": self._from, "to": self._to}
                placed = await self._http.post("/calls", json=asked)
                self.call_id = placed.raise_for_status().json()["id"]
            await self._open_line()
        except BaseException:
            await self._give_up()
            raise
        return self

    async def _give_up(self) -> None:
        """It does not ring on for nobody."""
        with contextlib.suppress(httpx.HTTPError):
            if self.call_id:
                await self.hang_up()
        await self._stack.aclose()

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.hang_up()
        finally:
            await self._stack.aclose()

    async def say(self, pcm: bytes) -> Spoken:
        """Say audio after what is being said. Returns once it was said. Raises HungUp."""
        return await self.spoken(await self.begin(pcm))

    async def begin(self, pcm: bytes) -> int:
        """As `say`, but returns at once: the mark for `spoken`."""
        line = self._open()
        self._marks += 1
        mark = self._marks
        try:
            for at in range(0, len(pcm), 64_000):
                await line.send(pcm[at : at + 64_000])
            await line.send(f'{{"mark": {mark}}}')
        except ConnectionClosed as error:
            raise HungUp(self.reason) from error
        return mark

    async def spoken(self, mark: int) -> Spoken:
        await self.until(lambda: mark in self._said)
        return self._said[mark]

    async def listen_until_quiet(
        self, quiet_s: float = 1.2, *, within_s: float = 30.0, silence_s: float = 12.0
    ) -> bytes:
        """What is heard from where the last listening ended, its pauses included, until nothing was
        heard for `quiet_s`; empty if there is nothing at all for `silence_s`. `within_s` of the
        call is the most. Ends with the call."""
        began, start = self._listened, self.now

        def enough() -> bool:
            last = self._last_sound if self._last_sound >= began else None
            if self._ended or self.now - start >= within_s:
                return True
            return self.now - (last or start) >= (quiet_s if last is not None else silence_s)

        await self.until(enough, or_over=True)
        self._listened = self.now
        return self.audio(began, self.now)

    def audio(self, began: float, ended: float) -> bytes:
        """What was heard then, from the first sound on, with silence where nothing was."""
        frames = {round(it.at / FRAME_S): it.pcm for it in self.heard if began <= it.at < ended}
        if not frames:
            return b""
        return b"".join(frames.get(at, SILENCE) for at in range(min(frames), max(frames) + 1))

    async def until(self, look: Callable[[], Any], *, or_over: bool = False) -> Any:
        """What `look` gives as soon as that is true. Raises HungUp if the call ends before."""
        async with self._news:
            while not (found := look()):
                if self._ended and not or_over:
                    raise HungUp(self.reason)
                await self._news.wait()
            return found

    async def over(self) -> str:
        """Returns once the call has ended: why."""
        await self.until(lambda: self._ended)
        return self.reason

    async def press(self, keys: str) -> None:
        """Digits, * and #."""
        await self._post("keys", {"keys": keys, "number": self._from})

    async def hang_up(self) -> None:
        """Nothing happens if it is over."""
        if self._ended:
            return
        with_number = {"number": self._from}
        answer = await self._client().post(f"/calls/{self.call_id}/hangup", json=with_number)
        if answer.status_code not in {200, 400}:
            answer.raise_for_status()

    async def drop(self) -> None:
        """Lose the line, as a phone without reception does."""
        self._open().transport.abort()
        await self.over()

    async def shown(self) -> CallShown:
        answer = await self._client().get(f"/calls/{self.call_id}")
        return CallShown.model_validate(answer.raise_for_status().json())

    async def _post(self, what: str, body: dict[str, str]) -> None:
        answer = await self._client().post(f"/calls/{self.call_id}/{what}", json=body)
        answer.raise_for_status()

    async def _open_line(self) -> None:
        where = self._url.replace("http", "ws", 1)
        number = self._from.replace("+", "%2B")
        url = f"{where}/emulator/api/calls/{self.call_id}/line?number={number}"
        self._line = await self._stack.enter_async_context(
            connect(url, compression=None, proxy=None, max_size=None)
        )
        listening = asyncio.create_task(self._listen(self._line))
        self._stack.push_async_callback(_stopped, listening)
        try:
            async with asyncio.timeout(self._within_s):
                await self.until(lambda: self._connected)
        except (HungUp, TimeoutError) as error:
            raise NotAnswered(self.reason or "nobody answered") from error

    async def _listen(self, line: ClientConnection) -> None:
        try:
            async for message in line:
                async with self._news:
                    self._take(message)
                    self._news.notify_all()
        except ConnectionClosed:
            self.reason = self.reason or "the line was lost"
        async with self._news:
            self._ended = True
            self._news.notify_all()

    def _take(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            at = int.from_bytes(message[:4], "big") * FRAME_S
            frame = HeardFrame(at, message[4:])
            self.heard.append(frame)
            if not frame.is_quiet:
                self._last_sound = at
            self.now = max(self.now, at + FRAME_S)
            return
        event = LineEvent.model_validate_json(message)
        self.now = max(self.now, event.at * FRAME_S)
        if event.kind == "said":
            self._said[event.mark] = Spoken(event.began * FRAME_S, event.at * FRAME_S)
        elif event.kind == "connected":
            self._connected = True
        elif event.kind == "text":
            self.texts.append(event.text)
        elif event.kind == "keys":
            self.keys += event.text
        elif event.kind == "ended":
            self.reason, self._ended = event.text, True

    def _open(self) -> ClientConnection:
        if self._line is None or self._ended:
            raise HungUp(self.reason or "there is no line")
        return self._line

    def _client(self) -> httpx.AsyncClient:
        assert self._http is not None, "the call is not open: use `async with`"  # noqa: S101
        return self._http


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def ringing(url: str, number: str) -> AsyncGenerator[str]:
    """The ids of calls that ring at that phone, as they come; those that do already first."""
    known: set[str] = set()
    async with (
        httpx.AsyncClient(base_url=f"{url}/emulator/api", trust_env=False) as http,
        http.stream("GET", "/events", timeout=None) as events,
    ):
        there = (await http.get("/calls")).raise_for_status().json()
        async for call in _calls(there, events.aiter_lines()):
            if number in call.ringing and call.id not in known:
                known.add(call.id)
                yield call.id


async def _calls(there: list[Any], lines: AsyncIterator[str]) -> AsyncIterator[CallShown]:
    """Those that are there, then what changes of any, from server-sent events."""
    for it in there:
        yield CallShown.model_validate(it)
    name = ""
    async for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif name == "call" and line.startswith("data: "):
            yield CallShown.model_validate_json(line.removeprefix("data: "))


@asynccontextmanager
async def answering(url: str, number: str, within_s: float = ANSWER_S) -> AsyncIterator[Caller]:
    """The next call that rings at that phone, taken. Raises TimeoutError if none does."""
    calls = ringing(url, number)
    try:
        async with asyncio.timeout(within_s):
            call_id = await anext(calls)
    finally:
        await calls.aclose()
    async with Caller(url, number, answering=call_id) as call:
        yield call
