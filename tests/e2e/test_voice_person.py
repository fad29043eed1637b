"""A person for a caller: the call put through, and what happens where nobody takes it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts.messages import Channel, Reached, Transfer, Turn
from gateway.untaken import untaken
from tests.conftest import OpenTalk
from tests.e2e.test_router import line_of
from tests.e2e.test_voice_memory import Phone
from tests.fakes import scenario_of
from tests.talk import Talk

pytestmark = pytest.mark.e2e

MARIA = "+15550101"
PERSON = "I'd like to talk to a person"


@pytest.fixture
async def staffed(open_talk: OpenTalk) -> AsyncIterator[Talk]:
    """The product with a number that people answer."""
    utilities = scenario_of("utilities")
    voice = utilities.voice.model_copy(update={"agents": "+15035550140"})
    async with open_talk(scenario=utilities.model_copy(update={"voice": voice})) as talk:
        yield talk


async def waiting(talk: Talk) -> int:
    return (await talk.app.memory.queues.snapshot())[Channel.VOICE].depth


async def nobody_takes_it(talk: Talk, phone: Phone) -> Turn:
    maria = await talk.customer(MARIA)
    told = untaken(
        phone.session, phone.number, maria.customer_id, language="en", at=talk.clock.now()
    )
    await talk.app.gateway.happened(told)
    await talk.app.gateway.happened(told)  # once, however often it is told
    return await talk.say("voice", MARIA, "hello?", session=phone.session)


async def test_a_caller_is_put_through(staffed: Talk) -> None:
    await Phone(staffed, session="call-0").say("I want to transfer my service to a new address")
    phone = Phone(staffed)
    await phone.say("Hi, my power is out")
    turn = await phone.say(PERSON)
    assert turn.reply.endswith("Please stay on the line.")
    assert [part.kind for part in turn.parts] == ["text", "card", "transfer"]
    [transfer] = [part for part in turn.parts if isinstance(part, Transfer)]
    assert transfer.language == "en"
    assert "Maria Alvarez, by the number; not verified." in transfer.summary
    assert "Crew 7" in transfer.summary
    assert "address" not in transfer.summary  # that was another call
    [case] = await staffed.app.records.cases.of(turn.customer_id, 5)
    assert " ".join(case.case_id) in transfer.summary
    assert await waiting(staffed) == 0
    await phone.hangs_up()
    context: Any = await staffed.context("voice", MARIA)
    [before, session] = context["sessions"]
    assert before["summary"].startswith("Still open: ")
    assert "The call was put through to a colleague." in session["summary"]


async def test_nobody_takes_it_and_the_thread_and_the_line_know(staffed: Talk) -> None:
    phone = Phone(staffed)
    await phone.say(PERSON)
    assert await waiting(staffed) == 0
    on = await nobody_takes_it(staffed, phone)
    assert await waiting(staffed) == 1
    assert on.number == 3
    identity = await staffed.app.gateway.identify(Channel.VOICE, MARIA)
    told = [turn.reply for turn in await staffed.app.gateway.recent(identity)]
    assert told[1].startswith("I'm sorry, nobody is free to take your call right now.")
    context: Any = await staffed.context("voice", MARIA)
    place = context["collected_data"]["escalation"]
    assert (place["position"], place["say"]) == (1, told[1])
    [case] = await staffed.app.records.cases.of(on.customer_id, 5)
    assert place["case"] == case.case_id

    again = await phone.say(PERSON)
    assert any(isinstance(part, Transfer) for part in again.parts)
    assert await waiting(staffed) == 0
    assert len(await staffed.app.records.cases.of(on.customer_id, 5)) == 1


async def test_what_was_heard_of_it_is_known_too(staffed: Talk) -> None:
    phone = Phone(staffed)
    await phone.say(PERSON)
    maria = await staffed.customer(MARIA)
    told = untaken(phone.session, MARIA, maria.customer_id, language="es", at=staffed.clock.now())
    await staffed.app.gateway.happened(told)
    await phone.say("ok", reached=Reached(key=told.key, text="Lo siento, en este"))
    identity = await staffed.app.gateway.identify(Channel.VOICE, MARIA)
    turns = await staffed.app.gateway.recent(identity)
    assert [turn.told for turn in turns if turn.inbound_key == told.key] == ["Lo siento, en este"]


async def test_a_full_line_is_waited_in(staffed: Talk) -> None:
    await line_of(staffed, 60)
    turn = await Phone(staffed).say(PERSON)
    assert not any(isinstance(part, Transfer) for part in turn.parts)
    assert await waiting(staffed) == 61


async def test_an_emergency_keeps_its_own_words(staffed: Talk) -> None:
    phone = Phone(staffed)
    await phone.say("I smell gas in my kitchen")
    turn = await phone.say("let me talk to a person please")
    assert not any(isinstance(part, Transfer) for part in turn.parts)


async def test_by_message_nobody_is_put_through(staffed: Talk) -> None:
    turn = await staffed.say("whatsapp", MARIA, PERSON)
    assert not any(isinstance(part, Transfer) for part in turn.parts)
    assert "in line" in turn.reply
