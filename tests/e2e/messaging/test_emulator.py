"""The emulator of Azure, asked by Azure's own clients over loopback."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from azure.communication.messages import models as acs
from azure.communication.messages.aio import NotificationMessagesClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)

from contracts.messages import Location
from emulator.api import Faults, Press, React
from emulator.config import NUMBERS, key_of
from tests.acs import MARIA, Azure, OpenAzure

pytestmark = pytest.mark.e2e

OURS = NUMBERS[0].registration_id
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def addressed(kind: type[Any], to: str = MARIA, **fields: Any) -> Any:
    """A content of the SDK's, on its way from our number."""
    return kind(channel_registration_id=OURS, to=[to], **fields)


def text(words: str, to: str = MARIA) -> Any:
    return addressed(acs.TextNotificationContent, to, content=words)


def interactive(action: Any, words: str = "Which one?") -> Any:
    message = acs.InteractiveMessage(
        header=acs.TextMessageContent(text="Your accounts"),
        body=acs.TextMessageContent(text=words),
        footer=acs.TextMessageContent(text="Cascade"),
        action=action,
    )
    return addressed(acs.InteractiveNotificationContent, interactive_message=message)


def buttons(*titles: str) -> Any:
    made = [acs.ButtonContent(id=f"b{n}", title=title) for n, title in enumerate(titles)]
    return interactive(acs.WhatsAppButtonActionBindings(content=acs.ButtonSetContent(buttons=made)))


def rows(count: int, title: str = "Row", description: str = "") -> Any:
    items = [
        acs.ActionGroupItem(id=f"r{n}", title=title, description=description) for n in range(count)
    ]
    group = acs.ActionGroup(title="All", items_property=items)
    content = acs.ActionGroupContent(title="Choose", groups=[group])
    return interactive(acs.WhatsAppListActionBindings(content=content))


def template(*values: str, name: str = "outage_update", language: str = "en_US") -> Any:
    given = [acs.MessageTemplateText(name=f"v{n}", text=value) for n, value in enumerate(values)]
    body = [acs.WhatsAppMessageTemplateBindingsComponent(ref_value=it.name) for it in given]
    made = acs.MessageTemplate(
        name=name,
        language=language,
        template_values=[*given],
        bindings=acs.WhatsAppMessageTemplateBindings(body=body),
    )
    return addressed(acs.TemplateNotificationContent, template=made)


# What goes out


async def test_a_text_is_sent_delivered_and_read_when_somebody_looks(azure: Azure) -> None:
    azure.say("Hi")
    sent = await azure.send(text("Hello, Maria."))
    assert azure.statuses(sent) == ["Sent", "Delivered"]
    assert azure.shown(sent).text == "Hello, Maria."
    phone = azure.emulator.state.phone(MARIA)
    assert phone is not None
    assert phone.unread == 1

    azure.emulator.carrier.look(MARIA)
    await azure.emulator.settled()

    assert azure.statuses(sent) == ["Sent", "Delivered", "Read"]
    assert azure.shown(sent).status == "read"


async def test_who_looks_all_the_time_reads_at_once(open_azure: OpenAzure) -> None:
    async with open_azure(read_at_once=True) as azure:
        azure.say("Hi")
        sent = await azure.send(text("Hello."))
        assert azure.statuses(sent) == ["Sent", "Delivered", "Read"]


async def test_buttons_and_lists_are_shown_and_can_be_pressed(azure: Azure) -> None:
    azure.say("Hi")
    asked = await azure.send(buttons("Yes", "No"))
    listed = await azure.send(rows(10, "Elm Street", "418, Cedar Falls"))
    shown = azure.shown(asked)
    assert (shown.header, shown.text, shown.footer) == ("Your accounts", "Which one?", "Cascade")
    assert [it.title for it in shown.buttons] == ["Yes", "No"]
    section = azure.shown(listed).sections[0]
    assert (azure.shown(listed).menu, section.title, len(section.rows)) == ("Choose", "All", 10)

    azure.say(press=Press(message_id=asked, id="b0"))
    azure.say(press=Press(message_id=listed, id="r3"))
    await azure.emulator.settled()

    assert azure.shown(asked).chosen == "b0"
    button, row = azure.hook.of_type("AdvancedMessageReceived")[1:]
    assert button["messageType"] == row["messageType"] == "interactive"
    assert button["interactive"]["buttonReply"] == {"id": "b0", "title": "Yes"}
    assert row["interactive"]["listReply"] == {
        "id": "r3",
        "title": "Elm Street",
        "description": "418, Cedar Falls",
    }
    assert button["context"]["id"] == asked


@pytest.mark.parametrize(
    ("kind", "name", "content_type"),
    [
        (acs.ImageNotificationContent, "chart.png", "image/png"),
        (acs.DocumentNotificationContent, "bill.pdf", "application/pdf"),
        (acs.AudioNotificationContent, "note.ogg", "audio/ogg"),
        (acs.VideoNotificationContent, "how.mp4", "video/mp4"),
    ],
)
async def test_a_file_is_fetched_and_shown(
    azure: Azure, kind: type[Any], name: str, content_type: str
) -> None:
    azure.say("Hi")
    url = azure.hook.file(name, content_type, PNG)
    sent = await azure.send(addressed(kind, media_uri=url))
    file = azure.shown(sent).file
    assert azure.statuses(sent) == ["Sent", "Delivered"]
    assert file is not None
    assert (file.name, file.content_type, file.size) == (name, content_type, len(PNG))


@pytest.mark.parametrize(
    ("content_type", "data", "why"),
    [
        ("image/svg+xml", PNG, "image/svg+xml is no image"),
        ("image/png", bytes(5_000_001), "image larger than 5000000 bytes"),
        ("image/png", b"", "the file is empty"),
    ],
)
async def test_a_file_that_whatsapp_refuses_fails(
    azure: Azure, content_type: str, data: bytes, why: str
) -> None:
    azure.say("Hi")
    url = azure.hook.file("chart", content_type, data)
    sent = await azure.send(addressed(acs.ImageNotificationContent, media_uri=url))
    assert azure.statuses(sent) == ["Failed"]
    assert azure.shown(sent).reason == f"131053 Media upload error: {why}"


async def test_a_file_that_is_not_there_fails(azure: Azure) -> None:
    azure.say("Hi")
    url = azure.hook.url.replace("/events", "/nowhere.png")
    sent = await azure.send(addressed(acs.ImageNotificationContent, media_uri=url))
    assert azure.shown(sent).reason == "131053 Media upload error: HTTPStatusError"


async def test_our_reaction_is_put_on_the_message(azure: Azure) -> None:
    said = azure.say("Thank you!")
    sent = await azure.send(
        addressed(acs.ReactionNotificationContent, emoji="👍", message_id=said.id)
    )
    assert azure.statuses(sent) == ["Sent", "Delivered"]
    assert [(it.by, it.emoji) for it in azure.shown(said.id).reactions] == [("us", "👍")]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (text("x" * 4_097), "content: String should have at most 4096 characters"),
        (text(""), "content: String should have at least 1 character"),
        (buttons("1", "2", "3", "4"), "at most 3 items"),
        (buttons("x" * 21), "title: String should have at most 20 characters"),
        (buttons("Yes", "Yes"), "two titles of buttons are the same"),
        (rows(11), "at most 10"),
        (rows(1, "x" * 25), "title: String should have at most 24 characters"),
        (rows(1, "Row", "x" * 73), "description: String should have at most 72 characters"),
        (
            addressed(
                acs.ImageNotificationContent, media_uri="http://127.0.0.1/a", content="x" * 1025
            ),
            "caption: String should have at most 1024 characters",
        ),
        (template("Elm Street"), "#132000"),
        (template("Elm Street", "5 pm", name="unheard_of"), "#132001"),
        (template("Elm Street", "5 pm", language="fr_FR"), "#132001"),
        (template("Elm\nStreet", "5 pm"), "#132018"),
        (text("Hello", to="no number"), "E.164"),
    ],
)
async def test_what_breaks_a_rule_is_refused(idle: Azure, content: Any, why: str) -> None:
    with pytest.raises(HttpResponseError) as refused:
        await idle.messages.send(content)
    assert refused.value.status_code == 400
    assert refused.value.error is not None
    assert refused.value.error.code == "BadRequest"
    assert why in str(refused.value.error.message)
    assert idle.emulator.state.messages(MARIA) == []


async def test_what_just_keeps_the_rules_is_taken(azure: Azure) -> None:
    azure.say("Hi")
    for content in (
        text("x" * 4_096),
        buttons("x" * 20, "y" * 20, "z" * 20),
        rows(10, "x" * 24, "y" * 72),
    ):
        assert azure.statuses(await azure.send(content)) == ["Sent", "Delivered"]


async def test_a_channel_that_is_not_ours_is_not_found(idle: Azure) -> None:
    content = acs.TextNotificationContent(
        channel_registration_id="another", to=[MARIA], content="Hello"
    )
    with pytest.raises(ResourceNotFoundError):
        await idle.messages.send(content)


# The window, and who can't be reached


async def test_a_free_text_waits_for_the_customer_to_write(azure: Azure) -> None:
    sent = await azure.send(text("Hello?"))
    assert azure.statuses(sent) == ["Failed"]
    told = azure.hook.of_type("AdvancedMessageDeliveryStatusUpdated")[0]
    assert told["error"] == {
        "channelCode": "131047",
        "channelMessage": "Re-engagement message",
    }


async def test_the_window_is_a_day_from_the_last_message(azure: Azure) -> None:
    azure.say("Hi")
    azure.clock.advance(timedelta(hours=23, minutes=59))
    inside = await azure.send(text("Just in time."))
    azure.clock.advance(timedelta(minutes=1))
    outside = await azure.send(text("Too late."))
    by_template = await azure.send(template("Elm Street", "5 pm"))

    assert azure.statuses(inside) == ["Sent", "Delivered"]
    assert azure.statuses(outside) == ["Failed"]
    assert azure.statuses(by_template) == ["Sent", "Delivered"]
    assert azure.shown(by_template).text == "Power on Elm Street is due back at 5 pm."


async def test_a_template_is_in_the_language_asked_for(azure: Azure) -> None:
    sent = await azure.send(template("la calle Elm", "17 h", language="es_MX"))
    assert azure.shown(sent).text == "La luz en la calle Elm: 17 h."


async def test_the_approved_templates_are_listed(idle: Azure) -> None:
    found = [it async for it in idle.templates.list_templates(OURS)]
    assert [(it.name, it.language, it.status) for it in found] == [
        ("outage_update", "en_US", "approved"),
        ("outage_update", "es_MX", "approved"),
    ]


async def test_who_has_no_whatsapp_or_blocked_us_gets_nothing(azure: Azure) -> None:
    azure.say("Hi")
    nobody = await azure.send(text("Hello?", to="+12065550100"))
    azure.emulator.state.change_phone(MARIA, reach="gone")
    gone = await azure.send(text("Hello?"))
    for message_id in (nobody, gone):
        assert azure.statuses(message_id) == ["Failed"]
    told = azure.hook.of_type("AdvancedMessageDeliveryStatusUpdated")
    assert {it["error"]["channelCode"] for it in told} == {"131026"}


async def test_a_phone_that_is_off_gets_it_later(azure: Azure) -> None:
    azure.say("Hi")
    azure.emulator.state.change_phone(MARIA, reach="off")
    sent = await azure.send(text("Are you there?"))
    assert azure.statuses(sent) == ["Sent"]
    azure.emulator.state.change_phone(MARIA, reach="on")
    azure.emulator.carrier.switched_on(MARIA)
    await azure.emulator.settled()
    assert azure.statuses(sent) == ["Sent", "Delivered"]


# Who may ask, and how often


async def test_a_wrong_key_is_refused_in_azures_shape(idle: Azure) -> None:
    wrong = AzureKeyCredential(key_of(b"another"))
    async with NotificationMessagesClient(idle.url, wrong, retry_total=0) as client:
        with pytest.raises(ClientAuthenticationError) as refused:
            await client.send(text("Hello"))
    assert refused.value.error is not None
    assert refused.value.error.code == "Denied"


async def test_the_same_repeatability_id_is_sent_once(azure: Azure) -> None:
    azure.say("Hi")
    same = {"Repeatability-Request-ID": "0d6a1c34-6a51-4a0b-8f7e-2a0d3a0a6d11"}
    first = await azure.send(text("Hello"), **same)
    again = await azure.send(text("Hello"), **same)
    other = await azure.send(text("Hello"))
    assert again == first != other
    assert [it.direction for it in azure.emulator.state.messages(MARIA)] == ["in", "out", "out"]


async def test_the_same_id_at_the_same_moment_is_sent_once(azure: Azure) -> None:
    azure.say("Hi")
    same = {"Repeatability-Request-ID": "7e7e7b1c-0f3d-4f6a-9a70-5b5d1f0a2c33"}
    sent = await asyncio.gather(*(azure.send(text("Hello"), **same) for _ in range(5)))
    assert len(set(sent)) == 1
    assert azure.statuses(sent[0]) == ["Sent", "Delivered"]


async def test_it_fails_as_often_as_it_is_told_to(azure: Azure) -> None:
    azure.say("Hi")
    azure.emulator.state.faults = Faults(times=1, status=429, after_s=7)
    with pytest.raises(HttpResponseError) as refused:
        await azure.messages.send(text("Hello"))
    assert refused.value.status_code == 429
    answer: Any = refused.value.response
    assert answer.headers["Retry-After"] == "7"
    assert azure.statuses(await azure.send(text("Hello"))) == ["Sent", "Delivered"]


# What comes in


async def test_what_a_customer_sends_comes_as_events(azure: Azure) -> None:
    said = azure.say("My power is out")
    azure.say(location=Location(latitude=45.5, longitude=-122.6, name="Home"))
    azure.say("And again", quoted=said.id)
    azure.say(unsupported="contacts")
    azure.say(reaction=React(message_id=said.id, emoji="👍"))
    await azure.emulator.settled()

    first, pin, quoted, other, reaction = azure.hook.of_type("AdvancedMessageReceived")
    assert (first["from"], first["to"], first["content"]) == ("15550101", OURS, "My power is out")
    assert (first["messageType"], first["messageId"]) == ("text", said.id)
    assert pin["location"] == {"latitude": 45.5, "longitude": -122.6, "name": "Home"}
    assert quoted["context"]["id"] == said.id
    assert (other["messageType"], other["content"]) == ("contacts", "")
    assert reaction["reaction"] == {"messageId": said.id, "emoji": "👍"}


async def test_a_photo_can_be_fetched_by_its_id(azure: Azure) -> None:
    file = azure.emulator.state.keep_file(PNG, name="meter.png", content_type="image/png")
    azure.say("My meter", file=file.id)
    await azure.emulator.settled()
    media = azure.hook.of_type("AdvancedMessageReceived")[0]["media"]
    assert media == {"mimeType": "image/png", "id": file.id, "caption": "My meter"}

    chunks = [chunk async for chunk in await azure.messages.download_media(media["id"])]
    assert b"".join(chunks) == PNG
    with pytest.raises(ResourceNotFoundError):
        await azure.messages.download_media("nothing")
