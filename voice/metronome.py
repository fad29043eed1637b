"""One beat for all calls of a process, 50 times a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from contracts.speech import FRAME_S

Beat = Callable[[float], None]
BEHIND_S = 0.2  # after which beats that were missed are not made up for


class Beats(Protocol):
    def now(self) -> float:
        """Seconds, of no particular beginning."""
        ...

    @property
    def count(self) -> int:
        """How many beats there have been, with the one that is just being told."""
        ...

    def join(self, beat: Beat) -> None:
        """Call `beat` with the time, about every 20 ms, until it leaves. It must not raise."""
        ...

    def leave(self, beat: Beat) -> None: ...


class Metronome:
    """Beats by the loop's clock, on a schedule that does not drift. One timer, however many calls
    there are; none while there is none."""

    def __init__(self) -> None:
        self._beats: dict[Beat, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._count = 0

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def count(self) -> int:
        return self._count

    def join(self, beat: Beat) -> None:
        self._beats[beat] = None
        if self._timer is None:
            self._due = self.now()
            self._wait()

    def leave(self, beat: Beat) -> None:
        self._beats.pop(beat, None)
        if not self._beats and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        self._due += FRAME_S
        self._timer = asyncio.get_running_loop().call_at(self._due, self._beat)

    def _beat(self) -> None:
        now = self.now()
        if now - self._due > BEHIND_S:
            self._due = now
        self._timer = None
        self._count += 1
        for beat in tuple(self._beats):
            beat(now)
        if self._beats and self._timer is None:
            self._wait()
