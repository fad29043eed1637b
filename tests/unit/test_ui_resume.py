"""What stands on a chat's page: when it opens, when it was away, and when more is asked for."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from contracts.errors import MemoryUnavailable, RecordsUnavailable
from contracts.identity import Rung
from contracts.language import speaking
from contracts.messages import (
    Channel,
    Choice,
    Choices,
    Inbound,
    Outbound,
    Turn,
)
from contracts.records import Rating
from nodes.choices import yes_or_no
from tests.chatpage import MARIA, NOW, YES_NO, Chat, turn
from ui.chat.conversation import LONGEST_WORDS, SHOWN_AT_FIRST

pytestmark = pytest.mark.unit


# --- opening ------------------------------------------------------------------------------------


async def test_a_newcomer_is_greeted_with_a_sentence_for_each_specialist(chat: Chat) -> None:
    await chat.talk.open()

    assert chat.page.texts == [
        "Hello, Maria! You're chatting with the assistant of Cascade Light & Gas. How can I help?"
    ]
    labels = [option.label for option in chat.asked.open]
    assert "My power is out" in labels
    assert "I have a question about my bill" in labels
    assert len(labels) == 4  # every specialist holds tools of its own


async def test_a_suggestion_is_sent_as_if_typed(chat: Chat) -> None:
    await chat.talk.open()

    await chat.press("outage")

    assert [(it.text, it.choice) for it in chat.gateway.got] == [("My power is out", None)]
    assert chat.page.echoed == ["My power is out"]


async def test_earlier_turns_come_with_their_channel_and_time(chat: Chat) -> None:
    call = turn("voice:1", "A crew is on its way.", channel=Channel.VOICE, said="power is out")
    old = turn("sms:1", "Thanks.", channel=Channel.SMS, at=NOW - timedelta(days=2, hours=20))
    chat.gateway.past = [old, call]

    await chat.talk.open()

    assert [props["label"] for props in chat.page.shown("Elsewhere")] == [
        "Text message · Nov 18, 2:42 PM",
        "Phone · 10:42 AM",
    ]
    assert chat.page.said == ["hi", "power is out"]
    assert chat.page.texts[:2] == ["Thanks.", "A crew is on its way."]
    assert "Welcome back, Maria" in chat.page.texts[-1]


async def test_it_opens_after_a_call_that_has_ended(chat: Chat) -> None:
    call = turn("voice:1", "A crew is on its way.", channel=Channel.VOICE, said="power is out")
    chat.gateway.past = [call, turn("voice:2", "", channel=Channel.VOICE, said="")]
    await chat.talk.open()
    assert chat.page.texts[0] == "A crew is on its way."
    assert "Welcome back, Maria" in chat.page.texts[-1]
    assert len(chat.page.messages) == 3


async def test_a_call_that_waits_for_a_yes_can_be_answered_on_opening(chat: Chat) -> None:
    chat.gateway.past = [turn("voice:1", "Pay $10?", pending={"tool": "pay"})]
    await chat.talk.open()
    assert chat.asked.open == YES_NO

    await chat.press("yes")

    assert [it.choice for it in chat.gateway.got] == ["yes"]


async def test_what_was_said_on_a_higher_rung_stays_hidden(chat: Chat) -> None:
    chat.gateway.who = MARIA.model_copy(update={"rung": Rung.RECOGNISED})
    chat.gateway.past = [
        turn("voice:1", "There is an outage.", identity="recognised"),
        turn("voice:2", "You owe $10. Pay it?", identity="verified", pending={"tool": "pay"}),
    ]

    await chat.talk.open()
    chat.gateway.finished(turn("voice:3", "You owe $10.", identity="verified"))
    chat.gateway.finished(turn("voice:4", "Power is back.", identity="recognised"))

    await chat.until(lambda: "Power is back." in chat.page.texts)
    assert chat.page.texts[0] == "There is an outage."
    assert not any("$10" in text for text in chat.page.texts)
    assert not any(message.question for message in chat.page.messages)


async def test_it_opens_while_the_records_are_down(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object) -> list[Turn]:
        raise RecordsUnavailable("mongodb://10.0.0.1 is down")

    monkeypatch.setattr(chat.gateway, "recent", down)

    await chat.talk.open()
    await chat.talk.say("hello")

    assert "can't get at my notes" in chat.page.texts[0]
    assert "10.0.0.1" not in chat.page.texts[0]
    assert chat.page.texts[-1] == "Fine."


# --- what fits a customer -----------------------------------------------------------------------


async def test_who_has_an_outage_and_a_bill_is_offered_both(chat: Chat) -> None:
    chat.out, chat.owed = True, Decimal("12.50")

    await chat.talk.open()

    assert [(it.id, it.label) for it in chat.asked.open] == [
        ("outage", "When will my power be back?"),
        ("billing", "I want to pay my bill"),
        ("usage", "I have a question about my energy use"),
        ("service", "I have a question about my service"),
    ]


async def test_a_bill_is_not_told_on_a_lower_rung(chat: Chat) -> None:
    chat.out, chat.owed = True, Decimal("12.50")
    chat.gateway.who = MARIA.model_copy(update={"rung": Rung.RECOGNISED})

    await chat.talk.open()

    labels = [option.label for option in chat.asked.open]
    assert labels[0] == "When will my power be back?"
    assert "I want to pay my bill" not in labels


async def test_who_comes_back_is_offered_what_fits_and_nothing_else(chat: Chat) -> None:
    chat.gateway.past = [turn("web:1", "Fine.", channel=Channel.WEB)]
    await chat.talk.open()
    assert not any(message.question for message in chat.page.messages)

    chat.owed = Decimal("12.50")
    await chat.talk.show()

    assert [it.label for it in chat.asked.open] == ["I want to pay my bill"]


async def test_the_greeting_is_in_the_pages_language() -> None:
    with speaking("es"):
        chat = Chat()
        await chat.talk.open()
        await chat.talk.close()

    assert chat.page.texts[0].startswith("¡Hola, Maria!")
    assert "Se fue la luz" in [option.label for option in chat.asked.open]


# --- the page was away --------------------------------------------------------------------------


def remembering(chat: Chat) -> None:
    """Let the gateway remember what it is told."""

    def fine(inbound: Inbound) -> list[Outbound | Exception]:
        said = turn(inbound.key, f"Re: {inbound.said}", channel=Channel.WEB, said=inbound.said)
        chat.gateway.past.append(said)
        return [said]

    chat.gateway.script = fine


async def test_a_page_that_was_away_holds_everything_once(chat: Chat) -> None:
    remembering(chat)
    await chat.talk.open()
    await chat.talk.say("one")
    chat.gateway.past.append(turn("sms:1", "Power is back.", channel=Channel.SMS, said="news?"))

    await chat.talk.show()
    await chat.talk.show()

    assert chat.page.said == ["one", "news?"]
    assert chat.page.texts[0].startswith("Hello, Maria!")
    assert chat.page.texts[1:] == ["Re: one", "Power is back."]


async def test_what_came_in_while_it_was_away_is_not_shown_again(chat: Chat) -> None:
    await chat.talk.open()
    missed = turn("sms:1", "Power is back.", channel=Channel.SMS)
    chat.gateway.past.append(missed)
    await chat.talk.show()

    chat.gateway.finished(missed)
    chat.gateway.finished(turn("sms:2", "Bye.", channel=Channel.SMS))

    await chat.until(lambda: "Bye." in chat.page.texts)
    assert chat.page.texts.count("Power is back.") == 1


async def test_the_open_question_can_be_answered_after_it(chat: Chat) -> None:
    asked = turn("voice:1", "Pay $10?", pending={"tool": "pay"})
    await chat.talk.open()
    chat.gateway.past = [asked]

    await chat.talk.show()
    await chat.press("yes")

    assert [it.choice for it in chat.gateway.got] == ["yes"]
    assert chat.page.toasts == []


async def test_a_call_that_waits_is_offered_no_yes_under_another_answer(chat: Chat) -> None:
    waits = {"tool": "pay", "read_back": "Pay $10?"}
    chat.gateway.past = [turn("voice:1", "There is no outage.", pending=waits)]

    await chat.talk.open()

    assert not any(message.question for message in chat.page.messages)


async def test_an_answer_under_way_comes_first(chat: Chat) -> None:
    """The page is put together anew only when the turn is in memory."""
    remembering(chat)
    await chat.talk.open()
    chat.gateway.gate.clear()
    saying = asyncio.create_task(chat.talk.say("one"))
    await chat.until(lambda: chat.talk.busy)
    showing = asyncio.create_task(chat.talk.show())
    await asyncio.sleep(0)
    assert chat.page.replaced == 1

    chat.gateway.gate.set()
    await asyncio.gather(saying, showing)

    assert chat.page.replaced == 2
    assert chat.page.texts[-1] == "Re: one"


async def test_what_was_not_taken_stays_and_can_be_sent_again(chat: Chat) -> None:
    await chat.talk.open()
    chat.gateway.script = lambda _: [MemoryUnavailable("down")]
    await chat.talk.say("what do I owe?")
    assert [it.label for it in chat.asked.open] == ["Send it again"]

    await chat.talk.show()
    assert chat.page.said == ["what do I owe?"]
    assert "can't get at my notes" in chat.page.texts[-1]
    remembering(chat)
    await chat.press("again")

    first, second = chat.gateway.got
    assert (first.id, first.text) == (second.id, second.text)
    await chat.talk.show()
    assert chat.page.said == ["what do I owe?"]
    assert chat.page.texts[-1] == "Re: what do I owe?"


async def test_earlier_turns_come_on_request(chat: Chat) -> None:
    chat.gateway.past = [turn(f"web:{n}", f"Answer {n}", channel=Channel.WEB) for n in range(30)]
    await chat.talk.open()
    assert chat.page.texts[1] == f"Answer {30 - SHOWN_AT_FIRST}"
    assert [it["label"] for it in chat.page.shown("History")] == ["Show earlier messages"]

    await chat.talk.show_earlier()

    assert chat.page.texts[0] == "Answer 0"
    assert chat.page.shown("History") == []


async def test_a_thumb_that_was_given_before_is_shown_as_given(chat: Chat) -> None:
    chat.gateway.past = [turn(f"web:{n}", "Fine.", channel=Channel.WEB) for n in range(2)]
    chat.rated = [Rating(key="web:1", customer_id="C-1", value=-1, at=NOW)]

    await chat.talk.open()

    thumbs = [(it.rated, it.pressed) for it in chat.page.messages if it.rated]
    assert thumbs == [("web:0", None), ("web:1", -1)]


async def test_a_pressed_button_is_remembered_by_its_words(chat: Chat) -> None:
    parts = (Choices(prompt="Which?", options=(Choice(id="meter-7", label="The gas meter"),)),)
    chat.gateway.past = [
        turn("web:1", "Which?", channel=Channel.WEB, parts=parts),
        turn("web:2", "Fine.", channel=Channel.WEB, said="meter-7"),
    ]

    await chat.talk.open()

    assert chat.page.said == ["hi", "The gas meter"]
    parts = (Choices(prompt="Pay?", options=yes_or_no("Pay?")),)
    chat.gateway.past = [
        turn("web:3", "Pay?", channel=Channel.WEB, parts=parts),
        turn("web:4", "Fine.", channel=Channel.WEB, said="no"),
    ]
    await chat.talk.show()
    assert chat.page.said == ["hi", "No"]


# --- a card's words -----------------------------------------------------------------------------


async def test_a_cards_words_are_said(chat: Chat) -> None:
    await chat.talk.say_for("  Pay my\n bill ")

    assert [it.text for it in chat.gateway.got] == ["Pay my bill"]
    assert chat.page.echoed == ["Pay my bill"]


@pytest.mark.parametrize("words", ["", "  \n ", "x" * (LONGEST_WORDS + 1)])
async def test_words_that_no_card_has_are_not_said(chat: Chat, words: str) -> None:
    await chat.talk.say_for(words)

    assert chat.gateway.got == []
    assert chat.page.echoed == []


async def test_a_card_says_nothing_while_an_answer_is_under_way(chat: Chat) -> None:
    chat.gateway.gate.clear()
    first = asyncio.create_task(chat.talk.say_for("Pay my bill"))
    await chat.until(lambda: chat.talk.busy)

    await chat.talk.say_for("Pay my bill")
    chat.gateway.gate.set()
    await first

    assert len(chat.gateway.got) == 1
    assert chat.page.toasts == ["One moment, please: I'm still answering."]


async def test_a_card_of_an_answer_that_stands_there_waits_for_its_turn_to_end(chat: Chat) -> None:
    chat.gateway.ends.clear()
    first = asyncio.create_task(chat.talk.say("what do I owe?"))
    await chat.until(lambda: "Fine." in chat.page.texts)

    pressed = [asyncio.create_task(chat.talk.say_for("Pay my bill")) for _ in range(2)]
    await asyncio.sleep(0)
    assert len(chat.gateway.got) == 1
    chat.gateway.gate.clear()
    chat.gateway.ends.set()
    await chat.until(lambda: bool(chat.page.toasts))
    chat.gateway.gate.set()
    await asyncio.gather(first, *pressed)

    assert [it.text for it in chat.gateway.got] == ["what do I owe?", "Pay my bill"]
    assert chat.page.toasts == ["One moment, please: I'm still answering."]
