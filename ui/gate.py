"""The door of the site: who may enter the chat, and the headers every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CHAT = "/chat"
_PAGES_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# Chainlit's page has inline scripts and compiles its custom elements in the browser.
_CHAT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)


class Gate:
    """Lets only web sessions into the chat, by HTTP and by WebSocket, and sets the headers.

    `is_session` tells from a Cookie header whether it holds a valid session; `secure`: the
    site is reached by https.
    """

    def __init__(
        self, app: ASGIApp, *, is_session: Callable[[str], bool], base_url: str, secure: bool
    ) -> None:
        self._app = app
        self._is_session = is_session
        self._host = urlsplit(base_url).netloc
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers, path = Headers(scope=scope), str(scope["path"])
        in_chat = path == CHAT or path.startswith(f"{CHAT}/")
        admitted = not in_chat or self._admitted(scope["type"], headers)
        if scope["type"] == "websocket":
            target = self._app if admitted else _close
            await target(scope, receive, send)
            return
        answer = self._app if admitted else _refusal(scope, headers)
        await answer(scope, receive, self._with_headers(send, in_chat=in_chat))

    def _admitted(self, kind: str, headers: Headers) -> bool:
        if not self._is_session(headers.get("cookie", "")):
            return False
        return kind == "http" or self._same_origin(headers)

    def _same_origin(self, headers: Headers) -> bool:
        """A page elsewhere may not open the chat's socket in a customer's name."""
        origin = headers.get("origin")
        return origin is None or urlsplit(origin).netloc in (headers.get("host"), self._host)

    def _with_headers(self, send: Send, *, in_chat: bool) -> Send:
        policy = _CHAT_POLICY if in_chat else _PAGES_POLICY

        async def sender(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                found["Content-Security-Policy"] = policy
                found["X-Content-Type-Options"] = "nosniff"
                found["Referrer-Policy"] = "no-referrer"
                found["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
                if self._secure:
                    found["Strict-Transport-Security"] = "max-age=31536000"
                if not in_chat:
                    found.setdefault("Cache-Control", "no-store")
            await send(message)

        return sender


def _refusal(scope: Scope, headers: Headers) -> Response:
    """A page leads to the sign-in; anything else is told that it needs it."""
    if scope["method"] in ("GET", "HEAD") and "text/html" in headers.get("accept", ""):
        return RedirectResponse("/signin", status_code=303)
    return JSONResponse({"detail": "Please sign in."}, status_code=401)


async def _close(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1008})
