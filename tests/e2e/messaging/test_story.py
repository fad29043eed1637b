"""The storm, whole, over the wire: a call, WhatsApp on an emulated phone, and a paid bill; then
text messages, e-mail, a number that changes hands, and news that nobody asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.jobs import jobs_of
from contracts.clock import PinnedClock
from contracts.messages import Channel, Handoff, Turn
from contracts.records import Outage
from contracts.sending import Status
from emulator.api import Chaos, Message
from stores.embedded import Servers
from tests.e2e.maria import MARIA, balance, details, storm
from tests.emulated import EmulatedSite, PhoneInHand, open_emulated
from tests.fresh import emptied, settings_on
from tests.site import eventually
from tests.talk import Talk

pytestmark = pytest.mark.e2e

A_DAY_LATER = timedelta(hours=25)  # WhatsApp's window is closed, and nobody sleeps
WHO_ARE_YOU = "account number"

Opening = Callable[..., AbstractAsyncContextManager[EmulatedSite]]


@pytest.fixture
def opening(servers: Servers, trained: Path, tmp_path: Path, clock: PinnedClock) -> Opening:
    """The product and its phones, on empty stores."""

    @asynccontextmanager
    async def opened(*, proactive: bool = False) -> AsyncIterator[EmulatedSite]:
        settings = settings_on(servers, tmp_path, trained, proactive=proactive)
        async with emptied(settings), open_emulated(settings, clock=clock) as site:
            yield site

    return opened


# --- what is on the phone, and what the product made of it --------------------------------------


async def answers(
    site: EmulatedSite, phone: PhoneInHand, text: str, count: int = 1
) -> list[Message]:
    """All that comes in answer to a message: so many, and no more while anything is under way."""
    before = {message.id for message in phone.received()}
    await phone.say(text)
    return await arrived(site, phone, before, count)


async def pressed(
    site: EmulatedSite, phone: PhoneInHand, label: str, count: int = 1
) -> list[Message]:
    """All that comes in answer to a button."""
    before = {message.id for message in phone.received()}
    await phone.press(label)
    return await arrived(site, phone, before, count)


async def arrived(
    site: EmulatedSite, phone: PhoneInHand, before: set[str], count: int
) -> list[Message]:
    """What is new on the phone, once so many are there and the product knows of it."""

    def new() -> list[Message]:
        return [message for message in phone.received() if message.id not in before]

    async def is_there() -> bool:
        await site.emulator.settled()
        known = all(turn.delivery in ("delivered", "read") for turn in await carried(site, phone))
        return known and len(new()) >= count

    assert await eventually(is_there)
    return new()


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
    told, bill = await answers(site, phone, await details(talk), count=2)
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
    said, receipt = await pressed(site, phone, "Yes", count=2)
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
        assert statuses(site, message) == ["Sent", "Delivered", "Read"]


async def once_each(site: EmulatedSite, phone: PhoneInHand) -> None:
    received = phone.received()
    assert len(received) == 8
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
        await answers(site, phone, await details(talk), count=2)

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


# --- a number that changes hands ----------------------------------------------------------------


async def test_a_number_mapped_to_another_agent_is_answered_by_it_from_the_next_message_on(
    opening: Opening, clock: PinnedClock
) -> None:
    async with opening() as site:
        talk, phone = Talk(site.app, clock), await site.phone_of("Maria")
        await answers(site, phone, "What do I owe?")
        await answers(site, phone, await details(talk), count=2)
        before = await last_turn(site, phone)
        assert before.agent != "usage"

        await site.app.numbers.map_to("whatsapp", "usage", who="an operator")
        await answers(site, phone, "Hi there")
        after = await last_turn(site, phone)
        assert (after.agent, after.identity) == ("usage", "verified")
        assert after.thread_id == before.thread_id
        used, _ = await answers(site, phone, "How much power did I use last month?", count=2)
        assert "kilowatt-hours" in used.text
        assert (await last_turn(site, phone)).agent == "usage"

        again = await answers(site, phone, "What do I owe?")
        assert f"${await balance(talk)}" in words(again)
        assert (await last_turn(site, phone)).agent == "billing"  # who it is handed to


# --- unasked ------------------------------------------------------------------------------------


async def test_a_confirmed_outage_is_told_once_where_she_last_wrote_and_answered_there(
    opening: Opening, clock: PinnedClock
) -> None:
    """She wrote by text message and then on WhatsApp, a day before: a template brings the news."""
    async with opening(proactive=True) as site:
        phone = await site.phone_of("Hannah")
        await answers(site, phone.on(Channel.SMS), "Hello")
        await answers(site, phone, "Hello")
        clock.advance(A_DAY_LATER)

        outage = await reported(site)
        await looked_around(site)
        assert len(phone.received()) == 1  # only somebody's report, as yet

        due = clock.now() + timedelta(hours=3)
        await site.app.records.outages.revise(
            outage.outage_id, at=clock.now(), status="confirmed", eta=due
        )
        await looked_around(site)
        news = await phone.expect(lambda message: message.template == "outage_found")
        assert "the power is out at 61 Summit Road" in news.text
        assert "about 2:00 PM" in news.text

        [answer] = await answers(site, phone, "how long will it take?")
        assert "about 2:00 PM" in answer.text
        assert "61 Summit Road" in answer.text
        assert "?" not in answer.text.split("http")[0]
        assert (await last_turn(site, phone)).agent == "outage"

        await looked_around(site)
        assert (await outbox(site))["outage found"] == 1
        assert len(phone.received()) == 3
        assert len(phone.on(Channel.SMS).received()) == 1


async def reported(site: EmulatedSite) -> Outage:
    """By a neighbour of Hannah's."""
    hannah = await site.site.customer("Hannah")
    account = await site.app.records.accounts.get(hannah.account_number)
    assert account is not None
    premise = await site.app.records.accounts.premise(account.premise_id)
    assert premise is not None
    outage, opened = await site.app.records.outages.report(
        key="a-neighbour",
        premise=premise,
        kind="electric",
        description="It went dark here",
        at=site.app.clock.now(),
    )
    assert opened
    return outage


async def looked_around(site: EmulatedSite) -> None:
    """All jobs once, beside those that run by themselves: as a second process would."""
    for _, job in jobs_of(site.app):
        await job()
    await site.emulator.settled()
