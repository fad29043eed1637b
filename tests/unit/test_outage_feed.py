"""The watcher behind the outage page's events: one reads for all, and nobody misses anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from contracts.clock import PinnedClock
from contracts.errors import Overloaded, RecordsUnavailable
from contracts.records import Outage, Outages, PlannedOutage
from stores.mongo.outage_areas import octagon
from ui.pages import outage_feed
from ui.pages.outage_feed import Board, Change, News, OutageFeed, Pulse

pytestmark = pytest.mark.unit

NOW = datetime(2026, 1, 15, 18, 0, tzinfo=UTC)
ZONE = ZoneInfo("America/Los_Angeles")


def made(outage_id: str, **changes: Any) -> Outage:
    known = Outage(
        outage_id=outage_id,
        kind="electric",
        status="reported",
        cause="under investigation",
        started=NOW,
        customers_affected=41,
        area=octagon(-122.7, 45.5),
    )
    return known.model_copy(update=changes)


@dataclass
class Records:
    """Outages that are what a test says, and count how often they were read."""

    now: dict[str, Outage] = field(default_factory=dict)
    work: list[PlannedOutage] = field(default_factory=list)
    down: bool = False
    reads: int = 0

    def put(self, *outages: Outage) -> None:
        self.now |= {outage.outage_id: outage for outage in outages}

    async def active(self, limit: int) -> list[Outage]:
        self.reads += 1
        if self.down:
            raise RecordsUnavailable("down")
        return list(self.now.values())[:limit]

    async def restored(self, since: datetime, limit: int) -> list[Outage]:
        return []

    async def planned(self, at: datetime, limit: int) -> list[PlannedOutage]:
        return self.work


@pytest.fixture
def records() -> Records:
    return Records({"O-1": made("O-1")})


@pytest.fixture
def clock() -> PinnedClock:
    return PinnedClock(NOW)


@pytest.fixture
async def feed(
    records: Records, clock: PinnedClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[OutageFeed]:
    monkeypatch.setattr(outage_feed, "FRESH_S", 0.0)
    opened = OutageFeed(cast(Outages, records), clock, ZONE, every_s=0.005)
    yield opened
    await opened.close()


async def following(news: AsyncIterator[News]) -> News:
    async with asyncio.timeout(5):
        return await anext(news)


async def test_who_comes_first_gets_everything_then_what_changes(
    feed: OutageFeed, records: Records
) -> None:
    async with feed.listening() as news:
        board = await following(news)
        assert isinstance(board, Board)
        assert (set(board.items), board.fresh) == ({"O-1"}, True)
        records.put(made("O-2"))
        change = await following(news)
        assert isinstance(change, Change)
        assert [(before, item.outage_id) for before, item in change.changed] == [(None, "O-2")]
        del records.now["O-1"]
        change = await following(news)
        assert isinstance(change, Change)
        assert change.gone == ("O-1",)


async def test_one_reads_for_all(feed: OutageFeed, records: Records) -> None:
    async with AsyncExitStack() as stack:
        many = [await stack.enter_async_context(feed.listening()) for _ in range(50)]
        for news in many:
            await following(news)
        records.put(made("O-2"))
        await asyncio.gather(*(following(news) for news in many))
        before = records.reads
        records.put(made("O-3"))
        await asyncio.gather(*(following(news) for news in many))
        assert records.reads - before < 10  # and not once for each of fifty
    idle = records.reads
    assert feed._watching is None
    assert records.reads == idle


async def test_who_comes_back_gets_what_they_missed(feed: OutageFeed, records: Records) -> None:
    async with feed.listening() as others:
        first = await following(others)
        assert isinstance(first, Board)
        seen = feed.event_id(first.number)
        for number in (2, 3):
            records.put(made(f"O-{number}"))
            await following(others)
        async with feed.listening(seen) as news:
            missed = [await following(news) for _ in range(2)]
    new = [item.outage_id for one in missed if isinstance(one, Change) for _, item in one.changed]
    assert new == ["O-2", "O-3"]


@pytest.mark.parametrize("last_id", ["", "x", "0-0", "-", "abc-1", "\u0661", "9" * 60])
async def test_an_id_of_elsewhere_gets_everything(feed: OutageFeed, last_id: str) -> None:
    async with feed.listening(last_id) as news:
        assert isinstance(await following(news), Board)


async def test_an_id_of_the_future_or_of_long_ago_gets_everything(
    feed: OutageFeed, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with feed.listening() as others:
        first = await following(others)
        assert isinstance(first, Board)
        for number in range(outage_feed.KEPT + 2):
            records.put(made("O-1", reports=number + 1))
            await following(others)
        for last in (first.number, first.number + 10_000):
            async with feed.listening(feed.event_id(last)) as news:
                assert isinstance(await following(news), Board)


async def test_while_the_records_are_down_the_last_is_shown(
    feed: OutageFeed, records: Records, clock: PinnedClock
) -> None:
    async with feed.listening() as news:
        await following(news)
        records.down = True
        clock.advance(timedelta(minutes=5))
        silent = await following(news)
        assert isinstance(silent, Pulse)
        assert not silent.fresh
        assert silent.as_of == NOW
        board = await feed.board()
        assert (set(board.items), board.as_of, board.fresh) == ({"O-1"}, NOW, False)
        records.down = False
        again = await following(news)
        assert isinstance(again, Pulse)
        assert again.fresh
        assert again.as_of == NOW + timedelta(minutes=5)


async def test_down_from_the_start_there_is_nothing_and_then_everything(
    feed: OutageFeed, records: Records
) -> None:
    records.down = True
    async with feed.listening() as news:
        board = await following(news)
        assert isinstance(board, Board)
        assert (board.items, board.as_of, board.fresh) == ({}, None, False)
        records.down = False
        full = await following(news)
        assert isinstance(full, Board)
        assert set(full.items) == {"O-1"}


async def test_what_the_clock_changes_is_a_change(
    feed: OutageFeed, records: Records, clock: PinnedClock
) -> None:
    """An estimate that passes; work that begins: no record is written for either."""
    records.put(made("O-1", eta=NOW + timedelta(minutes=5)))
    async with feed.listening() as news:
        await following(news)
        clock.advance(timedelta(minutes=6))
        change = await following(news)
        assert isinstance(change, Change)
        assert [item.outage_id for _, item in change.changed] == ["O-1"]


async def test_a_heartbeat_when_nothing_happens(
    feed: OutageFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage_feed, "HEARTBEAT_S", 0.01)
    async with feed.listening() as news:
        await following(news)
        assert isinstance(await following(news), Pulse)


async def test_so_many_and_no_more(feed: OutageFeed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage_feed, "CLIENTS", 2)
    async with feed.listening(), feed.listening():
        assert feed.full
        with pytest.raises(Overloaded):
            async with feed.listening():
                raise AssertionError("there was a place")
    async with feed.listening() as news:
        assert isinstance(await following(news), Board)


async def test_when_the_server_stops_all_are_let_go(feed: OutageFeed) -> None:
    async with feed.listening() as news:
        await following(news)
        feed.end()
        with pytest.raises(StopAsyncIteration):
            await following(news)
    assert feed.full
