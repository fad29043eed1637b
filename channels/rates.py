"""How fast messages may go out from one number of ours: a token bucket each, in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from contracts.messages import Channel

# Messages a second, of one number, where the scenario says nothing.
PER_SECOND = {Channel.WHATSAPP: 20.0, Channel.SMS: 10.0, Channel.EMAIL: 10.0}
_OTHERS = 10.0


@dataclass
class _Bucket:
    tokens: float
    at: float


class Rates:
    """A second's worth may go out at once; whoever comes then waits for their turn."""

    def __init__(
        self,
        per_second: Mapping[Channel, float],
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._per_second = {**PER_SECOND, **per_second}
        self._now = now
        self._sleep = sleep
        self._buckets: dict[tuple[Channel, str], _Bucket] = {}

    async def take(self, channel: Channel, number: str) -> None:
        """Wait until one more message may go out."""
        rate = self._per_second.get(channel, _OTHERS)
        bucket = self._filled(channel, number, rate)
        bucket.tokens -= 1
        if bucket.tokens < 0:
            await self._sleep(-bucket.tokens / rate)

    def give_back(self, channel: Channel, number: str) -> None:
        """There was no message after all."""
        rate = self._per_second.get(channel, _OTHERS)
        self._filled(channel, number, rate).tokens += 1

    def _filled(self, channel: Channel, number: str, rate: float) -> _Bucket:
        now, most = self._now(), max(1.0, rate)
        bucket = self._buckets.setdefault((channel, number), _Bucket(most, now))
        bucket.tokens = min(most, bucket.tokens + (now - bucket.at) * rate)
        bucket.at = now
        return bucket
