"""What is out now, read once for all who look: one watcher a process, whoever is connected.

The watcher runs while somebody listens. Each change it finds gets the next number; who comes back
with the number they saw last gets what they missed, or everything anew if that is too long ago.
When the records do not answer, what was read last stays, with its time.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.clock import Clock
from contracts.errors import Overloaded, StoreUnavailable
from contracts.records import Outages
from ui.pages.outage_view import Item, aspect_of

log = logging.getLogger(__name__)

EVERY_S = 2.0
FRESH_S = 2.0  # a board so old is shown without asking again
HEARTBEAT_S = 15.0
CLIENTS = 500
KEPT = 200  # changes, for those who come back
RESTORED_FOR = timedelta(hours=24)
_ACTIVE, _RESTORED, _PLANNED = 500, 50, 20  # at most so many are shown


@dataclass(frozen=True, slots=True)
class Board:
    """All that is shown, as it was read at `as_of`; `fresh` is False if that is being renewed."""

    items: dict[str, Item] = field(default_factory=dict)
    as_of: datetime | None = None  # None: nothing could be read yet
    fresh: bool = False
    number: int = 0  # of the latest change in it


@dataclass(frozen=True, slots=True)
class Change:
    """What changed between two boards: each item as it was (None: new) and as it is."""

    number: int
    changed: tuple[tuple[Item | None, Item], ...]
    gone: tuple[str, ...]
    items: tuple[Item, ...] = ()  # all there are after it
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pulse:
    """No outage changed: a while has gone by, or the records fell silent or answer again."""

    as_of: datetime | None
    fresh: bool


News = Board | Change | Pulse


class OutageFeed:
    def __init__(
        self, outages: Outages, clock: Clock, zone: ZoneInfo, *, every_s: float = EVERY_S
    ) -> None:
        self._outages = outages
        self._clock = clock
        self._zone = zone
        self._every_s = every_s
        self._epoch = secrets.token_hex(4)
        self._board = Board()
        self._aspects: dict[str, object] = {}
        self._changes: deque[Change] = deque(maxlen=KEPT)
        self._news = asyncio.Event()  # replaced when it is set
        self._reading = asyncio.Lock()
        self._read_at = float("-inf")  # by the loop's clock
        self._clients = 0
        self._watching: asyncio.Task[None] | None = None
        self._closed = False

    def now(self) -> datetime:
        """The present moment in the utility's zone."""
        return self._clock.now().astimezone(self._zone)

    async def board(self) -> Board:
        """What is out now, or was when the records last answered."""
        async with self._reading:
            if asyncio.get_running_loop().time() - self._read_at >= FRESH_S:
                await self._refresh()
        return self._board

    @asynccontextmanager
    async def listening(self, last_id: str = "") -> AsyncIterator[AsyncIterator[News]]:
        """The news from `last_id` on: everything first, unless that is still known. Entering takes
        one of the places. Raises Overloaded."""
        if self.full:
            raise Overloaded("too many watch the outages")
        self._clients += 1
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        try:
            yield self._told(last_id)
        finally:
            self._clients -= 1
            if self._clients == 0:
                await self._rest()

    @property
    def full(self) -> bool:
        """Whether nobody else can listen."""
        return self._clients >= CLIENTS or self._closed

    def event_id(self, number: int) -> str:
        return f"{self._epoch}-{number}"

    def end(self) -> None:
        """Let go of all who listen: the server is stopping."""
        self._closed = True
        self._wake()

    async def close(self) -> None:
        self.end()
        await self._rest()

    # --- what a listener gets -----------------------------------------------------------------

    async def _told(self, last_id: str) -> AsyncIterator[News]:
        await self.board()
        seen = self._known(last_id)
        fresh = self._board.fresh
        if seen is None:
            seen = self._board.number
            yield self._board
        while not self._closed:
            news = self._news
            missed = self._since(seen)
            if missed is None:
                seen = self._board.number
                yield self._board
                continue
            for change in missed:
                seen = change.number
                yield change
            if fresh != self._board.fresh:
                fresh = self._board.fresh
                yield self._pulse()
            if not missed and not await _comes(news):
                yield self._pulse()

    def _pulse(self) -> Pulse:
        return Pulse(self._board.as_of, self._board.fresh)

    def _known(self, last_id: str) -> int | None:
        """The number that a listener saw last; None if we can't go on from there."""
        epoch, _, number = last_id.partition("-")
        if epoch != self._epoch or not number.isascii() or not number.isdigit():
            return None
        seen = int(number[:18])
        return seen if seen <= self._board.number and self._since(seen) is not None else None

    def _since(self, seen: int) -> list[Change] | None:
        if seen < self._board.number - len(self._changes):
            return None
        return [change for change in self._changes if change.number > seen]

    # --- the watcher --------------------------------------------------------------------------

    async def _watch(self) -> None:
        # On Python 3.11 a driver can swallow a cancellation: who is not the watcher any more goes.
        while self._watching is asyncio.current_task():
            await asyncio.sleep(self._every_s)
            try:
                async with self._reading:
                    await self._refresh()
            except Exception:
                log.exception("the outages could not be read, and are read again")

    async def _rest(self) -> None:
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _refresh(self) -> None:
        before = self._board
        try:
            items = await self._read()
        except StoreUnavailable:
            if before.fresh or before.as_of is None:
                log.warning("the outages are shown as they were: the records do not answer")
            self._board = Board(before.items, before.as_of, fresh=False, number=before.number)
        else:
            self._publish(items, self.now())
        self._read_at = asyncio.get_running_loop().time()
        if self._board.number != before.number or self._board.fresh != before.fresh:
            self._wake()

    async def _read(self) -> dict[str, Item]:
        now = self._clock.now()
        active, restored, planned = await asyncio.gather(
            self._outages.active(_ACTIVE),
            self._outages.restored(now - RESTORED_FOR, _RESTORED),
            self._outages.planned(now, _PLANNED),
        )
        items: list[Item] = [*active, *planned, *restored]
        return {item.outage_id: item for item in items}

    def _publish(self, items: dict[str, Item], at: datetime) -> None:
        before, aspects = self._board, {key: aspect_of(it, at) for key, it in items.items()}
        changed = tuple(
            (before.items.get(key), item)
            for key, item in items.items()
            if before.items.get(key) != item or self._aspects.get(key) != aspects[key]
        )
        gone = tuple(key for key in before.items if key not in items)
        number = before.number
        if before.as_of is None:  # who was told of nothing so far is told everything
            number += 1
        elif changed or gone:
            number += 1
            self._changes.append(Change(number, changed, gone, tuple(items.values()), at))
        self._board, self._aspects = Board(items, at, fresh=True, number=number), aspects

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


async def _comes(news: asyncio.Event) -> bool:
    """Whether there was news before the next heartbeat is due."""
    try:
        async with asyncio.timeout(HEARTBEAT_S):
            await news.wait()
    except TimeoutError:
        return False
    return True
