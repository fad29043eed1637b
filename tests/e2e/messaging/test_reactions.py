"""A mark on one of our messages: a rating, and a yes only on the very question that waits."""

from __future__ import annotations

import pytest

from contracts.messages import Channel, Reaction, Turn
from contracts.records import OutboxMessage
from tests.e2e.maria import MARIA, STRANGER, details
from tests.talk import Talk

pytestmark = pytest.mark.e2e


async def sent(talk: Talk, turn: Turn, message_id: str, address: str = MARIA) -> str:
    """As the courier leaves it: the reply in the outbox, under the provider's id."""
    message = OutboxMessage(
        key=f"turn:{turn.inbound_key}",
        customer_id=turn.customer_id,
        channel=turn.channel,
        address=address,
        text=turn.reply,
        purpose="reply",
        at=turn.at,
    )
    await talk.app.records.outbox.add(message)
    await talk.app.records.outbox.sent(message.key, message_id)
    return message_id


async def react(talk: Talk, to: str, emoji: str, address: str = MARIA) -> Turn:
    return await talk.say("whatsapp", address, "", reaction=Reaction(emoji=emoji, to=to))


async def thumbs(talk: Talk, turn: Turn) -> list[int]:
    return [it.value for it in await talk.app.records.feedback.of([turn.inbound_key])]


async def asked_to_pay(talk: Talk) -> Turn:
    await talk.say("whatsapp", MARIA, f"how much do I owe? my account is {await details(talk)}")
    turn = await talk.say("whatsapp", MARIA, "pay my bill in full")
    assert turn.pending, turn.reply
    return turn


def ran(turn: Turn) -> list[tuple[str, str]]:
    return [(run.name, run.status) for run in turn.tools]


async def test_a_thumb_rates_the_answer_and_says_nothing(talk: Talk) -> None:
    turn = await talk.say("whatsapp", MARIA, "is there an outage at my place?")
    message = await sent(talk, turn, "wamid.1")
    quiet = await react(talk, message, "👍🏽")
    assert (quiet.reply, quiet.parts) == ("", ())
    assert quiet.said == "[reacted with 👍🏽]"
    assert await thumbs(talk, turn) == [1]
    await react(talk, message, "👎")
    assert await thumbs(talk, turn) == [-1]
    gone = await react(talk, message, "")
    assert gone.said == "[took a reaction back]"
    assert await thumbs(talk, turn) == []


async def test_another_mark_rates_nothing(talk: Talk) -> None:
    turn = await talk.say("whatsapp", MARIA, "is there an outage at my place?")
    message = await sent(talk, turn, "wamid.2")
    await react(talk, message, "👍")
    await react(talk, message, "🤷")
    assert await thumbs(talk, turn) == []


async def test_what_is_not_ours_or_went_to_another_is_not_rated(talk: Talk) -> None:
    turn = await talk.say("whatsapp", MARIA, "is there an outage at my place?")
    message = await sent(talk, turn, "wamid.3")
    for quiet in (
        await react(talk, message, "👎", STRANGER),
        await react(talk, "wamid.unknown", "👎"),
    ):
        assert (quiet.reply, quiet.parts, quiet.tools) == ("", (), ())
    assert await thumbs(talk, turn) == []


async def test_it_begins_no_session(talk: Talk) -> None:
    await react(talk, "wamid.unknown", "👍", STRANGER)
    context = await talk.context("whatsapp", STRANGER)
    assert context["sessions"] == []


async def test_a_thumb_on_the_question_that_waits_is_a_yes(talk: Talk) -> None:
    asked = await asked_to_pay(talk)
    done = await react(talk, await sent(talk, asked, "wamid.4"), "👍")
    assert ran(done) == [("process_payment", "done")]
    assert done.said == "👍"


async def test_no_other_mark_on_it_is(talk: Talk) -> None:
    asked = await asked_to_pay(talk)
    message = await sent(talk, asked, "wamid.5")
    for emoji in ("❤️", "😂", "👎", ""):
        quiet = await react(talk, message, emoji)
        assert quiet.pending == asked.pending
        assert (quiet.reply, "process_payment" in dict(ran(quiet))) == ("", False)


async def test_a_thumb_on_an_older_message_agrees_to_nothing(talk: Talk) -> None:
    older = await talk.say("whatsapp", MARIA, "is there an outage at my place?")
    message = await sent(talk, older, "wamid.6")
    asked = await asked_to_pay(talk)
    quiet = await react(talk, message, "👍")
    assert quiet.pending == asked.pending
    assert ran(quiet) == [("rate_answer", "done")]


async def test_nor_does_one_on_the_question_after_other_talk(talk: Talk) -> None:
    asked = await asked_to_pay(talk)
    message = await sent(talk, asked, "wamid.7")
    await talk.say("whatsapp", MARIA, "is there an outage at my place?")
    quiet = await react(talk, message, "👍")
    assert (quiet.reply, ran(quiet)) == ("", [("rate_answer", "done")])
    assert quiet.pending == asked.pending


async def test_nor_one_on_the_question_as_it_was_asked_before(talk: Talk) -> None:
    first = await asked_to_pay(talk)
    message = await sent(talk, first, "wamid.8")
    await talk.say("whatsapp", MARIA, "is there an outage at my place?")
    again = await talk.say("whatsapp", MARIA, "yes")
    assert again.pending == first.pending
    quiet = await react(talk, message, "👍")
    assert ran(quiet) == [("rate_answer", "done")]
    assert quiet.pending == first.pending
    done = await react(talk, await sent(talk, again, "wamid.9"), "✅")
    assert ran(done) == [("process_payment", "done")]


async def test_a_mark_leaves_the_question_waiting_for_a_typed_yes(talk: Talk) -> None:
    older = await talk.say("whatsapp", MARIA, "is there an outage at my place?")
    message = await sent(talk, older, "wamid.10")
    await asked_to_pay(talk)
    await react(talk, message, "👍")
    done = await talk.say("whatsapp", MARIA, "yes")
    assert ran(done) == [("process_payment", "done")]


async def test_a_message_outside_of_a_turn_is_not_rated(talk: Talk) -> None:
    maria = await talk.customer(MARIA)
    await talk.app.records.outbox.add(
        OutboxMessage(
            key="update:1",
            customer_id=maria.customer_id,
            channel=Channel.WHATSAPP,
            address=MARIA,
            text="The power is back.",
            purpose="outage update",
            at=talk.clock.now(),
        )
    )
    await talk.app.records.outbox.sent("update:1", "wamid.11")
    quiet = await react(talk, "wamid.11", "👍")
    assert (quiet.reply, quiet.tools) == ("", ())
