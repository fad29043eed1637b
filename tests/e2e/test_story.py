"""The main job, whole: a call, a storm, WhatsApp, the web, and a paid bill."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from contracts.identity import Rung
from contracts.messages import Card, Channel, Choices, Handoff, HangUp, Turn
from contracts.ports import Waiting
from tests.talk import Talk

pytestmark = pytest.mark.e2e

MARIA = "+15550101"
REFRESH = timedelta(seconds=5)  # after which the router looks at the queues again


async def storm(talk: Talk) -> None:
    """Fill the phone line with real callers."""
    for caller in range(80):
        waiting = Waiting(
            id=f"caller-{caller}", customer_id=f"c-{caller}", channel=Channel.VOICE, reason="storm"
        )
        await talk.app.memory.queues.join(waiting)


async def moved_to_whatsapp(talk: Talk) -> None:
    """Steps 1 and 2 of the story."""
    await talk.say("voice", MARIA, "Hi, my power is out")
    await storm(talk)
    talk.clock.advance(REFRESH)
    await talk.say("voice", MARIA, "How long is it going to take?")
    await talk.say("voice", MARIA, "yes please")


async def verified(talk: Talk) -> None:
    maria = await talk.customer(MARIA)
    await talk.say("whatsapp", MARIA, "how much do I owe?")
    turn = await talk.say(
        "whatsapp", MARIA, f"{maria.account_number}, zip {await talk.zip_of(maria)}"
    )
    assert turn.identity == "verified"


async def web_session(talk: Talk) -> str:
    """A web session that came in through the customer's own signed link."""
    maria = await talk.customer(MARIA)
    url = await talk.app.services.links.issue(maria.customer_id, rung=Rung.VERIFIED)
    assert maria.customer_id not in url
    assert "555" not in urlsplit(url).path
    who = await talk.app.services.links.redeem(url.rsplit("/", 1)[-1])
    session = "web-session-of-a-test"
    await talk.app.directory.raise_to(Channel.WEB, session, who.customer_id, who.rung)
    return session


async def balance(talk: Talk) -> Decimal:
    maria = await talk.customer(MARIA)
    return await talk.app.records.billing.balance(maria.account_number)


async def test_a_caller_is_known_and_the_outage_agent_finds_her_outage(talk: Talk) -> None:
    turn = await talk.say("voice", MARIA, "Hi, my power is out")

    assert turn.agent == "outage"
    assert turn.identity == "recognised"
    assert [run.name for run in turn.tools][:2] == ["handoff_outage_agent", "check_outage_status"]
    outage = await talk.app.records.outages.get("O-48213")
    assert outage is not None
    assert outage.crew is not None
    assert outage.crew.name in turn.reply
    assert "Alder Street" in turn.reply
    assert any(isinstance(part, Card) and part.card == "outage" for part in turn.parts)
    context = await talk.context("voice", MARIA)
    assert context["handoffs"][0]["kind"] == "discrete"  # type: ignore[index]


async def test_full_lines_lead_to_an_offer_and_a_yes_moves_the_conversation(talk: Talk) -> None:
    quiet = await talk.say("voice", MARIA, "Hi, my power is out")
    assert quiet.offer is None
    await storm(talk)
    talk.clock.advance(REFRESH)

    offered = await talk.say("voice", MARIA, "How long is it going to take?")
    assert offered.offer is not None
    assert offered.offer["channel"] == "whatsapp"
    assert "WhatsApp" in offered.reply
    assert offered.reply.count("?") == 1  # a yes can mean one thing only

    moved = await talk.say("voice", MARIA, "yes please")
    assert any(isinstance(p, Handoff) and p.to is Channel.WHATSAPP for p in moved.parts)
    assert any(isinstance(part, HangUp) for part in moved.parts)
    sent = (await talk.app.records.outbox.recent(1))[0]
    assert sent.channel == "whatsapp"
    assert sent.address == MARIA
    assert "Crew 7" in sent.text
    context = await talk.context("voice", MARIA)
    assert context["sessions"][0]["status"] == "transferred"  # type: ignore[index]
    assert context["sessions"][0]["collected"]["outage"]["id"] == "O-48213"  # type: ignore[index]


async def test_a_declined_offer_does_not_nag(talk: Talk) -> None:
    await storm(talk)
    first = await talk.say("voice", MARIA, "Hi, my power is out")
    assert first.offer is not None
    declined = await talk.say("voice", MARIA, "no thanks")
    assert declined.offer is None
    again = await talk.say("voice", MARIA, "any news on my outage?")
    assert again.offer is None
    assert "WhatsApp" not in again.reply


async def test_whatsapp_goes_on_with_nothing_asked_twice(talk: Talk) -> None:
    await moved_to_whatsapp(talk)

    news = await talk.say("whatsapp", MARIA, "any news?")
    assert news.agent == "outage"
    assert "Crew 7" in news.reply
    assert "?" not in news.reply

    asked = await talk.say("whatsapp", MARIA, "what do I owe?")
    assert asked.agent == "billing"
    assert "account number" in asked.reply
    maria = await talk.customer(MARIA)
    told = await talk.say(
        "whatsapp", MARIA, f"it's {maria.account_number} and my zip is {await talk.zip_of(maria)}"
    )
    assert told.identity == "verified"
    assert f"${await balance(talk)}" in told.reply
    assert maria.account_number not in told.said


async def test_pay_it_on_the_web_and_the_balance_is_zero(talk: Talk) -> None:
    await moved_to_whatsapp(talk)
    await verified(talk)
    session = await web_session(talk)
    owed = await balance(talk)

    asked = await talk.say("web", session, "pay it")
    assert asked.pending is not None
    assert f"${owed}" in asked.reply
    assert "Visa ending in 4242" in asked.reply
    assert await balance(talk) == owed

    paid = await talk.say("web", session, "yes")
    await paid_in_full(talk, owed, paid.reply)


async def test_the_same_yes_on_whatsapp_works_just_so(talk: Talk) -> None:
    await verified(talk)
    session = await web_session(talk)
    owed = await balance(talk)
    await talk.say("web", session, "pay it")

    paid = await talk.say("whatsapp", MARIA, "yes")
    await paid_in_full(talk, owed, paid.reply)


async def paid_in_full(talk: Talk, owed: Decimal, reply: str) -> None:
    maria = await talk.customer(MARIA)
    assert await balance(talk) == 0
    payment = (await talk.app.records.billing.payments(maria.account_number, 1))[0]
    assert payment.amount == owed
    assert payment.receipt_number.replace("-", "") in reply.replace("-", "").replace(" ", "")
    context = await talk.context("whatsapp", MARIA)
    assert context["pending"] is None


async def test_yes_but_fifty_is_read_back_again_and_pays_fifty(talk: Talk) -> None:
    await verified(talk)
    owed = await balance(talk)
    await talk.say("whatsapp", MARIA, "pay it")
    amended = await talk.say("whatsapp", MARIA, "yes, but fifty")
    assert "$50.00" in amended.reply
    assert await balance(talk) == owed
    paid = await talk.say("whatsapp", MARIA, "yes")
    assert "$50.00" in paid.reply
    assert await balance(talk) == owed - 50


async def test_no_pays_nothing(talk: Talk) -> None:
    await verified(talk)
    owed = await balance(talk)
    await talk.say("whatsapp", MARIA, "pay it")
    refused = await talk.say("voice", MARIA, "no, leave it")
    assert refused.pending is None
    assert await balance(talk) == owed
    later = await talk.say("whatsapp", MARIA, "yes")
    assert not re.search(r"R-\w{4}", later.reply)
    assert await balance(talk) == owed


def yes_button(turn: Turn) -> str:
    asked = [part for part in turn.parts if isinstance(part, Choices)]
    return next(option.id for option in asked[-1].options if option.label == "Yes")


async def test_a_button_answers_its_own_question_only(talk: Talk) -> None:
    await verified(talk)
    owed = await balance(talk)
    first = await talk.say("whatsapp", MARIA, "pay it")
    amended = await talk.say("whatsapp", MARIA, "yes, but fifty")

    late = await talk.say("whatsapp", MARIA, "", choice=yes_button(first))
    assert "$50.00" in late.reply  # asked again
    assert await balance(talk) == owed

    await talk.say("whatsapp", MARIA, "", choice=yes_button(amended))
    assert await balance(talk) == owed - 50
