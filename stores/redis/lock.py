"""The lock of a thread: redis-py's Lock, taken together with its fencing token."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Literal
from uuid import uuid4

from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError, LockNotOwnedError

from contracts.errors import MemoryUnavailable, ThreadBusy
from contracts.ports import Lease
from stores.redis import keys
from stores.redis.connect import available

log = logging.getLogger(__name__)

LEASE_S = 10.0
POLL_S = 0.01
RELEASE_WAIT_S = 0.5  # an operation's time-out and this make less than 3 s

# Far beyond any live holder, so that the numbers never start again below one.
_FENCE_KEPT = timedelta(days=400)

# KEYS lock, fence; ARGV token, lease ms, fence ms. Gives the fence, or 0 if another holds it.
_ACQUIRE = """
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then return tonumber(redis.call('GET', KEYS[2])) end
if holder then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local fence = redis.call('INCR', KEYS[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return fence
"""


class _FencedLock(Lock):
    """A Lock whose holder gets a number in the same round trip, greater than all before."""

    fence = 0

    def __init__(self, client: Redis, thread_id: str, lease_s: float) -> None:
        super().__init__(
            client, keys.lock(thread_id), timeout=lease_s, sleep=POLL_S, thread_local=False
        )
        self._fence_key = keys.fence(thread_id)
        self._lease_ms = int(lease_s * 1000)
        self._acquire = client.register_script(_ACQUIRE)

    @available
    async def do_acquire(self, token: str | bytes) -> bool:
        self.fence = await self._acquire(
            keys=[self.name, self._fence_key],
            args=[token, self._lease_ms, int(_FENCE_KEPT.total_seconds() * 1000)],
        )
        return self.fence > 0

    @available
    async def do_reacquire(self) -> Literal[True]:
        return await super().do_reacquire()

    @available
    async def do_release(self, expected_token: bytes) -> None:
        await super().do_release(expected_token)


class RedisThreadLock:
    """`ThreadLock` on Redis: a lease of `lease_s`, renewed at a third of it.

    A holder that loses its lease isn't told; what it then writes is refused by its fence.
    """

    def __init__(self, client: Redis, *, lease_s: float = LEASE_S) -> None:
        self._client = client
        self._lease_s = lease_s
        self._releases: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def hold(self, thread_id: str, *, wait_s: float) -> AsyncIterator[Lease]:
        lock = _FencedLock(self._client, thread_id, self._lease_s)
        await self._acquire(lock, thread_id, wait_s)
        renewal = asyncio.create_task(self._renew(lock))
        try:
            yield Lease(thread_id=thread_id, fence=lock.fence)
        finally:
            renewal.cancel()
            await self._let_go(lock)

    async def _acquire(self, lock: _FencedLock, thread_id: str, wait_s: float) -> None:
        token = uuid4().hex
        try:
            held = await lock.acquire(blocking_timeout=wait_s, token=token)
        except asyncio.CancelledError:
            # The server may have given the lock to us although we never heard of it.
            lock.local.token = token.encode()
            await self._let_go(lock)
            raise
        if not held:
            raise ThreadBusy(f"the thread was busy for {wait_s:g} s")

    async def _renew(self, lock: _FencedLock) -> None:
        while True:
            await asyncio.sleep(self._lease_s / 3)
            try:
                await lock.reacquire()
            except LockNotOwnedError:
                log.warning("the lease of a thread was lost", extra={"fence": lock.fence})
                return
            except MemoryUnavailable as error:
                log.warning("a lease was not renewed", extra={"error": str(error)})

    async def _let_go(self, lock: _FencedLock) -> None:
        """Release, even if the holder is cancelled meanwhile; a slow Redis is not waited for."""
        release = asyncio.create_task(self._release(lock))
        self._releases.add(release)
        release.add_done_callback(self._releases.discard)
        await asyncio.wait({release}, timeout=RELEASE_WAIT_S)

    async def _release(self, lock: _FencedLock) -> None:
        """If Redis is away the lease runs out by itself, so that is no error."""
        try:
            await lock.release()
        except LockError:
            log.debug("released a lease that was over", extra={"fence": lock.fence})
        except MemoryUnavailable as error:
            log.warning("a lock was left to expire", extra={"error": str(error)})
