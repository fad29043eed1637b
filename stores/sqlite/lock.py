"""The lock of a thread as a row that expires, and its fence as a row that only grows."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from contracts.errors import MemoryUnavailable, ThreadBusy
from contracts.ports import Lease
from stores.sqlite.database import Database

log = logging.getLogger(__name__)

LEASE_S = 10.0
POLL_S = 0.01

_TAKE = """
INSERT INTO locks (thread_id, token, until) VALUES (:thread_id, :token, :until)
ON CONFLICT (thread_id) DO UPDATE SET token = excluded.token, until = excluded.until
WHERE locks.until <= :now
"""
_COUNT = """
INSERT INTO fences (thread_id, fence) VALUES (?, 1)
ON CONFLICT (thread_id) DO UPDATE SET fence = fence + 1 RETURNING fence
"""


def wall_time() -> float:
    """Seconds as all processes of this machine see them; leases and expiry run in real time."""
    return time.time()


class SqliteThreadLock:
    """`ThreadLock` on SQLite: a lease of `lease_s`, renewed at a third of it."""

    def __init__(self, database: Database, *, lease_s: float = LEASE_S) -> None:
        self._database = database
        self._lease_s = lease_s

    @asynccontextmanager
    async def hold(self, thread_id: str, *, wait_s: float) -> AsyncIterator[Lease]:
        token = uuid4().hex
        try:
            fence = await self._acquire(thread_id, token, wait_s)
        except asyncio.CancelledError:
            # The row may have been written although the answer never came.
            await asyncio.shield(self._release(thread_id, token))
            raise
        renewal = asyncio.create_task(self._renew(thread_id, token))
        try:
            yield Lease(thread_id=thread_id, fence=fence)
        finally:
            renewal.cancel()
            await asyncio.shield(self._release(thread_id, token))

    async def _acquire(self, thread_id: str, token: str, wait_s: float) -> int:
        give_up = time.monotonic() + wait_s
        while True:
            fence = await self._try(thread_id, token)
            if fence is not None:
                return fence
            if time.monotonic() + POLL_S > give_up:
                raise ThreadBusy(f"the thread was busy for {wait_s:g} s")
            await asyncio.sleep(POLL_S)

    async def _try(self, thread_id: str, token: str) -> int | None:
        # Looking costs no write lock, so those who wait don't slow those who work.
        held = await self._database.read(
            lambda connection: connection.execute(
                "SELECT 1 FROM locks WHERE thread_id = ? AND until > ?", (thread_id, wall_time())
            ).fetchone()
        )
        if held:
            return None
        return await self._database.write(
            lambda connection: self._take(connection, thread_id, token)
        )

    def _take(self, connection: sqlite3.Connection, thread_id: str, token: str) -> int | None:
        now = wall_time()
        row = {"thread_id": thread_id, "token": token, "until": now + self._lease_s, "now": now}
        if connection.execute(_TAKE, row).rowcount == 0:
            return None
        fence: int = connection.execute(_COUNT, (thread_id,)).fetchone()[0]
        return fence

    async def _renew(self, thread_id: str, token: str) -> None:
        while True:
            await asyncio.sleep(self._lease_s / 3)
            try:
                renewed = await self._database.write(
                    lambda connection: (
                        connection.execute(
                            "UPDATE locks SET until = ? WHERE thread_id = ? AND token = ?",
                            (wall_time() + self._lease_s, thread_id, token),
                        ).rowcount
                    )
                )
            except MemoryUnavailable as error:
                log.warning("a lease was not renewed", extra={"error": str(error)})
                continue
            if not renewed:
                log.warning("the lease of a thread was lost")
                return

    async def _release(self, thread_id: str, token: str) -> None:
        """Let go. If the file can't be written the lease runs out by itself."""
        try:
            await self._database.write(
                lambda connection: connection.execute(
                    "DELETE FROM locks WHERE thread_id = ? AND token = ?", (thread_id, token)
                )
            )
        except MemoryUnavailable as error:
            log.warning("a lock was left to expire", extra={"error": str(error)})
