"""News of an outage: who follows it, on which contact, the message that follows, and its link."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.messages import Channel, Choices, Link
from contracts.records import Outage
from tests.outages import at, desk, out
from tests.proactive import updates_of
from tests.utility import Utility

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("calm")]


# --- following --------------------------------------------------------------------------------


async def subscriptions(utility: Utility) -> list[dict[str, Any]]:
    return await utility.database["outage_subscriptions"].find().to_list()


async def test_updates_go_to_the_contact_on_file_by_the_way_asked_for(utility: Utility) -> None:
    made, call = await out(utility, revisions=3), await desk(utility)
    first = await utility.done("subscribe_outage_updates", call, notification_method="text")
    who = await utility.customer("Maria")
    [kept] = await subscriptions(utility)
    assert (kept["outage_id"], kept["customer_id"]) == (made.outage_id, who.customer_id)
    assert (kept["channel"], kept["told"]) == ("sms", 3)
    assert kept["address"] in {contact.value for contact in who.contacts}
    home = await utility.premise("Maria")
    assert first.say == (
        f"Done. I'll write to the phone ending in {kept['address'][-4:]} by text message when the "
        f"estimate for {home.street} changes, and when service is back."
    )
    before = await utility.everything()
    again = await utility.done("subscribe_outage_updates", call, notification_method="text")
    assert again == first
    assert await utility.everything() == before


async def test_without_a_wish_updates_come_where_they_write_now(utility: Utility) -> None:
    await out(utility)
    for channel in (Channel.WHATSAPP, Channel.SMS):
        call = await desk(utility, channel=channel)
        result = await utility.done("subscribe_outage_updates", call)
        assert result.data["channel"] == channel.value
    [kept] = await subscriptions(utility)
    assert kept["channel"] == "sms"  # the one asked for last


async def test_on_the_phone_they_are_asked_which(utility: Utility) -> None:
    await out(utility)
    call = await desk(utility, channel=Channel.VOICE)
    question = await utility.asked("subscribe_outage_updates", call)
    assert question.missing == ("notification_method",)
    assert question.say == "Shall I keep you posted by text message or WhatsApp?"
    [choices] = question.show
    assert isinstance(choices, Choices)
    assert [option.id for option in choices.options] == ["sms", "whatsapp"]
    unclear = await utility.asked("subscribe_outage_updates", call, notification_method="pigeon")
    assert unclear == question
    assert await subscriptions(utility) == []


async def test_where_there_is_one_way_it_is_taken(utility: Utility) -> None:
    await out(utility, "Diego")
    call = await desk(utility, "Diego", channel=Channel.VOICE)
    result = await utility.done("subscribe_outage_updates", call)
    assert result.data["channel"] == "sms"


@pytest.mark.parametrize(
    ("who", "method", "reason", "said"),
    [
        ("Maria", "phone call", "no_calls", "I can't call you with updates."),
        ("Maria", "web chat", "no_contact", "I can't reach you in the web chat"),
        ("Diego", "whatsapp", "no_contact", "no contact on file that I may write to by WhatsApp"),
        ("Walter", "text", "no_contact", "no number on file that agreed to messages"),
    ],
)
async def test_only_to_a_contact_that_agreed(
    utility: Utility, who: str, method: str, reason: str, said: str
) -> None:
    await out(utility, who)
    call = await desk(utility, who, channel=Channel.VOICE)
    refusal = await utility.refused("subscribe_outage_updates", call, notification_method=method)
    assert refusal.reason == reason
    assert said in refusal.say
    assert await subscriptions(utility) == []


async def test_there_is_nothing_to_follow_without_an_outage(utility: Utility) -> None:
    refusal = await utility.refused("subscribe_outage_updates", await desk(utility))
    assert refusal.reason == "no_outage"


# --- the message that follows -----------------------------------------------------------------


async def test_a_revision_reaches_subscribers_once(utility: Utility) -> None:
    made = await out(utility)
    now, records = utility.clock.now(), utility.records
    for who in ("Maria", "Diego"):
        call = await desk(utility, who)
        if who == "Diego":
            home = await utility.premise("Maria")
            beside = [home.longitude + 0.0003, home.latitude]
            await utility.database["premises"].update_one(
                {"_id": call.premise_id}, {"$set": {"location.coordinates": beside}}
            )
        await utility.done("subscribe_outage_updates", call, notification_method="sms")
    updates = updates_of(utility)
    assert await updates.tell() == 0
    later = now + timedelta(hours=5)
    await records.outages.revise(
        made.outage_id, at=now, eta=later, confidence="low", reason="a second pole is broken"
    )
    await asyncio.gather(*(updates.tell() for _ in range(4)))
    sent = await records.outbox.recent(10)
    assert sorted(m.customer_id for m in sent) == sorted(
        [(await utility.customer(who)).customer_id for who in ("Maria", "Diego")]
    )
    for who in ("Maria", "Diego"):
        customer, home = await utility.customer(who), await utility.premise(who)
        [message] = [m for m in sent if m.customer_id == customer.customer_id]
        was = at(call, made.eta).removeprefix("about ")
        assert message.key == f"{made.outage_id}:1:{customer.customer_id}"
        assert message.text == (
            f"Cascade Light & Gas: the power at {home.street} is now expected back "
            f"{at(call, later)} (it was {was}). Reason: a second pole is broken. "
            f"Follow it on the map: {link_to(made)}"
        )
    assert await updates.tell() == 0
    await records.outages.revise(made.outage_id, at=now, status="restored")
    assert await updates.tell() == 2
    assert len(await records.outbox.recent(10)) == 4


@pytest.mark.parametrize("channel", [Channel.WHATSAPP, Channel.SMS])
async def test_a_message_about_an_outage_carries_its_link(
    utility: Utility, channel: Channel
) -> None:
    made = await out(utility)
    call = replace(await desk(utility), channel=channel)
    expected = Link(label="Follow it on the map", url=link_to(made))
    for tool, given in (
        ("check_outage_status", {}),
        ("get_restoration_eta", {}),
        ("report_outage", {"outage_type": "electric"}),
        ("subscribe_outage_updates", {"notification_method": "sms"}),
    ):
        assert expected in (await utility.done(tool, call, **given)).show, tool


@pytest.mark.parametrize("channel", [Channel.VOICE, Channel.WEB])
async def test_a_call_and_a_page_get_no_link(utility: Utility, channel: Channel) -> None:
    await out(utility)
    call = replace(await desk(utility), channel=channel)
    status = await utility.done("check_outage_status", call)
    assert not [part for part in status.show if isinstance(part, Link)]


def link_to(outage: Outage) -> str:
    return f"https://help.example.com/outages/mine/{outage.outage_id}"


async def test_who_no_longer_agrees_is_not_written_to(utility: Utility) -> None:
    made, records = await out(utility), utility.records
    await utility.done("subscribe_outage_updates", await desk(utility), notification_method="sms")
    who = await utility.customer("Maria")
    await utility.database["customers"].update_one(
        {"_id": who.customer_id}, {"$set": {"contacts.$[].channels": ["voice"]}}
    )
    await records.outages.revise(made.outage_id, at=utility.clock.now(), status="restored")
    updates = updates_of(utility)
    assert await updates.tell() == 0
    assert await records.outbox.recent(10) == []
    assert await records.outages.untold(10) == []
