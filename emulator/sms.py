"""ACS's SMS API."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from contracts.messages import Channel
from emulator import events
from emulator.api import Message, OurNumber
from emulator.carrier import Carrier
from emulator.config import EmulatorConfig
from emulator.errors import Refused
from emulator.eventgrid import EventGrid
from emulator.state import State
from emulator.wire import refusal

MAX_TEXT = 2_048
Number = Annotated[str, Field(pattern=r"^\+[1-9]\d{5,14}$")]


class _Wire(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class Recipient(_Wire):
    to: str
    repeatability_request_id: str | None = Field(default=None, max_length=100)


class Options(_Wire):
    enable_delivery_report: bool = False
    tag: str | None = Field(default=None, max_length=2_048)


class Sms(_Wire):
    sender: Number = Field(alias="from")
    sms_recipients: tuple[Recipient, ...] = Field(min_length=1, max_length=100)
    message: str = Field(min_length=1, max_length=MAX_TEXT)
    sms_send_options: Options = Options()


class SmsApi:
    def __init__(
        self, state: State, grid: EventGrid, carrier: Carrier, config: EmulatorConfig
    ) -> None:
        self._state = state
        self._grid = grid
        self._carrier = carrier
        self._config = config

    def routes(self, router: APIRouter) -> None:
        router.add_api_route("/sms", self.send, methods=["POST"])

    async def send(self, request: Request) -> Response:
        """202 with one result a recipient, each with a status of its own."""
        try:
            sms = Sms.model_validate_json(await request.body())
        except ValidationError as error:
            raise refusal(error) from None
        ours = await self._sender(sms.sender)
        if ours is None:
            raise Refused(401, "Unauthorized", f"{sms.sender} is no number of this resource")
        results = [self._result(sms, ours, recipient) for recipient in sms.sms_recipients]
        return JSONResponse({"value": results}, status_code=202)

    async def _sender(self, number: str) -> OurNumber | None:
        """One that is not known may have been added just now."""
        for _ in range(2):
            for ours in self._state.numbers.values():
                if ours.channel is Channel.SMS and ours.number == number:
                    return ours
            await self._state.refresh()
        return None

    def _result(self, sms: Sms, ours: OurNumber, recipient: Recipient) -> dict[str, Any]:
        repeatable = (recipient.repeatability_request_id or "").lower()
        known = self._state.receipts.get(f"sms:{repeatable}") if repeatable else None
        if known is not None:
            return dict(known)
        result = self._take(sms, ours, recipient.to)
        if repeatable and result["successful"]:
            self._state.receipts[f"sms:{repeatable}"] = result
        return result

    def _take(self, sms: Sms, ours: OurNumber, to: str) -> dict[str, Any]:
        digits = to.removeprefix("+")
        if not to.startswith("+") or not digits.isdigit() or not 6 <= len(digits) <= 15:
            words = "Invalid To phone number format."
            return {"to": to, "httpStatusCode": 400, "successful": False, "errorMessage": words}
        message = Message(
            id=str(uuid4()),
            phone=to,
            channel=Channel.SMS,
            ours=ours.registration_id,
            direction="out",
            kind="text",
            text=sms.message,
            status="accepted",
            at=self._state.clock.now(),
        )
        if self._state.phone(to):
            self._state.put(message)
        self._carrier.start(self._carry(message, ours, sms.sms_send_options))
        return {
            "to": to,
            "messageId": message.id,
            "httpStatusCode": 202,
            "repeatabilityResult": "accepted",
            "successful": True,
        }

    async def _carry(self, message: Message, ours: OurNumber, options: Options) -> None:
        await self._config.wait(self._config.carry_s)
        word, details = self._outcome(message.phone)
        if word == "Delivered":
            self._state.note_unread(message)
            self._state.change(message.id, status="delivered")
        else:
            self._state.change(message.id, status="failed", reason=details)
        if options.enable_delivery_report:
            at, tag = self._state.clock.now(), options.tag or ""
            self._grid.publish(
                events.sms_report(message, ours.number, at, word=word, details=details, tag=tag)
            )

    def _outcome(self, number: str) -> tuple[str, str]:
        """How it ends, and the carrier's words."""
        phone = self._state.phone(number)
        if phone is None or phone.reach == "gone":
            return "Failed", "The destination number is not reachable."
        if phone.reach == "off":
            return "Failed", "The destination phone was switched off for too long."
        if phone.stopped and self._config.report_stopped:
            return "OptedOut", "Sender blocked for given recipient."
        return "Delivered", "No error."
