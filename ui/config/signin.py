"""Operators come and go: signing in with a name and a password, signing out, a new password."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from app.operators import LEAST_LETTERS, MOST_LETTERS, OperatorAccounts, named
from contracts.errors import BadInput
from contracts.records.operators import Role
from contracts.scenario import RateLimit
from ui.config.access import SIGN_IN, who_of
from ui.config.frame import Frame
from ui.limits import Limiter, waiting_said
from ui.pages.shell import Shell, on_this_site, to
from ui.state import Site

log = logging.getLogger(__name__)

HOME = "/config/"
WRONG = "That name and password don't go together. Please check both."
# Tries to sign in, right or wrong: of one name from one address, of an address, of a name.
LIMITS = (
    ("operator-pair", RateLimit(times=10, seconds=600)),
    ("operator-address", RateLimit(times=30, seconds=600)),
    ("operator-name", RateLimit(times=100, seconds=600)),
)
Text = Annotated[str, Form(max_length=1000)]


class SignInPages:
    def __init__(self, site: Site, shell: Shell, frame: Frame, accounts: OperatorAccounts) -> None:
        self._limiter: Limiter = site.limiter
        self._access = frame.access
        self._frame = frame
        self._accounts = accounts
        self._demo = site.app.settings.environment == "development"
        self.router = self._routes(shell)

    def _routes(self, shell: Shell) -> APIRouter:
        router = APIRouter(tags=["operators"])
        known = [Depends(self._access.may(Role.VIEWER))]
        router.get(SIGN_IN)(self.ask)
        router.post(SIGN_IN, dependencies=[Depends(shell.our_form)])(self.sign_in)
        router.post("/config/signout", dependencies=known)(self.sign_out)
        router.get("/config/password", dependencies=known)(self.ask_password)
        router.post("/config/password", dependencies=known)(self.set_password)
        return router

    async def ask(self, request: Request, back: str = "", why: str = "") -> Response:
        if await self._access.who(request) is not None:
            return to(_onward(back))
        return self._form(request, back=back, why=why)

    async def sign_in(
        self, request: Request, name: Text = "", password: Text = "", back: Text = ""
    ) -> Response:
        name = named(name)[:100]
        if wait_s := await self._wait_s(request, name):
            log.warning("somebody tries to sign in as an operator too often")
            return self._form(
                request,
                429,
                typed=name,
                back=back,
                wrong=f"That was tried too often. Please wait {waiting_said(wait_s)}.",
            )
        operator = await self._accounts.signed_in(name, password[:MOST_LETTERS])
        if operator is None:
            log.info("an operator's password was wrong")
            return self._form(request, 422, typed=name, back=back, wrong=WRONG)
        response = to(_onward(back))
        await self._access.close(request, response)  # what the browser had before
        await self._access.open(response, operator)
        return response

    async def sign_out(self, request: Request) -> Response:
        response = to(f"{SIGN_IN}?why=left")
        await self._access.close(request, response)
        return response

    async def ask_password(self, request: Request, done: bool = False) -> Response:
        return self._frame.page(request, "password.html", least=LEAST_LETTERS, done=done)

    async def set_password(
        self, request: Request, current: Text = "", password: Text = "", again: Text = ""
    ) -> Response:
        """A new password for oneself. Other sessions end; this one goes on."""
        name = who_of(request).name
        wrong = {}
        if await self._wait_s(request, name):
            wrong["current"] = "That was tried too often. Please wait ten minutes."
        elif await self._accounts.signed_in(name, current) is None:
            wrong["current"] = "That isn't your password now."
        elif password != again:
            wrong["again"] = "The two aren't the same."
        else:
            try:
                operator = await self._accounts.set_password(name, password)
            except BadInput as error:
                wrong["password"] = str(error)
            else:
                response = to("/config/password?done=1")
                await self._access.close(request, response)
                await self._access.open(response, operator)
                return response
        return self._frame.page(request, "password.html", 422, least=LEAST_LETTERS, wrong=wrong)

    async def _wait_s(self, request: Request, name: str) -> int:
        """Counts a try; seconds until the next may be made."""
        client = request.client.host if request.client else "unknown"
        subjects = (f"{name} {client}", client, name)
        for (counted, limit), subject in zip(LIMITS, subjects, strict=True):
            if wait_s := await self._limiter.wait_s(counted, limit, subject):
                return wait_s
        return 0

    def _form(self, request: Request, status: int = 200, **values: str) -> Response:
        response = self._frame.bare(request, "signin.html", status, demo=self._demo, **values)
        if status == 429:
            response.headers["Retry-After"] = str(LIMITS[0][1].seconds)
        return response


def _onward(address: str) -> str:
    """Where to after the sign-in: a page of the operators' and no other."""
    found = on_this_site(address, HOME)
    return found if found.startswith(HOME) and not found.startswith(SIGN_IN) else HOME
