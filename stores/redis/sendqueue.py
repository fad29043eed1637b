"""What waits to go out, on Redis: a list for each lane, one round trip an operation.

`lanes` orders the lanes by when their head may be given out: at once, when a lease on it ends, or
when it was put off to. A sending that is to wait from the start stands in `later` until then, so
that it holds up nobody in its lane.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from redis.asyncio import Redis

from contracts.clock import Clock
from contracts.errors import Overloaded
from contracts.sending import Claimed, Sending
from stores.redis import keys
from stores.redis.connect import available

SEEN = timedelta(hours=48)
MAX_WAITING = 100  # in a lane

# KEYS of every script. All but `lanes` and `later` are hashes: key -> JSON, key -> how often begun,
# key -> how many messages are taken, lane -> how many wait, lane -> token, token -> lane.
_KEYS = [
    keys.sends(part)
    for part in ("lanes", "later", "items", "attempts", "taken", "counts", "leases", "tokens")
]
_LANES = keys.sends("lane:")  # and the lane: a list of keys

_SHARED = """
local lanes, later, items, attempts, taken, counts, leases, tokens = unpack(KEYS)
local prefix = ARGV[1]
local function push(lane, key, now)
  if redis.call('RPUSH', prefix .. lane, key) == 1 then redis.call('ZADD', lanes, now, lane) end
end
local function ripen(now)
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', later, '-inf', now, 'LIMIT', 0, 100)) do
    local sending = cjson.decode(redis.call('HGET', items, key))
    redis.call('ZREM', later, key)
    push(sending.channel .. ':' .. sending.address, key, now)
  end
end
local function release(lane, token)
  if redis.call('HGET', leases, lane) ~= token then return false end
  redis.call('HDEL', leases, lane)
  redis.call('HDEL', tokens, token)
  return true
end
"""

# ARGV prefix, now, due, lane, key, sending, limit, seen key's seconds, nonce; KEYS[9] seen
_PUT = (
    _SHARED
    + """
local now, due, lane, key = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local held = redis.call('GET', KEYS[9])
-- our own nonce: the client sent this again, since it lost the first answer
if held then return held == ARGV[9] and 1 or 0 end
if redis.call('HEXISTS', items, key) == 1 then return 0 end
local count = redis.call('HINCRBY', counts, lane, 1)
if count > tonumber(ARGV[7]) then
  redis.call('HINCRBY', counts, lane, -1)
  return -1
end
redis.call('SET', KEYS[9], ARGV[9], 'EX', ARGV[8])
redis.call('HSET', items, key, ARGV[6])
ripen(now)
if tonumber(due) > tonumber(now) then
  redis.call('ZADD', later, due, key)
else
  push(lane, key, now)
end
return 1
"""
)

# ARGV prefix, now, until, token
_CLAIM = (
    _SHARED
    + """
local now, token = ARGV[2], ARGV[4]
ripen(now)
-- a token of ours that is known: the client sent this again, since it lost the first answer
local lane = redis.call('HGET', tokens, token)
local again = lane
if not lane then lane = redis.call('ZRANGEBYSCORE', lanes, '-inf', now, 'LIMIT', 0, 1)[1] end
if not lane then return false end
local key = redis.call('LINDEX', prefix .. lane, 0)
if not again then
  local lost = redis.call('HGET', leases, lane)
  if lost then redis.call('HDEL', tokens, lost) end
  redis.call('HSET', leases, lane, token)
  redis.call('HSET', tokens, token, lane)
  redis.call('ZADD', lanes, ARGV[3], lane)
  redis.call('HINCRBY', attempts, key, 1)
end
return {
  redis.call('HGET', items, key),
  tonumber(redis.call('HGET', attempts, key)),
  tonumber(redis.call('HGET', taken, key) or 0),
}
"""
)

# ARGV prefix, key, sent
_PROGRESS = (
    _SHARED
    + """
if redis.call('HEXISTS', items, ARGV[2]) == 0 then return 0 end
local before = tonumber(redis.call('HGET', taken, ARGV[2]) or 0)
if tonumber(ARGV[3]) > before then redis.call('HSET', taken, ARGV[2], ARGV[3]) end
return 1
"""
)

# ARGV prefix, now, lane, token, key
_DONE = (
    _SHARED
    + """
local lane, key = ARGV[3], ARGV[5]
if not release(lane, ARGV[4]) then return 0 end
redis.call('LPOP', prefix .. lane)
for _, hash in ipairs({items, attempts, taken}) do redis.call('HDEL', hash, key) end
if redis.call('HINCRBY', counts, lane, -1) <= 0 then redis.call('HDEL', counts, lane) end
if redis.call('EXISTS', prefix .. lane) == 1 then
  redis.call('ZADD', lanes, ARGV[2], lane)
else
  redis.call('ZREM', lanes, lane)
end
return 1
"""
)

# ARGV prefix, due, lane, token, key, attempts to take back
_AGAIN = (
    _SHARED
    + """
if not release(ARGV[3], ARGV[4]) then return 0 end
if ARGV[6] ~= '0' then redis.call('HINCRBY', attempts, ARGV[5], -ARGV[6]) end
redis.call('ZADD', lanes, ARGV[2], ARGV[3])
return 1
"""
)


class RedisSendQueue:
    """`SendQueue` on Redis. Leases and delays run by the clock; the 48 h by the server's."""

    def __init__(self, client: Redis, clock: Clock, *, max_waiting: int = MAX_WAITING) -> None:
        self._client = client
        self._clock = clock
        self._max_waiting = max_waiting
        self._put = client.register_script(_PUT)
        self._claim = client.register_script(_CLAIM)
        self._progress = client.register_script(_PROGRESS)
        self._done = client.register_script(_DONE)
        self._again = client.register_script(_AGAIN)

    @available
    async def put(self, sending: Sending, *, delay_s: float = 0.0) -> bool:
        now = self._now()
        outcome = await self._put(
            keys=[*_KEYS, keys.send_seen(sending.key)],
            args=[
                *(_LANES, now, now + delay_s, sending.lane, sending.key),
                *(sending.model_dump_json(), self._max_waiting),
                *(int(SEEN.total_seconds()), uuid4().hex),
            ],
        )
        if outcome < 0:
            raise Overloaded(f"{self._max_waiting} messages wait for this address already")
        return bool(outcome)

    @available
    async def claim(self, lease_s: float) -> Claimed | None:
        now, token = self._now(), uuid4().hex
        found = await self._claim(keys=_KEYS, args=[_LANES, now, now + lease_s, token])
        if not found:
            return None
        sending, attempt, sent = found
        return Claimed(
            sending=Sending.model_validate_json(sending), attempt=attempt, sent=sent, token=token
        )

    @available
    async def progress(self, claimed: Claimed, sent: int) -> None:
        await self._progress(keys=_KEYS, args=[_LANES, claimed.sending.key, sent])

    @available
    async def done(self, claimed: Claimed) -> None:
        sending = claimed.sending
        await self._done(
            keys=_KEYS, args=[_LANES, self._now(), sending.lane, claimed.token, sending.key]
        )

    @available
    async def again(self, claimed: Claimed, in_s: float, *, counted: bool = True) -> None:
        due, sending = self._now() + in_s, claimed.sending
        await self._again(
            keys=_KEYS,
            args=[_LANES, due, sending.lane, claimed.token, sending.key, int(not counted)],
        )

    @available
    async def waiting(self) -> int:
        return int(await self._client.hlen(keys.sends("items")))

    def _now(self) -> float:
        return self._clock.now().timestamp()
