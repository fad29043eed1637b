"""A webhook on loopback for an event source to post to, that answers as a test wants."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from emulator.serving import loopback

WITHIN_S = 45.0
VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"


@dataclass(frozen=True, slots=True)
class Posted:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any  # JSON; None without one

    @property
    def is_handshake(self) -> bool:
        return self.headers.get("aeg-event-type") == "SubscriptionValidation"


class Hook:
    """Answers 200, or what is in `answers` first; a handshake as `shakes` says."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: deque[int] = deque()
        self.shakes: deque[bool] = deque()  # False: refuse this one
        self.requests: list[Posted] = []
        self.files: dict[str, tuple[str, bytes]] = {}  # by path: what a GET gives, and its type
        self._news = asyncio.Condition()

    def forget(self) -> None:
        """As if it were a new one."""
        for known in (self.answers, self.shakes, self.requests, self.files):
            known.clear()

    @property
    def events(self) -> list[dict[str, Any]]:
        """All that were taken, in the order they came."""
        posted = [it for it in self.requests if not it.is_handshake and it.method == "POST"]
        return [event for it in posted for event in (it.body if isinstance(it.body, list) else [])]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """The data of the events whose type ends so."""
        named = [(it.get("eventType") or it.get("type", ""), it) for it in self.events]
        return [it["data"] for name, it in named if name.endswith(kind)]

    async def until(self, look: Callable[[], Any]) -> Any:
        """What `look` gives as soon as that is true, looked at whenever a request comes."""
        async with asyncio.timeout(WITHIN_S), self._news:
            while not (found := look()):
                await self._news.wait()
            return found

    async def take(self, request: Request) -> Response:
        raw = await request.body()
        body = await request.json() if raw else None
        posted = Posted(request.method, request.url.path, dict(request.headers), body)
        async with self._news:
            self.requests.append(posted)
            self._news.notify_all()
        if posted.is_handshake:
            return self._shake(posted)
        return Response(status_code=self.answers.popleft() if self.answers else 200)

    async def give(self, request: Request) -> Response:
        found = self.files.get(request.url.path)
        return Response(found[1], media_type=found[0]) if found else Response(status_code=404)

    def file(self, name: str, content_type: str, data: bytes) -> str:
        """The URL of a file to be fetched."""
        self.files[f"/{name}"] = (content_type, data)
        return self.url.replace("/events", f"/{name}")

    def _shake(self, posted: Posted) -> Response:
        if self.shakes and not self.shakes.popleft():
            return Response(status_code=503)
        if posted.method == "OPTIONS":
            origin = posted.headers["webhook-request-origin"]
            return Response(headers={"WebHook-Allowed-Origin": origin})
        code = posted.body[0]["data"]["validationCode"]
        return JSONResponse({"validationResponse": code})


@asynccontextmanager
async def open_hook() -> AsyncIterator[Hook]:
    """A webhook that listens."""
    hook = Hook()
    web = FastAPI()
    web.add_api_route("/{path:path}", hook.take, methods=["POST", "OPTIONS"])
    web.add_api_route("/{path:path}", hook.give, methods=["GET"])
    async with loopback(web) as url:
        hook.url = f"{url}/events"
        yield hook
