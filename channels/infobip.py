"""WhatsApp and text messages over Infobip.

Of the wire, what goes out is as in Infobip's own Java client; [I] marks what is inferred. Infobip
writes numbers without a plus sign. We give each message its id, the same in every attempt, which
says the channel too: reports of deliveries do not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

import httpx
from pydantic import ValidationError

from channels.adapter import NotSent, Template
from channels.addresses import normalise
from channels.letters import (
    ButtonsLetter,
    DocumentLetter,
    ImageLetter,
    Letter,
    ListLetter,
    TemplateLetter,
    TextLetter,
)
from channels.senders import SenderOf
from contracts.errors import BadInput, StoreUnavailable
from contracts.messages import MAX_ID, Channel, Inbound, Location, Reaction, Remote
from contracts.records.attachments import MAX_AUDIO_BYTES
from contracts.sending import Sending, Status, StatusUpdate
from contracts.settings import Settings
from gateway.wire.events import time_of

Result = Mapping[str, Any]
Render = Callable[[Sending], Awaitable[Sequence[Letter]]]
Kind = Literal[Channel.WHATSAPP, Channel.SMS]

CONNECTS_WITHIN_S, ANSWERS_WITHIN_S = 5.0, 20.0
AGAIN_S = 2.0
NO_RIGHT_S = 60.0  # an operator has to do something first
LONGEST_S = 3_600.0
_REASON = 300  # characters
_ENDS = {"REJECTED", "UNDELIVERABLE", "EXPIRED"}  # groups of statuses
_STATUSES = {
    "DELIVERED": Status.DELIVERED,
    "SEEN": Status.READ,
    **dict.fromkeys(_ENDS, Status.FAILED),
}
_FILES = {"IMAGE": "image/jpeg", "DOCUMENT": "application/pdf", "VOICE": "audio/ogg"}
_FILES |= {"AUDIO": "audio/ogg"}  # [I] what an address without a type holds; its bytes decide


class Infobip:
    """Infobip's API: one client for all channels, opened when it is first used."""

    def __init__(self, settings: Settings) -> None:
        key = settings.infobip_api_key
        self._headers = {"Authorization": f"App {key.get_secret_value() if key else ''}"}
        self._url = settings.infobip_url.rstrip("/")
        self._client: httpx.AsyncClient | None = None

    async def post(self, path: str, body: dict[str, Any]) -> None:
        """Hand one message over. Raises NotSent."""
        try:
            answer = await self._opened().post(f"{self._url}{path}", json=body)
        except httpx.HTTPError as error:
            raise NotSent(type(error).__name__, after_s=AGAIN_S) from error
        if answer.is_error:
            raise refused(answer)
        _check_accepted(answer)

    async def get(self, address: str, most: int) -> bytes:
        """A file that Infobip holds. Raises NotSent, and BadInput for one that is too large or that
        is anywhere else: our key goes to nobody but them."""
        if _origin(address) != _origin(self._url):
            raise BadInput("the file is not at Infobip")
        data = bytearray()
        try:
            async with self._opened().stream("GET", address) as answer:
                if answer.is_error:
                    raise refused(answer)
                async for piece in answer.aiter_bytes():
                    data += piece
                    if len(data) > most:
                        raise BadInput(f"the file is larger than {most // 1024**2} MB")
        except httpx.HTTPError as error:
            raise NotSent(type(error).__name__, after_s=AGAIN_S) from error
        return bytes(data)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            timeout = httpx.Timeout(ANSWERS_WITHIN_S, connect=CONNECTS_WITHIN_S)
            self._client = httpx.AsyncClient(headers=self._headers, timeout=timeout)
        return self._client


class InfobipChannel:
    """One channel over Infobip. `api` is shared by both."""

    provider = "infobip"

    def __init__(self, kind: Kind, api: Infobip, render: Render, sender_of: SenderOf) -> None:
        self.channel: Channel = kind
        self.window = timedelta(hours=24) if kind is Channel.WHATSAPP else None
        self._api = api
        self._render = render
        self._sender_of = sender_of

    def parse(self, event: Mapping[str, Any]) -> Inbound | StatusUpdate | None:
        """One of the `results` that Infobip posts."""
        try:
            return read(event, self.channel)
        except ValidationError as error:
            fields = ", ".join(str(it["loc"][0]) for it in error.errors() if it["loc"])
            raise BadInput(f"a message can't be read: {fields}") from error

    async def deliver(
        self, sending: Sending, *, sent: int = 0, template: Template | None = None
    ) -> AsyncIterator[str]:
        letters: Sequence[Letter]
        key = sending.key
        if template is not None:
            letters = (TemplateLetter(template.name, template.language, template.values),)
            key = f"{key}:template"  # goes out before the held text, and is not the same message
        else:
            try:
                letters = await self._render(sending)
            except StoreUnavailable as error:
                raise NotSent(str(error), after_s=AGAIN_S) from error
        sender = (await self._sender_of(sending)).registration_id
        for index, letter in enumerate(letters):
            if index >= sent:
                message_id = f"{self.channel}-{uuid5(NAMESPACE_URL, f'{key}:{index}')}"
                await self._send(letter, sender, sending.address, message_id)
                yield message_id

    async def _send(self, letter: Letter, sender: str, to: str, message_id: str) -> None:
        if self.channel is Channel.SMS:
            if not isinstance(letter, TextLetter):
                raise NotSent(f"a text message can't be a {type(letter).__name__}")
            await self._api.post("/sms/3/messages", text_message(letter, sender, to, message_id))
            return
        path, content = whatsapp(letter)
        message = {**_ends(sender, to), "messageId": message_id, "content": content}
        body = {"messages": [message]} if isinstance(letter, TemplateLetter) else message
        await self._api.post(f"/whatsapp/1/message/{path}", body)

    async def fetch(self, remote: Remote) -> bytes:
        return await self._api.get(remote.id, MAX_AUDIO_BYTES)  # of other files less is kept


# --- what goes out --------------------------------------------------------------------------------


def text_message(letter: TextLetter, sender: str, to: str, message_id: str) -> dict[str, Any]:
    ends = _ends(sender, to)
    destination = {"to": ends["to"], "messageId": message_id}
    message = {
        "sender": ends["from"],
        "destinations": [destination],
        "content": {"text": letter.text},
    }
    return {"messages": [message]}


def whatsapp(letter: Letter) -> tuple[str, dict[str, Any]]:
    """Where a letter is posted to, and its content."""
    match letter:
        case TextLetter(text):
            return "text", {"text": text}
        case ImageLetter(url, caption):
            return "image", {"mediaUrl": url, "caption": caption}
        case DocumentLetter(url, name, caption):
            return "document", {"mediaUrl": url, "filename": name, "caption": caption}
        case ButtonsLetter(text, options):
            buttons = [{"type": "REPLY", "id": it.id, "title": it.title} for it in options]
            return "interactive/buttons", {"body": {"text": text}, "action": {"buttons": buttons}}
        case ListLetter(text, button, rows):
            found = [
                {"id": it.id, "title": it.title}
                | ({"description": it.description} if it.description else {})
                for it in rows
            ]
            action = {"title": button, "sections": [{"title": button, "rows": found}]}
            return "interactive/list", {"body": {"text": text}, "action": action}
        case TemplateLetter(name, language, values):
            data = {"body": {"placeholders": list(values)}}
            return "template", {"templateName": name, "templateData": data, "language": language}


def _ends(sender: str, to: str) -> dict[str, str]:
    return {"from": sender.removeprefix("+"), "to": to.removeprefix("+")}


def refused(answer: httpx.Response) -> NotSent:
    """What a status of HTTP means for a message that was to be sent."""
    status = answer.status_code
    if status in (401, 403):  # the key was changed, say: nothing is wrong with the message
        return NotSent(f"{status} (see INFOBIP_API_KEY)", after_s=NO_RIGHT_S)
    if status in (408, 425, 429) or status >= 500:
        said = answer.headers.get("Retry-After", "")
        wait_s = min(float(said), LONGEST_S) if said.isdecimal() else AGAIN_S
        return NotSent(str(status), after_s=wait_s)
    return NotSent(f"{status} {answer.reason_phrase}".strip())


def _check_accepted(answer: httpx.Response) -> None:
    """200 says that the request was understood: the message may be refused in it. A duplicate id
    is one that they have already [I]."""
    try:
        body = answer.json()
    except ValueError:
        return
    messages = body.get("messages", [body]) if isinstance(body, dict) else []
    for message in messages if isinstance(messages, list) else []:
        status = _part(message, "status") if isinstance(message, dict) else {}
        name, group = str(status.get("name", "")), str(status.get("groupName", ""))
        if group in _ENDS and "DUPLICATE" not in name:
            raise NotSent(f"{group} {name}"[:_REASON])


# --- what comes in --------------------------------------------------------------------------------


def read(result: Result, kind: Channel) -> Inbound | StatusUpdate | None:
    """A message of that channel, or what became of one; None for anything else. Raises BadInput and
    ValidationError."""
    if _is_report(result):
        return _status(result, kind)
    is_whatsapp = _text(result, "integrationType").upper() == "WHATSAPP" or "message" in result
    if is_whatsapp is not (kind is Channel.WHATSAPP):
        return None
    message_id = _text(result, "messageId")
    if not message_id:
        raise BadInput("messageId is missing")
    message = _part(result, "message")
    said = _said(message) if is_whatsapp else {"text": _text(result, "text")}
    return Inbound(
        channel=kind,
        address=_number(result, "from", kind),
        id=message_id,
        to=_ours(result, kind),
        quoted=_text(_part(message, "context"), "id")[:MAX_ID],
        at=time_of(result.get("receivedAt"), "receivedAt"),
        **(said or {"unreadable": (_text(message, "type").lower() or "unknown")[:40]}),
    )


def _is_report(result: Result) -> bool:
    return any(key in result for key in ("status", "seenAt", "doneAt"))


def _status(result: Result, kind: Channel) -> StatusUpdate | None:
    message_id = _text(result, "messageId")
    if not message_id.startswith(f"{kind}-"):
        return None
    group = "SEEN" if "seenAt" in result else _text(_part(result, "status"), "groupName").upper()
    status = _STATUSES.get(group)
    if status is None:
        return None  # on its way
    words = _part(result, "error")
    reason = " ".join(filter(None, (_text(words, "name"), _text(words, "description"))))
    at = result.get("seenAt") or result.get("doneAt") or result.get("sentAt")
    return StatusUpdate.model_validate(
        {
            "message_id": message_id,
            "channel": kind,
            "status": status,
            "reason": reason[:400] if status is Status.FAILED else "",
            "at": time_of(at, "doneAt"),
        }
    )


def _said(message: Result) -> dict[str, Any]:
    """The fields of the `Inbound` that hold what was said; none where that can't be taken in."""
    kind = _text(message, "type").upper()
    match kind:
        case "TEXT":
            text = _text(message, "text")
            return {"text": text} if text.strip() else {}
        case "INTERACTIVE_BUTTON_REPLY" | "INTERACTIVE_LIST_REPLY" | "BUTTON":
            choice = _text(message, "id") or _text(message, "payload")
            text = _text(message, "title") or _text(message, "text")
            return {"choice": choice[:200]} if choice else {"text": text} if text else {}
        case "LOCATION":
            place = {key: message.get(key) for key in ("latitude", "longitude")}
            texts = {"name": _text(message, "name")[:200], "address": _text(message, "address")}
            return {"location": Location.model_validate({**place, **texts})}
        case "REACTION":  # [I]
            to = _text(message, "messageId") or _text(_part(message, "context"), "id")
            emoji = _text(message, "emoji")[:32]
            return {"reaction": Reaction(emoji=emoji, to=to[:MAX_ID])}
    return _with_file(kind, message)


def _with_file(kind: str, message: Result) -> dict[str, Any]:
    caption, url = _text(message, "caption"), _text(message, "url")
    said: dict[str, Any] = {"text": caption} if caption.strip() else {}
    if kind not in _FILES or not url or len(url) > MAX_ID:
        return {**said, "unreadable": kind.lower()[:40]} if kind else said
    name = caption[:120] if kind == "DOCUMENT" else ""
    return {**said, "files": (Remote(id=url, content_type=_FILES[kind], name=name),)}


def _number(result: Result, key: str, kind: Channel) -> str:
    """In E.164. Raises BadInput, which does not say the number: it is logged."""
    raw = _text(result, key).strip()
    try:
        return normalise(kind, raw if raw.startswith("+") else f"+{raw}", "US")
    except BadInput:
        raise BadInput(f"{key} has to be a phone number such as 15035550101") from None


def _ours(result: Result, kind: Channel) -> str:
    """Our number; as it stands where it is a short code or a name."""
    try:
        return _number(result, "to", kind)
    except BadInput:
        return _text(result, "to")[:MAX_ID]


def _text(found: Result, key: str) -> str:
    value = found.get(key)
    return value if isinstance(value, str) else ""


def _part(found: Result, key: str) -> Result:
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def _origin(address: str) -> tuple[str, str]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc
