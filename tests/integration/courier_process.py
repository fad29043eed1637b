"""A courier of its own, as another process would run it.

python -m tests.integration.courier_process REDIS MONGODB DATABASE TAKEN HANG
    works the queue off; TAKEN is the provider's file of what it took, a line each. After its
    message number HANG was taken, it says "taken" and waits to be killed.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from app.scenario import load_scenario
from channels.courier import Courier
from channels.moving import Moving
from channels.rates import Rates
from channels.window import Windows
from channels.woken import Woken
from contracts.clock import Clock, SystemClock
from contracts.messages import Channel
from contracts.sending import Sending
from stores.mongo.connect import connect as connect_mongo
from stores.mongo.records import open_records
from stores.redis.connect import connect
from stores.redis.keyvalue import RedisKeyValue
from stores.redis.sendqueue import RedisSendQueue
from tests.courier_world import Provider


class Filed(Provider):
    """A provider that all processes share: what it took stands in a file."""

    def __init__(self, file: Path, hang: int = 0) -> None:
        super().__init__(Channel.SMS, None)
        self._file = file
        self._hang = hang

    async def _take(self, repeatability_id: str) -> str:
        lines = await asyncio.to_thread(self.lines)
        if repeatability_id not in lines:
            await asyncio.to_thread(self._append, repeatability_id)
        if self._hang and len(lines) + 1 >= self._hang:
            self._hang = 0  # the others go on
            print("taken", flush=True)
            await asyncio.Event().wait()
        return f"sms-{repeatability_id}"

    async def deliver(
        self, sending: Sending, *, sent: int = 0, template: object = None
    ) -> AsyncIterator[str]:
        for index in range(sent, len(sending.parts)):
            self.handed += 1
            yield await self._take(f"{sending.key}:{index}")

    def lines(self) -> list[str]:
        return self._file.read_text().splitlines() if self._file.exists() else []

    def _append(self, line: str) -> None:
        with self._file.open("a") as file:
            file.write(f"{line}\n")


@asynccontextmanager
async def opened(
    redis_url: str, mongodb_uri: str, database: str, provider: Provider, clock: Clock
) -> AsyncIterator[tuple[Courier, Woken]]:
    client, mongo = connect(redis_url), connect_mongo(mongodb_uri)
    records, scenario = open_records(mongo[database]), load_scenario("utilities")
    queue = Woken(RedisSendQueue(client, clock))
    windows = Windows(RedisKeyValue(client), queue, clock)
    moving = Moving(
        queue=queue,
        records=records,
        windows=windows,
        scenario=scenario,
        clock=clock,
        carried=[provider.channel],
    )
    courier = Courier(
        queue=queue,
        adapters=[provider],
        records=records,
        windows=windows,
        moving=moving,
        scenario=scenario,
        clock=clock,
        rng=random.Random(6),
        rates=Rates({Channel.SMS: 1e6}),
    )
    try:
        yield courier, queue
    finally:
        await courier.close()
        await client.aclose(close_connection_pool=True)
        await mongo.close()


async def main(redis_url: str, mongodb_uri: str, database: str, taken: str, hang: str) -> None:
    provider = Filed(Path(taken), int(hang))
    async with opened(redis_url, mongodb_uri, database, provider, SystemClock()) as (courier, _):
        await courier.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
