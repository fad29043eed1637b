"""Lines from standard input, read without blocking the event loop or the end of the process."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

MAX_LINE = 256 * 1024  # bytes; longer lines are thrown away while they are read
_CHUNK = 64 * 1024
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


async def lines(read: Read | None = None) -> AsyncGenerator[Line, None]:
    """Lines until the end of the input. `read` gives the next chunk, empty at the end.

    A daemon thread reads, with no lock of Python's own held: the process can end while it
    waits. (Redirected files can't be polled, so the loop can't read them by itself.)
    """
    feeder = _Feeder(read or _stdin(), asyncio.get_running_loop())
    threading.Thread(target=feeder.run, name="stdin", daemon=True).start()
    try:
        while (line := await feeder.next()) is not None:
            yield line
    finally:
        feeder.stop()


class _Feeder:
    """Reads and splits in its thread, and waits there when the loop is behind."""

    def __init__(self, read: Read, loop: asyncio.AbstractEventLoop) -> None:
        self._read, self._loop = read, loop
        self._found: asyncio.Queue[Line | None] = asyncio.Queue()
        self._room = threading.Semaphore(_AHEAD)
        self._stopped = False

    async def next(self) -> Line | None:
        """The next line; None at the end."""
        line = await self._found.get()
        self._room.release()
        return line

    def stop(self) -> None:
        self._stopped = True
        self._room.release()

    def run(self) -> None:
        splitter = Splitter()
        with suppress(RuntimeError):  # the loop was closed: nobody listens any more
            while not self._stopped and (chunk := self._read()):
                self._put(splitter.feed(chunk))
            self._put([*splitter.end(), None])

    def _put(self, found: Iterable[Line | None]) -> None:
        for line in found:
            self._room.acquire()
            if self._stopped:
                return
            self._loop.call_soon_threadsafe(self._found.put_nowait, line)


def _stdin() -> Read:
    try:
        number = sys.stdin.fileno()
    except (OSError, ValueError):  # no real file behind it
        return lambda: sys.stdin.buffer.read(_CHUNK)
    return lambda: os.read(number, _CHUNK)
