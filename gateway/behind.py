"""Turns that nobody waits for, one task for each thread that has work.

They are begun one after another, and only while the loop has time: a turn that waits for a model
elsewhere lets others begin, one that keeps a core busy does not. While messages are being taken in
hardly any is, so that a burst is durable, and acknowledged, before it is answered.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from contracts.errors import ThreadBusy, ThroughlineError

log = logging.getLogger(__name__)

TRIES_FOR_S = 60.0  # to have a thread's lock; then the recoverer finds what waits there
LOCK_WAIT_S = 0.2  # at a time
LAG_S = 0.008  # a round of the loop that takes longer leaves no time for another turn
PAUSE_S = 0.005
YIELDS_S = 0.5  # to messages that are taken in, at most; then one turn begins
STEP_YIELDS_S = 0.1  # to the same, between two steps of a turn
_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8)

RunOne = Callable[[str, float], Awaitable[bool]]


class Behind:
    """`run_one` runs the oldest message that waits for a thread, having waited for its lock for so
    many seconds at most; False if none did."""

    def __init__(self, run_one: RunOne) -> None:
        self._run_one = run_one
        self._door = asyncio.Lock()
        self._taking = 0  # messages that are being taken in
        self._nothing_comes_in = asyncio.Event()
        self._nothing_comes_in.set()
        self._running = 0  # turns
        self._more: dict[str, bool] = {}  # thread -> whether something came since it was begun
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many threads are at work."""
        return len(self._tasks)

    @contextmanager
    def taking(self) -> Iterator[None]:
        """While this is entered, turns give way."""
        self._taking += 1
        self._nothing_comes_in.clear()
        try:
            yield
        finally:
            self._taking -= 1
            if not self._taking:
                self._nothing_comes_in.set()

    async def give_way(self) -> None:
        """Between two steps of a turn: messages that are being taken in go first, for a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(STEP_YIELDS_S):
                await self._nothing_comes_in.wait()

    def begin(self, thread_id: str) -> None:
        """See to it that what waits for a thread is run."""
        if thread_id in self._more:
            self._more[thread_id] = True
            return
        self._more[thread_id] = True
        task = asyncio.create_task(self._run(thread_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, wait_s: float) -> None:
        """Let what has begun end."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=wait_s)

    async def _run(self, thread_id: str) -> None:
        try:
            while self._more[thread_id]:
                self._more[thread_id] = False
                while await self._until_had(thread_id):
                    continue
        except ThroughlineError as error:
            log.warning("a message waits for its thread", extra={"error": type(error).__name__})
        finally:
            del self._more[thread_id]

    async def _until_had(self, thread_id: str) -> bool:
        """Raises ThreadBusy where somebody else had the thread all the time."""
        began, tries = time.monotonic(), 0
        while True:
            try:
                return await self._turn(thread_id)
            except ThreadBusy:
                if time.monotonic() - began > TRIES_FOR_S:
                    raise
            await asyncio.sleep(_PAUSES_S[min(tries, len(_PAUSES_S) - 1)])
            tries += 1

    async def _turn(self, thread_id: str) -> bool:
        """One message's turn, when there is time for it."""
        async with self._door:
            await self._time_for_it()
            self._running += 1
        try:
            return await self._run_one(thread_id, LOCK_WAIT_S)
        finally:
            self._running -= 1

    async def _time_for_it(self) -> None:
        began = time.monotonic()
        while True:
            waited_long = time.monotonic() - began > YIELDS_S
            if self._running == 0 and (waited_long or not self._taking):
                return
            if not self._taking and await _lag() < LAG_S:
                return
            await asyncio.sleep(PAUSE_S)


async def _lag() -> float:
    """Seconds that the loop takes to come round."""
    began = time.perf_counter()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return (time.perf_counter() - began) / 2
