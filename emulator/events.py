"""Events as ACS publishes them, before Event Grid wraps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from emulator.api import Button, Message, Row

TOPIC = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/"
    "Microsoft.Communication/communicationServices/emulator"
)
RECEIVED = "Microsoft.Communication.AdvancedMessageReceived"
STATUS = "Microsoft.Communication.AdvancedMessageDeliveryStatusUpdated"
SMS_RECEIVED = "Microsoft.Communication.SMSReceived"
SMS_REPORT = "Microsoft.Communication.SMSDeliveryReportReceived"
EMAIL_REPORT = "Microsoft.Communication.EmailDeliveryReportReceived"


@dataclass(frozen=True, slots=True)
class Event:
    type: str
    subject: str
    data: dict[str, Any]
    at: datetime
    id: str = field(default_factory=lambda: str(uuid4()))

    def as_event_grid(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "topic": TOPIC,
            "subject": self.subject,
            "data": self.data,
            "eventType": self.type,
            "dataVersion": "1.0",
            "metadataVersion": "1",
            "eventTime": stamp(self.at),
        }

    def as_cloud_event(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "source": TOPIC,
            "subject": self.subject,
            "data": self.data,
            "type": self.type,
            "time": stamp(self.at),
            "specversion": "1.0",
        }


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(number: str) -> str:
    """As WhatsApp writes who a message is from: without its plus sign."""
    return number.removeprefix("+")


def received(message: Message, kind: str, content: dict[str, Any], quoted_from: str) -> Event:
    """A customer's message by WhatsApp. content: what its kind adds ("media", "interactive")."""
    data: dict[str, Any] = {
        "content": message.text,
        "channelType": "whatsapp",
        "messageId": message.id,
        "messageType": kind,
        "from": _plain(message.phone),
        "to": message.ours,
        "receivedTimestamp": stamp(message.at),
        **content,
    }
    if message.quoted:
        data["context"] = {"from": quoted_from, "id": message.quoted}
    subject = f"advancedMessage/sender/{_plain(message.phone)}/recipient/{message.ours}"
    return Event(RECEIVED, subject, data, message.at)


def media(file_id: str, content_type: str, name: str, caption: str) -> dict[str, Any]:
    """What a file adds to a received message. Its caption is the file's, not the content."""
    found = {"mimeType": content_type, "id": file_id, "fileName": name, "caption": caption}
    return {"content": "", "media": {key: value for key, value in found.items() if value}}


def pressed(choice: Button | Row, *, template: bool) -> dict[str, Any]:
    """What pressing a button adds; those of a template come as `button`."""
    if template:
        return {"content": "", "button": {"text": choice.title, "payload": choice.id}}
    reply = {"id": choice.id, "title": choice.title}
    if isinstance(choice, Row):
        reply["description"] = choice.description
        return {"content": "", "interactive": {"type": "listReply", "listReply": reply}}
    return {"content": "", "interactive": {"type": "buttonReply", "buttonReply": reply}}


def status(message: Message, word: str, at: datetime, error: tuple[int, str] | None) -> Event:
    """What became of a WhatsApp message of ours. word: Sent, Delivered, Read or Failed."""
    data: dict[str, Any] = {
        "messageId": message.id,
        "status": word,
        "channelType": "whatsapp",
        "from": message.ours,
        "to": message.phone,
        "receivedTimestamp": stamp(at),
    }
    if error:
        data["error"] = {"channelCode": str(error[0]), "channelMessage": error[1]}
    subject = f"advancedMessage/sender/{message.ours}/recipient/{_plain(message.phone)}"
    return Event(STATUS, subject, data, at)


def sms_received(message: Message, ours: str) -> Event:
    data = {
        "messageId": message.id,
        "from": message.phone,
        "to": ours,
        "message": message.text,
        "receivedTimestamp": stamp(message.at),
        "segmentCount": segments(message.text),
    }
    return Event(SMS_RECEIVED, f"/phonenumber/{_plain(message.phone)}", data, message.at)


def sms_report(
    message: Message, ours: str, at: datetime, *, word: str, details: str, tag: str
) -> Event:
    """word: Delivered, Failed or OptedOut."""
    delivered = word == "Delivered"
    count = segments(message.text)
    data = {
        "messageId": message.id,
        "from": ours,
        "to": message.phone,
        "deliveryStatus": word,
        "deliveryStatusDetails": details,
        "receivedTimestamp": stamp(at),
        "deliveryAttempts": [
            {
                "timestamp": stamp(at),
                "segmentsSucceeded": count if delivered else 0,
                "segmentsFailed": 0 if delivered else count,
            }
        ],
        "tag": tag,
    }
    return Event(SMS_REPORT, f"/phonenumber/{_plain(message.phone)}", data, at)


def email_report(
    *, message_id: str, sender: str, recipient: str, at: datetime, word: str, details: str
) -> Event:
    """word: Delivered, Bounced, Suppressed or Failed."""
    data = {
        "sender": sender,
        "recipient": recipient,
        "internetMessageId": f"<{message_id}@emulator.example>",
        "messageId": message_id,
        "status": word,
        "deliveryStatusDetails": {"statusMessage": details},
        "deliveryAttemptTimeStamp": stamp(at),
    }
    return Event(EMAIL_REPORT, f"sender/{sender}/message/{message_id}", data, at)


GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = set("^{}\\[~]|€\f")


def segments(text: str) -> int:
    """How many SMS a text is: 160 characters of GSM 03.38 fit one, 70 of any other."""
    if all(c in GSM or c in GSM_TWICE for c in text):
        size, one, each = sum(1 + (c in GSM_TWICE) for c in text), 160, 153
    else:
        size, one, each = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if size <= one else -(-size // each)
