"""Where ACS reaches us about calls: events, call-backs, and the media socket of each call.

200 means that an event was used or can't be; 503 that it is to be sent again.
"""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request, Response, WebSocket
from fastapi.responses import JSONResponse

from contracts.clock import Clock
from contracts.errors import BadInput, Overloaded, StoreUnavailable
from gateway.wire.answers import ANSWERS, GRID, TooLarge, again, body_of, problem, welcome
from gateway.wire.authority import Authority
from gateway.wire.events import MAX_BODY, Batch, Event, read_batch
from gateway.wire.paths import CALL_EVENTS, CALL_MEDIA, CALLBACKS
from gateway.wire.tokens import KeysUnavailable, Refused
from voice.acs.answering import Answered, Answering
from voice.acs.callbacks import Callbacks, InHand
from voice.acs.door import Door
from voice.acs.events import read_incoming, read_notice
from voice.acs.media_socket import MediaSockets

log = logging.getLogger(__name__)


class CallWebhook:
    """`router` holds the routes."""

    def __init__(
        self,
        *,
        authority: Authority,
        door: Door,
        answering: Answering,
        callbacks: Callbacks,
        sockets: MediaSockets,
        clock: Clock,
    ) -> None:
        self._authority = authority
        self._door = door
        self._answering = answering
        self._callbacks = callbacks
        self._sockets = sockets
        self._clock = clock
        self.router = APIRouter(tags=["calls"])
        self.router.post(CALL_EVENTS, responses=ANSWERS)(self.events)
        self.router.options(CALL_EVENTS, responses=ANSWERS, response_class=Response)(self.handshake)
        self.router.post(f"{CALLBACKS}{{call_id}}", responses=ANSWERS)(self.told)
        self.router.websocket(f"{CALL_MEDIA}{{call_id}}")(self.media)

    async def handshake(self, request: Request) -> Response:
        """CloudEvents' question whether a sender's events are welcome."""
        origin = request.headers.get("webhook-request-origin", "")
        if origin != GRID:
            try:
                await self._authority.check(request.headers)
            except (Refused, KeysUnavailable) as error:
                return _refusal(error)
        if not origin:
            return problem(400, "WebHook-Request-Origin is missing.")
        return welcome(origin)

    async def events(self, request: Request) -> JSONResponse:
        """Events of Event Grid: calls that come in."""
        try:
            await self._authority.check(request.headers)
            batch = read_batch(await body_of(request, MAX_BODY), self._clock.now())
        except (Refused, KeysUnavailable, TooLarge, BadInput) as error:
            return _refusal(error)
        if batch.handshake and not batch.events:
            return JSONResponse({"validationResponse": batch.handshake})
        told = _Told(batch)
        for place, event in batch.events:
            await self._take(place, event, told)
        return told.answer()

    async def told(self, request: Request, call_id: str) -> JSONResponse:
        """CloudEvents of ACS: what happens in a call."""
        try:
            await self._door.check(call_id, request.query_params, request.headers)
            batch = read_batch(await body_of(request, MAX_BODY), self._clock.now())
        except (Refused, KeysUnavailable, TooLarge, BadInput) as error:
            return _refusal(error)
        told = _Told(batch)
        for place, event in batch.events:
            try:
                notice = read_notice(event)
                known = notice is not None and await self._callbacks.take(call_id, notice)
                told.count("taken" if known else "ignored")
            except BadInput as error:
                told.wrong[place] = str(error)
            except (StoreUnavailable, InHand):
                told.again = True
        return told.answer()

    async def media(self, websocket: WebSocket, call_id: str) -> None:
        await self._sockets.serve(websocket, call_id)

    async def _take(self, place: int, event: Event, told: _Told) -> None:
        try:
            incoming = read_incoming(event)
            if incoming is None:
                told.count("ignored")
                return
            answered = await self._answering.take(incoming)
        except BadInput as error:
            told.wrong[place] = str(error)
        except (StoreUnavailable, Overloaded) as error:
            log.warning("a call has to be told of again", extra={"error": type(error).__name__})
            told.again = True
        else:
            told.count(answered.value)
            told.again = told.again or answered is Answered.AGAIN


class _Told:
    """What became of a batch."""

    def __init__(self, batch: Batch) -> None:
        self.wrong = {it.index: it.reason for it in batch.unread}
        self.again = False
        self._counts: dict[str, int] = {}

    def count(self, what: str) -> None:
        self._counts[what] = self._counts.get(what, 0) + 1

    def answer(self) -> JSONResponse:
        for place, reason in sorted(self.wrong.items()):
            log.warning("a call's event can't be used", extra={"index": place, "why": reason})
        dropped = [{"index": place, "reason": why} for place, why in sorted(self.wrong.items())]
        told = {**self._counts, "dropped": dropped}
        return again(told) if self.again else JSONResponse(told)


def _refusal(error: Exception) -> JSONResponse:
    """The answer to a request that nothing of is taken."""
    match error:
        case Refused():
            log.warning("somebody may not tell us of calls", extra={"why": str(error)})
            return problem(401, str(error), {"WWW-Authenticate": 'Bearer realm="calls"'})
        case KeysUnavailable():
            log.warning("a token can't be judged: its issuer's keys can't be had")
            return again({"detail": "The token can't be judged now."})
        case TooLarge():
            return problem(413, f"Post at most {MAX_BODY} bytes at once.")
    return problem(400, str(error))
