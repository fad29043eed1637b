"""The emulator answers on this machine alone, and to its own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Loopback:
    """Refuses what came by another name (a web page that points its own at 127.0.0.1), and what
    another site's page posts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and _refusal(scope):
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http" and (why := _refusal(scope)):
            body = {"error": {"code": "Forbidden", "message": why}}
            await JSONResponse(body, status_code=403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _refusal(scope: Scope) -> str:
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    if urlsplit(f"//{host}").hostname not in LOCAL:
        return "the emulator answers to 127.0.0.1 and localhost alone"
    origin = headers.get("origin")
    safe = scope.get("method") in _SAFE  # a WebSocket never is
    if origin and not safe and urlsplit(origin).netloc != host:
        return "the emulator takes posts from its own page alone"
    return ""
