"""Requests that schemathesis makes up, sent to the web app without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import httpx
import requests
from schemathesis import Case
from starlette.types import ASGIApp, Message

BASE = "http://testserver"
STREAMS = "text/event-stream"
ANSWERS_WITHIN_S = 45.0


@dataclass
class Asgi:
    """Sends a request to an app, each from another visitor's address.

    A stream of events is left as soon as it begins, as a browser leaves a page.
    """

    app: ASGIApp
    _visitors: count[int] = field(default_factory=count)

    async def send(self, request: httpx.Request) -> httpx.Response:
        number = next(self._visitors)
        exchange = _Exchange(request, f"10.0.{number // 250}.{number % 250 + 1}")
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            await exchange.through(self.app)
        return exchange.response()


class _Exchange:
    """One request and what was answered so far."""

    def __init__(self, request: httpx.Request, visitor: str) -> None:
        self._request = request
        self._visitor = visitor
        self._sent = False
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = bytearray()
        self._left = asyncio.Event()

    async def through(self, app: ASGIApp) -> None:
        url = self._request.url
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self._request.method,
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.partition(b"?")[0],
            "query_string": url.query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in self._request.headers.raw],
            "client": (self._visitor, 40_000),
            "server": (url.host, url.port or 80),
        }
        await app(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        if not self._sent:
            self._sent = True
            return {"type": "http.request", "body": self._request.content, "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], list(message["headers"])
            if self.response().headers.get("content-type", "").startswith(STREAMS):
                self._left.set()
        else:
            self._body += message.get("body", b"")

    def response(self) -> httpx.Response:
        response = httpx.Response(
            self._status, headers=self._headers, content=bytes(self._body), request=self._request
        )
        response.elapsed = timedelta(0)
        return response


def _octets(value: str | bytes) -> bytes:
    return value.encode("latin-1", "replace") if isinstance(value, str) else value


def request_of(case: Case, cookies: Mapping[str, str]) -> httpx.Request:
    """What a made-up case is on the wire, with a browser's cookies in place of made-up ones."""
    case.cookies = {}
    made = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
    body = made.body or b""
    assert isinstance(body, bytes | str)
    content = body.encode() if isinstance(body, str) else body
    headers = httpx.Headers(
        [(name.encode(), _octets(value)) for name, value in made.headers.items()]
    )
    headers["content-length"] = str(len(content))
    headers["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return httpx.Request(str(made.method), str(made.url), headers=headers, content=content)
