"""Web sessions: a signed cookie that holds a random id, and the tokens of our own forms.

The id is the `address` of the messages a browser sends. What it may see is bound to it on
the server, so the cookie says nothing about anybody.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from fastapi import Request, Response
from itsdangerous import BadSignature, Signer, TimestampSigner
from starlette.requests import cookie_parser

SESSION_COOKIE = "throughline_session"
FORM_COOKIE = "throughline_form"
LASTS_S = 12 * 3600


class WebSessions:
    def __init__(self, secret: bytes, *, secure: bool) -> None:
        self._secret = secret
        self._secure = secure
        self._sessions = TimestampSigner(secret, salt="web session", digest_method=hashlib.sha256)
        self._forms = Signer(secret, salt="web form", digest_method=hashlib.sha256)

    @property
    def chat_secret(self) -> str:
        """The key of Chainlit's own tokens, in hex."""
        return hmac.new(self._secret, b"chat tokens", hashlib.sha256).hexdigest()

    def read(self, cookies: str) -> str | None:
        """The session's id in a Cookie header; None without a valid one."""
        signed = cookie_parser(cookies).get(SESSION_COOKIE, "")
        try:
            return self._sessions.unsign(signed, max_age=LASTS_S).decode()
        except (BadSignature, UnicodeError):
            return None

    def of(self, request: Request) -> str | None:
        return self.read(request.headers.get("cookie", ""))

    def tag(self, session_id: str) -> str:
        """What Chainlit may know of a session: it can't be turned back into the id."""
        message = f"chat user:{session_id}".encode()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()[:24]

    def open(self, response: Response) -> str:
        """Begin a new session in place of any the browser had; its id."""
        session_id = secrets.token_urlsafe(24)
        self._set(response, SESSION_COOKIE, self._sessions.sign(session_id).decode(), LASTS_S)
        return session_id

    def close(self, response: Response) -> None:
        response.delete_cookie(SESSION_COOKIE, path="/")

    def form_token(self, request: Request) -> tuple[str, str]:
        """What the browser keeps as a cookie, and what its forms must send along with it."""
        nonce = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(16)
        return nonce, self._forms.get_signature(nonce).decode()

    def remember_form(self, response: Response, nonce: str) -> None:
        self._set(response, FORM_COOKIE, nonce, LASTS_S)

    def form_is_ours(self, request: Request, token: str) -> bool:
        nonce = request.cookies.get(FORM_COOKIE, "")
        return bool(nonce) and self._forms.verify_signature(nonce, token)

    def _set(self, response: Response, name: str, value: str, max_age: int) -> None:
        response.set_cookie(
            name, value, max_age=max_age, httponly=True, samesite="lax", secure=self._secure
        )
