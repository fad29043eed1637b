"""What came in by e-mail. Azure sends e-mail and takes none in: a mail server or service posts each
message to us, in a shape of our own; only the delivery reports are events of Azure."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from channels.acs.fields import Data, at_of, text_of
from channels.addresses import normalise
from channels.quoted import newest, plain
from contracts.errors import BadInput
from contracts.messages import MAX_ID, MAX_MEDIA, Channel, Inbound, Remote
from contracts.records.attachments import MAX_BYTES
from contracts.sending import Status, StatusUpdate

REPORT = "Microsoft.Communication.EmailDeliveryReportReceived"
MAX_TEXT = 16_000  # characters of one e-mail without what it quotes; as much as a turn takes
_STATUSES = {
    "delivered": Status.DELIVERED,
    "bounced": Status.FAILED,
    "failed": Status.FAILED,
    "filteredspam": Status.FAILED,
    "quarantined": Status.FAILED,
    "suppressed": Status.FAILED,
}


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore")


class EmailFile(_Shape):
    name: str = Field(default="", max_length=500)
    content_type: str = Field(default="", max_length=200)
    content: str = Field(max_length=MAX_BYTES * 4 // 3 + 4)  # base64


class EmailIn(_Shape):
    """An e-mail as it is posted to /api/v1/email/inbound."""

    message_id: str = Field(min_length=1, max_length=998)  # with or without its <>
    from_: str = Field(alias="from", min_length=3, max_length=1_000)  # "Ann <ann@example.com>"
    to: str = Field(min_length=3, max_length=1_000)  # the address of ours it was sent to
    subject: str = Field(default="", max_length=1_000)
    text: str = Field(default="", max_length=1_000_000)
    html: str = Field(default="", max_length=2_000_000)
    in_reply_to: str = Field(default="", max_length=998)
    received: AwareDatetime | None = None
    auto_submitted: str = Field(default="", max_length=200)  # the header of that name
    attachments: list[EmailFile] = Field(default_factory=list, max_length=50)


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail taken apart. `files` go with `inbound.files`, by their ids."""

    inbound: Inbound
    subject: str
    message_id: str  # as in the header
    files: dict[str, bytes]


def read_email(posted: EmailIn, now: AwareDatetime) -> Letter | None:
    """The message in an e-mail; None for an answer that a machine gave, such as "out of office".
    Raises BadInput."""
    if posted.auto_submitted.strip().lower() not in ("", "no"):
        return None
    message_id = f"<{posted.message_id.strip().strip('<>')}>"
    subject = " ".join(posted.subject.split())
    files = _files(posted, message_id)
    text = newest(posted.text if posted.text.strip() else plain(posted.html))
    if subject and not posted.in_reply_to:
        text = f"{subject}\n\n{text}".strip()  # a first e-mail often says it there alone
    try:
        inbound = Inbound(
            channel=Channel.EMAIL,
            address=_address(posted.from_, "from"),
            id=id_of(message_id),
            to=_address(posted.to, "to"),
            text=text[:MAX_TEXT],
            quoted=posted.in_reply_to.strip().strip("<>")[:MAX_ID],
            files=tuple(remote for remote, _ in files),
            unreadable="" if text or files else "empty",
            at=posted.received or now,
        )
    except ValidationError as error:
        raise BadInput("the e-mail can't be read") from error
    return Letter(inbound, subject, message_id, {remote.id: data for remote, data in files})


def id_of(message_id: str) -> str:
    """The header's id, short enough for ours."""
    bare = message_id.strip("<>")
    if len(bare) <= MAX_ID and bare.isprintable():
        return bare
    return hashlib.sha256(bare.encode()).hexdigest()


def _address(raw: str, field: str) -> str:
    """Raises BadInput, which does not say the address: it is logged."""
    try:
        return normalise(Channel.EMAIL, raw, "US")
    except BadInput:
        raise BadInput(f"{field} has to be an address such as ann@example.com") from None


def _files(posted: EmailIn, message_id: str) -> list[tuple[Remote, bytes]]:
    files = []
    for number, file in enumerate(posted.attachments[:MAX_MEDIA]):
        try:
            data = base64.b64decode(file.content, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadInput(f"attachment {number} is no base64") from error
        key = hashlib.sha256(f"{message_id}:{number}".encode()).hexdigest()
        name, kind = file.name[:120], file.content_type[:120]
        files.append((Remote(id=key, content_type=kind, name=name), data))
    return files


def read_report(event: Data) -> StatusUpdate | None:
    """A delivery report; None for an event of another kind. Raises BadInput."""
    if event["type"] != REPORT:
        return None
    data: Data = event["data"]
    status = _STATUSES.get(text_of(data, "status").lower())
    if status is None:
        return None  # "Expanded": a list of addresses
    message_id = text_of(data, "messageId", MAX_ID)
    if not message_id:
        raise BadInput("messageId is missing: whose report it is can't be told")
    details = data.get("deliveryStatusDetails")
    said = text_of(details, "statusMessage") if isinstance(details, dict) else ""
    reason = " ".join(filter(None, (text_of(data, "status"), said)))
    # Azure writes the name of this field in two ways.
    stamps = ("deliveryAttemptTimeStamp", "deliveryAttemptTimestamp")
    stamp = next((it for it in stamps if it in data), stamps[0])
    return StatusUpdate(
        message_id=message_id,
        channel=Channel.EMAIL,
        status=status,
        reason=reason[:400] if status is Status.FAILED else "",
        at=at_of(data, event, stamp),
    )
