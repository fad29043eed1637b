"""Each kind of letter out through Azure's own SDK, and each way in which Azure can refuse it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from channels.acs.clients import AGAIN_S, NO_RIGHT_S, AcsClients, refused, repeat_id
from channels.acs.email import AcsEmail
from channels.acs.email_events import EmailIn
from channels.acs.sms import AcsSms
from channels.acs.whatsapp import AcsWhatsApp
from channels.adapter import Adapter, NotSent, Template
from channels.letters import (
    ButtonsLetter,
    DocumentLetter,
    EmailLetter,
    Enclosure,
    ImageLetter,
    Letter,
    ListLetter,
    Option,
    TextLetter,
)
from contracts.errors import BadInput, ConfigurationError, RecordsUnavailable
from contracts.messages import Channel, Remote, Text
from contracts.records import ChannelEntry
from contracts.sending import REPLY, Sending
from contracts.settings import Settings
from emulator.api import Faults
from stores.sqlite.database import Database
from stores.sqlite.keyvalue import SqliteKeyValue
from tests.acs import EMAIL, MARIA, SMS, WHATSAPP, Azure, OpenAzure
from tests.photos import photo

pytestmark = pytest.mark.e2e

MAIL = "maria@example.com"
OPTIONS = (Option("yes:1", "Yes"), Option("no:1", "No"))


def sending(channel: Channel, address: str, key: str = "k1", **more: Any) -> Sending:
    return Sending(
        key=key,
        customer_id="C-1",
        channel=channel,
        address=address,
        purpose=REPLY,
        parts=(Text(text="x"),),
        at="2026-01-15T18:00:00Z",
        **more,
    )


def clients_of(azure: Azure, **changes: Any) -> AcsClients:
    settings = Settings(
        acs_endpoint=azure.url,
        acs_access_key=SecretStr(azure.emulator.config.access_key),
    )
    return AcsClients(settings.model_copy(update=changes), azure.clock)


@pytest.fixture
async def clients(azure: Azure) -> AsyncIterator[AcsClients]:
    clients = clients_of(azure)
    yield clients
    await clients.close()


async def ours(it: Sending) -> ChannelEntry:
    where = {Channel.WHATSAPP: WHATSAPP, Channel.SMS: SMS, Channel.EMAIL: EMAIL}[it.channel]
    return ChannelEntry(
        channel_id="c", registration_id=where, name="c", type=it.channel, number=where
    )


def whatsapp(clients: AcsClients, *letters: Letter) -> AcsWhatsApp:
    async def render(_sending: Sending) -> Sequence[Letter]:
        return letters

    return AcsWhatsApp(clients, render, ours)


async def delivered(adapter: Adapter, it: Sending, **more: Any) -> list[str]:
    return [message_id async for message_id in adapter.deliver(it, **more)]


async def test_each_letter_is_one_message_in_its_order(azure: Azure, clients: AcsClients) -> None:
    azure.say("hello")  # the window is open
    picture = azure.hook.file("chart.png", "image/png", photo("PNG"))
    bill = azure.hook.file("bill.pdf", "application/pdf", b"%PDF-1.7")
    rows = tuple(Option(str(n), f"Row {n}", "more" if n else "") for n in range(10))
    adapter = whatsapp(
        clients,
        TextLetter("Here is your bill."),
        ImageLetter(picture, "Your usage"),
        DocumentLetter(bill, "bill-2026-01.pdf", "Your bill"),
        ListLetter("Which one?", "Choose", rows),
        ButtonsLetter("Pay it now?", OPTIONS),
    )
    ids = await delivered(adapter, sending(Channel.WHATSAPP, MARIA))
    await azure.emulator.settled()
    text, image, document, listed, asked = [azure.shown(it) for it in ids]
    assert text.text == "Here is your bill."
    assert (image.kind, image.text) == ("image", "Your usage")
    assert document.file is not None
    assert (document.file.name, document.text) == ("bill-2026-01.pdf", "Your bill")
    assert [(row.id, row.title) for section in listed.sections for row in section.rows] == [
        (row.id, row.title) for row in rows
    ]
    assert listed.menu == "Choose"
    assert [(it.id, it.title) for it in asked.buttons] == [("yes:1", "Yes"), ("no:1", "No")]


async def test_a_template_stands_in_for_all_of_it(azure: Azure, clients: AcsClients) -> None:
    template = Template("outage_update", "en_US", ("Alder Street", "3 PM"))
    adapter = whatsapp(clients, TextLetter("not this"))
    it = sending(Channel.WHATSAPP, MARIA)
    [message_id] = await delivered(adapter, it, template=template)
    await azure.emulator.settled()
    shown = azure.shown(message_id)
    assert shown.template == "outage_update"
    assert shown.text == "Power on Alder Street is due back at 3 PM."
    # What was to be said goes out later, and is another message.
    azure.say("hello")
    [later] = await delivered(adapter, it)
    assert later != message_id


async def test_another_attempt_sends_nothing_twice(azure: Azure, clients: AcsClients) -> None:
    azure.say("hello")
    adapter = whatsapp(clients, TextLetter("one"), TextLetter("two"))
    it = sending(Channel.WHATSAPP, MARIA)
    first = await delivered(adapter, it)
    assert await delivered(adapter, it) == first
    assert await delivered(adapter, it, sent=1) == first[1:]
    await azure.emulator.settled()
    kept = azure.emulator.state.messages(MARIA)
    assert [message.text for message in kept if message.direction == "out"] == ["one", "two"]


@pytest.mark.parametrize(("status", "after_s"), [(429, 7.0), (503, 7.0), (500, 7.0)])
async def test_what_azure_can_not_take_now_is_for_later(
    azure: Azure, clients: AcsClients, status: Any, after_s: float
) -> None:
    azure.say("hello")
    azure.emulator.state.faults = Faults(times=1, status=status, after_s=7)
    adapter = whatsapp(clients, TextLetter("one"))
    with pytest.raises(NotSent) as late:
        await delivered(adapter, sending(Channel.WHATSAPP, MARIA))
    assert late.value.after_s == after_s
    assert len(await delivered(adapter, sending(Channel.WHATSAPP, MARIA))) == 1


async def test_what_azure_will_never_take_is_given_up(azure: Azure, clients: AcsClients) -> None:
    adapter = whatsapp(clients, TextLetter(""))
    with pytest.raises(NotSent) as never:
        await delivered(adapter, sending(Channel.WHATSAPP, MARIA))
    assert never.value.after_s is None
    assert never.value.reason.startswith("400")


async def test_a_wrong_key_is_for_an_operator(azure: Azure) -> None:
    clients = clients_of(azure, acs_access_key=SecretStr("d3Jvbmc="))
    with pytest.raises(NotSent, match="ACS_ACCESS_KEY") as wrong:
        await delivered(whatsapp(clients, TextLetter("one")), sending(Channel.WHATSAPP, MARIA))
    assert wrong.value.after_s == NO_RIGHT_S
    await clients.close()


async def test_nobody_there_is_for_later(azure: Azure) -> None:
    clients = clients_of(azure, acs_endpoint="http://127.0.0.1:9")
    with pytest.raises(NotSent) as away:
        await delivered(whatsapp(clients, TextLetter("one")), sending(Channel.WHATSAPP, MARIA))
    assert away.value.after_s == AGAIN_S
    await clients.close()


async def test_records_that_are_down_are_waited_for(clients: AcsClients) -> None:
    async def render(_sending: Sending) -> Sequence[Letter]:
        raise RecordsUnavailable("MongoDB does not answer")

    with pytest.raises(NotSent) as down:
        await delivered(AcsWhatsApp(clients, render, ours), sending(Channel.WHATSAPP, MARIA))
    assert down.value.after_s == AGAIN_S


@pytest.mark.parametrize(
    ("status", "after_s"),
    [(400, None), (404, None), (401, NO_RIGHT_S), (403, NO_RIGHT_S), (408, AGAIN_S), (0, AGAIN_S)],
)
def test_a_status_says_whether_to_try_again(status: int, after_s: float | None) -> None:
    assert refused(status, "x", None).after_s == after_s


def test_without_an_endpoint_there_are_no_clients(azure: Azure) -> None:
    with pytest.raises(ConfigurationError, match="ACS_ENDPOINT"):
        AcsClients(Settings(), azure.clock)


# --- files --------------------------------------------------------------------------------------


async def test_a_customers_file_is_fetched(azure: Azure, clients: AcsClients) -> None:
    data = photo()
    kept = azure.emulator.state.keep_file(data, name="meter.jpg", content_type="image/jpeg")
    assert await whatsapp(clients).fetch(Remote(id=kept.id)) == data
    with pytest.raises(NotSent) as gone:
        await whatsapp(clients).fetch(Remote(id="00000000-0000-0000-0000-000000000000"))
    assert gone.value.after_s is None


# --- text messages ------------------------------------------------------------------------------


def sms(azure: Azure, clients: AcsClients, *texts: str) -> AcsSms:
    async def render(_sending: Sending) -> Sequence[Letter]:
        return [TextLetter(text) for text in texts]

    return AcsSms(clients, render, ours, azure.clock)


async def test_text_messages_go_out_once_each_and_are_reported(
    azure: Azure, clients: AcsClients
) -> None:
    adapter = sms(azure, clients, "one", "two")
    it = sending(Channel.SMS, MARIA)
    first = await delivered(adapter, it)
    assert await delivered(adapter, it) == first
    await azure.emulator.settled()
    reports = azure.hook.of_type("SMSDeliveryReportReceived")
    assert [report["messageId"] for report in reports] == first
    assert [azure.shown(message_id).text for message_id in first] == ["one", "two"]


async def test_a_text_message_has_neither_templates_nor_files(
    azure: Azure, clients: AcsClients
) -> None:
    adapter = sms(azure, clients, "one")
    with pytest.raises(NotSent):
        await delivered(adapter, sending(Channel.SMS, MARIA), template=Template("t", "en", ()))
    with pytest.raises(BadInput):
        await adapter.fetch(Remote(id="x"))


# --- e-mail -------------------------------------------------------------------------------------


@pytest.fixture
async def mail(clients: AcsClients, tmp_path: Path) -> AsyncIterator[AcsEmail]:
    async def render(it: Sending) -> EmailLetter:
        enclosed = Enclosure("bill.pdf", "application/pdf", b"%PDF-1.7")
        return EmailLetter(it.subject or "News", "plain", "<p>html</p>", (enclosed,))

    database = Database(tmp_path / "memory.sqlite")
    await database.open()
    yield AcsEmail(clients, render, ours, SqliteKeyValue(database))
    await database.close()


async def test_an_e_mail_answers_the_one_it_is_the_reply_to(azure: Azure, mail: AcsEmail) -> None:
    posted = EmailIn.model_validate(
        {
            "message_id": "<abc@mail.example.com>",
            "from": MAIL,
            "to": EMAIL,
            "subject": "My bill",
            "text": "What do I owe?",
            "attachments": [
                {"name": "a.pdf", "content_type": "application/pdf", "content": "YQ=="}
            ],
        }
    )
    inbound = await mail.take(posted, azure.clock.now())
    assert inbound is not None
    assert await mail.fetch(inbound.files[0]) == b"a"
    it = sending(Channel.EMAIL, MAIL, f"turn:{inbound.key}")
    [message_id] = await delivered(mail, it)
    assert await delivered(mail, it) == [message_id]
    assert message_id == str(repeat_id(it.key, 0))
    await azure.emulator.settled()
    [shown] = [it for it in azure.emulator.state.messages(MARIA) if it.direction == "out"]
    assert (shown.subject, shown.text, shown.html) == ("Re: My bill", "plain", "<p>html</p>")
    assert [file.name for file in shown.files] == ["bill.pdf"]


async def test_an_e_mail_that_answers_none_has_its_own_subject(
    azure: Azure, mail: AcsEmail
) -> None:
    [message_id] = await delivered(mail, sending(Channel.EMAIL, MAIL, subject="Your bill"))
    assert azure.shown(message_id).subject == "Your bill"
    assert await delivered(mail, sending(Channel.EMAIL, MAIL), sent=1) == []


async def test_a_file_that_is_not_kept_any_more_is_gone(mail: AcsEmail) -> None:
    with pytest.raises(NotSent):
        await mail.fetch(Remote(id="x"))


async def test_chance_of_a_second_answer_is_none(open_azure: OpenAzure) -> None:
    """The same sending by another process, after the first one died unheard."""
    async with open_azure() as azure:
        azure.say("hello")
        one, other = clients_of(azure), clients_of(azure)
        it = sending(Channel.WHATSAPP, MARIA)
        ids = [await delivered(whatsapp(c, TextLetter("one")), it) for c in (one, other)]
        assert ids[0] == ids[1]
        await one.close()
        await other.close()
