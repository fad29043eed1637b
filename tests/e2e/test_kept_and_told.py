"""What is kept of a message and told to whom, and questions that outlive their turn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from contracts.errors import BadInput
from contracts.messages import Handoff
from evals.scripted import OneModel, ScriptedChatModel, calls
from tests.conftest import OpenTalk
from tests.e2e.maria import MARIA, STRANGER, balance, details, on_the_web, storm
from tests.talk import Talk

pytestmark = pytest.mark.e2e


def text_of(messages: list[BaseMessage]) -> str:
    return "\n".join(f"{message.content}" for message in messages)


# --- what may be kept and told ----------------------------------------------------------------


async def test_a_card_number_in_a_message_that_is_too_long_is_not_kept(talk: Talk) -> None:
    turn = await talk.say("whatsapp", MARIA, "card 4111 1111 1111 1111 " + "bla " * 1500)
    assert "4111" not in turn.said


async def test_details_given_to_no_question_are_not_kept(talk: Talk) -> None:
    web = await on_the_web(talk)
    given = await details(talk)
    turn = await talk.say("web", web, f"hello, I am {given}")
    assert given[:10] not in turn.said


async def test_details_given_in_a_turn_that_breaks_are_not_kept(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    given = await details(talk)
    await talk.say("whatsapp", MARIA, "what do I owe?")
    monkeypatch.setattr(talk.app.gateway._runner, "run", broken)
    turn = await talk.say("whatsapp", MARIA, given)
    assert given[:10] not in turn.said
    assert given[-5:] not in turn.said


async def test_a_move_tells_nothing_from_a_higher_rung(talk: Talk) -> None:
    web = await on_the_web(talk)
    await talk.say("web", web, "what do I owe?")
    owed = str(await balance(talk))
    await storm(talk)
    await talk.say("voice", MARIA, "my power is out")
    moved = await talk.say("voice", MARIA, "yes please")
    assert moved.identity == "recognised"
    assert any(isinstance(part, Handoff) for part in moved.parts)
    assert owed not in moved.model_dump_json()


async def test_a_reason_for_a_hand_off_is_not_told_below_its_rung(open_talk: OpenTalk) -> None:
    model = ScriptedChatModel(
        script=[
            calls("handoff_billing_agent", reason="owes 148.96"),
            "Billing here.",
            "Hello again.",
        ]
    )
    async with open_talk(models=OneModel(model)) as talk:
        web = await on_the_web(talk)
        await talk.say("web", web, "my bill please")
        await talk.say("voice", MARIA, "hello?")
        assert "148.96" not in text_of(model.seen[-1])


async def test_the_outage_agent_sees_no_history_on_a_lower_rung_either(
    open_talk: OpenTalk,
) -> None:
    model = ScriptedChatModel(
        script=["Lovely dog.", calls("handoff_outage_agent"), "On it.", "Still on it."]
    )
    async with open_talk(models=OneModel(model)) as talk:
        await talk.say("voice", MARIA, "Hello, my dog Rex says hi")
        web = await on_the_web(talk)
        await talk.say("web", web, "it went dark here")
        await talk.say("voice", MARIA, "any news?")
        assert '"agent": "outage"' in text_of(model.seen[-1][:1])
        assert "Rex" not in text_of(model.seen[-1])


async def test_a_turn_is_given_again_only_to_whom_it_was_given(talk: Talk) -> None:
    web = await on_the_web(talk)
    told = await talk.say("web", web, "what do I owe?", id="one")
    assert "$" in told.reply
    with pytest.raises(BadInput):
        await talk.say("web", "somebody-else", "hello", id="one")


async def test_what_waits_for_a_yes_is_not_shown_below_its_rung(talk: Talk) -> None:
    web = await on_the_web(talk)
    asked = await talk.say("web", web, "pay it")
    assert asked.pending is not None
    turn = await talk.say("voice", MARIA, "is there an outage at my place?")
    assert turn.identity == "recognised"
    assert str(await balance(talk)) not in turn.model_dump_json()


# --- yes and no -------------------------------------------------------------------------------


async def test_a_yes_that_waited_for_a_check_is_void_once_something_else_was_agreed(
    talk: Talk,
) -> None:
    web = await on_the_web(talk)
    owed = await balance(talk)
    await talk.say("web", web, "pay 50 dollars")
    first = await talk.say("voice", MARIA, "yes")
    assert "account number" in first.reply
    amended = await talk.say("web", web, "pay 40 dollars instead")
    assert "$40.00" in amended.reply
    await talk.say("web", web, "yes")
    assert await balance(talk) == owed - 40
    await talk.say("voice", MARIA, await details(talk))
    assert await balance(talk) == owed - 40


async def test_a_yes_that_waited_for_a_check_lapses_with_its_question(talk: Talk) -> None:
    web = await on_the_web(talk)
    owed = await balance(talk)
    await talk.say("web", web, "pay it")
    await talk.say("voice", MARIA, "yes")
    talk.clock.advance(timedelta(hours=25))
    await talk.say("voice", MARIA, await details(talk))
    assert await balance(talk) == owed


async def test_what_waited_too_long_for_a_yes_waits_no_more(talk: Talk) -> None:
    web = await on_the_web(talk)
    await talk.say("web", web, "pay it")
    talk.clock.advance(timedelta(hours=25))
    await talk.say("voice", MARIA, "hello")
    assert (await talk.context("voice", MARIA))["pending"] is None


async def test_a_check_on_one_address_is_not_asked_of_another(talk: Talk) -> None:
    await talk.say("whatsapp", MARIA, "what do I owe?")
    web = await on_the_web(talk)
    turn = await talk.say("web", web, "what did I owe in 2025?")
    assert "account number" not in turn.reply
    assert "2025" in turn.said


@pytest.mark.parametrize(("answer", "status"), [("yes", "accepted"), ("no", "declined")])
async def test_an_answer_to_an_offer_is_not_taken_for_one_to_a_payment(
    talk: Talk, answer: str, status: str
) -> None:
    web = await on_the_web(talk)
    await talk.say("web", web, "pay it")
    offered = await talk.say("web", web, "can we go on by whatsapp?")
    assert offered.offer is not None
    await talk.say("web", web, answer)
    context = await talk.context("web", web)
    assert context["pending"] is not None
    assert [offer["status"] for offer in context["offers"]] == [status]  # type: ignore[attr-defined]


async def test_a_second_try_is_read_and_not_kept_though_nothing_was_asked(talk: Talk) -> None:
    given = await details(talk)
    await talk.say("whatsapp", STRANGER, f"account {given[:10]}, zip 00000")
    await talk.say("whatsapp", STRANGER, given[:10])
    turn = await talk.say("whatsapp", STRANGER, given[-5:])
    assert turn.identity == "verified"
    assert given[-5:] not in turn.said
