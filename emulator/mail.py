"""ACS's e-mail API: an operation that is asked for until it is done."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.alias_generators import to_camel

from contracts.messages import Channel
from emulator import events
from emulator.api import File, Message
from emulator.carrier import Carrier
from emulator.config import EmulatorConfig
from emulator.errors import bad_request, not_found
from emulator.eventgrid import EventGrid
from emulator.postman import message_id_of
from emulator.state import State
from emulator.wire import refusal

MAX_REQUEST = 10_000_000  # bytes, with attachments
RETRY_S = 1  # between polls; whole seconds is what the header says


class _Wire(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class Address(_Wire):
    address: str = Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=320)


class Recipients(_Wire):
    to: tuple[Address, ...] = Field(min_length=1, max_length=50)


class Words(_Wire):
    subject: str = Field(min_length=1, max_length=998)
    html: str = ""
    plain_text: str = ""


class Attachment(_Wire):
    name: str = Field(min_length=1, max_length=255)
    content_type: str = Field(min_length=3, max_length=120)
    content_in_base64: str

    @field_validator("content_in_base64")
    @classmethod
    def _can_be_read(cls, value: str) -> str:
        try:
            base64.b64decode(value, validate=True)
        except binascii.Error:
            raise ValueError("an attachment is not base64") from None
        return value


class Mail(_Wire):
    sender_address: str
    recipients: Recipients
    content: Words
    headers: dict[str, str] = {}
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=20)


class MailApi:
    def __init__(
        self, state: State, grid: EventGrid, carrier: Carrier, config: EmulatorConfig
    ) -> None:
        self._state = state
        self._grid = grid
        self._carrier = carrier
        self._config = config

    def routes(self, router: APIRouter) -> None:
        router.add_api_route("/emails:send", self.send, methods=["POST"])
        router.add_api_route("/emails/operations/{operation}", self.operation, methods=["GET"])

    async def send(self, request: Request) -> Response:
        """202 with an operation. The same Operation-Id is sent once."""
        operation = request.headers.get("operation-id", "") or str(uuid4())
        try:
            operation = str(UUID(operation))
        except ValueError:
            raise bad_request("Operation-Id is no GUID") from None
        mail = _read(await request.body())
        if operation not in self._state.operations:
            self._take(operation, mail)
            self._state.operations[operation] = self._config.mail_polls
        where = f"{request.base_url}emails/operations/{operation}?{request.url.query}"
        headers = {"Operation-Location": where, "retry-after": str(RETRY_S)}
        body = {"id": operation, "status": "Running"}
        return JSONResponse(body, status_code=202, headers=headers)

    async def operation(self, operation: str) -> Response:
        left = self._state.operations.get(operation)
        if left is None:
            raise not_found("OperationNotFound", f"there is no operation {operation}")
        self._state.operations[operation] = max(left - 1, 0)
        body = {"id": operation, "status": "Running" if left else "Succeeded"}
        headers = {"retry-after": str(RETRY_S)} if left else {}
        return JSONResponse(body, headers=headers)

    def _take(self, operation: str, mail: Mail) -> None:
        sender = mail.sender_address.lower()
        ours = next((it for it in self._state.numbers.values() if it.number == sender), None)
        if ours is None or ours.channel is not Channel.EMAIL:
            raise bad_request(f"senderAddress: {sender} is no address of this resource")
        files = tuple(self._kept(it) for it in mail.attachments)
        for recipient in mail.recipients.to:
            self._carrier.start(
                self._carry(operation, mail, ours.registration_id, recipient.address, files)
            )

    def _kept(self, attachment: Attachment) -> File:
        data = base64.b64decode(attachment.content_in_base64)
        return self._state.keep_file(
            data, name=attachment.name, content_type=attachment.content_type
        )

    async def _carry(
        self, operation: str, mail: Mail, ours: str, address: str, files: tuple[File, ...]
    ) -> None:
        """An e-mail's message has the operation's id, as at ACS."""
        await self._config.wait(self._config.carry_s)
        phone = self._state.phone_of_email(address)
        reached = phone is not None and phone.reach != "gone"
        if phone is not None:
            message = Message(
                id=operation,
                phone=phone.number,
                channel=Channel.EMAIL,
                ours=ours,
                direction="out",
                kind="email",
                subject=mail.content.subject,
                text=mail.content.plain_text,
                html=mail.content.html,
                files=files,
                quoted=message_id_of(mail.headers.get("In-Reply-To", ""))[:200],
                status="delivered" if reached else "failed",
                at=self._state.clock.now(),
            )
            self._state.put(message)
            if reached:
                self._state.note_unread(message)
        self._report(operation, mail.sender_address, address, reached=reached)

    def _report(self, operation: str, sender: str, address: str, *, reached: bool) -> None:
        report: dict[str, Any] = {
            "word": "Delivered" if reached else "Bounced",
            "details": "No error." if reached else "550 5.1.1 The mailbox does not exist.",
        }
        at = self._state.clock.now()
        self._grid.publish(
            events.email_report(
                message_id=operation, sender=sender, recipient=address, at=at, **report
            )
        )


def _read(body: bytes) -> Mail:
    if len(body) > MAX_REQUEST:
        raise bad_request(f"the e-mail is larger than {MAX_REQUEST} bytes")
    try:
        mail = Mail.model_validate_json(body)
    except ValidationError as error:
        raise refusal(error) from None
    if not mail.content.html and not mail.content.plain_text:
        raise bad_request("content: html or plainText has to be there")
    return mail
