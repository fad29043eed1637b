"""The queue of what goes out, with a bell for whoever works it off in this process."""

from __future__ import annotations

import asyncio

from contracts.ports import SendQueue
from contracts.sending import Claimed, Sending


class Woken:
    """`SendQueue` that sets `bell` when something was put into it here."""

    def __init__(self, queue: SendQueue) -> None:
        self._queue = queue
        self.bell = asyncio.Event()

    async def put(self, sending: Sending, *, delay_s: float = 0.0) -> bool:
        new = await self._queue.put(sending, delay_s=delay_s)
        self.bell.set()
        return new

    async def claim(self, lease_s: float) -> Claimed | None:
        return await self._queue.claim(lease_s)

    async def progress(self, claimed: Claimed, sent: int) -> None:
        await self._queue.progress(claimed, sent)

    async def done(self, claimed: Claimed) -> None:
        await self._queue.done(claimed)
        self.bell.set()  # the next of its lane is due

    async def again(self, claimed: Claimed, in_s: float, *, counted: bool = True) -> None:
        await self._queue.again(claimed, in_s, counted=counted)

    async def waiting(self) -> int:
        return await self._queue.waiting()
