"""What nobody can open: answered kindly, and in nobody's way."""

from __future__ import annotations

import pytest

from tests.e2e.maria import MARIA, STRANGER, details
from tests.talk import Talk

pytestmark = pytest.mark.e2e


TOLD = {
    "sticker": "I can't see stickers.",
    "video": "I can't watch videos.",
    "voice": "I can't listen to voice messages here.",
    "audio": "I can't listen to voice messages here.",
    "contacts": "I can't open contact cards.",
    "image": "I couldn't open your photo.",
    "unsupported": "I can't open that kind of message.",
}


async def test_it_is_said_kindly_what_can_be_sent(talk: Talk) -> None:
    for kind, told in TOLD.items():
        turn = await talk.say("whatsapp", STRANGER, "", unreadable=kind)
        assert turn.reply.startswith(told)
        assert turn.tools == ()
        assert turn.said == "[sent something that can't be opened]"


async def test_a_row_of_stickers_is_answered_once(talk: Talk) -> None:
    first = await talk.say("whatsapp", MARIA, "", unreadable="sticker")
    second = await talk.say("whatsapp", MARIA, "", unreadable="sticker")
    assert first.reply
    assert second.reply == ""
    assert second.parts == ()
    await talk.say("whatsapp", MARIA, "hello")
    assert (await talk.say("whatsapp", MARIA, "", unreadable="sticker")).reply == first.reply


async def test_words_beside_it_are_answered(talk: Talk) -> None:
    turn = await talk.say("whatsapp", MARIA, "is there an outage?", unreadable="image")
    assert "check_outage_status" in [run.name for run in turn.tools]
    told, answer = turn.reply.split("\n\n")
    assert told.startswith("I couldn't open your photo.")
    assert "outage" in answer


async def test_a_sticker_leaves_a_question_waiting(talk: Talk) -> None:
    await talk.say("whatsapp", MARIA, f"how much do I owe? my account is {await details(talk)}")
    asked = await talk.say("whatsapp", MARIA, "pay my bill in full")
    assert asked.pending
    turn = await talk.say("whatsapp", MARIA, "", unreadable="sticker")
    assert turn.pending == asked.pending
    assert turn.reply.endswith("What I asked before still waits for your yes or no.")
    done = await talk.say("whatsapp", MARIA, "yes")
    assert [(run.name, run.status) for run in done.tools] == [("process_payment", "done")]


async def test_in_spanish(talk: Talk) -> None:
    await talk.say("whatsapp", MARIA, "hola, ¿hay un apagón en mi casa?")
    turn = await talk.say("whatsapp", MARIA, "", unreadable="video")
    assert turn.reply.startswith("No puedo ver videos.")
