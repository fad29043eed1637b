from __future__ import annotations
import asyncio, time
from datetime import UTC, datetime
import pytest
from contracts.messages import Channel, Inbound
from contracts.settings import Settings
from tests.e2e.workers import worker
from redis.asyncio import Redis
pytestmark = pytest.mark.e2e

def go(settings: Settings) -> None:
    t=time.perf_counter()
    for i in range(3):
        with worker(settings) as w:
            print("up", time.perf_counter()-t)
            for n in range(5):
                t=time.perf_counter()
                w.deliver(Inbound(channel=Channel.VOICE,address="+15550101",id=f"{i}-{n}",text="pay $3.10",at=datetime.now(UTC)))
                print(w.event(), w.event(), time.perf_counter()-t)
            w.leave()
        t=time.perf_counter()

async def test_x(settings: Settings) -> None:
    async with Redis.from_url(settings.redis_url) as r: await r.flushall()
    await asyncio.to_thread(go, settings)
