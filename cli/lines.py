"""Lines from standard input, read without blocking the event loop or the end of the process."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass

MAX_LINE = 64 * 1024  # bytes; longer lines are thrown away while they are read
_AHEAD = 64  # lines read before they are wanted

Read = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end. `too_long` when it was over MAX_LINE: `data` is empty then."""

    number: int
    data: bytes
    too_long: bool = False


class Splitter:
    """Cuts chunks of bytes into lines, holding at most MAX_LINE bytes of an unfinished one."""

    def __init__(self) -> None:
        self._rest = b""
        self._too_long = False
        self._number = 0

    def feed(self, chunk: bytes) -> list[Line]:
        *whole, rest = chunk.split(b"\n")
        lines = [self._line(piece) for piece in whole]
        self._keep(rest)
        return lines

    def end(self) -> list[Line]:
        """The last line, if it had no end."""
        return [self._line(b"")] if self._rest or self._too_long else []

    def _line(self, piece: bytes) -> Line:
        self._keep(piece)
        self._number += 1
        line = Line(self._number, self._rest.rstrip(b"\r"), self._too_long)
        self._rest, self._too_long = b"", False
        return line

    def _keep(self, piece: bytes) -> None:
        self._too_long = self._too_long or len(self._rest) + len(piece) > MAX_LINE
        self._rest = b"" if self._too_long else self._rest + piece


async def lines(read: Read | None = None) -> AsyncIterator[Line]:
    """Lines until the end of the input. `read` gives the next chunk, empty at the end.

    A daemon thread reads, with no lock of Python's own held: the process can end while it
    waits. (Redirected files can't be polled, so the loop can't read them by itself.)
    """
    queue: asyncio.Queue[Line | None] = asyncio.Queue(_AHEAD)
    loop = asyncio.get_running_loop()
    feeder = _Feeder(read or _stdin(), queue, loop)
    threading.Thread(target=feeder.run, name="stdin", daemon=True).start()
    try:
        while (line := await queue.get()) is not None:
            yield line
    finally:
        feeder.stopped = True


class _Feeder:
    """The thread's side: reads, splits, and waits when the loop is behind."""

    def __init__(
        self, read: Read, queue: asyncio.Queue[Line | None], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._read, self._queue, self._loop = read, queue, loop
        self.stopped = False

    def run(self) -> None:
        splitter = Splitter()
        with suppress(RuntimeError):  # the loop was closed: nobody listens any more
            while not self.stopped and (chunk := self._read()):
                self._put(splitter.feed(chunk))
            self._put([*splitter.end(), None])

    def _put(self, found: list[Line] | list[Line | None]) -> None:
        for line in found:
            asyncio.run_coroutine_threadsafe(self._queue.put(line), self._loop).result()


def _stdin() -> Read:
    try:
        number = sys.stdin.fileno()
    except (OSError, ValueError):  # no real file behind it
        return lambda: sys.stdin.buffer.read(MAX_LINE)
    return lambda: os.read(number, MAX_LINE)
