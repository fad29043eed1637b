"""Small JSON values that expire, as rows with an expiry."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from stores.sqlite.database import Database
from stores.sqlite.lock import wall_time

_SET = """
INSERT INTO keyvalue (key, value, until) VALUES (:key, :value, :until)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, until = excluded.until
WHERE NOT :only_new OR keyvalue.until <= :now
"""
_INCREMENT = """
INSERT INTO counters (key, count, until) VALUES (:key, 1, :until)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN counters.until <= :now THEN 1 ELSE counters.count + 1 END,
    until = CASE WHEN counters.until <= :now THEN excluded.until ELSE counters.until END
RETURNING count
"""


class SqliteKeyValue:
    """`KeyValue` on SQLite. Values and counters of the same key don't meet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> dict[str, Any] | None:
        found = await self._database.read(
            lambda connection: connection.execute(
                "SELECT value FROM keyvalue WHERE key = ? AND until > ?", (key, wall_time())
            ).fetchone()
        )
        return _decoded(found)

    async def set(
        self, key: str, value: dict[str, Any], *, ttl_s: float, only_new: bool = False
    ) -> bool:
        now = wall_time()
        row = {
            "key": key,
            "value": json.dumps(value),
            "until": now + ttl_s,
            "now": now,
            "only_new": only_new,
        }

        def work(connection: sqlite3.Connection) -> bool:
            _sweep(connection, now)
            return connection.execute(_SET, row).rowcount > 0

        return await self._database.write(work)

    async def take(self, key: str) -> dict[str, Any] | None:
        found = await self._database.write(
            lambda connection: connection.execute(
                "DELETE FROM keyvalue WHERE key = ? AND until > ? RETURNING value",
                (key, wall_time()),
            ).fetchone()
        )
        return _decoded(found)

    async def increment(self, key: str, *, ttl_s: float) -> int:
        now = wall_time()
        row = {"key": key, "until": now + ttl_s, "now": now}
        found = await self._database.write(
            lambda connection: connection.execute(_INCREMENT, row).fetchone()
        )
        return int(found[0])

    async def delete(self, key: str) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM keyvalue WHERE key = ?", (key,))
            connection.execute("DELETE FROM counters WHERE key = ?", (key,))

        await self._database.write(work)


def _sweep(connection: sqlite3.Connection, now: float) -> None:
    connection.execute("DELETE FROM keyvalue WHERE until <= ?", (now,))
    connection.execute("DELETE FROM counters WHERE until <= ?", (now,))


def _decoded(found: tuple[str] | None) -> dict[str, Any] | None:
    value: dict[str, Any] | None = json.loads(found[0]) if found else None
    return value
