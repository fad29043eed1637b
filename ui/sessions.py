"""Web sessions: a signed cookie that holds a random id, and the tokens of our own forms.

The id is the `address` of the messages a browser sends. What it may see is bound to it on
the server, so the cookie says nothing about anybody.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime

from fastapi import Request, Response
from itsdangerous import BadSignature, SignatureExpired, Signer, TimestampSigner
from starlette.requests import cookie_parser

from contracts.clock import Clock, SystemClock

SESSION_COOKIE = "throughline_session"
FORM_COOKIE = "throughline_form"
LASTS_S = 12 * 3600
_REMEMBERED_S = 7 * 24 * 3600  # a session that is over is still known as one, to say so


class WebSessions:
    """`secure`: the site is reached by https; cookies then can't be set by other hosts or paths."""

    def __init__(self, secret: bytes, *, secure: bool, clock: Clock | None = None) -> None:
        self._secret = secret
        self.secure = secure
        self._sessions = ClockedSigner(secret, "web session", clock or SystemClock())
        self._forms = Signer(secret, salt="web form", digest_method=hashlib.sha256)

    @property
    def chat_secret(self) -> str:
        """The key of Chainlit's own tokens, in hex."""
        return hmac.new(self._secret, b"chat tokens", hashlib.sha256).hexdigest()

    def read(self, cookies: str) -> str | None:
        """The session's id in a Cookie header; None without a valid one."""
        try:
            return self._sessions.unsign(self._signed(cookies), max_age=LASTS_S).decode()
        except (BadSignature, UnicodeError):
            return None

    def is_over(self, cookies: str) -> bool:
        """Whether a Cookie header holds a session that was valid, and has run out."""
        try:
            self._sessions.unsign(self._signed(cookies), max_age=LASTS_S)
        except SignatureExpired as expired:
            return expired.date_signed is not None and expired.date_signed < self._sessions.now()
        except (BadSignature, UnicodeError):
            return False
        return False

    def of(self, request: Request) -> str | None:
        return self.read(request.headers.get("cookie", ""))

    def tag(self, session_id: str) -> str:
        """What others may know of a session: it can't be turned back into the id."""
        message = f"chat user:{session_id}".encode()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()[:24]

    def open(self, response: Response) -> str:
        """Begin a new session in place of any the browser had; its id."""
        session_id = secrets.token_urlsafe(24)
        signed = self._sessions.sign(session_id).decode()
        self.put_cookie(response, SESSION_COOKIE, signed, _REMEMBERED_S)
        return session_id

    def close(self, response: Response) -> None:
        self.drop_cookie(response, SESSION_COOKIE)

    def form_token(self, request: Request) -> tuple[str, str]:
        """What the browser keeps as a cookie, and what its forms must send along with it."""
        nonce = self.cookie(request, FORM_COOKIE) or secrets.token_urlsafe(16)
        return nonce, self._forms.get_signature(nonce).decode()

    def remember_form(self, response: Response, nonce: str) -> None:
        self.put_cookie(response, FORM_COOKIE, nonce, LASTS_S)

    def form_is_ours(self, request: Request, token: str) -> bool:
        nonce = self.cookie(request, FORM_COOKIE)
        return bool(nonce) and self._forms.verify_signature(nonce, token)

    # --- cookies ------------------------------------------------------------------------------

    def cookie(self, request: Request, name: str) -> str:
        """A cookie of ours; empty if the browser sends none."""
        return request.cookies.get(self._named(name), "")

    def put_cookie(self, response: Response, name: str, value: str, max_age: int) -> None:
        """Set a cookie of ours: for this site alone, and out of scripts' reach. max_age: s."""
        response.set_cookie(
            self._named(name),
            value,
            max_age=max_age,
            path="/",
            httponly=True,
            samesite="lax",
            secure=self.secure,
        )

    def drop_cookie(self, response: Response, name: str) -> None:
        response.delete_cookie(
            self._named(name), path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def _named(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name

    def _signed(self, cookies: str) -> str:
        return cookie_parser(cookies).get(self._named(SESSION_COOKIE), "")


class ClockedSigner(TimestampSigner):
    """Signs with the time of our clock."""

    def __init__(self, secret: bytes, salt: str, clock: Clock) -> None:
        super().__init__(secret, salt=salt, digest_method=hashlib.sha256)
        self._clock = clock

    def get_timestamp(self) -> int:
        return int(self._clock.now().timestamp())

    def now(self) -> datetime:
        return self._clock.now().astimezone(UTC)
