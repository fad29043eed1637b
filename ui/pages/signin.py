"""Signing in with an account number and a one-time code, as a guest, or as a demo customer.

Whether an account number is anybody's can't be told from what the pages say, nor from how long
they take: a number that is nobody's is answered alike, and no code is ever right for it.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response

from contracts.errors import Overloaded, StoreUnavailable
from contracts.identity import Proof, Rung
from contracts.language import marked, t
from contracts.records import Customer
from ui.gate import CHAT
from ui.pages.entry import enter, enter_as_guest
from ui.pages.shell import Shell, to
from ui.state import Site

log = logging.getLogger(__name__)

PENDING_COOKIE = "throughline_signin"
PENDING_LASTS = timedelta(minutes=10)
CODES_AT_ONCE = 3  # sent within one sign-in
ACCOUNT_DIGITS, CODE_DIGITS = 10, 6
# Why a visitor was led here, by the `why` of the address.
WHY = {
    "ended": marked("Your session has ended, as it does after twelve hours. Please sign in again."),
    "lapsed": marked(
        "For your security you were signed out after a while. Please sign in again to see your "
        "account."
    ),
    "left": marked("You are signed out. Your conversation is kept."),
    "provider": marked("We couldn't sign you in that way. Please try again, or use a code."),
    "unknown": marked(
        "You are signed in there, but we found no account of ours that goes with it. Please use "
        "your account number."
    ),
}
NOT_AN_ACCOUNT = marked("An account number has ten digits. It's at the top of your bill.")
NOT_A_CODE = marked("The code has six digits.")
WRONG_CODE = marked("That isn't the code, or it has run out. Please check it, or get a new one.")


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in that waits for its code. `customer_id` is empty for an account of nobody."""

    account: str
    customer_id: str
    digits: str  # the end of the phone the code went to, or of one made up
    until: str  # ISO
    sent: int = 1

    @property
    def subjects(self) -> tuple[str, ...]:
        """Whose wrong tries are counted: the same as in a conversation."""
        customer = (f"customer:{self.customer_id}",) if self.customer_id else ()
        return (f"account:{self.account}", *customer)


class SignIn:
    """The sign-in of a site. `provider`: whether an identity provider may be asked as well."""

    def __init__(self, site: Site, shell: Shell, *, provider: bool = False) -> None:
        self._site = site
        self._app = site.app
        self._sessions = site.sessions
        self._page = shell.page
        self._provider = provider
        self._demo = site.app.settings.environment == "development"
        self.router = self._routes(shell)

    def _routes(self, shell: Shell) -> APIRouter:
        router = APIRouter(tags=["signing in"])
        ours = [Depends(shell.our_form)]
        router.get("/signin")(self.sign_in)
        router.get("/signin/code")(self.ask_code)
        router.post("/signin/guest", dependencies=ours)(self.as_guest)
        router.post("/signin/demo/{customer_id}", dependencies=ours)(self.as_demo)
        router.post("/signin/account", dependencies=ours)(self.by_account)
        router.post("/signin/code", dependencies=ours)(self.by_code)
        router.post("/signin/code/again", dependencies=ours)(self.code_again)
        return router

    async def sign_in(self, request: Request, why: str = "") -> Response:
        return await self._start(request, note=WHY.get(why, ""))

    async def as_guest(self, request: Request) -> Response:
        """A session nobody is known by."""
        response = to(CHAT)
        await enter_as_guest(self._site, request, response)
        return response

    async def as_demo(self, customer_id: str) -> Response:
        """A demo customer comes in as a real one does: through a signed link."""
        customers, _ = await self._demo_customers()
        if customer_id not in {customer.customer_id for customer in customers}:
            raise HTTPException(404)
        url = await self._app.services.links.issue(customer_id, rung=Rung.VERIFIED)
        return to(urlsplit(url).path)  # on this host, whatever name it was reached by

    # --- account number and code --------------------------------------------------------------

    async def by_account(
        self, request: Request, account: Annotated[str, Form(max_length=100)] = ""
    ) -> Response:
        """Send a code to the phone on file, if there is one, and ask for it."""
        number = "".join(character for character in account if character in "0123456789")
        if len(number) != ACCOUNT_DIGITS:
            return await self._start(request, 422, account=account, wrong=NOT_AN_ACCOUNT)
        pending = await self._pending_for(number)
        key = secrets.token_urlsafe(24)
        await self._keep(key, pending)
        self._send(pending)
        response = to("/signin/code")
        lasts_s = int(PENDING_LASTS.total_seconds())
        self._sessions.put_cookie(response, PENDING_COOKIE, key, lasts_s)
        return response

    async def ask_code(self, request: Request) -> Response:
        _, pending = await self._waiting(request)
        return self._code_page(request, pending) if pending else to("/signin")

    async def by_code(
        self, request: Request, code: Annotated[str, Form(max_length=100)] = ""
    ) -> Response:
        """Check the code. Too many wrong ones lock the account out, here and on all channels."""
        key, pending = await self._waiting(request)
        if pending is None:
            return to("/signin")
        digits = "".join(character for character in code if character in "0123456789")
        if len(digits) != CODE_DIGITS:
            return self._code_page(request, pending, 422, wrong=NOT_A_CODE)
        attempts = self._app.services.attempts
        if await attempts.locked_until(*pending.subjects):
            return self._locked(request, pending)
        if not await self._is_right(pending, digits):
            if not await attempts.wrong(*pending.subjects):
                return self._locked(request, pending)
            return self._code_page(request, pending, 422, wrong=WRONG_CODE)
        await attempts.right(*pending.subjects)
        await self._app.memory.keyvalue.delete(_pending_key(key))
        response = to(CHAT)
        self._sessions.drop_cookie(response, PENDING_COOKIE)
        await enter(self._site, request, response, pending.customer_id, Proof.CODE.rung)
        return response

    async def code_again(self, request: Request) -> Response:
        """A new code in place of the one before, a few times."""
        key, pending = await self._waiting(request)
        if pending is None:
            return to("/signin")
        if pending.sent >= CODES_AT_ONCE:
            note = t(
                "We've sent several codes. Please wait a few minutes, or call {phone}.",
                phone=self._app.scenario.brand.phone,
            )
            return self._code_page(request, pending, 429, wrong=note)
        again = Pending(**{**asdict(pending), "sent": pending.sent + 1})
        await self._keep(key, again)
        self._send(again)
        return to("/signin/code")

    async def _is_right(self, pending: Pending, code: str) -> bool:
        # A check for nobody takes as long as one for somebody.
        subject = pending.customer_id or f"nobody-{pending.account}"
        right = await self._app.services.codes.check(subject, code)
        return right and bool(pending.customer_id)

    async def _pending_for(self, account: str) -> Pending:
        customer = await self._app.records.customers.by_account(account)
        customer_id = customer.customer_id if customer else ""
        contact = await self._app.services.codes.contact_of(customer_id)
        digits = contact[-2:] if contact else self._made_up(account)
        until = self._app.clock.now() + PENDING_LASTS
        return Pending(account, customer_id, digits, until.isoformat())

    def _made_up(self, account: str) -> str:
        """The end of a phone that is nobody's: the same each time it is asked for."""
        digest = hmac.new(self._app.secret, f"no phone:{account}".encode(), hashlib.sha256)
        return f"{int.from_bytes(digest.digest()[:4]) % 100:02}"

    def _send(self, pending: Pending) -> None:
        """Send the code beside the answer, which so takes as long for nobody's account."""
        self._site.keep(self._send_now(pending))

    async def _send_now(self, pending: Pending) -> None:
        services = self._app.services
        if await services.attempts.locked_until(*pending.subjects):
            return
        try:
            await services.codes.send(pending.customer_id)
        except (Overloaded, StoreUnavailable) as error:
            log.warning("a sign-in code was not sent", extra={"error": type(error).__name__})

    async def _keep(self, key: str, pending: Pending) -> None:
        lasts_s = PENDING_LASTS.total_seconds()
        await self._app.memory.keyvalue.set(_pending_key(key), asdict(pending), ttl_s=lasts_s)

    async def _waiting(self, request: Request) -> tuple[str, Pending | None]:
        """The sign-in that the browser began, unless it took too long."""
        key = self._sessions.cookie(request, PENDING_COOKIE)
        record = await self._app.memory.keyvalue.get(_pending_key(key)) if key else None
        if record is None:
            return key, None
        pending = Pending(**record)
        over = datetime.fromisoformat(pending.until) <= self._app.clock.now()
        return key, None if over else pending

    # --- pages --------------------------------------------------------------------------------

    async def _start(self, request: Request, status: int = 200, **values: Any) -> Response:
        customers, down = await self._demo_customers()
        return self._page(
            request,
            "signin.html",
            status,
            customers=customers,
            down=down,
            provider=self._provider,
            here="/signin",
            **values,
        )

    def _code_page(
        self, request: Request, pending: Pending, status: int = 200, wrong: str = ""
    ) -> Response:
        return self._page(
            request,
            "code.html",
            status,
            digits=pending.digits,
            minutes=self._app.scenario.identity.code_minutes,
            again=pending.sent > 1,
            wrong=wrong,
            here="/signin/code",
        )

    def _locked(self, request: Request, pending: Pending) -> Response:
        minutes = self._app.scenario.identity.lockout_minutes
        wrong = t(
            "That was wrong too often. For your security signing in to this account is closed for "
            "{minutes} minutes.",
            minutes=minutes,
        )
        response = self._code_page(request, pending, 429, wrong=wrong)
        response.headers["Retry-After"] = str(minutes * 60)
        return response

    async def _demo_customers(self) -> tuple[list[Customer], bool]:
        """The demo customers, and whether they could not be read."""
        if not self._demo:
            return [], False
        try:
            return await self._app.records.customers.demo(), False
        except StoreUnavailable:
            return [], True


def _pending_key(key: str) -> str:
    return f"signin:{hashlib.sha256(key.encode()).hexdigest()[:32]}"
