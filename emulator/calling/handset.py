"""A phone in a call: what is said into it, and what is heard from it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from emulator.calling.audio import Microphone, Waiting
from emulator.calling.shapes import LineEvent

HELD = 3_000  # messages that a slow listener may be behind: about a minute
TICK = 5  # frames between two ticks of a line

LineMessage = bytes | LineEvent | None


class Handset:
    """`own` is what is played to this phone alone."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.microphone = Microphone()
        self.own = Waiting()
        self.muted = False  # by the utility
        self.gone = False
        self._listeners: set[asyncio.Queue[LineMessage]] = set()
        self._past: list[LineEvent] = []  # told again to who listens later

    @contextmanager
    def listening(self) -> Iterator[asyncio.Queue[LineMessage]]:
        """What is heard from here on, until None; a listener that is too far behind gets None."""
        queue: asyncio.Queue[LineMessage] = asyncio.Queue()
        for event in self._past:
            queue.put_nowait(event)
        self._listeners.add(queue)
        if self.gone:
            queue.put_nowait(None)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    @property
    def is_held(self) -> bool:
        """Whether somebody listens."""
        return bool(self._listeners)

    def hear(self, at: int, frame: bytes | None) -> None:
        """In the call's frame `at`."""
        if frame is not None:
            self._put(at.to_bytes(4, "big") + frame)
        if at % TICK == 0:
            self._put(LineEvent(kind="tick", at=at))

    def take(self, at: int) -> bytes | None:
        """What is said in it."""
        frame, said = self.microphone.take(at)
        for it in said:
            self._put(LineEvent(kind="said", mark=it.mark, began=it.began, at=it.ended))
        return frame

    def tell(self, event: LineEvent) -> None:
        """Something that who listens later wants to know as well."""
        self._past.append(event)
        self._put(event)

    def leave(self, at: int, reason: str) -> None:
        if not self.gone:
            self.gone = True
            self.own.clear()
            self.tell(LineEvent(kind="ended", at=at, text=reason))
            self._put(None)

    def _put(self, message: LineMessage) -> None:
        for queue in list(self._listeners):
            behind = queue.qsize() >= HELD
            if behind:
                self._listeners.discard(queue)
            queue.put_nowait(None if behind else message)
