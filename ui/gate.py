"""The door of the site: who may enter the chat, and the headers every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CHAT = "/chat"
CHAT_TOKEN = "access_token"  # the cookie in which Chainlit expects its token
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

    session_of: the id of the session in a Cookie header, if it holds a valid one. token_of:
    Chainlit's token for a session; it is put into each request here, so that a browser has one
    cookie, ours, and whoever signs out is out. secure: the site is reached by https.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        session_of: Callable[[str], str | None],
        token_of: Callable[[str], str],
        base_url: str,
        secure: bool,
    ) -> None:
        self._app = app
        self._session_of = session_of
        self._token_of = token_of
        self._host = urlsplit(base_url).netloc
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        path = str(scope["path"])
        in_chat = path == CHAT or path.startswith(f"{CHAT}/")
        answer = self._entry(scope) if in_chat else self._app
        if scope["type"] == "http":
            send = self._with_headers(send, in_chat=in_chat)
        await answer(scope, receive, send)

    def _entry(self, scope: Scope) -> ASGIApp:
        """The app, for a session; else what turns the visitor away."""
        headers = Headers(scope=scope)
        session_id = self._session_of(headers.get("cookie", ""))
        if scope["type"] == "websocket" and not self._same_origin(headers):
            session_id = None
        if session_id is not None:
            _put_token(scope, self._token_of(session_id))
            return self._app
        return _close if scope["type"] == "websocket" else _refusal(scope, headers)

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


def _put_token(scope: Scope, token: str) -> None:
    headers = MutableHeaders(scope=scope)
    cookies = cookie_parser(headers.get("cookie", ""))
    kept = {name: value for name, value in cookies.items() if not name.startswith(CHAT_TOKEN)}
    headers["cookie"] = "; ".join(f"{n}={v}" for n, v in {**kept, CHAT_TOKEN: token}.items())


def _refusal(scope: Scope, headers: Headers) -> Response:
    """A page leads to the sign-in; anything else is told that it needs it."""
    if scope["method"] in ("GET", "HEAD") and "text/html" in headers.get("accept", ""):
        return RedirectResponse("/signin", status_code=303)
    return JSONResponse({"detail": "Please sign in."}, status_code=401)


async def _close(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1008})
