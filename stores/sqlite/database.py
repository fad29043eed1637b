"""The file: its tables, its one connection a process, and how its failures become ours."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from contracts.errors import MemoryUnavailable

T = TypeVar("T")

# How long a process waits for another one's write before it gives up.
BUSY_S = 2.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    thread_id TEXT NOT NULL,
    message_key TEXT NOT NULL UNIQUE,
    message TEXT NOT NULL,
    at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS inbox_of_thread ON inbox (thread_id, seq);
CREATE TABLE IF NOT EXISTS turns (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    thread_id TEXT NOT NULL,
    message_key TEXT NOT NULL UNIQUE,
    turn TEXT NOT NULL,
    finished REAL NOT NULL,
    archived INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS turns_of_thread ON turns (thread_id, seq);
CREATE INDEX IF NOT EXISTS turns_to_archive ON turns (seq) WHERE archived = 0;
CREATE INDEX IF NOT EXISTS turns_by_age ON turns (finished) WHERE archived = 1;
CREATE TABLE IF NOT EXISTS locks (
    thread_id TEXT PRIMARY KEY, token TEXT NOT NULL, until REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS fences (thread_id TEXT PRIMARY KEY, fence INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS keyvalue (
    key TEXT PRIMARY KEY, value TEXT NOT NULL, until REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS keyvalue_by_age ON keyvalue (until);
CREATE TABLE IF NOT EXISTS counters (
    key TEXT PRIMARY KEY, count INTEGER NOT NULL, until REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS counters_by_age ON counters (until);
CREATE TABLE IF NOT EXISTS lines (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    id TEXT NOT NULL,
    priority INTEGER NOT NULL,
    UNIQUE (channel, id)
);
CREATE TABLE IF NOT EXISTS arrivals (
    channel TEXT NOT NULL, minute INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (channel, minute)
);
CREATE TABLE IF NOT EXISTS staffing (
    channel TEXT PRIMARY KEY, agents INTEGER NOT NULL, handle_s REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS engaged (trigger_name TEXT PRIMARY KEY, engaged INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sends (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    lane TEXT NOT NULL,
    sending TEXT NOT NULL,
    ready REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    sent INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS sends_of_lane ON sends (lane);
CREATE INDEX IF NOT EXISTS sends_by_age ON sends (ready, seq);
CREATE TABLE IF NOT EXISTS send_lanes (
    lane TEXT PRIMARY KEY, token TEXT NOT NULL, until REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS send_keys (key TEXT PRIMARY KEY, until REAL NOT NULL);
CREATE INDEX IF NOT EXISTS send_keys_by_age ON send_keys (until);
"""


@contextmanager
def availability() -> Iterator[None]:
    """Turns SQLite's failures (locked for too long, disk full) into MemoryUnavailable."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise MemoryUnavailable(f"the memory file can't be used: {error}") from error


class Database:
    """One connection in a thread of its own; work is given to it as plain functions.

    A commit outlives the process, kill -9 included; the last moments before a power cut may be
    lost, as with Redis.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="memory")
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        await self._run(self._open)

    async def close(self) -> None:
        await self._run(self._close)
        self._worker.shutdown(wait=False)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The result of a function that reads with one statement."""
        return await self._run(lambda: work(self._opened()))

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The result of a function that writes; all of it happens, or nothing does."""
        return await self._run(lambda: self._transaction(work))

    async def _run(self, work: Callable[[], T]) -> T:
        with availability():
            return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def _transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._opened()
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(connection)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return result

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.executescript(_SCHEMA)
        self._connection = connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise MemoryUnavailable("the memory file is closed")
        return self._connection
