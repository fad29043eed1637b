"""A channel of one's own in one file: text messages over a provider that speaks plain JSON.

In, it posts arrays of events to /api/v1/bulletin, with our secret in a header:

    [{"type": "message", "id": "b-1", "from": "+15550101", "to": "+15550142",
      "text": "How much is my bill?", "at": "2026-01-15T18:00:00Z"},
     {"type": "status", "message": "m-7", "state": "delivered", "at": "2026-01-15T18:00:05Z"}]

Out, it takes POST /messages {"from", "to", "text", "repeat"} and answers {"id": "m-7"}. The same
`repeat` twice is the same message.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

import httpx
from fastapi import APIRouter, Header, HTTPException
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from channels.adapter import NotSent, Template
from channels.addresses import normalise
from channels.intake import Intake
from channels.letters import Letter, TextLetter
from contracts.errors import BadInput
from contracts.messages import Channel, Inbound, Remote
from contracts.sending import Sending, Status, StatusUpdate

PROVIDER = "bulletin"
BUSY_S = 2.0  # before it is asked again
_STATES: dict[str, Literal[Status.SENT, Status.DELIVERED, Status.FAILED]] = {
    "accepted": Status.SENT,
    "delivered": Status.DELIVERED,
    "failed": Status.FAILED,
}
Render = Callable[[Sending], Awaitable[Sequence[Letter]]]


class _Message(BaseModel):
    id: str = Field(min_length=1, max_length=200)
    sender: str = Field(alias="from")
    to: str
    text: str = ""
    at: AwareDatetime


class _Status(BaseModel):
    message: str = Field(min_length=1, max_length=200)
    state: str
    reason: str = Field(default="", max_length=400)
    at: AwareDatetime


class Bulletin:
    """The adapter. `render` is `Renderer.letters`; `client` has the provider's address."""

    channel = Channel.SMS
    provider = PROVIDER
    window: timedelta | None = None  # it takes a text at any time

    def __init__(self, client: httpx.AsyncClient, render: Render, *, region: str) -> None:
        self._client = client
        self._render = render
        self._region = region

    def parse(self, event: Mapping[str, Any]) -> Inbound | StatusUpdate | None:
        """None for a kind of event that is added some day. Raises BadInput."""
        try:
            if event.get("type") == "message":
                return self._inbound(_Message.model_validate(event))
            if event.get("type") == "status":
                return _update(_Status.model_validate(event))
        except ValidationError as error:
            wrong = ", ".join(".".join(map(str, it["loc"])) for it in error.errors())
            raise BadInput(f"can't read {wrong} of the event") from error
        return None

    async def deliver(
        self, sending: Sending, *, sent: int = 0, template: Template | None = None
    ) -> AsyncIterator[str]:
        """Its messages from the one numbered `sent`. Raises NotSent."""
        if template is not None:
            raise NotSent("this provider has no templates")
        for index, letter in enumerate(await self._render(sending)):
            if not isinstance(letter, TextLetter):
                raise NotSent(f"this provider can't show a {type(letter).__name__}")
            if index >= sent:
                yield await self._post(sending, letter.text, index)

    async def fetch(self, remote: Remote) -> bytes:
        raise NotSent("this provider carries no files")

    def _inbound(self, message: _Message) -> Inbound:
        return Inbound(
            channel=self.channel,
            address=normalise(self.channel, message.sender, self._region),
            id=f"{PROVIDER}:{message.id}",
            text=message.text,
            to=message.to,
            at=message.at,
        )

    async def _post(self, sending: Sending, text: str, index: int) -> str:
        repeat = str(uuid5(NAMESPACE_URL, f"{sending.key}:{index}"))
        body = {"from": sending.sender, "to": sending.address, "text": text, "repeat": repeat}
        try:
            answer = await self._client.post("/messages", json=body)
        except httpx.TransportError as error:
            raise NotSent("the provider can't be reached", after_s=BUSY_S) from error
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
            raise NotSent(f"the provider is busy ({answer.status_code})", after_s=BUSY_S)
        if answer.is_error:
            raise NotSent(f"the provider refused it ({answer.status_code})")
        return str(answer.json()["id"])


def _update(status: _Status) -> StatusUpdate | None:
    became = _STATES.get(status.state)
    if became is None:
        return None
    return StatusUpdate(
        message_id=status.message,
        channel=Channel.SMS,
        status=became,
        reason=status.reason,
        at=status.at,
    )


def bulletin_router(intake: Intake, secret: str) -> APIRouter:
    """Where the provider posts. 503 asks for all of it once more: nothing is taken twice."""
    router = APIRouter(tags=["events"])

    @router.post("/api/v1/bulletin")
    async def events(
        posted: list[dict[str, Any]], x_bulletin_secret: str = Header(default="")
    ) -> dict[str, Any]:
        if not hmac.compare_digest(x_bulletin_secret.encode(), secret.encode()):
            raise HTTPException(401, "Send the secret in the header X-Bulletin-Secret.")
        taken = await intake.take_events(enumerate(posted), provider=PROVIDER)
        if taken.again:
            raise HTTPException(503, "Some of it could not be kept: send all of it again.")
        return {"accepted": taken.messages, "known": taken.known, "dropped": taken.wrong}

    return router
