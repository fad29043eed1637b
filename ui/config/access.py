"""Who may do what at /config/: a signed cookie for people, a token for programs, a role for both.

A route asks with `Depends(access.may(Role.OPERATOR))`, and has the answer by `who_of(request)`.
Who is not signed in, or may not, is turned away by `Refused`: with JSON, or with a page.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import cast
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from itsdangerous import BadSignature, Signer

from app.operators import OperatorAccounts
from contracts.errors import ThroughlineError
from contracts.records.operators import Operator, Role
from ui.pages.shell import Shell, here, to
from ui.sessions import ClockedSigner
from ui.state import Site

log = logging.getLogger(__name__)

SIGN_IN = "/config/signin"
COOKIE = "throughline_operator"
LASTS = timedelta(hours=12)
IDLE = timedelta(minutes=30)
CSRF_FIELD, CSRF_HEADER = "csrf", "X-CSRF-Token"
_SEEN_EVERY = timedelta(minutes=1)  # how exactly the idle time is kept
_READING = ("GET", "HEAD", "OPTIONS")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_FOR_PROGRAMS = ("/config/api/", "/route/", "/messaging-connect/")


class Refused(ThroughlineError):
    """Not signed in (401), or not allowed to (403). The message says what to do."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks. `csrf` is what the forms of a session send along; empty for a program."""

    name: str
    role: Role
    csrf: str = ""

    def may(self, role: Role | str) -> bool:
        return self.role.covers(Role(role))


def who_of(request: Request) -> Who:
    """Who was let in to this route."""
    return cast(Who, request.state.operator)


class Access:
    """The sign-in of operators, on every worker alike: sessions are in the memory, so that signing
    out ends them, and accounts in the records, where being switched off counts at once."""

    def __init__(self, site: Site, shell: Shell, accounts: OperatorAccounts) -> None:
        self._clock = site.app.clock
        self._keyvalue = site.app.memory.keyvalue
        self._accounts = accounts
        self._page = shell.page
        self._secure = site.sessions.secure
        self._cookie = f"__Host-{COOKIE}" if self._secure else COOKIE
        secret = site.app.secret
        self._sessions = ClockedSigner(secret, "operator session", self._clock)
        self._csrf = Signer(secret, salt="operator form", digest_method=hashlib.sha256)

    def may(self, role: Role) -> Callable[[Request], Awaitable[Who]]:
        """A dependency: lets in who has at least that role. Raises Refused."""

        async def let_in(request: Request) -> Who:
            who = await self.who(request)
            if who is None:
                raise Refused(401, "Sign in at /config/signin, or send a token as a Bearer.")
            if not who.may(role):
                raise Refused(403, f"Your role is {who.role}; this needs {role}. Ask an admin.")
            request.state.operator = who
            return who

        return let_in

    async def who(self, request: Request) -> Who | None:
        """Who asks, if anybody who is known. Raises Refused for a form that is not ours."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            operator = await self._accounts.by_token(token.strip())
            return Who(operator.name, operator.role) if operator else None
        session_id = self._session_of(request)
        operator = await self._of_session(session_id) if session_id else None
        if operator is None:
            return None
        if request.method not in _READING:
            await self._check_form(request, session_id)
        return Who(operator.name, operator.role, self._csrf.get_signature(session_id).decode())

    # --- sessions -----------------------------------------------------------------------------

    async def open(self, response: Response, operator: Operator) -> None:
        """Sign somebody in, in a new session."""
        session_id = secrets.token_urlsafe(24)
        now = self._clock.now().timestamp()
        session = {"name": operator.name, "epoch": operator.epoch, "seen": now}
        await self._keyvalue.set(_key(session_id), session, ttl_s=LASTS.total_seconds())
        response.set_cookie(
            self._cookie,
            self._sessions.sign(session_id).decode(),
            max_age=int(LASTS.total_seconds()),
            path="/",
            httponly=True,
            samesite="strict",
            secure=self._secure,
        )

    async def close(self, request: Request, response: Response) -> None:
        """Sign out: the cookie is good for nothing then, wherever it was copied to."""
        if session_id := self._session_of(request):
            await self._keyvalue.delete(_key(session_id))
        response.delete_cookie(
            self._cookie, path="/", httponly=True, samesite="strict", secure=self._secure
        )

    def _session_of(self, request: Request) -> str:
        """The id in the cookie; empty without a good one."""
        signed = request.cookies.get(self._cookie, "")
        try:
            return self._sessions.unsign(signed, max_age=int(LASTS.total_seconds())).decode()
        except (BadSignature, UnicodeError):
            return ""

    async def _of_session(self, session_id: str) -> Operator | None:
        session = await self._keyvalue.get(_key(session_id))
        if session is None:
            return None
        now = self._clock.now().timestamp()
        quiet_s = now - float(session["seen"])
        if quiet_s > IDLE.total_seconds():
            await self._keyvalue.delete(_key(session_id))
            return None
        operator = await self._accounts.get(str(session["name"]))
        if operator is None or not operator.active or operator.epoch != session["epoch"]:
            return None
        if quiet_s > _SEEN_EVERY.total_seconds():
            seen = {**session, "seen": now}
            await self._keyvalue.set(_key(session_id), seen, ttl_s=LASTS.total_seconds())
        return operator

    async def _check_form(self, request: Request, session_id: str) -> None:
        sent = request.headers.get(CSRF_HEADER, "")
        if not sent and request.headers.get("content-type", "").startswith(_FORMS):
            sent = str((await request.form()).get(CSRF_FIELD, ""))
        if not self._csrf.verify_signature(session_id, sent):
            log.warning("a form was refused: its token is not of this session")
            raise Refused(403, "This form is not of your session. Load the page and try again.")

    # --- what is said to who is turned away ---------------------------------------------------

    async def refused(self, request: Request, error: Exception) -> Response:
        """The answer to Refused: the sign-in for somebody who reads pages."""
        refused = cast(Refused, error)
        if _wants_json(request):
            headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else None
            return JSONResponse({"detail": str(refused)}, refused.status, headers)
        loads = request.method in _READING and "hx-request" not in request.headers
        if refused.status == 401 and loads:
            return to(f"{SIGN_IN}?back={quote(here(request), safe='')}")
        return self._page(request, "config/refused.html", refused.status, refused=refused)


def _wants_json(request: Request) -> bool:
    if request.url.path.startswith(_FOR_PROGRAMS) or "authorization" in request.headers:
        return True
    return "text/html" not in request.headers.get("accept", "") and (
        "hx-request" not in request.headers
    )


def _key(session_id: str) -> str:
    return f"operator:{hashlib.sha256(session_id.encode()).hexdigest()[:40]}"
