"""The softphone at /phone: its page, leave to make a call, and the call's media socket.

Whoever reaches it can call as any number, as a caller's number is only ever shown, not proven; so
it is on in development alone, unless SOFTPHONE says otherwise.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, HTTPException, Query, Request, Response, WebSocket
from pydantic import BaseModel, Field

from channels.addresses import normalise
from channels.numbers.router import name_of
from contracts.errors import BadInput, RecordsUnavailable, StoreUnavailable
from contracts.language import marked, t
from contracts.messages import Channel
from contracts.records import Customer
from ui.pages.shell import Shell
from ui.state import Site
from voice.line import Caller
from voice.softphone import MOST_CALLS, Tickets, carry

log = logging.getLogger(__name__)

PATH = "/phone"
NOT_A_NUMBER = marked("Type a phone number with its country code, such as +15035550142.")
REFUSED, BUSY = 1008, 1013  # close codes of a WebSocket; before it is accepted: 403
# One sentence under `detail`, or FastAPI's own list of what is wrong.
_REFUSED: dict[int | str, dict[str, Any]] = {
    422: {"description": "No phone number.", "content": {"application/json": {}}}
}
_MICROPHONE = "camera=(), geolocation=(), microphone=(self)"


class Placing(BaseModel):
    """Who calls: a phone number."""

    number: str = Field(alias="from", max_length=60)


class Placed(BaseModel):
    """Leave to make one call within a minute. `url`: the path of its media socket."""

    ticket: str
    url: str


@dataclass(frozen=True, slots=True)
class Persona:
    """A demo customer that one can call as."""

    name: str
    initials: str
    story: str
    number: str


class SoftphonePages:
    """`router` holds the routes."""

    def __init__(self, site: Site, shell: Shell) -> None:
        self._app = site.app
        self._page = shell.page
        self._tickets = Tickets(site.app.memory.keyvalue)
        self._open = 0  # calls
        self.router = APIRouter(tags=["softphone"])
        self.router.get(PATH)(self.page)
        self.router.post(f"{PATH}/calls", response_model=Placed, responses=_REFUSED)(self.place)
        self.router.websocket(f"{PATH}/media")(self.media)

    async def page(self, request: Request) -> Response:
        callers, down = await self._personas()
        response = self._page(request, "phone.html", callers=callers, down=down)
        response.headers["Permissions-Policy"] = _MICROPHONE
        return response

    async def place(self, placing: Placing) -> Placed:
        """Leave to call from a number."""
        try:
            address = normalise(Channel.VOICE, placing.number, self._app.scenario.brand.region)
        except BadInput as error:
            raise HTTPException(422, t(NOT_A_NUMBER)) from error
        ticket = await self._tickets.issue(address)
        return Placed(ticket=ticket, url=f"{PATH}/media?ticket={ticket}")

    async def media(self, socket: WebSocket, ticket: str = Query("", max_length=100)) -> None:
        """The call: the media protocol of ACS, and what the page shows beside it."""
        if self._open >= MOST_CALLS:
            log.warning("a softphone is turned away: as many calls as may be are under way")
            await socket.close(BUSY)
            return
        self._open += 1
        try:
            await self._carry(socket, ticket)
        finally:
            self._open -= 1

    async def _carry(self, socket: WebSocket, ticket: str) -> None:
        try:
            address = await self._tickets.take(ticket) if ticket else None
        except StoreUnavailable:
            log.warning("a softphone's ticket could not be looked at")
            address = None
        if address is None:
            await socket.close(REFUSED)
            return
        await socket.accept()
        caller = await self._caller(address)
        await carry(socket, caller, self._app.voice.switchboard, self._app.scenario)

    async def _caller(self, address: str) -> Caller:
        """A new call, to the number of ours that takes calls, where operators gave it one."""
        caller = Caller(call_id=f"softphone-{uuid4().hex}", address=address)
        router = self._app.number_router
        try:
            number = await router.channel_for(Channel.VOICE)
            if number is None:
                return caller
            _, agent = await router.called(number.number, address)
        except RecordsUnavailable:
            log.warning("a softphone's call is taken without looking our number up")
            return caller
        return replace(caller, to=number.number, agent=name_of(agent), speech=number.speech)

    async def _personas(self) -> tuple[list[Persona], bool]:
        """Those who have a number, and whether they could not be read."""
        try:
            customers = await self._app.records.customers.demo()
        except StoreUnavailable:
            return [], True
        return [_persona(it, number) for it in customers if (number := _number(it))], False


def _number(customer: Customer) -> str:
    numbers = (it.value for it in customer.contacts if it.kind == "phone")
    return next(numbers, "")


def _persona(customer: Customer, number: str) -> Persona:
    initials = "".join(word[0] for word in customer.name.split()[:2])
    return Persona(customer.name, initials, customer.story, number)
