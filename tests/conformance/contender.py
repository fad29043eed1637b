"""A process that contends for a thread's lock.

python -m tests.conformance.contender KIND WHERE LEASE_S count FILE ROUNDS
    adds one to the number in FILE, ROUNDS times, each under the lock; prints its fences
python -m tests.conformance.contender KIND WHERE LEASE_S hang
    takes the lock, says so, and keeps it until it is killed
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from contracts.ports import ThreadLock
from stores.redis.connect import connect
from stores.redis.lock import RedisThreadLock
from stores.sqlite.database import Database
from stores.sqlite.lock import SqliteThreadLock

THREAD = "contended"


@asynccontextmanager
async def open_lock(kind: str, where: str, lease_s: float) -> AsyncIterator[ThreadLock]:
    if kind == "redis":
        client = connect(where)
        yield RedisThreadLock(client, lease_s=lease_s)
        await client.aclose(close_connection_pool=True)
        return
    database = Database(Path(where))
    await database.open()
    yield SqliteThreadLock(database, lease_s=lease_s)
    await database.close()


async def main(kind: str, where: str, lease_s: str, act: str, *rest: str) -> None:
    async with open_lock(kind, where, float(lease_s)) as lock:
        if act == "hang":
            await hang(lock)
        else:
            await count(lock, Path(rest[0]), int(rest[1]))


async def hang(lock: ThreadLock) -> None:
    async with lock.hold(THREAD, wait_s=5):
        print("held", flush=True)
        await asyncio.Event().wait()


async def count(lock: ThreadLock, file: Path, rounds: int) -> None:
    for _ in range(rounds):
        async with lock.hold(THREAD, wait_s=20) as lease:
            number = int(await asyncio.to_thread(file.read_text))
            await asyncio.to_thread(file.write_text, str(number + 1))
            print(lease.fence, flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
