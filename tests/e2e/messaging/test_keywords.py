"""STOP, START and HELP, whoever writes them and whatever waits."""

from __future__ import annotations

import pytest

from contracts.messages import Channel, Turn
from contracts.records import Subscription
from tests.e2e.maria import MARIA, STRANGER, details
from tests.talk import Talk

pytestmark = pytest.mark.e2e

MAIL = "maria.alvarez@example.com"
ENDED = "You won't get any more"


async def stopped(talk: Talk, channel: Channel, address: str = MARIA) -> bool:
    return await talk.app.records.opt_outs.stopped(channel, address)


def ran(turn: Turn) -> list[tuple[str, str]]:
    return [(run.name, run.status) for run in turn.tools]


async def asked_to_pay(talk: Talk) -> Turn:
    await talk.say("sms", MARIA, f"how much do I owe? my account is {await details(talk)}")
    turn = await talk.say("sms", MARIA, "pay my bill in full")
    assert turn.pending, turn.reply
    return turn


async def test_stop_is_obeyed_and_confirmed(talk: Talk) -> None:
    turn = await talk.say("sms", MARIA, " Stop All! ")
    assert turn.reply.startswith(ENDED)
    assert turn.purpose == "opt-out"
    assert ran(turn) == [("stop_messages", "done")]
    assert await stopped(talk, Channel.SMS)
    assert not await stopped(talk, Channel.WHATSAPP)


async def test_on_every_channel_that_we_write_on_whoever_it_is(talk: Talk) -> None:
    for channel, address in (("whatsapp", MARIA), ("email", MAIL), ("whatsapp", STRANGER)):
        turn = await talk.say(channel, address, "stop")
        assert turn.reply.startswith(ENDED)
        assert await stopped(talk, Channel(channel), address)


async def test_start_takes_it_back_and_says_so(talk: Talk) -> None:
    await talk.say("sms", MARIA, "STOP")
    turn = await talk.say("sms", MARIA, "Start")
    assert turn.reply.startswith("You'll get our messages again.")
    assert turn.purpose == "opt-in"
    assert not await stopped(talk, Channel.SMS)


async def test_start_is_a_word_like_others_to_who_never_said_stop(talk: Talk) -> None:
    turn = await talk.say("sms", MARIA, "start")
    assert turn.reply
    assert "start_messages" not in dict(ran(turn))
    assert turn.purpose == ""


async def test_it_means_nothing_on_the_phone_or_with_words_around_it(talk: Talk) -> None:
    for channel, said in (("voice", "stop"), ("web", "stop"), ("sms", "please stop my autopay")):
        turn = await talk.say(channel, MARIA, said)
        assert "stop_messages" not in dict(ran(turn))
        assert not await stopped(talk, Channel(channel))


async def test_a_payment_that_waits_is_neither_made_nor_dropped(talk: Talk) -> None:
    waits = await asked_to_pay(talk)
    turn = await talk.say("sms", MARIA, "STOP")
    assert turn.reply.startswith(ENDED)
    assert turn.pending == waits.pending
    again = await talk.say("sms", MARIA, "yes")
    assert waits.pending
    assert again.pending == waits.pending
    assert waits.pending["read_back"] in again.reply, "read back once more before it is made"
    assert await talk.app.records.billing.payments(
        (await talk.customer(MARIA)).account_number, 1
    ) == await talk.app.records.billing.payments((await talk.customer(MARIA)).account_number, 1)
    done = await talk.say("sms", MARIA, "yes")
    assert ran(done) == [("process_payment", "done")]


async def test_cancel_answers_the_question_that_waits(talk: Talk) -> None:
    await asked_to_pay(talk)
    turn = await talk.say("sms", MARIA, "cancel")
    assert turn.pending is None
    assert not await stopped(talk, Channel.SMS)


async def test_cancel_ends_text_messages_where_nothing_waits(talk: Talk) -> None:
    turn = await talk.say("sms", MARIA, "CANCEL")
    assert turn.reply.startswith(ENDED)
    elsewhere = await talk.say("whatsapp", MARIA, "cancel")
    assert "stop_messages" not in dict(ran(elsewhere))


async def test_updates_of_an_outage_end_with_it(talk: Talk) -> None:
    maria = await talk.customer(MARIA)
    outages = talk.app.records.outages
    outage = await outages.largest()
    assert outage is not None
    followed = Subscription(
        outage_id=outage.outage_id,
        customer_id=maria.customer_id,
        channel=Channel.SMS,
        address=MARIA,
        at=talk.clock.now(),
    )
    await outages.subscribe(followed)
    await talk.say("sms", MARIA, "STOP")
    assert await outages.unsubscribe(Channel.SMS, MARIA) == 0
    assert await outages.subscribe(followed), "it was gone"


async def test_danger_goes_before(talk: Talk) -> None:
    await talk.say("sms", MARIA, "I smell gas")
    turn = await talk.say("sms", MARIA, "cancel")
    assert turn.reply.startswith("Please leave now")
    assert not await stopped(talk, Channel.SMS)


async def test_help_says_who_we_are(talk: Talk) -> None:
    turn = await talk.say("sms", STRANGER, "HELP")
    brand = talk.app.scenario.brand
    assert brand.name in turn.reply
    assert brand.phone in turn.reply
    assert "STOP" in turn.reply
    assert ran(turn) == []


async def test_in_spanish(talk: Talk) -> None:
    await talk.say("sms", MARIA, "hola, ¿hay un apagón en mi casa?")
    turn = await talk.say("sms", MARIA, "Baja")
    assert turn.reply.startswith("Ya no recibirá mensajes nuestros en este número")
    again = await talk.say("sms", MARIA, "iniciar")
    assert again.reply.startswith("Volverá a recibir nuestros mensajes.")
    assert "Le escribe" in (await talk.say("sms", MARIA, "ayuda")).reply


async def test_who_said_stop_is_answered_when_they_write(talk: Talk) -> None:
    await talk.say("sms", MARIA, "STOP")
    turn = await talk.say("sms", MARIA, "is there an outage at my place?")
    assert ran(turn)[-1] == ("check_outage_status", "done")
    assert await stopped(talk, Channel.SMS), "an answer takes no STOP back"
