"""What Azure's events mean: WhatsApp, text messages, delivery reports, e-mails that are posted."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from channels.acs.email_events import EmailIn, Letter, read_email, read_report
from channels.acs.sms_events import read_sms
from channels.acs.whatsapp_events import read_whatsapp
from contracts.errors import BadInput
from contracts.messages import Channel, Inbound, Location, Reaction, Remote
from contracts.sending import Status, StatusUpdate

pytestmark = pytest.mark.unit

AT = datetime(2026, 1, 15, 18, 0, tzinfo=UTC)
SENT = datetime(2026, 1, 15, 17, 59, 58, tzinfo=UTC)
GUID = "75476a19-a68d-4e10-806c-3680f099e069"
PREFIX = "Microsoft.Communication."


def event(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"id": "event-1", "type": PREFIX + kind, "time": AT, "data": data}


def received(**data: Any) -> Inbound:
    """A WhatsApp message with the fields every one has; a field of None is left out."""
    base = {
        "channelType": "whatsapp",
        "messageId": "wamid-1",
        "from": "14254360097",
        "to": GUID,
        "receivedTimestamp": "2026-01-15T17:59:58+00:00",
    }
    given = {key: value for key, value in (base | data).items() if value is not None}
    found = read_whatsapp(event("AdvancedMessageReceived", given))
    assert isinstance(found, Inbound)
    return found


def test_a_text_says_who_wrote_what_to_which_number_and_when() -> None:
    found = received(messageType="text", content="Hello")
    assert found == Inbound(
        channel=Channel.WHATSAPP,
        address="+14254360097",
        id="wamid-1",
        to=GUID,
        text="Hello",
        at=SENT,
    )


@pytest.mark.parametrize("raw", ["14254360097", "+14254360097", "+1 425 436 0097"])
def test_a_number_is_one_number_however_it_is_written(raw: str) -> None:
    assert received(**{"from": raw}, content="x").address == "+14254360097"


def test_a_message_without_an_id_has_the_events() -> None:
    assert received(messageId=None, content="Hello").id == "event-1"


def test_without_a_time_the_events_counts() -> None:
    assert received(receivedTimestamp=None, content="Hello").at == AT


@pytest.mark.parametrize(
    ("data", "choice", "text"),
    [
        ({"type": "buttonReply", "buttonReply": {"id": "yes:ab", "title": "Yes"}}, "yes:ab", ""),
        (
            {"type": "listReply", "listReply": {"id": "gas", "title": "Gas", "description": "d"}},
            "gas",
            "",
        ),
        ({"type": "listReply", "listReply": {"title": "Gas"}}, None, "Gas"),
    ],
)
def test_a_tapped_answer_comes_back_by_its_id(
    data: dict[str, Any], choice: str | None, text: str
) -> None:
    found = received(messageType="interactive", interactive=data, context={"id": "ours-1"})
    assert (found.choice, found.text, found.quoted) == (choice, text, "ours-1")
    assert not found.unreadable


@pytest.mark.parametrize(
    ("button", "said"),
    [({"text": "Yes", "payload": "pay now"}, "pay now"), ({"text": "Yes"}, "Yes")],
)
def test_a_templates_quick_reply_says_its_payload_or_its_words(
    button: dict[str, str], said: str
) -> None:
    assert received(messageType="button", button=button).said == said


@pytest.mark.parametrize(
    ("kind", "mime", "name"),
    [
        ("image", "image/jpeg", ""),
        ("document", "application/pdf", "bill.pdf"),
        ("audio", "audio/ogg; codecs=opus", ""),
    ],
)
def test_a_file_is_fetched_later_and_its_caption_is_what_was_said(
    kind: str, mime: str, name: str
) -> None:
    media = {"id": "m1", "mimeType": mime, "fileName": name or None, "caption": "my meter"}
    found = received(messageType=kind, media=media)
    assert found.files == (Remote(id="m1", content_type=mime, name=name),)
    assert (found.text, found.unreadable) == ("my meter", "")


@pytest.mark.parametrize("kind", ["video", "sticker"])
def test_media_that_are_not_taken_in_are_named(kind: str) -> None:
    found = received(messageType=kind, media={"id": "m1", "mimeType": "video/mp4"})
    assert (found.unreadable, found.files) == (kind, ())


def test_before_there_was_a_type_the_fields_tell_it() -> None:
    found = received(media={"id": "m1", "mimeType": "image/jpeg"})
    assert found.files[0].id == "m1"


@pytest.mark.parametrize("emoji", ["\U0001f44d", "\\ud83d\\udc4d"])
def test_a_reaction_is_on_one_of_our_messages(emoji: str) -> None:
    found = received(messageType="reaction", reaction={"messageId": "ours-1", "emoji": emoji})
    assert found.reaction == Reaction(emoji="\U0001f44d", to="ours-1")


def test_a_reaction_may_be_taken_away() -> None:
    found = received(messageType="reaction", reaction={"messageId": "ours-1"})
    assert found.reaction == Reaction(emoji="", to="ours-1")


def test_a_pin_is_a_place() -> None:
    pin = {"latitude": 45.52, "longitude": -122.68, "name": "Home", "address": "418 Alder St"}
    found = received(messageType="location", location=pin)
    assert found.location == Location(**pin)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"messageType": "contacts"}, "contacts"),
        ({"messageType": "order", "content": ""}, "order"),
        ({"messageType": "unsupported"}, "unsupported"),
        ({"messageType": "location"}, "location"),
        ({"messageType": "interactive", "interactive": {"type": "unknown"}}, "interactive"),
        ({"messageType": "text", "content": "  "}, "text"),
    ],
)
def test_what_can_not_be_taken_in_is_a_message_all_the_same(
    data: dict[str, Any], kind: str
) -> None:
    assert received(**data).unreadable == kind


def test_an_unknown_kind_with_words_says_them() -> None:
    found = received(messageType="ephemeral", content="are you there?")
    assert (found.text, found.unreadable) == ("are you there?", "")


@pytest.mark.parametrize(
    "data",
    [
        {"from": ""},
        {"from": "a.b.c"},
        {"from": 14254360097},
        {"messageId": "x" * 201},
        {"receivedTimestamp": "yesterday"},
        {"receivedTimestamp": 1_700_000_000},
        {"content": {"body": "x"}},
        {"messageType": "image", "media": "m1"},
        {"messageType": "location", "location": {"latitude": 91, "longitude": 0}},
        {"messageType": "location", "location": {"latitude": "north"}},
        {"messageType": "reaction", "reaction": {"emoji": "x"}},
    ],
)
def test_what_is_malformed_is_refused_without_saying_whose_it_is(data: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        received(**({"content": "x"} | data))
    assert "1425" not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("AdvancedMessageAnalysisCompleted", {}),
        ("AdvancedMessageReceived", {"channelType": "messenger", "from": "1"}),
        ("AdvancedMessageDeliveryStatusUpdated", {"messageId": "m", "status": "Warned"}),
    ],
)
def test_events_of_no_use_mean_nothing(kind: str, data: dict[str, Any]) -> None:
    assert read_whatsapp(event(kind, data)) is None


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Sent", Status.SENT),
        ("Delivered", Status.DELIVERED),
        ("Read", Status.READ),
        ("Failed", Status.FAILED),
    ],
)
def test_a_status_is_of_one_message(word: str, status: Status) -> None:
    data = {
        "messageId": "ours-1",
        "status": word,
        "channelType": "whatsapp",
        "receivedTimestamp": "2026-01-15T17:59:58Z",
        "error": {"channelCode": "131047", "channelMessage": "Re-engagement message"},
    }
    found = read_whatsapp(event("AdvancedMessageDeliveryStatusUpdated", data))
    assert isinstance(found, StatusUpdate)
    assert (found.message_id, found.status, found.at) == ("ours-1", status, SENT)
    assert found.reason == ("131047 Re-engagement message" if word == "Failed" else "")


def test_a_status_without_a_message_is_refused() -> None:
    with pytest.raises(BadInput, match="messageId"):
        read_whatsapp(event("AdvancedMessageDeliveryStatusUpdated", {"status": "Read"}))


# --- text messages ------------------------------------------------------------------------------


def test_a_text_message_says_who_wrote_to_which_number() -> None:
    data = {
        "messageId": "Incoming_1",
        "from": "15035550199",
        "to": "15035550101",
        "message": "STOP",
        "receivedTimestamp": "2026-01-15T17:59:58.00Z",
    }
    assert read_sms(event("SMSReceived", data)) == Inbound(
        channel=Channel.SMS,
        address="+15035550199",
        id="Incoming_1",
        to="+15035550101",
        text="STOP",
        at=SENT,
    )


def test_a_short_code_stays_as_it_is() -> None:
    found = read_sms(event("SMSReceived", {"from": "15035550199", "to": "22395", "message": "x"}))
    assert isinstance(found, Inbound)
    assert found.to == "22395"


@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [
        ("Delivered", Status.DELIVERED, ""),
        ("Failed", Status.FAILED, "No such number."),
        ("OptedOut", Status.FAILED, "No such number."),
    ],
)
def test_a_report_of_a_text_message(word: str, status: Status, reason: str) -> None:
    data = {
        "messageId": "Outgoing_1",
        "deliveryStatus": word,
        "deliveryStatusDetails": "No such number.",
        "receivedTimestamp": "2026-01-15T17:59:58Z",
    }
    found = read_sms(event("SMSDeliveryReportReceived", data))
    assert isinstance(found, StatusUpdate)
    assert (found.message_id, found.status, found.reason) == ("Outgoing_1", status, reason)


def test_each_channel_leaves_the_others_events_alone() -> None:
    text = event("SMSReceived", {"from": "15035550199", "message": "x"})
    assert read_whatsapp(text) is None
    assert read_report(text) is None
    assert read_sms(event("AdvancedMessageReceived", {"from": "1"})) is None


# --- e-mail -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "status"),
    [("Delivered", Status.DELIVERED), ("Bounced", Status.FAILED), ("FilteredSpam", Status.FAILED)],
)
@pytest.mark.parametrize("stamp", ["deliveryAttemptTimeStamp", "deliveryAttemptTimestamp"])
def test_a_report_of_an_e_mail(word: str, status: Status, stamp: str) -> None:
    data = {
        "messageId": "op-1",
        "status": word,
        "deliveryStatusDetails": {"statusMessage": "mailbox full"},
        stamp: "2026-01-15T17:59:58Z",
    }
    found = read_report(event("EmailDeliveryReportReceived", data))
    assert isinstance(found, StatusUpdate)
    assert (found.message_id, found.status, found.at) == ("op-1", status, SENT)
    assert found.reason == (f"{word} mailbox full" if status is Status.FAILED else "")


def test_an_expanded_list_is_no_delivery() -> None:
    data = {"messageId": "op-1", "status": "Expanded"}
    assert read_report(event("EmailDeliveryReportReceived", data)) is None


def mail(**given: Any) -> Letter | None:
    base = {
        "message_id": "<abc@mail.example.com>",
        "from": "Maria Alvarez <Maria@Example.com>",
        "to": "care@cascade.example",
        "text": "What do I owe?",
    }
    return read_email(EmailIn.model_validate(base | given), AT)


def test_an_e_mail_is_a_message_of_its_sender() -> None:
    letter = mail(subject="Re: My bill", in_reply_to="<ours@azurecomm.net>")
    assert letter is not None
    assert letter.inbound == Inbound(
        channel=Channel.EMAIL,
        address="maria@example.com",
        id="abc@mail.example.com",
        to="care@cascade.example",
        text="What do I owe?",
        quoted="ours@azurecomm.net",
        at=AT,
    )
    assert (letter.subject, letter.message_id) == ("Re: My bill", "<abc@mail.example.com>")


def test_a_first_e_mail_says_its_subject_as_well() -> None:
    letter = mail(subject="No power", text="")
    assert letter is not None
    assert letter.inbound.text == "No power"


def test_an_id_too_long_for_us_is_still_one_id() -> None:
    long = f"<{'x' * 900}@mail.example.com>"
    one, again = mail(message_id=long), mail(message_id=long)
    assert one is not None
    assert again is not None
    assert one.inbound.id == again.inbound.id
    assert one.message_id == long


def test_files_of_an_e_mail_are_fetched_later() -> None:
    file = {"name": "meter.jpg", "content_type": "image/jpeg"}
    content = base64.b64encode(b"jpeg").decode()
    letter = mail(text="", attachments=[file | {"content": content}] * 5)
    assert letter is not None
    assert [it.name for it in letter.inbound.files] == ["meter.jpg"] * 3
    assert [letter.files[it.id] for it in letter.inbound.files] == [b"jpeg"] * 3


def test_a_machines_answer_gets_none() -> None:
    assert mail(auto_submitted="auto-replied") is None
    assert mail(auto_submitted="no") is not None


@pytest.mark.parametrize(
    "given",
    [{"from": "nobody at all"}, {"to": "care"}, {"attachments": [{"content": "no base64!"}]}],
)
def test_an_e_mail_that_can_not_be_read_says_what_is_wrong(given: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        mail(**given)


def test_an_e_mail_has_to_have_an_id() -> None:
    with pytest.raises(ValidationError):
        mail(message_id="")
