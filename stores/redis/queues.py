"""The lines for human agents and what is measured of them, shared by all processes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis

from contracts.clock import Clock
from contracts.messages import Channel
from contracts.ports import QueueState, Waiting
from stores import erlang
from stores.redis import keys
from stores.redis.connect import available

WINDOW_MINUTES = 60
_ARRIVALS_KEPT_S = 2 * 3600

# KEYS line, sequence; ARGV id, priority. Higher priority first, then who came first.
_JOIN = """
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  local turn = redis.call('INCR', KEYS[2])
  redis.call('ZADD', KEYS[1], turn - tonumber(ARGV[2]) * 2^40, ARGV[1])
end
return redis.call('ZRANK', KEYS[1], ARGV[1]) + 1
"""

# KEYS arrivals; ARGV minute, count, first minute of the window, seconds to keep
_ARRIVED = """
redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
for _, minute in ipairs(redis.call('HKEYS', KEYS[1])) do
  if tonumber(minute) < tonumber(ARGV[3]) then redis.call('HDEL', KEYS[1], minute) end
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
"""


class RedisQueueMetrics:
    """`QueueMetrics` on Redis.

    `defaults` gives (agents, average handling time in seconds) for each channel until `staff`
    says otherwise. Arrivals are counted by the minute over the last 60, by the clock.
    """

    def __init__(
        self, client: Redis, defaults: Mapping[Channel, tuple[int, float]], clock: Clock
    ) -> None:
        self._client = client
        self._defaults = defaults
        self._clock = clock
        self._join = client.register_script(_JOIN)
        self._arrived = client.register_script(_ARRIVED)

    @available
    async def join(self, waiting: Waiting) -> int:
        position: int = await self._join(
            keys=[_line(waiting.channel), keys.queue("sequence")],
            args=[waiting.id, waiting.priority],
        )
        return position

    @available
    async def leave(self, channel: Channel, waiting_id: str) -> None:
        await self._client.zrem(_line(channel), waiting_id)

    @available
    async def arrived(self, channel: Channel, count: int = 1) -> None:
        minute = self._minute()
        await self._arrived(
            keys=[_arrivals(channel)],
            args=[minute, count, minute - WINDOW_MINUTES + 1, _ARRIVALS_KEPT_S],
        )

    @available
    async def staff(self, channel: Channel, *, agents: int, handle_s: float) -> None:
        await self._client.hset(keys.queue("staff"), channel, json.dumps([agents, handle_s]))

    @available
    async def snapshot(self) -> dict[Channel, QueueState]:
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.hgetall(keys.queue("staff"))
            for channel in Channel:
                pipe.zcard(_line(channel))
                pipe.hgetall(_arrivals(channel))
            staff, *measured = await pipe.execute()
        pairs = zip(measured[::2], measured[1::2], strict=True)
        return {
            channel: self._state(channel, depth, counts, staff)
            for channel, (depth, counts) in zip(Channel, pairs, strict=True)
        }

    @available
    async def engaged(self, trigger: str, *, on: bool | None = None) -> bool:
        if on is None:
            return await self._client.hget(keys.queue("engaged"), trigger) == "1"
        await self._client.hset(keys.queue("engaged"), trigger, str(int(on)))
        return on

    @available
    async def clear(self) -> None:
        names = [name for channel in Channel for name in (_line(channel), _arrivals(channel))]
        await self._client.delete(*names)

    def _state(
        self, channel: Channel, depth: int, counts: dict[str, str], staff: dict[str, str]
    ) -> QueueState:
        first = self._minute() - WINDOW_MINUTES + 1
        arrivals = sum(int(count) for minute, count in counts.items() if int(minute) >= first)
        agents, handle_s = self._staffing(channel, staff.get(channel))
        return erlang.queue_state(
            channel, depth=depth, arrivals_per_hour=arrivals, agents=agents, handle_s=handle_s
        )

    def _staffing(self, channel: Channel, stored: str | None) -> tuple[int, float]:
        if stored is None:
            return self._defaults.get(channel, (0, erlang.DEFAULT_HANDLE_S))
        staffing: list[Any] = json.loads(stored)
        return int(staffing[0]), float(staffing[1])

    def _minute(self) -> int:
        return int(self._clock.now().timestamp() // 60)


def _line(channel: Channel) -> str:
    return keys.queue(f"line:{channel}")


def _arrivals(channel: Channel) -> str:
    return keys.queue(f"arrivals:{channel}")
