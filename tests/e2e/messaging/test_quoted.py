"""An answer that quotes one of our earlier messages."""

from __future__ import annotations

import pytest

from tests.e2e.maria import MARIA, STRANGER
from tests.e2e.messaging.test_reactions import asked_to_pay, ran, sent
from tests.talk import Talk

pytestmark = pytest.mark.e2e


async def test_a_yes_to_the_question_itself_agrees(talk: Talk) -> None:
    asked = await asked_to_pay(talk)
    message = await sent(talk, asked, "wamid.q1")
    done = await talk.say("whatsapp", MARIA, "yes", quoted=message)
    assert ran(done) == [("process_payment", "done")]


async def test_a_yes_to_an_older_message_makes_no_payment(talk: Talk) -> None:
    older = await talk.say("whatsapp", MARIA, "is there an outage at my place?")
    message = await sent(talk, older, "wamid.q2")
    asked = await asked_to_pay(talk)
    assert asked.pending
    for said in ("yes", "sí", "👍"):
        turn = await talk.say("whatsapp", MARIA, said, quoted=message)
        assert ("process_payment", "done") not in ran(turn)
        assert turn.pending == asked.pending
        assert asked.pending["read_back"] in turn.reply
    done = await talk.say("whatsapp", MARIA, "yes")
    assert ran(done) == [("process_payment", "done")]


async def test_nor_does_a_yes_to_a_message_that_nobody_knows(talk: Talk) -> None:
    asked = await asked_to_pay(talk)
    turn = await talk.say("whatsapp", MARIA, "yes", quoted="wamid.unknown")
    assert turn.pending == asked.pending
    assert ("process_payment", "done") not in ran(turn)


async def test_nor_a_no_drops_it(talk: Talk) -> None:
    older = await talk.say("whatsapp", MARIA, "is there an outage at my place?")
    message = await sent(talk, older, "wamid.q3")
    asked = await asked_to_pay(talk)
    turn = await talk.say("whatsapp", MARIA, "no", quoted=message)
    assert turn.pending == asked.pending


async def test_words_that_quote_are_answered_as_ever(talk: Talk) -> None:
    older = await talk.say("whatsapp", MARIA, "is there an outage at my place?")
    message = await sent(talk, older, "wamid.q4")
    turn = await talk.say("whatsapp", MARIA, "when will it be back?", quoted=message)
    assert ran(turn)[-1] == ("get_restoration_eta", "done")


async def test_what_went_to_somebody_else_is_not_told(talk: Talk) -> None:
    older = await talk.say("whatsapp", MARIA, "is there an outage at my place?")
    message = await sent(talk, older, "wamid.q5")
    turn = await talk.say("whatsapp", STRANGER, "what is this about?", quoted=message)
    assert "Alder" not in turn.reply
