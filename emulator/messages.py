"""ACS's messages API: WhatsApp in and out."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from contracts.messages import Channel
from emulator.carrier import Carrier
from emulator.drawing import drawn
from emulator.errors import bad_request, not_found
from emulator.state import State
from emulator.whatsapp import filled_template
from emulator.wire import Content, ReactionContent, TemplateContent, read_content


class MessagesApi:
    def __init__(self, state: State, carrier: Carrier) -> None:
        self._state = state
        self._carrier = carrier

    def routes(self, router: APIRouter) -> None:
        router.add_api_route("/messages/notifications:send", self.send, methods=["POST"])
        router.add_api_route("/messages/streams/{file_id}", self.stream, methods=["GET"])
        router.add_api_route("/messages/channels/{ours}/templates", self.templates, methods=["GET"])

    async def send(self, request: Request) -> Response:
        """202 with a receipt; the same Repeatability-Request-ID gets the same one again."""
        repeatable = request.headers.get("repeatability-request-id", "").lower()
        if repeatable and len(repeatable) > 100:
            raise bad_request("Repeatability-Request-ID is no GUID")
        content = read_content(await request.body())
        await self._check_channel(content.channel_registration_id)
        receipt = self._state.receipts.get(repeatable) if repeatable else None
        if receipt is None:
            receipt = self._take(content)
            if repeatable:
                self._state.receipts[repeatable] = receipt
        headers = {"Repeatability-Result": "accepted"}
        return JSONResponse({"receipts": [receipt]}, status_code=202, headers=headers)

    def _take(self, content: Content) -> dict[str, str]:
        """The receipt of a message that is on its way now. Raises Refused."""
        number = _number(content.to[0])
        text = ""
        if isinstance(content, TemplateContent):
            text = filled_template(content, self._state.templates)
        message = drawn(content, number, self._state.clock.now(), template_text=text)
        if not isinstance(content, ReactionContent) and self._state.phone(number):
            self._state.put(message)
        self._carrier.start(self._carrier.carry(content, message))
        return {"messageId": message.id, "to": content.to[0]}

    async def _check_channel(self, registration_id: str) -> None:
        if await self._state.known(Channel.WHATSAPP, registration_id) is None:
            raise not_found("ChannelNotFound", f"there is no channel {registration_id}")

    async def stream(self, file_id: str) -> Response:
        """A file that a customer sent."""
        stored = self._state.file(file_id)
        if stored is None:
            raise not_found("MediaNotFound", f"there is no media {file_id}")
        return Response(stored.data, media_type=stored.file.content_type)

    async def templates(self, ours: str) -> dict[str, Any]:
        """All approved templates, one entry a language."""
        await self._check_channel(ours)
        entries = [
            {
                "kind": "whatsApp",
                "name": template.name,
                "language": template.codes[language],
                "status": "approved",
                "content": [{"type": "BODY", "text": text}],
            }
            for template in self._state.templates
            for language, text in template.texts.items()
            if language in template.codes
        ]
        return {"value": entries}


def _number(raw: str) -> str:
    """E.164. WhatsApp takes numbers with and without a plus sign."""
    digits = raw.removeprefix("+")
    if not digits.isascii() or not digits.isdigit() or not 6 <= len(digits) <= 15:
        raise bad_request("to.0: a recipient is a number in E.164, such as +15035550101")
    return f"+{digits}"
