"""A small server that takes messages as Infobip does, for tests on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.serving import loopback

KEY = "infobip-key"
MEDIA = b"\xff\xd8\xff a photo"


@dataclass(frozen=True)
class Says:
    """An answer: its status, and the group and name of the message's."""

    status: int = 200
    group: str = "PENDING"
    name: str = "PENDING_ENROUTE"
    retry_after: str = ""


@dataclass
class InfobipServer:
    """Plays `answers` in turn, then accepts. `requests`: path and body of what was posted."""

    url: str = ""
    answers: list[Says] = field(default_factory=list)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    posted: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"App {KEY}":
            return JSONResponse({"requestError": {}}, 401)
        self.requests.append((request.url.path, await request.json()))
        self.posted.set()
        says = self.answers.pop(0) if self.answers else Says()
        headers = {"retry-after": says.retry_after} if says.retry_after else {}
        status = {"groupName": says.group, "name": says.name, "description": "as told"}
        single = {"to": "1", "messageCount": 1, "messageId": "x", "status": status}
        many = "sms" in request.url.path or request.url.path.endswith("template")
        return JSONResponse({"messages": [single]} if many else single, says.status, headers)

    async def media(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"App {KEY}":
            return JSONResponse({}, 401)
        return Response(MEDIA, media_type="image/jpeg")


@asynccontextmanager
async def infobip_server() -> AsyncIterator[InfobipServer]:
    """The server on a free port of loopback, in this loop."""
    held = InfobipServer()
    routes = [
        Route("/whatsapp/1/message/{kind:path}", held.take, methods=["POST"]),
        Route("/sms/3/messages", held.take, methods=["POST"]),
        Route("/whatsapp/1/senders/{path:path}", held.media),
    ]
    async with loopback(Starlette(routes=routes)) as held.url:
        yield held
