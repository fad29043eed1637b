"""The durable inbox, and the log of turns, as two tables."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from contracts.clock import Clock
from contracts.errors import Overloaded
from contracts.messages import Inbound, Turn
from contracts.ports import Receipt, Work
from stores.sqlite.database import Database
from stores.sqlite.lock import wall_time

KEPT = timedelta(hours=24)
MAX_WAITING = 50
POLL_S = 0.1

_HEAD = """
UPDATE inbox SET attempts = attempts + 1
WHERE seq = (SELECT min(seq) FROM inbox WHERE thread_id = ?)
RETURNING message, attempts
"""

_KNOWN = """
SELECT 1 FROM inbox WHERE message_key = ? UNION ALL SELECT 1 FROM turns WHERE message_key = ?
"""

_ABANDONED = """
SELECT inbox.thread_id FROM inbox
LEFT JOIN locks ON locks.thread_id = inbox.thread_id AND locks.until > ?
WHERE locks.thread_id IS NULL
GROUP BY inbox.thread_id HAVING min(inbox.at) <= ? ORDER BY min(inbox.at)
"""


class SqliteInbox:
    """`Inbox` on SQLite. `watch` looks every 100 ms."""

    def __init__(self, database: Database, clock: Clock, *, max_waiting: int = MAX_WAITING) -> None:
        self._database = database
        self._clock = clock
        self._max_waiting = max_waiting

    async def put(self, thread_id: str, inbound: Inbound) -> Receipt:
        at = self._clock.now().timestamp()

        def work(connection: sqlite3.Connection) -> Receipt:
            waiting = _count(connection, thread_id)
            if _known(connection, inbound.key):
                return Receipt(new=False, waiting=waiting)
            if waiting >= self._max_waiting:
                raise Overloaded(f"{waiting} messages of this thread wait already")
            connection.execute(
                "INSERT INTO inbox (thread_id, message_key, message, at) VALUES (?, ?, ?, ?)",
                (thread_id, inbound.key, inbound.model_dump_json(), at),
            )
            return Receipt(new=True, waiting=waiting + 1)

        return await self._database.write(work)

    async def next(self, thread_id: str) -> Work | None:
        found = await self._database.write(
            lambda connection: connection.execute(_HEAD, (thread_id,)).fetchone()
        )
        if found is None:
            return None
        return Work(inbound=Inbound.model_validate_json(found[0]), attempt=found[1])

    async def finish(self, thread_id: str, inbound: Inbound, turn: Turn) -> None:
        text, now = turn.model_dump_json(), wall_time()

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM inbox WHERE message_key = ?", (inbound.key,))
            connection.execute(
                "DELETE FROM turns WHERE archived = 1 AND finished < ?",
                (now - KEPT.total_seconds(),),
            )
            connection.execute(
                "INSERT OR IGNORE INTO turns (thread_id, message_key, turn, finished) "
                "VALUES (?, ?, ?, ?)",
                (thread_id, inbound.key, text, now),
            )

        await self._database.write(work)

    async def move(self, source: str, target: str, inbound: Inbound) -> None:
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE inbox SET thread_id = ?, seq = (SELECT max(seq) + 1 FROM inbox), "
                "attempts = max(0, attempts - 1) "
                "WHERE thread_id = ? AND message_key = ? AND thread_id <> ?",
                (target, source, inbound.key, target),
            )
        )

    async def turn_of(self, inbound_key: str) -> Turn | None:
        since = wall_time() - KEPT.total_seconds()
        found = await self._database.read(
            lambda connection: connection.execute(
                "SELECT turn FROM turns WHERE message_key = ? AND finished >= ?",
                (inbound_key, since),
            ).fetchone()
        )
        return None if found is None else Turn.model_validate_json(found[0])

    async def abandoned(self, idle_s: float) -> list[str]:
        until = self._clock.now().timestamp() - idle_s
        found = await self._database.read(
            lambda connection: connection.execute(_ABANDONED, (wall_time(), until)).fetchall()
        )
        return [thread_id for (thread_id,) in found]

    @asynccontextmanager
    async def watch(self, thread_id: str) -> AsyncIterator[AsyncIterator[Turn]]:
        last = await self._database.read(
            lambda connection: connection.execute(
                "SELECT coalesce(max(seq), 0) FROM turns"
            ).fetchone()
        )
        yield self._turns_after(thread_id, last[0])

    async def _turns_after(self, thread_id: str, last: int) -> AsyncIterator[Turn]:
        while True:
            for seq, turn in await self._since(thread_id, last):
                last = seq
                yield Turn.model_validate_json(turn)
            await asyncio.sleep(POLL_S)

    async def _since(self, thread_id: str, last: int) -> list[tuple[int, str]]:
        return await self._database.read(
            lambda connection: connection.execute(
                "SELECT seq, turn FROM turns WHERE seq > ?2 AND "
                "(thread_id = ?1 OR json_extract(turn, '$.thread_id') = ?1) ORDER BY seq",
                (thread_id, last),
            ).fetchall()
        )


class SqliteTurnLog:
    """`TurnLog` on SQLite: all who ask are given the same turns until they are archived."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unarchived(self, limit: int = 500) -> list[tuple[str, Turn]]:
        found = await self._database.read(
            lambda connection: connection.execute(
                "SELECT seq, turn FROM turns WHERE archived = 0 ORDER BY seq LIMIT ?", (limit,)
            ).fetchall()
        )
        return [(str(seq), Turn.model_validate_json(turn)) for seq, turn in found]

    async def archived(self, ids: list[str]) -> None:
        await self._database.write(
            lambda connection: connection.executemany(
                "UPDATE turns SET archived = 1 WHERE seq = ?", [(int(seq),) for seq in ids]
            )
        )


def _count(connection: sqlite3.Connection, thread_id: str) -> int:
    count: int = connection.execute(
        "SELECT count(*) FROM inbox WHERE thread_id = ?", (thread_id,)
    ).fetchone()[0]
    return count


def _known(connection: sqlite3.Connection, message_key: str) -> bool:
    return connection.execute(_KNOWN, (message_key, message_key)).fetchone() is not None
