"""Infobip's wire: what its events mean, and what is posted to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from channels.infobip import InfobipChannel, Kind, text_message, whatsapp
from channels.letters import (
    ButtonsLetter,
    DocumentLetter,
    ImageLetter,
    Letter,
    ListLetter,
    Option,
    TemplateLetter,
    TextLetter,
)
from contracts.errors import BadInput
from contracts.messages import Channel, Inbound, Location, Reaction
from contracts.sending import Status, StatusUpdate

pytestmark = pytest.mark.unit

AT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
URL = "https://x.api.infobip.com/whatsapp/1/senders/15035550100/media/1"


def channel(kind: Kind = Channel.WHATSAPP) -> InfobipChannel:
    unused = cast(Any, None)
    return InfobipChannel(kind, unused, unused, unused)


def mo(**message: Any) -> dict[str, Any]:
    """A customer's message on WhatsApp, as it is posted."""
    return {
        "from": "15035550142",
        "to": "15035550100",
        "integrationType": "WHATSAPP",
        "receivedAt": "2026-11-20T18:00:00.000+0000",
        "messageId": "wamid-1",
        "pairedMessageId": None,
        "callbackData": None,
        "message": message,
        "contact": {"name": "Maria"},
        "price": {"pricePerMessage": 0, "currency": "USD"},
    }


def inbound(**message: Any) -> Inbound:
    found = channel().parse(mo(**message))
    assert isinstance(found, Inbound)
    return found


def test_a_text() -> None:
    found = inbound(type="TEXT", text="My power is out", context={"from": "1", "id": "whatsapp-9"})
    assert found == Inbound(
        channel=Channel.WHATSAPP,
        address="+15035550142",
        id="wamid-1",
        text="My power is out",
        to="+15035550100",
        quoted="whatsapp-9",
        at=AT,
    )


@pytest.mark.parametrize("kind", ["INTERACTIVE_BUTTON_REPLY", "INTERACTIVE_LIST_REPLY"])
def test_what_was_tapped_is_a_choice(kind: str) -> None:
    assert inbound(type=kind, id="yes:1", title="Yes").choice == "yes:1"
    assert inbound(type="BUTTON", payload="pay", text="Pay now").choice == "pay"
    assert inbound(type="BUTTON", text="Pay now").text == "Pay now"


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [("IMAGE", "image/jpeg"), ("DOCUMENT", "application/pdf"), ("VOICE", "audio/ogg")],
)
def test_a_file_is_fetched_later(kind: str, content_type: str) -> None:
    found = inbound(type=kind, url=URL, caption="my meter")
    assert (found.text, found.files[0].id, found.files[0].content_type) == (
        "my meter",
        URL,
        content_type,
    )


def test_a_pin_and_a_reaction() -> None:
    place = inbound(type="LOCATION", latitude=45.5, longitude=-122.6, name="Home", address="1 Elm")
    assert place.location == Location(latitude=45.5, longitude=-122.6, name="Home", address="1 Elm")
    liked = inbound(type="REACTION", emoji="👍", messageId="whatsapp-9")
    assert liked.reaction == Reaction(emoji="👍", to="whatsapp-9")


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"type": "VIDEO", "url": URL}, "video"),
        ({"type": "CONTACT", "contacts": []}, "contact"),
        ({"type": "IMAGE"}, "image"),
        ({"type": "TEXT", "text": " "}, "text"),
        ({}, "unknown"),
    ],
)
def test_what_cant_be_taken_in_is_named(message: dict[str, Any], kind: str) -> None:
    assert inbound(**message).unreadable == kind


def test_a_text_message() -> None:
    result = {
        "messageId": "817790313235066447",
        "from": "15035550142",
        "to": "15035550101",
        "text": "STOP",
        "cleanText": "STOP",
        "keyword": "",
        "receivedAt": "2026-11-20T18:00:00.000+0000",
        "smsCount": 1,
    }
    assert channel().parse(result) is None
    found = channel(Channel.SMS).parse(result)
    assert isinstance(found, Inbound)
    assert (found.channel, found.text, found.to) == (Channel.SMS, "STOP", "+15035550101")
    short = channel(Channel.SMS).parse({**result, "to": "72662"})
    assert isinstance(short, Inbound)
    assert short.to == "72662"


@pytest.mark.parametrize(
    ("group", "status"),
    [
        ("DELIVERED", Status.DELIVERED),
        ("UNDELIVERABLE", Status.FAILED),
        ("EXPIRED", Status.FAILED),
        ("REJECTED", Status.FAILED),
        ("PENDING", None),
        ("WHATEVER", None),
    ],
)
def test_what_became_of_a_message(group: str, status: Status | None) -> None:
    report = {
        "bulkId": "b",
        "messageId": "whatsapp-9",
        "to": "15035550142",
        "sentAt": "2026-11-20T17:59:00.000+0000",
        "doneAt": "2026-11-20T18:00:00.000+0000",
        "status": {"groupId": 3, "groupName": group, "name": group, "description": "so"},
        "error": {"groupName": "HANDSET", "name": "EC_ABSENT", "description": "Not there"},
    }
    assert channel(Channel.SMS).parse(report) is None  # the other channel's
    found = channel().parse(report)
    if status is None:
        assert found is None
        return
    reason = "EC_ABSENT Not there" if status is Status.FAILED else ""
    expected = {"message_id": "whatsapp-9", "channel": "whatsapp", "status": status, "at": AT}
    assert found == StatusUpdate.model_validate({**expected, "reason": reason})


def test_a_message_that_was_read() -> None:
    seen = {
        "messageId": "whatsapp-9",
        "from": "15035550100",
        "to": "15035550142",
        "sentAt": "2026-11-20T17:00:00.000+0000",
        "seenAt": "2026-11-20T18:00:00.000+0000",
    }
    found = channel().parse(seen)
    assert isinstance(found, StatusUpdate)
    assert (found.status, found.at) == (Status.READ, AT)


@pytest.mark.parametrize(
    "changes",
    [
        {"from": "nobody"},
        {"from": None},
        {"messageId": ""},
        {"messageId": "x" * 201},
        {"receivedAt": None},
        {"receivedAt": "yesterday"},
        {"message": {"type": "LOCATION", "latitude": 100, "longitude": 0}},
        {"message": {"type": "REACTION", "emoji": "x"}},
    ],
)
def test_an_event_that_cant_be_read_says_what_is_wrong(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        channel().parse({**mo(type="TEXT", text="x"), **changes})
    assert "nobody" not in str(refused.value)


LETTERS: list[tuple[Letter, str, dict[str, Any]]] = [
    (TextLetter("*Hi*"), "text", {"text": "*Hi*"}),
    (ImageLetter("https://u/1", "Usage"), "image", {"mediaUrl": "https://u/1", "caption": "Usage"}),
    (
        DocumentLetter("https://u/2", "bill.pdf", "Your bill"),
        "document",
        {"mediaUrl": "https://u/2", "filename": "bill.pdf", "caption": "Your bill"},
    ),
    (
        ButtonsLetter("Pay?", (Option("y", "Yes"), Option("n", "No"))),
        "interactive/buttons",
        {
            "body": {"text": "Pay?"},
            "action": {
                "buttons": [
                    {"type": "REPLY", "id": "y", "title": "Yes"},
                    {"type": "REPLY", "id": "n", "title": "No"},
                ]
            },
        },
    ),
    (
        ListLetter("When?", "Choose", (Option("1", "Mon", "8 to 10"), Option("2", "Tue"))),
        "interactive/list",
        {
            "body": {"text": "When?"},
            "action": {
                "title": "Choose",
                "sections": [
                    {
                        "title": "Choose",
                        "rows": [
                            {"id": "1", "title": "Mon", "description": "8 to 10"},
                            {"id": "2", "title": "Tue"},
                        ],
                    }
                ],
            },
        },
    ),
    (
        TemplateLetter("outage_found", "en_US", ("Elm Street", "6 PM")),
        "template",
        {
            "templateName": "outage_found",
            "templateData": {"body": {"placeholders": ["Elm Street", "6 PM"]}},
            "language": "en_US",
        },
    ),
]


@pytest.mark.parametrize(("letter", "path", "content"), LETTERS)
def test_each_kind_of_letter(letter: Letter, path: str, content: dict[str, Any]) -> None:
    assert whatsapp(letter) == (path, content)


def test_a_text_message_as_it_is_posted() -> None:
    assert text_message(TextLetter("Hi"), "+15035550101", "+15035550142", "sms-1") == {
        "messages": [
            {
                "sender": "15035550101",
                "destinations": [{"to": "15035550142", "messageId": "sms-1"}],
                "content": {"text": "Hi"},
            }
        ]
    }


def test_whatsapp_has_a_window_and_text_messages_have_none() -> None:
    assert channel().window == timedelta(hours=24)
    assert channel(Channel.SMS).window is None
