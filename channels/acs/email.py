"""E-mail: out over Azure Communication Services, in by a webhook of our own."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from azure.core.exceptions import ResourceExistsError

from channels.acs.clients import AcsClients, repeat_id
from channels.acs.email_events import EmailIn, Letter, read_email, read_report
from channels.adapter import NotSent, Template
from channels.letters import EmailLetter
from channels.senders import SenderOf
from contracts.errors import BadInput
from contracts.messages import Channel, Inbound, Remote
from contracts.ports import KeyValue
from contracts.sending import REPLY, Sending, StatusUpdate

KEPT = timedelta(days=7)  # what an answer has to say of the e-mail it answers
FILES_KEPT = timedelta(days=1)
_TURN = f"turn:{Channel.EMAIL}:"  # what a reply's key begins with; the e-mail's id follows

Render = Callable[[Sending], Awaitable[EmailLetter]]


class AcsEmail:
    channel = Channel.EMAIL
    provider = "acs"
    window: timedelta | None = None

    def __init__(
        self, clients: AcsClients, render: Render, sender_of: SenderOf, keyvalue: KeyValue
    ) -> None:
        self._clients = clients
        self._render = render
        self._sender_of = sender_of
        self._keyvalue = keyvalue

    # --- in -----------------------------------------------------------------------------------

    def parse(self, event: Mapping[str, Any]) -> Inbound | StatusUpdate | None:
        return read_report(event)

    async def take(self, posted: EmailIn, now: datetime) -> Inbound | None:
        """The message in an e-mail, its files kept until the turn fetches them; None for one that
        a machine sent. Raises BadInput, MemoryUnavailable."""
        letter = read_email(posted, now)
        if letter is None:
            return None
        await self._keep(letter)
        return letter.inbound

    async def _keep(self, letter: Letter) -> None:
        about = {"subject": letter.subject, "message_id": letter.message_id}
        await self._keyvalue.set(_about_key(letter.inbound.id), about, ttl_s=KEPT.total_seconds())
        for file_id, data in letter.files.items():
            file = {"data": base64.b64encode(data).decode()}
            await self._keyvalue.set(_file_key(file_id), file, ttl_s=FILES_KEPT.total_seconds())

    async def fetch(self, remote: Remote) -> bytes:
        found = await self._keyvalue.get(_file_key(remote.id))
        if found is None:
            raise NotSent("the file is not kept any more")
        try:
            return base64.b64decode(found["data"])
        except (KeyError, ValueError) as error:
            raise BadInput("the file can't be read") from error

    # --- out ----------------------------------------------------------------------------------

    async def deliver(
        self, sending: Sending, *, sent: int = 0, template: Template | None = None
    ) -> AsyncIterator[str]:
        if template is not None:
            raise NotSent("an e-mail has no templates")
        if sent:
            return
        async with self._clients.speaking():
            about = await self._answered(sending)
            if about and not sending.subject and about["subject"]:
                sending = sending.model_copy(update={"subject": _answer_to(about["subject"])})
            letter = await self._render(sending)
        sender = (await self._sender_of(sending)).number
        yield await self._send(_message(letter, sender, sending.address, about), sending)

    async def _send(self, message: dict[str, Any], sending: Sending) -> str:
        """The operation's id, which is the message's in delivery reports."""
        operation = str(repeat_id(sending.key, 0))
        async with self._clients.speaking():
            try:
                poller = await self._clients.email().begin_send(
                    message, operation_id=operation, polling=False
                )
            except ResourceExistsError:  # taken before, and the answer was not heard
                return operation
            result = await poller.result()
        return str(result.get("id") or operation)

    async def _answered(self, sending: Sending) -> dict[str, str]:
        """Subject and id of the e-mail that this is the reply to; nothing for any other."""
        if sending.purpose != REPLY or not sending.key.startswith(_TURN):
            return {}
        found = await self._keyvalue.get(_about_key(sending.key.removeprefix(_TURN)))
        return dict(found) if found else {}


def _message(
    letter: EmailLetter, sender: str, address: str, about: Mapping[str, str]
) -> dict[str, Any]:
    """As the service takes it."""
    message: dict[str, Any] = {
        "senderAddress": sender,
        "recipients": {"to": [{"address": address}]},
        "content": {"subject": letter.subject, "plainText": letter.text, "html": letter.html},
        "attachments": [
            {
                "name": file.name,
                "contentType": file.content_type,
                "contentInBase64": base64.b64encode(file.data).decode(),
            }
            for file in letter.enclosures
        ],
        "userEngagementTrackingDisabled": True,
    }
    if message_id := about.get("message_id"):
        message["headers"] = {"In-Reply-To": message_id, "References": message_id}
    return message


def _answer_to(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _about_key(email_id: str) -> str:
    return f"email:{email_id}"


def _file_key(file_id: str) -> str:
    return f"email:file:{file_id}"
