"""The lines for human agents, as tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import NamedTuple

from contracts.clock import Clock
from contracts.messages import Channel
from contracts.ports import QueueState, Waiting
from stores import erlang
from stores.sqlite.database import Database

WINDOW_MINUTES = 60

_POSITION = """
SELECT count(*) FROM lines AS ahead JOIN lines AS mine
ON mine.channel = :channel AND mine.id = :id AND ahead.channel = :channel
AND (ahead.priority, -ahead.seq) >= (mine.priority, -mine.seq)
"""


class _Counts(NamedTuple):
    depth: dict[str, int]
    arrivals: dict[str, int]
    staffing: dict[str, tuple[int, float]]


class SqliteQueueMetrics:
    """`QueueMetrics` on SQLite; `defaults` as for Redis."""

    def __init__(
        self, database: Database, defaults: Mapping[Channel, tuple[int, float]], clock: Clock
    ) -> None:
        self._database = database
        self._defaults = defaults
        self._clock = clock

    async def join(self, waiting: Waiting) -> int:
        row = {"channel": waiting.channel, "id": waiting.id, "priority": waiting.priority}

        def work(connection: sqlite3.Connection) -> int:
            connection.execute(
                "INSERT OR IGNORE INTO lines (channel, id, priority) "
                "VALUES (:channel, :id, :priority)",
                row,
            )
            position: int = connection.execute(_POSITION, row).fetchone()[0]
            return position

        return await self._database.write(work)

    async def leave(self, channel: Channel, waiting_id: str) -> None:
        await self._database.write(
            lambda connection: connection.execute(
                "DELETE FROM lines WHERE channel = ? AND id = ?", (channel, waiting_id)
            )
        )

    async def arrived(self, channel: Channel, count: int = 1) -> None:
        minute = self._minute()

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM arrivals WHERE minute < ?", (_first(minute),))
            connection.execute(
                "INSERT INTO arrivals VALUES (?, ?, ?) "
                "ON CONFLICT (channel, minute) DO UPDATE SET count = count + excluded.count",
                (channel, minute, count),
            )

        await self._database.write(work)

    async def staff(self, channel: Channel, *, agents: int, handle_s: float) -> None:
        await self._database.write(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO staffing VALUES (?, ?, ?)", (channel, agents, handle_s)
            )
        )

    async def snapshot(self) -> dict[Channel, QueueState]:
        first = _first(self._minute())
        counts = await self._database.read(lambda connection: _counts(connection, first))
        return {channel: self._state(channel, counts) for channel in Channel}

    async def engaged(self, trigger: str, *, on: bool | None = None) -> bool:
        if on is None:
            found = await self._database.read(
                lambda connection: connection.execute(
                    "SELECT engaged FROM engaged WHERE trigger_name = ?", (trigger,)
                ).fetchone()
            )
            return bool(found and found[0])
        await self._database.write(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO engaged VALUES (?, ?)", (trigger, on)
            )
        )
        return on

    async def clear(self) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM lines")
            connection.execute("DELETE FROM arrivals")

        await self._database.write(work)

    def _state(self, channel: Channel, counts: _Counts) -> QueueState:
        default = self._defaults.get(channel, (0, erlang.DEFAULT_HANDLE_S))
        agents, handle_s = counts.staffing.get(channel, default)
        return erlang.queue_state(
            channel,
            depth=counts.depth.get(channel, 0),
            arrivals_per_hour=counts.arrivals.get(channel, 0),
            agents=agents,
            handle_s=handle_s,
        )

    def _minute(self) -> int:
        return int(self._clock.now().timestamp() // 60)


def _first(minute: int) -> int:
    """The first minute of the hour that ends with this one."""
    return minute - WINDOW_MINUTES + 1


def _counts(connection: sqlite3.Connection, first: int) -> _Counts:
    depth = connection.execute("SELECT channel, count(*) FROM lines GROUP BY channel")
    arrivals = connection.execute(
        "SELECT channel, sum(count) FROM arrivals WHERE minute >= ? GROUP BY channel", (first,)
    )
    staffing = connection.execute("SELECT channel, agents, handle_s FROM staffing")
    return _Counts(
        depth=dict(depth.fetchall()),
        arrivals=dict(arrivals.fetchall()),
        staffing={channel: (agents, handle_s) for channel, agents, handle_s in staffing},
    )
