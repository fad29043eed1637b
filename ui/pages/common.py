"""The pages around the chat: the front door, health, the language, signing out, and what is shown
when something can't be."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from contracts.language import LANGUAGES, marked, t
from ui.gate import CHAT
from ui.health import health
from ui.language import LANGUAGE_COOKIE, LANGUAGE_LASTS_S
from ui.limits import waiting_said
from ui.pages.entry import sign_out
from ui.pages.shell import Shell, on_this_site, to
from ui.state import Site

log = logging.getLogger(__name__)

TOO_OFTEN = marked("That was a lot in a short time. Please wait {wait}, then try again.")
UNAVAILABLE = marked("We can't get at that right now. Please try again in a minute.")


class Pages:
    """The pages of a site that belong to no other part. `router` holds their routes."""

    def __init__(self, site: Site, shell: Shell) -> None:
        self._site = site
        self._app = site.app
        self._sessions = site.sessions
        self._page = shell.page
        self.router = self._routes(shell)

    def _routes(self, shell: Shell) -> APIRouter:
        router = APIRouter(tags=["pages"])
        ours = [Depends(shell.our_form)]
        router.get("/")(self.home)
        router.get("/health")(self.health)
        router.get("/signout")(self.ask_sign_out)
        router.post("/signout", dependencies=ours)(self.sign_out)
        router.post("/language", dependencies=ours)(self.speak)
        return router

    async def home(self, request: Request) -> Response:
        return to(CHAT if self._sessions.of(request) else "/signin")

    async def health(self) -> Response:
        status, body = await health(self._app)
        return JSONResponse(body, status)

    async def speak(
        self, language: Annotated[str, Form()] = "", back: Annotated[str, Form()] = ""
    ) -> Response:
        """Choose the language of all pages, and see the same page in it."""
        if language not in LANGUAGES:
            raise HTTPException(400, "That language isn't spoken here.")
        response = to(on_this_site(back))
        response.set_cookie(
            LANGUAGE_COOKIE,
            language,
            max_age=LANGUAGE_LASTS_S,
            httponly=True,
            samesite="lax",
            secure=self._sessions.secure,
        )
        return response

    async def ask_sign_out(self, request: Request) -> Response:
        return self._page(request, "signout.html")

    async def sign_out(self, request: Request) -> Response:
        response = to("/signin?why=left")
        await sign_out(self._site, request, response)
        return response

    # --- what is shown when something can't be ------------------------------------------------

    async def unavailable(self, request: Request, error: Exception) -> Response:
        """The page for a store that does not answer."""
        log.warning("a page could not be served", extra={"error": type(error).__name__})
        response = self._said(request, "unavailable.html", 503, t(UNAVAILABLE))
        response.headers["Retry-After"] = "30"
        return response

    async def too_often(self, request: Request, wait_s: int) -> Response:
        """The page for who asks too often."""
        detail = t(TOO_OFTEN, wait=waiting_said(wait_s))
        response = self._said(request, "busy.html", 429, detail)
        response.headers["Retry-After"] = str(wait_s)
        return response

    async def not_found(self, request: Request, error: Exception) -> Response:
        detail = error.detail if isinstance(error, HTTPException) else ""
        return self._said(request, "missing.html", 404, detail)

    async def stale_form(self, request: Request, _error: Exception) -> Response:
        return self._page(request, "stale.html", 403)

    def _said(self, request: Request, name: str, status: int, detail: str) -> Response:
        """A page for whoever reads pages, JSON for a script of one."""
        if "text/html" in request.headers.get("accept", ""):
            return self._page(request, name, status, detail=detail)
        return JSONResponse({"detail": detail or t("There is nothing at this address")}, status)
