"""The door of the site: who may enter the chat, whose requests count, and the headers every answer
carries."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.errors import StoreUnavailable
from contracts.language import t
from gateway.wire.paths import is_for_programs
from ui import policy

log = logging.getLogger(__name__)

CHAT = "/chat"
CHAT_TOKEN = "access_token"  # the cookie in which Chainlit expects its token
_READING = ("GET", "HEAD", "OPTIONS")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # without one browsers hide the Origin of our own forms
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_HSTS = "max-age=31536000; includeSubDomains"


class Gate:
    """Lets only web sessions into the chat, by HTTP and by WebSocket, and sets the headers.

    session_of: the id of the session in a Cookie header, if it holds a valid one. token_of:
    Chainlit's token for a session; it is put into each request here, so that a browser has one
    cookie, ours, and whoever signs out is out. secure: the site is reached by https. is_over:
    whether a Cookie header holds a session that has run out. has_lapsed: whether a session is no
    longer the customer's it was. chat_policy: the content-security policy of the chat's page.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        session_of: Callable[[str], str | None],
        token_of: Callable[[str], str],
        base_url: str,
        secure: bool,
        is_over: Callable[[str], bool] = lambda _cookies: False,
        has_lapsed: Callable[[str], Awaitable[bool]] | None = None,
        chat_policy: str = policy.PAGES,
    ) -> None:
        self._app = app
        self._session_of = session_of
        self._token_of = token_of
        self._host = urlsplit(base_url).netloc
        self._secure = secure
        self._is_over = is_over
        self._has_lapsed = has_lapsed
        self._chat_policy = chat_policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        path = str(scope["path"])
        in_chat = path == CHAT or path.startswith(f"{CHAT}/")
        if scope["type"] == "http":
            send = self._with_headers(send, in_chat=in_chat)
        answer = self._app
        if not self._is_from_here(scope):
            answer = _foreign(scope)
        elif in_chat:
            answer = await self._entry(scope)
        await answer(scope, receive, send)

    def _is_from_here(self, scope: Scope) -> bool:
        """A page elsewhere may send nothing in a customer's name, nor open the chat's socket. No
        browser leaves Origin out where it matters; other programs send none."""
        if scope["type"] == "http" and scope["method"] in _READING:
            return True
        if scope["path"] == policy.PROCESSOR_END or is_for_programs(str(scope["path"])):
            return True
        headers = Headers(scope=scope)
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return False
        origin = headers.get("origin")
        return origin is None or self._is_page_of_ours(origin, headers.get("host", ""))

    def _is_page_of_ours(self, origin: str, host: str) -> bool:
        try:
            theirs = urlsplit(origin).netloc
        except ValueError:
            return False
        if theirs == self._host:
            return True
        if not theirs or theirs != host:
            return False
        if not _is_ours(theirs):
            log.warning("a page by a name that is not the site's is refused: see PUBLIC_URL")
            return False
        return True

    async def _entry(self, scope: Scope) -> ASGIApp:
        """The app, for a session; else what turns the visitor away."""
        headers = Headers(scope=scope)
        cookies = headers.get("cookie", "")
        session_id = self._session_of(cookies)
        wants_page = _wants_page(scope, headers)
        if session_id is None:
            why = "?why=ended" if self._is_over(cookies) else ""
            return _close if scope["type"] == "websocket" else _refusal(why, page=wants_page)
        if wants_page and await self._lapsed(session_id):
            return _refusal("?why=lapsed", page=True)
        _put_token(scope, self._token_of(session_id))
        return self._app

    async def _lapsed(self, session_id: str) -> bool:
        try:
            return self._has_lapsed is not None and await self._has_lapsed(session_id)
        except StoreUnavailable:  # the chat says so itself
            return False

    def _with_headers(self, send: Send, *, in_chat: bool) -> Send:
        content = self._chat_policy if in_chat else policy.PAGES

        async def sender(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                if in_chat:
                    found["Content-Security-Policy"] = content
                # A page may say otherwise for itself: the pay page and its frame do.
                for name, value in {**_HEADERS, "Content-Security-Policy": content}.items():
                    found.setdefault(name, value)
                if self._secure:
                    found["Strict-Transport-Security"] = _HSTS
                if in_chat:
                    message["headers"] = [self._strict_cookie(it) for it in message["headers"]]
                else:
                    found.setdefault("Cache-Control", "no-store")
            await send(message)

        return sender

    def _strict_cookie(self, header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        """Chainlit's own cookie goes to other sites' pages, where it is not on this machine."""
        name, value = header
        if name.lower() != b"set-cookie":
            return header
        parts = [part.strip() for part in value.split(b";")]
        kept = [p for p in parts if not p.lower().startswith((b"samesite=", b"secure"))]
        secure = [b"Secure"] if self._secure else []
        return name, b"; ".join([*kept, b"SameSite=lax", *secure])


def _is_ours(host: str) -> bool:
    """Whether nobody else can have a page at that name: an address in figures, or a name that only
    this machine or its network knows. Who owns any other can point it at us (DNS rebinding), so
    that it counts as PUBLIC_URL alone."""
    try:
        name = urlsplit(f"//{host}").hostname or "."
    except ValueError:
        return False
    if "." not in name or name.endswith((".localhost", ".local")):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _put_token(scope: Scope, token: str) -> None:
    headers = MutableHeaders(scope=scope)
    cookies = cookie_parser(headers.get("cookie", ""))
    kept = {name: value for name, value in cookies.items() if not name.startswith(CHAT_TOKEN)}
    headers["cookie"] = "; ".join(f"{n}={v}" for n, v in {**kept, CHAT_TOKEN: token}.items())


def _wants_page(scope: Scope, headers: Headers) -> bool:
    reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
    return reads and "text/html" in headers.get("accept", "")


def _refusal(why: str, *, page: bool) -> Response:
    """A page leads to the sign-in; anything else is told that it needs it."""
    if page:
        return RedirectResponse(f"/signin{why}", status_code=303)
    return JSONResponse({"detail": t("Please sign in.")}, status_code=401)


def _foreign(scope: Scope) -> ASGIApp:
    if scope["type"] == "websocket":
        return _close
    return JSONResponse({"detail": t("This came from a page of another site.")}, status_code=403)


async def _close(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1008})
