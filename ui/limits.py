"""How often one may ask: counted for a client's address and for a session, in all processes."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from contracts.errors import StoreUnavailable
from contracts.language import plural
from contracts.scenario import RateLimit, WebLimits
from gateway.wire.paths import is_for_programs

if TYPE_CHECKING:
    from contracts.clock import Clock
    from contracts.ports import KeyValue

log = logging.getLogger(__name__)

SIGN_INS = ("/signin/account", "/signin/code", "/signin/code/again")
LINKS = ("/c/", "/pay/", "/outages/mine/", "/signin/provider", "/signin/callback")


class Limiter:
    """Counts in windows of a limit's length, under keyed hashes of whom it counts for."""

    def __init__(self, keyvalue: KeyValue, clock: Clock, secret: bytes, limits: WebLimits) -> None:
        self.limits = limits
        self._keyvalue = keyvalue
        self._clock = clock
        self._secret = secret

    async def wait_s(self, name: str, limit: RateLimit, subject: str) -> int:
        """Count one more; 0 if it may be, else the seconds until it may. A store that is down
        stops nobody here: what is asked for will say so itself."""
        now = self._clock.now().timestamp()
        window = int(now // limit.seconds)
        digest = hmac.new(self._secret, f"{name}:{subject}".encode(), hashlib.sha256).hexdigest()
        key = f"limit:{name}:{window}:{digest[:32]}"
        try:
            count = await self._keyvalue.increment(key, ttl_s=limit.seconds * 2)
        except StoreUnavailable:
            log.warning("a rate was not counted")
            return 0
        if count <= limit.times:
            return 0
        return max(1, int((window + 1) * limit.seconds - now) + 1)

    async def message_wait_s(self, session_id: str) -> int:
        """The same, for a message in the chat."""
        return await self.wait_s("messages", self.limits.messages, session_id)


@dataclass(frozen=True, slots=True)
class _Counted:
    name: str
    limit: RateLimit
    subject: str


class Limits:
    """Turns away who asks too often. busy: the answer for them, given the seconds to wait."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        limiter: Limiter,
        session_of: Callable[[str], str | None],
        busy: Callable[[Request, int], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._limiter = limiter
        self._session_of = session_of
        self._busy = busy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait_s = await self._wait_s(scope) if scope["type"] == "http" else 0
        if not wait_s:
            await self._app(scope, receive, send)
            return
        log.info("somebody asks too often", extra={"wait_s": wait_s})
        answer = await self._busy(Request(scope, receive), wait_s)
        await answer(scope, receive, send)

    async def _wait_s(self, scope: Scope) -> int:
        for it in self._counted(scope):
            if wait_s := await self._limiter.wait_s(it.name, it.limit, it.subject):
                return wait_s
        return 0

    def _counted(self, scope: Scope) -> Iterator[_Counted]:
        """What a request counts towards, the narrower first."""
        limits, path = self._limiter.limits, str(scope["path"])
        if is_for_programs(path):  # a provider sends for all customers, and knows who it is
            return
        client = (scope.get("client") or ("unknown", 0))[0]
        cookies = HTTPConnection(scope).headers.get("cookie", "")
        writes = scope["method"] not in ("GET", "HEAD", "OPTIONS")
        if writes and path in SIGN_INS:
            yield _Counted("sign-ins", limits.sign_ins, client)
        if path.startswith(LINKS):
            yield _Counted("links", limits.links, client)
        if writes:
            yield _Counted("posts", limits.posts, client)
        if path.startswith("/my/"):
            yield _Counted("my", limits.my, self._session_of(cookies) or client)
        elif writes and (session_id := self._session_of(cookies)):
            yield _Counted("session-posts", limits.session_posts, session_id)


def waiting_said(wait_s: int) -> str:
    """ "20 seconds", "3 minutes"."""
    if wait_s < 60:
        return plural("{count} second", "{count} seconds", wait_s)
    return plural("{count} minute", "{count} minutes", -(-wait_s // 60))
