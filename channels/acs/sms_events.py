"""What an event of text messages over Azure means."""

from __future__ import annotations

from pydantic import ValidationError

from channels.acs.fields import Data, at_of, id_of, number_of, text_of
from contracts.errors import BadInput
from contracts.messages import Channel, Inbound
from contracts.sending import Status, StatusUpdate

RECEIVED = "Microsoft.Communication.SMSReceived"
REPORT = "Microsoft.Communication.SMSDeliveryReportReceived"
_STATUSES = {
    "delivered": Status.DELIVERED,
    "failed": Status.FAILED,
    "optedout": Status.FAILED,
}


def read_sms(event: Data) -> Inbound | StatusUpdate | None:
    """A message or a delivery report; None for an event of another kind. Raises BadInput."""
    data: Data = event["data"]
    try:
        if event["type"] == RECEIVED:
            return _message(event, data)
        return _report(event, data) if event["type"] == REPORT else None
    except ValidationError as error:
        raise BadInput("a text message can't be read") from error


def _message(event: Data, data: Data) -> Inbound:
    text = text_of(data, "message")
    return Inbound(
        channel=Channel.SMS,
        address=number_of(data, "from", Channel.SMS),
        id=id_of(data, event),
        to=_own(data, "to"),
        text=text,
        unreadable="" if text.strip() else "empty",
        at=at_of(data, event),
    )


def _report(event: Data, data: Data) -> StatusUpdate | None:
    status = _STATUSES.get(text_of(data, "deliveryStatus").lower())
    if status is None:
        return None
    message_id = text_of(data, "messageId")
    if not message_id:
        raise BadInput("messageId is missing: whose report it is can't be told")
    return StatusUpdate(
        message_id=message_id,
        channel=Channel.SMS,
        status=status,
        reason=text_of(data, "deliveryStatusDetails", 400) if status is Status.FAILED else "",
        at=at_of(data, event),
    )


def _own(data: Data, key: str) -> str:
    """The number of ours: E.164, or a short code as it is."""
    raw = text_of(data, key).strip()
    if raw.isdecimal() and len(raw) <= 6:
        return raw
    return number_of(data, key, Channel.SMS)
