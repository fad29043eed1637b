"""The durable inbox on Redis Streams, one round trip an operation.

A message has one key from its arrival until 24 h after its turn: while it waits, the key
says where (`entry nonce thread`); once it is finished, it holds the turn as JSON.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis

from contracts.clock import Clock
from contracts.errors import Overloaded
from contracts.messages import Inbound, Turn
from contracts.ports import Receipt, Work
from stores.redis import keys
from stores.redis.connect import available
from stores.redis.feed import Feed

KEPT = timedelta(hours=24)
MAX_WAITING = 50
MAX_UNARCHIVED = 200_000  # about half a gigabyte; then the inbox refuses, and no turn is dropped

# Shared by the scripts that take an entry out of a thread's stream: once it is empty nothing
# of it stays, else the index shows when its new head came.
_SETTLE = """
local function settle(prefix, waiting, thread)
  local inbox = prefix .. 'inbox:' .. thread
  local head = redis.call('XRANGE', inbox, '-', '+', 'COUNT', 1)[1]
  if head then
    redis.call('ZADD', waiting, head[2][4], thread)
  else
    redis.call('DEL', inbox, prefix .. 'attempts:' .. thread)
    redis.call('ZREM', waiting, thread)
  end
end
local function located(held)
  return string.match(held, '^(%S+) (%S+) (.*)$')
end
"""

# KEYS inbox, waiting, message, turns; ARGV thread, message, at, nonce, limit, turns' limit
_PUT = """
local count = redis.call('XLEN', KEYS[1])
local held = redis.call('GET', KEYS[3])
if held then
  -- our own nonce: the client sent this again, since it lost the first answer
  local mine = string.find(held, ' ' .. ARGV[4] .. ' ', 1, true)
  return {mine and 1 or 0, count}
end
if count >= tonumber(ARGV[5]) then return {-1, count} end
if redis.call('XLEN', KEYS[4]) >= tonumber(ARGV[6]) then return {-2, count} end
local entry = redis.call('XADD', KEYS[1], '*', 'message', ARGV[2], 'at', ARGV[3])
redis.call('SET', KEYS[3], entry .. ' ' .. ARGV[4] .. ' ' .. ARGV[1])
redis.call('ZADD', KEYS[2], 'NX', ARGV[3], ARGV[1])
return {1, count + 1}
"""

# KEYS inbox, attempts
_NEXT = """
local head = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if not head then return false end
return {head[2][2], redis.call('HINCRBY', KEYS[2], head[1], 1)}
"""

# KEYS message, turns, waiting; ARGV turn, seconds to keep it, key prefix, feeds
_FINISH = (
    _SETTLE
    + """
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, 1) == '{' then return 0 end
if held then
  local entry, _, thread = located(held)
  redis.call('XDEL', ARGV[3] .. 'inbox:' .. thread, entry)
  redis.call('HDEL', ARGV[3] .. 'attempts:' .. thread, entry)
  settle(ARGV[3], KEYS[3], thread)
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('XADD', KEYS[2], '*', 'turn', ARGV[1])
for i = 4, #ARGV do redis.call('PUBLISH', ARGV[i], ARGV[1]) end
return 1
"""
)

# KEYS message, waiting; ARGV source, target, key prefix
_MOVE = (
    _SETTLE
    + """
local held = redis.call('GET', KEYS[1])
if not held or string.sub(held, 1, 1) == '{' then return 0 end
local entry, nonce, thread = located(held)
if thread ~= ARGV[1] or thread == ARGV[2] then return 0 end
local source, target = ARGV[3] .. 'inbox:' .. thread, ARGV[3] .. 'inbox:' .. ARGV[2]
local fields = redis.call('XRANGE', source, entry, entry)[1][2]
local moved = redis.call('XADD', target, '*', unpack(fields))
local tried = redis.call('HGET', ARGV[3] .. 'attempts:' .. thread, entry)
if tried then
  redis.call('HDEL', ARGV[3] .. 'attempts:' .. thread, entry)
  redis.call('HSET', ARGV[3] .. 'attempts:' .. ARGV[2], moved, math.max(0, tried - 1))
end
redis.call('XDEL', source, entry)
redis.call('SET', KEYS[1], moved .. ' ' .. nonce .. ' ' .. ARGV[2])
settle(ARGV[3], KEYS[2], thread)
settle(ARGV[3], KEYS[2], ARGV[2])
return 1
"""
)


class RedisInbox:
    """`Inbox` on Redis. Raises Overloaded, too, when `max_unarchived` turns wait for the archive.

    The messages' ages, which `abandoned` judges, are by the clock; the 24 h by the server.
    """

    def __init__(
        self,
        client: Redis,
        feed: Feed,
        clock: Clock,
        *,
        max_waiting: int = MAX_WAITING,
        max_unarchived: int = MAX_UNARCHIVED,
    ) -> None:
        self._client = client
        self._feed = feed
        self._clock = clock
        self._limits = (max_waiting, max_unarchived)
        self._put = client.register_script(_PUT)
        self._next = client.register_script(_NEXT)
        self._finish = client.register_script(_FINISH)
        self._move = client.register_script(_MOVE)

    @available
    async def put(self, thread_id: str, inbound: Inbound) -> Receipt:
        outcome, waiting = await self._put(
            keys=[keys.inbox(thread_id), keys.WAITING, keys.message(inbound.key), keys.TURNS],
            args=[thread_id, inbound.model_dump_json(), self._now(), uuid4().hex, *self._limits],
        )
        if outcome == -1:
            raise Overloaded(f"{waiting} messages of this thread wait already")
        if outcome < 0:
            raise Overloaded("the archive is too far behind")
        return Receipt(new=outcome == 1, waiting=waiting)

    @available
    async def next(self, thread_id: str) -> Work | None:
        found = await self._next(keys=[keys.inbox(thread_id), keys.attempts(thread_id)])
        if not found:
            return None
        return Work(inbound=Inbound.model_validate_json(found[0]), attempt=found[1])

    @available
    async def finish(self, thread_id: str, inbound: Inbound, turn: Turn) -> None:
        await self._finish(
            keys=[keys.message(inbound.key), keys.TURNS, keys.WAITING],
            args=[
                turn.model_dump_json(),
                int(KEPT.total_seconds()),
                keys.NAMESPACE,
                *(keys.feed(watched) for watched in {thread_id, turn.thread_id or thread_id}),
            ],
        )

    @available
    async def move(self, source: str, target: str, inbound: Inbound) -> None:
        await self._move(
            keys=[keys.message(inbound.key), keys.WAITING],
            args=[source, target, keys.NAMESPACE],
        )

    @available
    async def turn_of(self, inbound_key: str) -> Turn | None:
        held: Any = await self._client.get(keys.message(inbound_key))
        return Turn.model_validate_json(held) if held and held.startswith("{") else None

    @available
    async def abandoned(self, idle_s: float) -> list[str]:
        threads: Any = await self._client.zrange(
            keys.WAITING, "-inf", self._now() - idle_s, byscore=True
        )
        if not threads:
            return []
        async with self._client.pipeline(transaction=False) as pipe:
            for thread_id in threads:
                pipe.exists(keys.lock(thread_id))
            held = await pipe.execute()
        return [thread for thread, locked in zip(threads, held, strict=True) if not locked]

    def watch(self, thread_id: str) -> AbstractAsyncContextManager[AsyncIterator[Turn]]:
        return self._feed.watch(thread_id)

    def _now(self) -> float:
        return self._clock.now().timestamp()
