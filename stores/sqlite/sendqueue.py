"""What waits to go out, as a table, and who holds which lane as another."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from uuid import uuid4

from contracts.clock import Clock
from contracts.errors import Overloaded
from contracts.sending import Claimed, Sending
from stores.sqlite.database import Database
from stores.sqlite.lock import wall_time

SEEN = timedelta(hours=48)
MAX_WAITING = 100  # in a lane

_PUT = "INSERT INTO sends (key, lane, sending, ready) VALUES (?, ?, ?, ?)"
# The oldest of all is the oldest of its lane.
_HEAD = """
SELECT sends.key, sends.lane FROM sends
LEFT JOIN send_lanes ON send_lanes.lane = sends.lane AND send_lanes.until > :now
WHERE sends.ready <= :now AND send_lanes.lane IS NULL
ORDER BY sends.ready, sends.seq LIMIT 1
"""
_HOLD = """
INSERT INTO send_lanes (lane, token, until) VALUES (:lane, :token, :until)
ON CONFLICT (lane) DO UPDATE SET token = excluded.token, until = excluded.until
"""
_BEGIN = """
UPDATE sends SET attempts = attempts + 1 WHERE key = ? RETURNING sending, attempts, sent
"""


class SqliteSendQueue:
    """`SendQueue` on SQLite. Leases and delays run by the clock; the 48 h by the machine's."""

    def __init__(self, database: Database, clock: Clock, *, max_waiting: int = MAX_WAITING) -> None:
        self._database = database
        self._clock = clock
        self._max_waiting = max_waiting

    async def put(self, sending: Sending, *, delay_s: float = 0.0) -> bool:
        ready = self._now() + delay_s
        row = (sending.key, sending.lane, sending.model_dump_json(), ready)

        def work(connection: sqlite3.Connection) -> bool:
            now = wall_time()
            connection.execute("DELETE FROM send_keys WHERE until <= ?", (now,))
            if _seen(connection, sending.key):
                return False
            if (waiting := _count(connection, sending.lane)) >= self._max_waiting:
                raise Overloaded(f"{waiting} messages wait for this address already")
            until = now + SEEN.total_seconds()
            connection.execute("INSERT INTO send_keys VALUES (?, ?)", (sending.key, until))
            connection.execute(_PUT, row)
            return True

        return await self._database.write(work)

    async def claim(self, lease_s: float) -> Claimed | None:
        now = self._now()
        # Looking costs no write lock.
        if await self._database.read(lambda connection: _head(connection, now)) is None:
            return None

        def work(connection: sqlite3.Connection) -> Claimed | None:
            head = _head(connection, now)
            return _claimed(connection, *head, now + lease_s) if head else None

        return await self._database.write(work)

    async def progress(self, claimed: Claimed, sent: int) -> None:
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE sends SET sent = max(sent, ?) WHERE key = ?", (sent, claimed.sending.key)
            )
        )

    async def done(self, claimed: Claimed) -> None:
        def work(connection: sqlite3.Connection) -> None:
            released = connection.execute(
                "DELETE FROM send_lanes WHERE lane = ? AND token = ?",
                (claimed.sending.lane, claimed.token),
            )
            if released.rowcount:
                connection.execute("DELETE FROM sends WHERE key = ?", (claimed.sending.key,))

        await self._database.write(work)

    async def again(self, claimed: Claimed, in_s: float, *, counted: bool = True) -> None:
        until, sending = self._now() + in_s, claimed.sending

        def work(connection: sqlite3.Connection) -> None:
            released = connection.execute(
                "UPDATE send_lanes SET until = ?, token = '' WHERE lane = ? AND token = ?",
                (until, sending.lane, claimed.token),
            )
            if released.rowcount and not counted:
                connection.execute(
                    "UPDATE sends SET attempts = attempts - 1 WHERE key = ?", (sending.key,)
                )

        await self._database.write(work)

    async def waiting(self) -> int:
        found = await self._database.read(
            lambda connection: connection.execute("SELECT count(*) FROM sends").fetchone()
        )
        return int(found[0])

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _head(connection: sqlite3.Connection, now: float) -> tuple[str, str] | None:
    head: tuple[str, str] | None = connection.execute(_HEAD, {"now": now}).fetchone()
    return head


def _claimed(connection: sqlite3.Connection, key: str, lane: str, until: float) -> Claimed:
    token = uuid4().hex
    connection.execute(_HOLD, {"lane": lane, "token": token, "until": until})
    sending, attempt, sent = connection.execute(_BEGIN, (key,)).fetchone()
    return Claimed(
        sending=Sending.model_validate_json(sending), attempt=attempt, sent=sent, token=token
    )


def _count(connection: sqlite3.Connection, lane: str) -> int:
    found = connection.execute("SELECT count(*) FROM sends WHERE lane = ?", (lane,)).fetchone()
    return int(found[0])


def _seen(connection: sqlite3.Connection, key: str) -> bool:
    """Still waiting, for however long, or put within the 48 h."""
    found = "SELECT 1 FROM send_keys WHERE key = ? UNION ALL SELECT 1 FROM sends WHERE key = ?"
    return connection.execute(found, (key, key)).fetchone() is not None
