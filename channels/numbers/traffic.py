"""How many messages came in, by day, channel and agent: counted here, written behind the turns."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, OrderedDict
from contextlib import suppress
from datetime import date
from zoneinfo import ZoneInfo

from contracts.clock import Clock
from contracts.errors import RecordsUnavailable
from contracts.records import Numbers

log = logging.getLogger(__name__)

REMEMBERED = 20_000  # messages, so that one that comes again is not counted again
ADDED_UP_S = 0.5
MAX_KEPT = 10_000  # counters, while the records are down


class Traffic:
    """Counts are added up for a while before they are written, so that load makes few writes. What
    a process that dies had not written is lost: these are statistics."""

    def __init__(self, numbers: Numbers, clock: Clock, zone: ZoneInfo) -> None:
        self._numbers = numbers
        self._clock = clock
        self._zone = zone
        self._counts: Counter[tuple[date, str, str]] = Counter()
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._writing: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def count(self, key: str, channel_id: str, agent_id: str) -> None:
        """One message, by its `Inbound.key`; once, as long as it is remembered here."""
        if key in self._seen:
            return
        self._seen[key] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        day = self._clock.now().astimezone(self._zone).date()
        self._counts[day, channel_id, agent_id] += 1
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def close(self) -> None:
        self._closing.set()
        if self._writing is not None:
            await self._writing
        if self._counts:
            await self._write()

    async def _write(self) -> None:
        while self._counts:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), ADDED_UP_S)
            counts, self._counts = self._counts, Counter()
            try:
                await self._numbers.count(dict(counts), self._clock.now())
            except RecordsUnavailable:
                log.warning("messages were counted and not written yet")
                self._counts.update(counts)
                if len(self._counts) > MAX_KEPT:
                    self._counts.clear()
                return
