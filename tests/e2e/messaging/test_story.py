"""The storm, whole, over the wire: a call, WhatsApp on an emulated phone, and a paid bill; then
text messages, e-mail, a number that changes hands, and news that nobody asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from contracts.clock import PinnedClock
from contracts.messages import Channel, Handoff, Turn
from contracts.sending import Status
from contracts.settings import Settings
from emulator.api import Chaos, Message
from stores.embedded import Servers
from tests.e2e.maria import MARIA, balance, details, storm
from tests.emulated import EmulatedSite, PhoneInHand, open_emulated
from tests.site import eventually
from tests.talk import Talk

pytestmark = pytest.mark.e2e

A_DAY_LATER = timedelta(hours=25)  # WhatsApp's window is closed, and nobody sleeps
WHO_ARE_YOU = "account number"

Opening = Callable[..., AbstractAsyncContextManager[EmulatedSite]]


@asynccontextmanager
async def _opened(
    servers: Servers, data: Path, clock: PinnedClock, *, proactive: bool = False
) -> AsyncIterator[EmulatedSite]:
    redis = Redis.from_url(servers.redis_url)
    await redis.flushall()
    await redis.aclose()
    settings = Settings(
        THROUGHLINE_DATA=data,
        redis_url=servers.redis_url,
        mongodb_uri=servers.mongodb_uri,
        mongodb_database=f"test_{uuid4().hex[:12]}",
        seed_customers=12,
        proactive=proactive,
    )
    async with open_emulated(settings, clock=clock) as opened:
        yield opened
        await opened.app.database.client.drop_database(settings.mongodb_database)


@pytest.fixture
def opening(servers: Servers, trained: Path, tmp_path: Path, clock: PinnedClock) -> Opening:
    """The product and its phones, on empty stores."""
    (tmp_path / "models").symlink_to(trained)
    return partial(_opened, servers, tmp_path, clock)


# --- what is on the phone, and what the product made of it --------------------------------------


async def answers(site: EmulatedSite, phone: PhoneInHand, text: str) -> list[Message]:
    """All that comes in answer to a message, once all of it came."""
    before = {message.id for message in phone.received()}
    await phone.ask(text)
    return await arrived(site, phone, before)


async def pressed(site: EmulatedSite, phone: PhoneInHand, label: str) -> list[Message]:
    """All that comes in answer to a button, once all of it came."""
    before = {message.id for message in phone.received()}
    await phone.press(label)
    await phone.expect(lambda message: message.id not in before)
    return await arrived(site, phone, before)


async def arrived(site: EmulatedSite, phone: PhoneInHand, before: set[str]) -> list[Message]:
    """Every message of the last turn: its sending is told to be delivered only with its last."""

    async def is_out() -> bool:
        await site.emulator.settled()
        return all(turn.delivery in ("delivered", "read") for turn in await carried(site, phone))

    assert await eventually(is_out)
    return [message for message in phone.received() if message.id not in before]


async def turns(site: EmulatedSite, phone: PhoneInHand) -> list[Turn]:
    """Of the customer's thread, on whatever channel, oldest first."""
    who = await site.app.gateway.identify(Channel.WHATSAPP, phone.number)
    return await site.app.gateway.recent(who, 50)


async def carried(site: EmulatedSite, phone: PhoneInHand) -> list[Turn]:
    """Those that answered something that came in over the wire."""
    spoken = [turn for turn in await turns(site, phone) if turn.said]
    return [turn for turn in spoken if turn.channel is not Channel.VOICE]


async def last_turn(site: EmulatedSite, phone: PhoneInHand) -> Turn:
    return (await turns(site, phone))[-1]


def words(messages: list[Message]) -> str:
    return "\n".join(message.text for message in messages)


def statuses(site: EmulatedSite, message: Message) -> list[str]:
    """Those of a message that were posted to the product, and taken."""
    told = (it for it in site.emulator.grid.postings.listed() if it.state == "delivered")
    data = [it.event.get("data", {}) for it in told]
    return [str(it["status"]) for it in data if it.get("messageId") == message.id]


async def outbox(site: EmulatedSite) -> Counter[str]:
    return Counter(it.purpose for it in await site.app.records.outbox.recent(100))


# --- the story ----------------------------------------------------------------------------------


async def test_a_call_in_the_storm_goes_on_by_whatsapp_to_a_paid_bill(
    opening: Opening, clock: PinnedClock
) -> None:
    """Event Grid posts each event twice, all the way."""
    async with opening() as site:
        site.emulator.grid.chaos = Chaos(duplicates=1.0)
        talk, phone = Talk(site.app, clock), await site.phone_of("Maria")
        await called(talk)
        await moved(site, phone)
        await asked_for_news(site, phone)
        await verified(site, phone, talk)
        await paid(site, phone, talk)
        await read(site, phone)
        await once_each(site, phone)


async def called(talk: Talk) -> None:
    told = await talk.say("voice", MARIA, "Hi, my power is out")
    assert "Crew 7" in told.reply
    await storm(talk)
    offered = await talk.say("voice", MARIA, "How long is it going to take?")
    assert offered.offer is not None
    assert offered.offer["channel"] == "whatsapp"
    agreed = await talk.say("voice", MARIA, "yes please")
    assert any(isinstance(it, Handoff) and it.to is Channel.WHATSAPP for it in agreed.parts)


async def moved(site: EmulatedSite, phone: PhoneInHand) -> None:
    """She never wrote, so that a template has to speak; it holds all there is to say."""
    first = await phone.expect()
    await site.emulator.settled()
    assert [message.id for message in phone.messages()] == [first.id]
    assert (first.kind, first.template) == ("template", "conversation_goes_on")
    assert "Hi Maria" in first.text
    assert "418 Alder Street should be back about 12:45 PM" in first.text


async def asked_for_news(site: EmulatedSite, phone: PhoneInHand) -> None:
    [news] = await answers(site, phone, "Any news?")
    assert news.template == ""
    assert "Crew 7" in news.text
    assert "?" not in news.text.split("http")[0]
    turn = await last_turn(site, phone)
    assert (turn.agent, turn.identity) == ("outage", "recognised")


async def verified(site: EmulatedSite, phone: PhoneInHand, talk: Talk) -> None:
    owed = await balance(talk)
    [question] = await answers(site, phone, "What do I owe?")
    assert WHO_ARE_YOU in question.text
    assert str(owed) not in question.text
    told, bill = await answers(site, phone, await details(talk))
    assert f"${owed}" in told.text
    assert "/pay/" in told.text
    assert bill.kind == "document"
    given = await last_turn(site, phone)
    assert given.identity == "verified"
    assert (await talk.customer(MARIA)).account_number not in given.said


async def paid(site: EmulatedSite, phone: PhoneInHand, talk: Talk) -> None:
    owed = await balance(talk)
    [question] = await answers(site, phone, "pay it")
    assert [button.title for button in question.buttons] == ["Yes", "No"]
    assert f"${owed}" in question.text
    assert await balance(talk) == owed
    said, receipt = await pressed(site, phone, "Yes")
    assert await balance(talk) == Decimal(0)
    maria = await talk.customer(MARIA)
    [payment] = await site.app.records.billing.payments(maria.account_number, 1)
    assert f"${payment.amount}" in said.text
    assert payment.receipt_number in said.text
    assert payment.receipt_number in receipt.text
    fetched = receipt.file
    assert fetched is not None
    kept = site.emulator.state.file(fetched.id)
    assert kept is not None
    assert (fetched.content_type, kept.data[:5]) == ("application/pdf", b"%PDF-")


async def read(site: EmulatedSite, phone: PhoneInHand) -> None:
    """She looks at her phone: what was delivered is read, on the wire and in the transcript."""
    site.emulator.carrier.look(phone.number)

    async def all_read() -> bool:
        return {turn.delivery for turn in await carried(site, phone)} == {Status.READ}

    assert await eventually(all_read)
    await site.emulator.settled()
    for message in phone.received():
        assert statuses(site, message) == ["sent", "delivered", "read"]


async def once_each(site: EmulatedSite, phone: PhoneInHand) -> None:
    received = phone.received()
    asked = [message for message in received if WHO_ARE_YOU in message.text]
    assert len(asked) == 1
    assert max(Counter(message.text for message in received).values()) == 1
    assert await outbox(site) == {"handoff": 1, "reply": 5}
    assert len({turn.thread_id for turn in await turns(site, phone)}) == 1
    assert site.emulator.grid.standing.dead == 0


# --- the same customer, elsewhere ---------------------------------------------------------------


async def test_she_goes_on_by_text_message_and_by_email(
    opening: Opening, clock: PinnedClock
) -> None:
    async with opening() as site:
        talk, phone = Talk(site.app, clock), await site.phone_of("Maria")
        await answers(site, phone, "What do I owe?")
        await answers(site, phone, await details(talk))

        [texted] = await answers(site, phone.on(Channel.SMS), "My power is out as well")
        assert "418 Alder Street" in texted.text
        [mailed] = await answers(site, phone.on(Channel.EMAIL), "How long will it take?")
        assert "12:45 PM" in mailed.text
        [asked] = await answers(site, phone.on(Channel.EMAIL), "What do I owe?")
        assert WHO_ARE_YOU in asked.text
        assert "$" not in asked.text + asked.html

        *_, texting, mailing, asking = await turns(site, phone)
        assert (texting.channel, texting.identity) == ("sms", "verified")
        assert (mailing.channel, mailing.identity) == ("email", "recognised")
        assert (asking.channel, asking.identity) == ("email", "recognised")
        assert len({turn.thread_id for turn in await turns(site, phone)}) == 1

async def test_x(opening, clock):
    async with opening() as site:
        phone = await site.phone_of("Maria")
        await site.app.numbers.map_to("whatsapp", "billing", who="test")
        for said in ("Hi", "What do I owe?", None, await details(Talk(site.app, clock)), "How much power did I use last month?", "Is there an outage?"):
            if said is None:
                await site.app.numbers.map_to("whatsapp", "service", who="test")
                continue
            for m in await answers(site, phone, said):
               print(said, "->", m.text, (await last_turn(site, phone)).agent)

