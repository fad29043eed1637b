"""Events as Event Grid posts them, and a program that posts them to the product."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from app.build import App
from app.messaging import webhook_of
from contracts.demo import WHATSAPP_REGISTRATION
from contracts.messages import Turn
from contracts.sending import Sending
from gateway.wire.authority import SECRET_HEADER
from gateway.wire.paths import EVENTS
from tests.conftest import START

SECRET = "the secret of the tests"
AUDIENCE = "api://throughline"


def message(
    text: str,
    *,
    at: datetime,
    sender: str = "+15550101",
    message_id: str = "m1",
    **data: Any,
) -> dict[str, Any]:
    """A WhatsApp message in Event Grid's own schema."""
    return {
        "id": f"event-{message_id}",
        "topic": "/subscriptions/x",
        "subject": "advancedMessage/sender/x",
        "eventType": "Microsoft.Communication.AdvancedMessageReceived",
        "eventTime": at.isoformat(),
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "data": {
            "channelType": "whatsapp",
            "messageType": "text",
            "messageId": message_id,
            "from": sender.removeprefix("+"),
            "to": WHATSAPP_REGISTRATION,
            "content": text,
            "receivedTimestamp": at.isoformat(),
            **data,
        },
    }


def text(said: str, message_id: str, **more: Any) -> dict[str, Any]:
    """One of the moment that tests' clocks stand at."""
    return message(said, at=START, message_id=message_id, **more)


@dataclass
class Poster:
    """Posts as Event Grid does. `headers` are sent with everything."""

    app: App
    client: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=lambda: {SECRET_HEADER: SECRET})

    async def post(
        self, *events: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        given = self.headers if headers is None else headers
        return await self.client.post(EVENTS, json=list(events), headers=dict(given))

    async def turns(self) -> list[Turn]:
        """All turns there were, in the order they ended, once none is running."""
        await self.app.gateway.close()
        assert await self.app.memory.inbox.abandoned(0.0) == []
        return [turn for _, turn in await self.app.memory.turn_log.unarchived()]

    async def replies(self) -> list[Sending]:
        """What waits to go out once all turns are over, and is taken out with this."""
        await self.app.gateway.close()
        found = []
        while (claimed := await self.app.memory.sends.claim(60.0)) is not None:
            found.append(claimed.sending)
            await self.app.memory.sends.done(claimed)
        return found


@asynccontextmanager
async def poster_of(app: App) -> AsyncIterator[Poster]:
    """The webhook alone, called in this process."""
    web = FastAPI()
    web.include_router(webhook_of(app).router)
    transport = httpx.ASGITransport(app=web)
    async with httpx.AsyncClient(transport=transport, base_url="http://product") as client:
        yield Poster(app, client)


def spread(at: datetime, count: int) -> Iterable[datetime]:
    """Moments that follow each other, the last of them `at`."""
    return (at - timedelta(seconds=count - 1 - number) for number in range(count))
