"""The emulator, put together."""

from __future__ import annotations

import httpx
from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError

from emulator import errors
from emulator.auth import Authentication
from emulator.calling.calls import Calls
from emulator.carrier import Carrier
from emulator.config import EmulatorConfig
from emulator.control import Control, invalid
from emulator.door import Loopback
from emulator.eventgrid import EventGrid
from emulator.events import RECEIVED, SMS_RECEIVED, Event
from emulator.faults import Failing
from emulator.mail import MailApi
from emulator.messages import MessagesApi
from emulator.phonepage import PhonePage
from emulator.postman import Postman
from emulator.sms import SmsApi
from emulator.speaking import Speaking
from emulator.state import State


class Emulator:
    """ACS and its phones. `web` is the ASGI application; `start` and `close` go around serving."""

    def __init__(self, config: EmulatorConfig) -> None:
        self.config = config
        self.state = State(
            config.clock,
            numbers=config.numbers,
            phones=config.phones,
            templates=config.templates,
        )
        self._http = httpx.AsyncClient(trust_env=False)
        self.grid = EventGrid(
            config.subscription,
            clock=config.clock,
            random=config.random("eventgrid"),
            wait=config.wait,
            http=self._http,
            changed=self._grid_changed,
            ended=self._events_ended,
        )
        self.carrier = Carrier(self.state, self.grid, config, self._http)
        self.speaking = Speaking(
            self.state,
            self.grid,
            self.carrier,
            Postman(config.subscription, config.wait, self._http),
            takes_mail=bool(config.subscription.mail_webhook),
        )
        self.calls = Calls(config, self.state, self._http, self._grid_changed)
        self.web = self._application()

    def start(self) -> None:
        """Begin to deliver events: the handshake first, for as long as it takes."""
        self.grid.start()
        self.calls.start()

    async def close(self) -> None:
        self.state.feed.end()
        await self.calls.close()
        await self.carrier.close()
        await self.grid.close()
        await self._http.aclose()

    async def settled(self) -> None:
        """Returns once nothing is under way: no message, no event."""
        await self.carrier.settled()
        await self.grid.settled()

    def _grid_changed(self) -> None:
        self.state.feed.tell(self.grid.standing)

    def _events_ended(self, batch: list[Event], taken: bool) -> None:
        """What the phone shows of a message that the product was to be told of."""
        for event in batch:
            if event.type not in {RECEIVED, SMS_RECEIVED}:
                continue
            message = self.state.message(str(event.data["messageId"]))
            if message and message.status == "sent":
                reason = "" if taken else "The product did not take it."
                status = "delivered" if taken else "failed"
                self.state.change(message.id, status=status, reason=reason)

    def _application(self) -> FastAPI:
        web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        check = Authentication(self.config.access_key, self.config.bearer_tokens, self.config.wall)
        api = APIRouter(dependencies=[Depends(check), Depends(Failing(self.state))])
        MessagesApi(self.state, self.carrier).routes(api)
        SmsApi(self.state, self.grid, self.carrier, self.config).routes(api)
        MailApi(self.state, self.grid, self.carrier, self.config).routes(api)
        self.calls.routes(api, web)
        web.include_router(api)
        links = self.config.links
        parts = (self.state, self.grid, self.carrier, self.speaking)
        control = Control(*parts, links, self.calls.behave)
        web.include_router(control.router)
        PhonePage(self.state).serve_on(web)
        web.add_exception_handler(errors.Refused, errors.answer)
        web.add_exception_handler(RequestValidationError, invalid)
        web.add_middleware(Loopback)
        return web


def create_emulator(config: EmulatorConfig) -> Emulator:
    """An emulator that is neither served nor started yet."""
    return Emulator(config)
