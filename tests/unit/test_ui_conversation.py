"""A chat page's conversation, without a browser: what is asked, sent, and comes in elsewhere."""

from __future__ import annotations

import asyncio

import pytest

from contracts.errors import MemoryUnavailable, Overloaded
from contracts.identity import Identity, Rung
from contracts.messages import (
    Channel,
    Inbound,
    Outbound,
    Reached,
    Step,
    TextDelta,
)
from tests.chatpage import MARIA, YES_NO, Chat, asking, turn
from ui.chat import conversation

pytestmark = pytest.mark.unit


# --- a turn -------------------------------------------------------------------------------------


async def test_a_turn_is_streamed_then_put_whole(chat: Chat) -> None:
    chat.gateway.script = lambda inbound: [
        Step(tool="get_bill", label="Looking up your bill", status="running"),
        Step(tool="get_bill", label="Looking up your bill", status="done"),
        TextDelta(text="You owe "),
        TextDelta(text="$10."),
        turn(inbound.key, "You owe $10.", channel=Channel.WEB),
    ]

    await chat.talk.say("what do I owe?")

    [message] = chat.page.messages
    assert message.streamed == ["You owe ", "$10."]
    assert message.text == "You owe $10."
    assert chat.page.steps == [
        ("Looking up your bill", "running"),
        ("Looking up your bill", "done"),
    ]


async def test_only_answers_can_be_rated(chat: Chat) -> None:
    await chat.talk.open()
    await chat.talk.say("what do I owe?")

    assert [message.rated for message in chat.page.messages] == ["", chat.gateway.got[0].key]


async def test_a_button_counts_once_however_often_it_is_pressed(chat: Chat) -> None:
    chat.gateway.script = asking
    await chat.talk.say("pay it")

    await asyncio.gather(chat.press("yes"), chat.press("yes"), chat.press("no"))

    assert [it.choice for it in chat.gateway.got] == [None, "yes"]
    assert chat.page.echoed == ["Yes"]
    assert chat.page.toasts == ["That question is settled already."] * 2


async def test_two_pages_answer_with_the_same_message_id() -> None:
    """So that the gateway takes one of the two, and the other gets the same turn."""
    asked = turn("voice:1", "Pay $10?", pending={"tool": "pay"})
    ids = []
    for answer in ("yes", "no"):
        page = Chat()
        page.gateway.past = [asked]
        await page.talk.open()
        await page.press(answer)
        await page.talk.close()
        ids.append(page.gateway.got[0].id)

    assert ids[0] == ids[1]


async def test_an_answer_that_was_not_offered_does_nothing(chat: Chat) -> None:
    chat.gateway.script = asking
    await chat.talk.say("pay it")

    await chat.press("everything")

    assert len(chat.gateway.got) == 1
    assert chat.asked.open == YES_NO


async def test_typing_takes_the_buttons_away(chat: Chat) -> None:
    chat.gateway.script = asking
    await chat.talk.say("pay it")
    first = chat.asked

    await chat.talk.say("no, leave it")

    assert first.open == ()


async def test_a_refused_answer_can_be_pressed_again(chat: Chat) -> None:
    chat.gateway.script = asking
    await chat.talk.say("pay it")
    chat.gateway.script = lambda _: [Overloaded("50 wait")]

    await chat.press("yes")
    assert "still busy" in chat.page.texts[-1]
    assert chat.asked.open == YES_NO

    chat.gateway.script = asking
    await chat.press("yes")
    first, second = chat.gateway.got[1:]
    assert first.id == second.id
    assert "Paid." in chat.page.texts


async def test_a_broken_turn_is_excused_without_its_details(
    chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    chat.gateway.script = lambda _: [TextDelta(text="You"), ValueError("row 7 of Maria")]

    await chat.talk.say("what do I owe?")

    assert "something went wrong on our side" in chat.page.texts[-1]
    assert "row 7" not in " ".join(chat.page.texts)
    assert "what do I owe" not in caplog.text


# --- what comes in elsewhere --------------------------------------------------------------------


async def test_a_turn_of_another_channel_shows_and_this_pages_own_does_not(chat: Chat) -> None:
    await chat.talk.open()
    await chat.talk.say("hello")
    own = turn(chat.gateway.got[0].key, "Fine.", channel=Channel.WEB)
    other = turn("whatsapp:1", "Power is back.", said="any news?")

    for done in (own, other, other):
        chat.gateway.finished(done)
    chat.gateway.finished(turn("whatsapp:2", "Bye."))

    await chat.until(lambda: chat.page.texts[-1] == "Bye.")
    assert [it["label"] for it in chat.page.shown("Elsewhere")] == ["WhatsApp · 10:42 AM"] * 2
    assert chat.page.said == ["any news?", "hi"]
    assert chat.page.texts[-3:] == ["Fine.", "Power is back.", "Bye."]


async def test_an_answer_that_a_caller_spoke_over_is_shown_as_it_was_heard(chat: Chat) -> None:
    await chat.talk.open()
    spoken = turn("voice:1", "You owe $10. It is due soon.", channel=Channel.VOICE)
    chat.gateway.finished(spoken)
    await chat.until(lambda: spoken.reply in chat.page.texts)

    cut = Reached(key="voice:1", text="You owe $10.")
    over = turn("voice:2", "", channel=Channel.VOICE, said="", reached=cut)
    chat.gateway.past = [spoken.model_copy(update={"heard": cut.text}), over]
    chat.gateway.finished(over)

    await chat.until(lambda: "You owe $10." in chat.page.texts)
    assert spoken.reply not in chat.page.texts


async def test_the_end_of_a_call_shows_nothing(chat: Chat) -> None:
    await chat.talk.open()
    shown = list(chat.page.texts)
    chat.gateway.finished(turn("voice:1", "", channel=Channel.VOICE, said=""))
    chat.gateway.finished(turn("whatsapp:1", "Fine."))
    await chat.until(lambda: chat.page.texts[-1] == "Fine.")
    assert chat.page.texts == [*shown, "Fine."]


async def test_a_question_settled_elsewhere_loses_its_buttons(chat: Chat) -> None:
    await chat.talk.open()
    chat.gateway.script = asking
    await chat.talk.say("pay it")
    asked = chat.asked
    assert asked.open == YES_NO

    chat.gateway.finished(turn("whatsapp:1", "Paid.", said="yes"))

    await chat.until(lambda: asked.open == ())
    await chat.talk.press(asked.question, "yes")
    assert len(chat.gateway.got) == 1


async def test_a_visitor_who_verifies_is_told_what_comes_in_for_the_customer(chat: Chat) -> None:
    visitor = Identity(customer_id="anon-1", rung=Rung.ANONYMOUS)
    chat.gateway.who = visitor
    await chat.talk.open()
    assert "Maria" not in chat.page.texts[0]

    def verified(inbound: Inbound) -> list[Outbound | Exception]:
        chat.gateway.who = MARIA
        return [turn(inbound.key, "Thank you, Maria.", channel=Channel.WEB)]

    chat.gateway.script = verified
    await chat.talk.say("it's me")
    await chat.until(lambda: chat.gateway.watched[-1] == MARIA.thread_id)
    chat.gateway.finished(turn("sms:1", "Power is back.", channel=Channel.SMS))

    await chat.until(lambda: bool(chat.page.shown("Elsewhere")))
    assert chat.gateway.watched == [visitor.thread_id, MARIA.thread_id]


async def test_nothing_is_shown_once_the_right_to_it_has_lapsed(chat: Chat) -> None:
    await chat.talk.open()
    visitor = Identity(customer_id="anon-1", rung=Rung.ANONYMOUS)
    chat.gateway.who = visitor

    chat.gateway.finished(turn("whatsapp:1", "You owe $10."))

    await chat.until(lambda: chat.gateway.watched[-1] == visitor.thread_id)
    assert chat.page.shown("Elsewhere") == []


async def test_a_lost_subscription_is_made_again(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "AGAIN_AFTER_S", 0.0)
    chat.gateway.failures = [MemoryUnavailable("down"), MemoryUnavailable("down")]

    await chat.talk.open()
    chat.gateway.finished(turn("whatsapp:1", "Power is back."))

    await chat.until(lambda: bool(chat.page.shown("Elsewhere")))


async def test_a_page_that_is_gone_is_written_nothing(chat: Chat) -> None:
    await chat.talk.open()
    chat.page.there = False
    before = len(chat.page.messages)

    chat.gateway.finished(turn("whatsapp:1", "Power is back."))
    for _ in range(20):
        await asyncio.sleep(0)

    assert len(chat.page.messages) == before
    assert await chat.talk.left()
