"""Azure's side of a bench: takes our messages as the service does, and posts events as Event Grid
does, at least once and in any order."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from channels.acs.clients import repeat_id
from contracts.demo import WHATSAPP_REGISTRATION
from emulator.serving import loopback
from gateway.wire.authority import SECRET_HEADER
from gateway.wire.paths import EVENTS

KIND = "Microsoft.Communication.AdvancedMessageReceived"
AT_ONCE = 16  # requests that Event Grid has open at most
AGAIN_S = 0.25  # before a batch that was not taken is posted again; Event Grid waits longer
ANSWERS_WITHIN_S = 30.0


@dataclass
class Message:
    """One customer's message, and what became of it. Times of `time.perf_counter`."""

    id: str
    sender: str
    text: str
    at: datetime
    posted: float = 0.0  # first
    acknowledged: float = 0.0  # first
    batches: list[int] = field(default_factory=list)  # that hold it
    answered: int = 0  # as the how-manieth of all answers; 0: not yet

    @property
    def first_answer(self) -> str:
        """The repeatability id of the first message of its answer."""
        return str(repeat_id(f"turn:whatsapp:{self.id}", 0))

    def as_event(self) -> dict[str, Any]:
        stamp = self.at.isoformat()
        return {
            "id": str(uuid4()),  # of an event, not of the message
            "topic": "/subscriptions/bench",
            "subject": "advancedMessage",
            "eventType": KIND,
            "eventTime": stamp,
            "dataVersion": "1.0",
            "metadataVersion": "1",
            "data": {
                "channelType": "whatsapp",
                "messageType": "text",
                "messageId": self.id,
                "from": self.sender.removeprefix("+"),
                "to": WHATSAPP_REGISTRATION,
                "content": self.text,
                "receivedTimestamp": stamp,
            },
        }


def written(
    senders: Sequence[str], texts: Sequence[str], count: int, at: datetime
) -> list[Message]:
    """So many messages, of each customer as many as of any other, a second apart."""
    return [
        Message(
            id=f"bench-{number}",
            sender=senders[number % len(senders)],
            text=texts[(number // len(senders)) % len(texts)],
            at=at + timedelta(seconds=number // len(senders)),
        )
        for number in range(count)
    ]


def batched(
    messages: Sequence[Message], duplicates: int, most: int, chance: random.Random
) -> list[list[Message]]:
    """All of them and so many once more, shuffled, in batches of one to `most`."""
    events = [*messages, *chance.choices(messages, k=duplicates)]
    chance.shuffle(events)
    batches: list[list[Message]] = []
    while events:
        size = chance.randint(1, most)
        batch, events = events[:size], events[size:]
        for message in batch:
            message.batches.append(len(batches))
        batches.append(batch)
    return batches


@dataclass
class Azure:
    """Takes what is sent, once for each repeatability id. `changed`: ids under which something else
    came the second time."""

    taken: dict[str, str] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    again: int = 0
    changed: set[str] = field(default_factory=set)

    async def send(self, request: Request) -> JSONResponse:
        sent = request.headers["repeatability-request-id"]
        said = (await request.body()).decode()
        if sent in self.taken:
            self.again += 1
            if self.taken[sent] != said:
                self.changed.add(sent)
        else:
            self.taken[sent] = said
            self.order[sent] = len(self.order) + 1
        receipt = {"messageId": f"m-{sent}", "to": "x"}
        return JSONResponse({"receipts": [receipt]}, status_code=202)


@asynccontextmanager
async def azure() -> AsyncIterator[tuple[str, Azure]]:
    """Its address, and what it took."""
    service = Azure()
    web = Starlette(routes=[Route("/messages/notifications:send", service.send, methods=["POST"])])
    async with loopback(web) as url:
        yield url, service


@dataclass
class Grid:
    """Posts batches to the workers in turn, at a pace, and again until each is taken. `acks`:
    seconds from a request to its 200. `taken`: called with how many batches are."""

    urls: Callable[[], Sequence[str]]
    secret: str
    rate: float  # events per second
    taken: Callable[[int], None] = lambda _count: None
    acks: list[float] = field(default_factory=list)
    refused: int = 0  # requests that had to be repeated
    _next: int = 0

    async def post(self, batches: Sequence[Sequence[Message]]) -> float:
        """All of them; the seconds it took."""
        began = time.perf_counter()
        waiting = self._paced(batches, began)
        async with httpx.AsyncClient(timeout=ANSWERS_WITHIN_S, trust_env=False) as client:

            async def poster() -> None:
                for due, batch in waiting:
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                    await self._until_taken(client, batch)
                    self.taken(len(self.acks))

            await asyncio.gather(*(poster() for _ in range(AT_ONCE)))
        return time.perf_counter() - began

    def _paced(
        self, batches: Sequence[Sequence[Message]], began: float
    ) -> Iterator[tuple[float, Sequence[Message]]]:
        """Each batch, and when it is due."""
        events = 0
        for batch in batches:
            yield began + events / self.rate, batch
            events += len(batch)

    async def _until_taken(self, client: httpx.AsyncClient, batch: Sequence[Message]) -> None:
        body = [message.as_event() for message in batch]
        for message in batch:
            message.posted = message.posted or time.perf_counter()
        while True:
            began = time.perf_counter()
            if await self._post(client, body):
                break
            await asyncio.sleep(AGAIN_S)
        ended = time.perf_counter()
        self.acks.append(ended - began)
        for message in batch:
            message.acknowledged = message.acknowledged or ended

    async def _post(self, client: httpx.AsyncClient, body: list[dict[str, Any]]) -> bool:
        urls = self.urls()
        if not urls:
            return False
        self._next += 1
        url = urls[self._next % len(urls)]
        try:
            answer = await client.post(
                f"{url}{EVENTS}", json=body, headers={SECRET_HEADER: self.secret}
            )
            taken = answer.status_code == 200
        except httpx.HTTPError:
            taken = False
        self.refused += not taken
        return taken
