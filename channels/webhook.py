"""Where providers post what comes in: POST /api/v1/messages/events and /api/v1/email/inbound.

200 means that everything was kept or can't be used; Event Grid forgets it. 503 means that some of
it could not be kept now: all of it comes again, and what was kept is not kept twice.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from channels.acs.email_events import EmailIn
from channels.intake import Intake, Taken
from contracts.clock import Clock
from contracts.errors import BadInput, StoreUnavailable
from gateway.wire.answers import ANSWERS, GRID, TooLarge, again, body_of, problem, welcome
from gateway.wire.authority import Authority
from gateway.wire.events import MAX_BODY, Batch, read_batch
from gateway.wire.paths import EMAIL, EVENTS, INFOBIP
from gateway.wire.tokens import KeysUnavailable, Refused

if TYPE_CHECKING:
    from channels.acs.email import AcsEmail

log = logging.getLogger(__name__)

MAX_EMAIL = 30 * 1024 * 1024  # bytes: three attachments of 7 MB
_JSON: dict[int | str, dict[str, Any]] = {
    **ANSWERS,
    422: {
        "description": "The e-mail can't be read; the answer says why.",
        "content": {"application/json": {}},
    },
}


class Webhook:
    """`router` holds the routes. `email`: the adapter that takes e-mail, if there is one."""

    def __init__(
        self, *, authority: Authority, intake: Intake, email: AcsEmail | None, clock: Clock
    ) -> None:
        self._authority = authority
        self._intake = intake
        self._email = email
        self._clock = clock
        self.router = APIRouter(tags=["events"])
        self.router.post(EVENTS, responses=_JSON)(self.events)
        self.router.options(EVENTS, responses=_JSON, response_class=Response)(self.handshake)
        self.router.post(EMAIL, responses=_JSON)(self.inbound_email)
        self.router.post(INFOBIP, responses=_JSON)(self.infobip)

    async def handshake(self, request: Request) -> Response:
        """CloudEvents' question whether a sender's events are welcome. Event Grid itself may ask
        without a token: the answer lets in nothing."""
        origin = request.headers.get("webhook-request-origin", "")
        if origin != GRID and (refusal := await self._refusal(request)):
            return refusal
        if not origin:
            return problem(400, "WebHook-Request-Origin is missing.")
        return welcome(origin)

    async def events(self, request: Request) -> JSONResponse:
        """Events of Event Grid, in its own schema or as CloudEvents."""
        if refusal := await self._refusal(request):
            return refusal
        try:
            batch = read_batch(await body_of(request, MAX_BODY), self._clock.now())
        except TooLarge:
            return problem(413, f"Post at most {MAX_BODY} bytes at once.")
        except BadInput as error:
            return problem(400, str(error))
        if batch.handshake and not batch.events:
            return JSONResponse({"validationResponse": batch.handshake})
        taken = await self._intake.take_events(
            [(place, event.as_mapping()) for place, event in batch.events]
        )
        return _answer(taken, batch)

    async def infobip(self, request: Request) -> JSONResponse:
        """Messages and reports of Infobip, under `results`."""
        if refusal := await self._refusal(request):
            return refusal
        try:
            results = _results(await body_of(request, MAX_BODY))
        except TooLarge:
            return problem(413, f"Post at most {MAX_BODY} bytes at once.")
        except BadInput as error:
            return problem(400, str(error))
        return _answer(await self._intake.take_events(enumerate(results), "infobip"))

    async def inbound_email(self, request: Request) -> JSONResponse:
        """One e-mail, in our own shape."""
        if refusal := await self._refusal(request):
            return refusal
        if self._email is None:
            return problem(503, "There is no e-mail channel: set ACS_ENDPOINT.")
        try:
            posted = _email_in(await body_of(request, MAX_EMAIL))
            inbound = await self._email.take(posted, self._clock.now())
        except TooLarge:
            return problem(413, f"Post an e-mail of at most {MAX_EMAIL} bytes.")
        except BadInput as error:
            return problem(422, str(error))
        except StoreUnavailable:
            return again({})
        taken = Taken(ignored=int(inbound is None))
        await self._intake.take_messages([inbound] if inbound else [], taken)
        return _answer(taken)

    async def _refusal(self, request: Request) -> JSONResponse | None:
        """The answer for somebody who may not post; None for who may."""
        try:
            await self._authority.check(request.headers)
        except Refused as refused:
            log.warning("events of somebody who may not post them", extra={"why": str(refused)})
            return problem(401, str(refused), {"WWW-Authenticate": 'Bearer realm="events"'})
        except KeysUnavailable:
            log.warning("a token can't be judged: its issuer's keys can't be had")
            return again({"detail": "The token can't be judged now."})
        return None


def _results(body: bytes) -> list[dict[str, Any]]:
    """Raises BadInput."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is no JSON.") from error
    results = found.get("results") if isinstance(found, dict) else None
    if not isinstance(results, list) or not all(isinstance(it, dict) for it in results):
        raise BadInput("The body has to hold `results`, a list of objects.")
    return results


def _email_in(body: bytes) -> EmailIn:
    """Raises BadInput, saying which fields can't be read."""
    try:
        return EmailIn.model_validate_json(body)
    except ValidationError as error:
        wrong = "; ".join(f"{_place(it['loc'])}: {it['msg']}" for it in error.errors()[:5])
        raise BadInput(f"The e-mail can't be read: {wrong}") from error


def _answer(taken: Taken, batch: Batch | None = None) -> JSONResponse:
    wrong = {**taken.wrong, **{it.index: it.reason for it in (batch.unread if batch else ())}}
    for place, reason in sorted(wrong.items()):
        log.warning("an event can't be used", extra={"index": place, "why": reason})
    told: dict[str, Any] = {
        "accepted": taken.messages,
        "known": taken.known,
        "statuses": taken.statuses,
        "ignored": taken.ignored,
        "dropped": [{"index": place, "reason": why} for place, why in sorted(wrong.items())],
    }
    return again(told) if taken.again else JSONResponse(told)


def _place(where: tuple[int | str, ...]) -> str:
    return ".".join(map(str, where)) or "body"
