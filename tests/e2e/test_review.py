"""Turns that fail half-way, questions that outlive their turn, and what is told to whom."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage

from contracts.errors import BadInput, Overloaded, StaleWriter
from contracts.identity import Rung, anonymous_id, thread_id_of
from contracts.messages import Channel, Handoff
from contracts.ports import Waiting
from evals.scripted import OneModel, ScriptedChatModel, calls
from tests.conftest import OpenTalk
from tests.talk import Talk

pytestmark = pytest.mark.e2e

MARIA = "+15550101"
STRANGER = "+15559999"
WEB = "a-browser-of-hers"


def text_of(messages: list[BaseMessage]) -> str:
    return "\n".join(f"{message.content}" for message in messages)


async def storm(talk: Talk) -> None:
    for caller in range(80):
        waiting = Waiting(id=f"w{caller}", customer_id="c", channel=Channel.VOICE, reason="storm")
        await talk.app.memory.queues.join(waiting)
    talk.clock.advance(timedelta(seconds=5))


async def on_the_web(talk: Talk) -> str:
    """Her browser, verified."""
    maria = await talk.customer(MARIA)
    await talk.app.directory.raise_to(Channel.WEB, WEB, maria.customer_id, Rung.VERIFIED)
    return WEB


async def details(talk: Talk) -> str:
    maria = await talk.customer(MARIA)
    return f"{maria.account_number}, zip {await talk.zip_of(maria)}"


async def state_of(talk: Talk, thread_id: str) -> dict[str, Any]:
    config = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    found = await talk.app.memory.checkpointer.aget_tuple(config)  # type: ignore[arg-type]
    return found.checkpoint["channel_values"] if found else {}


async def balance(talk: Talk) -> Decimal:
    maria = await talk.customer(MARIA)
    return await talk.app.records.billing.balance(maria.account_number)


# --- emergencies ------------------------------------------------------------------------------


async def test_an_emergency_is_not_lost_in_a_long_message(talk: Talk) -> None:
    turn = await talk.say("whatsapp", MARIA, "I smell gas. " + "Please help me. " * 400)
    assert turn.reply.startswith("Please leave now")


async def test_an_emergency_in_a_message_beyond_all_bounds_gets_the_safety_words(
    talk: Talk,
) -> None:
    turn = await talk.say("whatsapp", MARIA, "I smell gas. " + "Please help me. " * 4000)
    assert turn.reply.startswith("Please leave now")
    with pytest.raises(BadInput):
        await talk.say("whatsapp", MARIA, "Please help me. " * 4000)


async def test_an_emergency_gets_the_safety_words_when_its_turn_breaks(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(talk.app.gateway._runner, "run", broken)
    turn = await talk.say("voice", MARIA, "I smell gas")
    assert turn.reply.startswith("Please leave now")


async def test_an_emergency_gets_the_safety_words_when_too_much_waits(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: Any, **__: Any) -> None:
        raise Overloaded("full")

    monkeypatch.setattr(talk.app.gateway._inbox, "put", full)
    turn = await talk.say("voice", MARIA, "I smell gas")
    assert turn.reply.startswith("Please leave now")
    with pytest.raises(Overloaded):
        await talk.say("voice", MARIA, "what do I owe?")


async def test_a_yes_after_an_emergency_is_no_answer_to_the_offer_before_it(talk: Talk) -> None:
    await storm(talk)
    offered = await talk.say("voice", MARIA, "my power is out")
    assert offered.offer is not None
    await talk.say("voice", MARIA, "wait, I smell gas")
    turn = await talk.say("voice", MARIA, "ok")
    assert not any(isinstance(part, Handoff) for part in turn.parts)


async def test_an_emergency_is_raised_for_the_place_that_was_named(talk: Talk) -> None:
    turn = await talk.say("voice", MARIA, "I smell gas at 77 Birch Lane")
    cases = await talk.app.records.cases.of(turn.customer_id, 5)
    assert [case.details["location"] for case in cases] == ["77 Birch Lane"]
    assert "77 Birch Lane" in turn.reply


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


# --- crashes and merges -----------------------------------------------------------------------


class Killed(BaseException):
    """Stands for the process's end."""


def cut(monkeypatch: pytest.MonkeyPatch, where: Any, name: str) -> None:
    """Let the process die, once, just before an operation."""
    real = getattr(where, name)

    async def dies(*_: Any, **__: Any) -> None:
        monkeypatch.setattr(where, name, real)
        raise Killed

    monkeypatch.setattr(where, name, dies)


@pytest.mark.parametrize("where", ["raised", "source kept", "target kept", "merged"])
async def test_a_merge_cut_off_anywhere_ends_in_the_customers_thread(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    given = await details(talk)
    await talk.say("whatsapp", STRANGER, "what do I owe?")
    gateway = talk.app.gateway
    if where == "raised":
        cut(monkeypatch, talk.app.memory.checkpointer, "aput")
    elif where == "source kept":
        cut(monkeypatch, gateway, "_go_on_elsewhere")
    elif where == "target kept":
        cut(monkeypatch, gateway._runner, "forget")
    else:
        cut(monkeypatch, gateway._inbox, "finish")
    with pytest.raises(Killed):
        await talk.say("whatsapp", STRANGER, given, id="the-details")
    turn = await talk.say("whatsapp", STRANGER, given, id="the-details")

    maria = await talk.customer(MARIA)
    assert turn.customer_id == maria.customer_id
    assert turn.thread_id == thread_id_of(maria.customer_id)
    assert f"${await balance(talk)}" in turn.reply
    assert given[:10] not in turn.said
    anonymous = thread_id_of(anonymous_id("whatsapp", STRANGER))
    assert not await state_of(talk, anonymous)


async def test_a_visitors_summary_is_merged_too(open_talk: OpenTalk) -> None:
    def script(messages: list[BaseMessage]) -> AIMessage:
        if str(messages[0].content).startswith("Task: summarise"):
            return AIMessage("The visitor has a cottage.")
        return AIMessage("I see.")

    model = ScriptedChatModel(script=script)
    async with open_talk(models=OneModel(model)) as talk:
        for number in range(15):
            await talk.say("whatsapp", STRANGER, f"hello {number}")
        await talk.say("whatsapp", STRANGER, await details(talk))
        context = await talk.context("voice", MARIA)
        assert "cottage" in str(context["conversation_summary"])


async def test_the_watchers_of_a_customer_see_the_turn_that_merged(talk: Talk) -> None:
    maria = await talk.customer(MARIA)
    await talk.say("whatsapp", STRANGER, "what do I owe?")
    async with talk.app.gateway.watch(thread_id_of(maria.customer_id)) as turns:
        merged = await talk.say("whatsapp", STRANGER, await details(talk))
        seen = await asyncio.wait_for(anext(aiter(turns)), 2)
        assert seen.inbound_key == merged.inbound_key


# --- crowding ---------------------------------------------------------------------------------


async def test_who_lost_the_lock_waits_for_whoever_has_it(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = talk.app.gateway._runner
    run = runner.run

    async def stale(*_: Any, **__: Any) -> None:
        monkeypatch.setattr(runner, "run", run)
        raise StaleWriter("a newer holder of the lock has this thread")

    monkeypatch.setattr(runner, "run", stale)
    turn = await talk.say("whatsapp", MARIA, "hello")
    assert turn.number == 1


async def test_a_customers_many_messages_do_not_keep_others_waiting(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk.app.gateway, "_slots", asyncio.Semaphore(2))
    maria = await talk.customer(MARIA)
    async with talk.app.memory.lock.hold(thread_id_of(maria.customer_id), wait_s=1):
        crowd = [asyncio.create_task(talk.say("voice", MARIA, f"hello {n}")) for n in range(3)]
        await asyncio.sleep(0.2)
        turn = await asyncio.wait_for(talk.say("whatsapp", STRANGER, "hello"), 5)
        assert turn.reply
    await asyncio.gather(*crowd)


async def test_a_thread_that_can_not_be_run_holds_up_no_other(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = talk.app.gateway
    ran: list[str] = []

    async def abandoned(idle_s: float) -> list[str]:
        return ["broken", "whole"]

    async def work_off(thread_id: str, caller: object) -> bool:
        ran.append(thread_id)
        if thread_id == "broken":
            raise ValueError
        return False

    monkeypatch.setattr(gateway._inbox, "abandoned", abandoned)
    monkeypatch.setattr(gateway, "_work_off", work_off)
    await gateway.recover(0)
    assert ran == ["broken", "whole"]


# --- models -----------------------------------------------------------------------------------


async def test_servers_that_number_their_calls_anew_each_time_are_understood(
    open_talk: OpenTalk,
) -> None:
    def call() -> AIMessage:
        message = calls("check_queue_status")
        message.tool_calls[0]["id"] = "call_0"
        return message

    model = ScriptedChatModel(script=[call(), "One.", call(), "Two.", "Three."])
    async with open_talk(models=OneModel(model)) as talk:
        for _ in range(3):
            await talk.say("whatsapp", MARIA, "how long are the lines?")
        kinds = [m.type for m in model.seen[-1]]
        assert kinds == ["system", *["human", "ai", "tool", "ai"] * 2, "human"]


async def test_a_reply_cut_off_before_a_word_was_heard_leaves_no_words(
    open_talk: OpenTalk,
) -> None:
    holder: dict[str, Talk] = {}

    def script(messages: list[BaseMessage]) -> AIMessage:
        holder["talk"].app.gateway.cancel("voice:barge", heard="")
        return AIMessage("This is a long answer.")

    async with open_talk(models=OneModel(ScriptedChatModel(script=script))) as talk:
        holder["talk"] = talk
        turn = await talk.say("voice", MARIA, "hello", id="barge")
        assert turn.reply == ""
