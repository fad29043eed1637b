"""What becomes of 10,000 events when everything goes wrong at once: a fifth of them duplicates, all
shuffled, in batches, from 500 customers, to two workers of which one is killed twice.

The workers are `throughline serve` on one Redis and MongoDB, with the embedded model, each with a
process for its turns, which dies with it; each message is a full turn, and its reply goes out
through Azure's SDK to a service on loopback. A killed worker is replaced; what it had not
acknowledged is posted again, what it had and did not answer is found by the others. A message is
lost if no reply to it was taken; duplicated if two different ones were, or two turns were kept. Of
two messages of one customer the one that was acknowledged before the other was posted has to be
answered first, and the older one of two that came in one batch alone. Events come at a pace
(`--rate`); `events_per_s` is what was taken and answered, from the first event to the last reply.
Run: python -m evals.bench.messaging
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import secrets
import signal
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from contracts.clock import SystemClock
from evals.bench.provider import Azure, Grid, Message, azure, batched, written
from evals.bench.served import Server, worker
from evals.figures import percentile
from stores.embedded import Servers, embedded
from stores.mongo.connect import Database, connect
from stores.mongo.indexes import ensure_indexes
from stores.seed import seed

EVENTS, CUSTOMERS, KILLS = 10_000, 500, 2
DUPLICATES = 0.2  # of the events
BATCH = 10  # events at most
WORKERS = 2
ANSWERED_WITHIN_S = 1_800.0
LOOK_EVERY_S = 0.2
RATE = 20.0  # events per second: half of what two cores answer with the embedded model
TEXTS = (
    "is there an outage near me?",
    "hello",
    "what number do I call in an emergency?",
    "thank you",
    "can you help me with my bill?",
)


@dataclass(frozen=True, slots=True)
class Figures:
    events: int
    messages: int
    customers: int
    kills: int
    lost: int
    duplicated: int
    out_of_order: int
    acks: tuple[float, ...]  # seconds
    posting_s: float
    answering_s: float  # from the first event to the last reply
    repeated: int  # requests that had to be made again
    sent_again: int  # messages that the service knew already


@dataclass
class Fleet:
    """Workers that can be killed and are replaced."""

    folder: Path
    settings: Mapping[str, str]
    kills: int = 0
    _up: dict[int, Server] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _coming: list[asyncio.Task[None]] = field(default_factory=list)

    def urls(self) -> Sequence[str]:
        return [server.base_url for server in self._up.values()]

    async def start(self, number: int) -> None:
        folder = self.folder / f"worker-{number}"
        folder.mkdir(exist_ok=True)
        self._up[number] = await self._stack.enter_async_context(worker(folder, self.settings))

    def kill(self) -> None:
        """One that works dies, with the process that runs its turns, and another one takes its
        place; nothing happens if none works."""
        if not self._up:
            return
        number = min(self._up, key=lambda it: (it == self.kills % WORKERS, it))
        pid = self._up.pop(number).pid
        for one in (*children_of(pid), pid):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self.kills += 1
        self._coming.append(asyncio.create_task(self.start(number)))

    async def close(self) -> None:
        await asyncio.gather(*self._coming)
        await self._stack.aclose()


def children_of(pid: int) -> list[int]:
    """The processes that a process of Linux started."""
    return [
        int(child)
        for listed in Path(f"/proc/{pid}/task").glob("*/children")
        for child in listed.read_text("ascii").split()
    ]


async def run(
    events: int = EVENTS, customers: int = CUSTOMERS, kills: int = KILLS, rate: float = RATE
) -> Figures:
    """Measure, on stores of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with embedded(folder / "stores") as servers, azure() as (url, service):
            database = connect(servers.mongodb_uri)["throughline"]
            senders = await seeded(database, customers)
            messages = written(
                senders,
                TEXTS,
                events - int(events * DUPLICATES),
                datetime.now(UTC) - timedelta(minutes=5),
            )
            async with fleet(folder, servers, url) as working:
                figures = await measured(working, service, database, messages, events, kills, rate)
            await database.client.close()
    return figures


@asynccontextmanager
async def fleet(folder: Path, servers: Servers, azure_url: str) -> AsyncIterator[Fleet]:
    settings = {
        "REDIS_URL": servers.redis_url,
        "MONGODB_URI": servers.mongodb_uri,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ACS_ENDPOINT": azure_url,
        "ACS_ACCESS_KEY": "c2VjcmV0",
        "EVENTS_SECRET": secrets.token_urlsafe(24),
        "SPEECH": "off",  # nobody calls here
    }
    working = Fleet(folder, settings)
    try:
        for number in range(WORKERS):
            await working.start(number)
        yield working
    finally:
        await working.close()


async def seeded(database: Database, customers: int) -> list[str]:
    """The numbers of the demo utility's customers, as many as are wanted."""
    await ensure_indexes(database)
    await seed(database, customers=customers + 20, clock=SystemClock())
    found = database["customers"].find({}, {"contacts": 1}).sort("_id", 1)
    numbers = [
        contact["value"]
        async for customer in found
        for contact in customer["contacts"][:1]
        if contact["kind"] == "phone"
    ]
    return list(dict.fromkeys(numbers))[:customers]


async def measured(
    working: Fleet,
    service: Azure,
    database: Database,
    messages: Sequence[Message],
    events: int,
    kills: int,
    rate: float,
) -> Figures:
    chance = random.Random(20260115)
    batches = batched(messages, events - len(messages), BATCH, chance)
    marks = iter([len(batches) * (kill + 1) // (kills + 1) for kill in range(kills)])
    due = next(marks, None)

    def taken(count: int) -> None:
        nonlocal due
        if due is not None and count >= due:
            due = next(marks, None)
            working.kill()

    grid = Grid(working.urls, working.settings["EVENTS_SECRET"], rate, taken)
    began = time.perf_counter()
    posting_s = await grid.post(batches)
    await answered(service, messages)
    answering_s = time.perf_counter() - began
    for message in messages:
        message.answered = service.order.get(message.first_answer, 0)
    return Figures(
        events=events,
        messages=len(messages),
        customers=len({message.sender for message in messages}),
        kills=working.kills,
        lost=sum(message.answered == 0 for message in messages),
        duplicated=len(service.changed) + await kept_twice(database),
        out_of_order=sum(1 for _ in overtaken(messages)),
        acks=tuple(grid.acks),
        posting_s=posting_s,
        answering_s=answering_s,
        repeated=grid.refused,
        sent_again=service.again,
    )


async def answered(service: Azure, messages: Sequence[Message]) -> None:
    """Returns once each is, or after the time for it."""
    wanted = {message.first_answer for message in messages}
    deadline = time.perf_counter() + ANSWERED_WITHIN_S
    while wanted - service.taken.keys():
        if time.perf_counter() > deadline:
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def kept_twice(database: Database) -> int:
    """Messages that have more than one turn in the transcripts."""
    turns = database["transcripts"].find({}, {"inbound_key": 1})
    counts = Counter([turn["inbound_key"] async for turn in turns])
    return sum(count > 1 for count in counts.values())


def overtaken(messages: Sequence[Message]) -> Iterator[tuple[Message, Message]]:
    """Pairs of one customer's messages that were answered in the wrong order."""
    by_sender: dict[str, list[Message]] = {}
    for message in messages:
        if message.answered:
            by_sender.setdefault(message.sender, []).append(message)
    for own in by_sender.values():
        for one, other in itertools.permutations(own, 2):
            if goes_first(one, other) and one.answered > other.answered:
                yield one, other


def goes_first(one: Message, other: Message) -> bool:
    if one.acknowledged < other.posted:
        return True
    return one.batches == other.batches and len(one.batches) == 1 and one.at < other.at


def line(figures: Figures) -> dict[str, float]:
    return {
        "lost": figures.lost,
        "duplicated": figures.duplicated,
        "out_of_order": figures.out_of_order,
        "ack_p95_ms": round(percentile(figures.acks, 0.95) * 1000, 1),
        "events_per_s": round(figures.events / figures.answering_s, 1),
    }


def show(figures: Figures) -> None:
    table = Table(
        title=f"{figures.events} events of {figures.customers} customers, "
        f"{WORKERS} workers, {figures.kills} killed"
    )
    table.add_column("")
    table.add_column("", justify="right")
    rows = {
        "messages": figures.messages,
        "lost": figures.lost,
        "duplicated": figures.duplicated,
        "out of order": figures.out_of_order,
        "acknowledged, p50 (ms)": f"{statistics.median(figures.acks) * 1000:.1f}",
        "acknowledged, p95 (ms)": f"{percentile(figures.acks, 0.95) * 1000:.1f}",
        "posted and taken (events/s)": f"{figures.events / figures.posting_s:.1f}",
        "taken and answered (events/s)": f"{figures.events / figures.answering_s:.1f}",
        "requests made again": figures.repeated,
        "sent again, known by the service": figures.sent_again,
    }
    for name, value in rows.items():
        table.add_row(name, str(value))
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--rate", type=float, default=RATE)
    given = parser.parse_args()
    figures = asyncio.run(run(given.events, given.customers, given.kills, given.rate))
    show(figures)
    print(json.dumps(line(figures)))


if __name__ == "__main__":
    main()
