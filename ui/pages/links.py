"""The signed hand-off link: opened from a call or a message, it leads on to the conversation."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Depends, Request, Response

from contracts.errors import LinkRefused
from contracts.language import marked
from ui.gate import CHAT
from ui.pages.entry import enter, stands_as
from ui.pages.shell import Shell, to
from ui.state import Site

log = logging.getLogger(__name__)

_GONE, _BAD = 410, 400
REFUSALS = {
    "expired": (
        _GONE,
        marked("This link has run out"),
        marked("Links work for a short time only, so that nobody else can use them later."),
    ),
    "used": (
        _GONE,
        marked("This link was used before"),
        marked("Each link opens one chat, once."),
    ),
    "forged": (
        _BAD,
        marked("This link isn't complete"),
        marked("Part of it may be missing. Try opening it from the message itself."),
    ),
}


class HandOff:
    """What a hand-off link leads to. Nothing here says whom it is for."""

    def __init__(self, site: Site, shell: Shell) -> None:
        self._site = site
        self._links = site.app.services.links
        self._page = shell.page
        self.router = APIRouter(tags=["hand-off links"])
        self.router.get("/c/{token}")(self.look)
        self.router.post("/c/{token}", dependencies=[Depends(shell.our_form)])(self.redeem)

    async def look(self, request: Request, token: str) -> Response:
        """Ask for a press: messengers fetch links to preview them, and would use this one up."""
        try:
            await self._links.look(token)
        except LinkRefused as refused:
            return await self._refused(request, refused)
        return self._page(request, "link.html", token=token)

    async def redeem(self, request: Request, token: str) -> Response:
        """Bind a new session to the customer of the link, on the link's rung."""
        try:
            identity = await self._links.redeem(token)
        except LinkRefused as refused:
            return await self._refused(request, refused)
        response = to(CHAT)
        await enter(self._site, request, response, identity.customer_id, identity.rung)
        return response

    async def _refused(self, request: Request, refused: LinkRefused) -> Response:
        """Say why and what to do; who is signed in as the link's customer goes on to the chat."""
        if refused.customer_id and await stands_as(self._site, request, refused.customer_id):
            return to(CHAT)
        log.info("a link was refused", extra={"reason": refused.reason})
        status, title, why = REFUSALS[refused.reason]
        return self._page(request, "refused.html", status, title=title, why=why)
