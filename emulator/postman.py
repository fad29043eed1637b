"""E-mails to the utility: ACS takes none in, so that they come from a mail server, which posts each
to a webhook and tries again for a while where that does not take it."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterable
from typing import Any

import httpx

from emulator.api import Message
from emulator.config import Subscription, Wait
from emulator.eventgrid import SECRET_HEADER, TAKEN
from emulator.events import stamp
from emulator.state import Stored

log = logging.getLogger(__name__)

DOMAIN = "emulator.example"  # of the ids in headers
AGAIN_S = (5, 30, 120, 600)  # between attempts


class Postman:
    def __init__(self, subscription: Subscription, wait: Wait, http: httpx.AsyncClient) -> None:
        self._subscription = subscription
        self._wait = wait
        self._http = http

    async def post(self, message: Message, sender: str, to: str, files: Iterable[Stored]) -> bool:
        """Whether the webhook took it in the end."""
        content = posted(message, sender, to, files)
        for pause_s in (*AGAIN_S, None):
            status = await self._try(content)
            if status in TAKEN:
                return True
            if pause_s is None or 400 <= status < 500:
                break
            await self._wait(pause_s * self._subscription.scale)
        log.warning("an e-mail was given up", extra={"status": status})
        return False

    async def _try(self, content: dict[str, Any]) -> int:
        """Its status; 0 if there was no answer."""
        headers = {SECRET_HEADER: self._subscription.secret} if self._subscription.secret else {}
        try:
            answer = await self._http.post(
                self._subscription.mail_webhook,
                json=content,
                headers=headers,
                timeout=self._subscription.timeout_s,
            )
        except httpx.HTTPError:
            return 0
        return answer.status_code


def posted(message: Message, sender: str, to: str, files: Iterable[Stored]) -> dict[str, Any]:
    """What a mail server posts."""
    return {
        "message_id": header_id(message.id),
        "from": sender,
        "to": to,
        "subject": message.subject,
        "text": message.text,
        "in_reply_to": header_id(message.quoted) if message.quoted else "",
        "received": stamp(message.at),
        "attachments": [
            {
                "name": stored.file.name,
                "content_type": stored.file.content_type,
                "content": base64.b64encode(stored.data).decode(),
            }
            for stored in files
        ],
    }


def header_id(message_id: str) -> str:
    return f"<{message_id}@{DOMAIN}>"


def message_id_of(header: str) -> str:
    """The message that a header names."""
    return header.strip().strip("<>").partition("@")[0]
