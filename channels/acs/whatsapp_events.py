"""What an event of WhatsApp over Azure means."""

from __future__ import annotations

import re
from typing import Any

from pydantic import ValidationError

from channels.acs.fields import Data, at_of, id_of, number_of, part_of, text_of
from contracts.errors import BadInput
from contracts.messages import MAX_ID, Channel, Inbound, Location, Reaction, Remote
from contracts.sending import Status, StatusUpdate

RECEIVED = "Microsoft.Communication.AdvancedMessageReceived"
STATUS = "Microsoft.Communication.AdvancedMessageDeliveryStatusUpdated"
_STATUSES = {
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "failed": Status.FAILED,
}
WINDOW_CLOSED = "131047"  # Meta's code: nobody wrote for a day
_FETCHED = ("image", "document", "audio")  # files that are taken in; of others only the kind is
_MEDIA = (*_FETCHED, "video", "sticker")
# Microsoft's documentation calls a reaction's emoji an "escape sequence": "\\ud83d\\udc4d".
_ESCAPED = re.compile(r"^(\\u[0-9a-fA-F]{4})+$")


def read_whatsapp(event: Data) -> Inbound | StatusUpdate | None:
    """A message or a status; None for an event of another kind. Raises BadInput."""
    if event["type"] not in (RECEIVED, STATUS):
        return None
    data: Data = event["data"]
    if text_of(data, "channelType").lower() not in ("", "whatsapp"):
        return None
    try:
        return _message(event, data) if event["type"] == RECEIVED else _status(event, data)
    except ValidationError as error:
        fields = ", ".join(str(it["loc"][0]) for it in error.errors() if it["loc"])
        raise BadInput(f"a message can't be read: {fields}") from error


def _message(event: Data, data: Data) -> Inbound:
    kind = text_of(data, "messageType").lower() or _kind_by_its_fields(data)
    said = _said(kind, data)
    if not said:
        said = {"unreadable": kind[:40] or "unknown"}
    return Inbound(
        channel=Channel.WHATSAPP,
        address=number_of(data, "from", Channel.WHATSAPP),
        id=id_of(data, event),
        to=text_of(data, "to", MAX_ID),
        quoted=text_of(part_of(data, "context"), "id", MAX_ID),
        at=at_of(data, event),
        **said,
    )


def _kind_by_its_fields(data: Data) -> str:
    """Events from before there was a `messageType` have none."""
    mime = text_of(part_of(data, "media"), "mimeType").partition("/")[0]
    if mime:
        return mime if mime in _MEDIA else "document"
    kinds = ("interactive", "button", "reaction", "location", "contacts")
    return next((kind for kind in kinds if data.get(kind)), "text")


def _said(kind: str, data: Data) -> dict[str, Any]:
    """The fields of the `Inbound` that hold what was said; none where that can't be taken in."""
    if kind in _MEDIA:
        return _with_file(kind, part_of(data, "media"))
    if kind == "interactive":
        interactive = part_of(data, "interactive")
        reply = part_of(interactive, "buttonReply") or part_of(interactive, "listReply")
        return _chosen(text_of(reply, "title"), text_of(reply, "id", 200))
    if kind == "button":
        button = part_of(data, "button")
        return _chosen(text_of(button, "text"), text_of(button, "payload", 200))
    if kind == "reaction":
        return {"reaction": _reaction(part_of(data, "reaction"))}
    if kind == "location":
        return _place(part_of(data, "location"))
    content = text_of(data, "content")
    return {"text": content} if content.strip() else {}


def _chosen(text: str, choice: str) -> dict[str, Any]:
    """A button or an entry of a list that was tapped, or a template's quick reply. As in the web
    chat the id says it all; what the button reads counts where it has none."""
    if choice:
        return {"choice": choice}
    return {"text": text} if text else {}


def _with_file(kind: str, media: Data) -> dict[str, Any]:
    """An image, a PDF or a voice note is fetched later; what else there is, is named."""
    caption = text_of(media, "caption")
    said: dict[str, Any] = {"text": caption} if caption.strip() else {}
    file = text_of(media, "id", MAX_ID)
    if kind not in _FETCHED or not file:
        return {**said, "unreadable": kind}
    content_type = text_of(media, "mimeType", 120)
    remote = Remote(id=file, content_type=content_type, name=text_of(media, "fileName", 120))
    return {**said, "files": (remote,)}


def _reaction(reaction: Data) -> Reaction:
    emoji = text_of(reaction, "emoji", 200)
    if _ESCAPED.match(emoji):
        units = bytes.fromhex(emoji.replace("\\u", ""))
        emoji = units.decode("utf-16-be", "replace")
    return Reaction(emoji=emoji[:32], to=text_of(reaction, "messageId", MAX_ID))


def _place(location: Data) -> dict[str, Any]:
    """A pin. Azure documents no field for it; the names are WhatsApp's own, as those of the other
    parts of the event are, so that this is an inference."""
    if not location:
        return {}
    place = Location(
        latitude=location.get("latitude"),
        longitude=location.get("longitude"),
        name=text_of(location, "name", 200),
        address=text_of(location, "address", 300),
    )
    return {"location": place}


def _status(event: Data, data: Data) -> StatusUpdate | None:
    status = _STATUSES.get(text_of(data, "status").lower())
    if status is None:
        return None  # one that Azure has added meanwhile
    error = part_of(data, "error")
    reason = " ".join(
        filter(None, (text_of(error, "channelCode"), text_of(error, "channelMessage")))
    )
    message_id = text_of(data, "messageId")
    if not message_id:
        raise BadInput("messageId is missing: whose status it is can't be told")
    return StatusUpdate(
        message_id=message_id,
        channel=Channel.WHATSAPP,
        status=status,
        reason=reason[:400] if status is Status.FAILED else "",
        window_closed=status is Status.FAILED and text_of(error, "channelCode") == WINDOW_CLOSED,
        at=at_of(data, event),
    )
