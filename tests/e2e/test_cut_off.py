"""Turns that fail half-way or are crowded, and the thread they end in."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage

from contracts.errors import StaleWriter
from contracts.identity import anonymous_id, thread_id_of
from evals.scripted import OneModel, ScriptedChatModel, calls
from tests.conftest import OpenTalk
from tests.e2e.maria import MARIA, STRANGER, balance, details
from tests.talk import Talk

pytestmark = pytest.mark.e2e


async def state_of(talk: Talk, thread_id: str) -> dict[str, Any]:
    config = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    found = await talk.app.memory.checkpointer.aget_tuple(config)  # type: ignore[arg-type]
    return found.checkpoint["channel_values"] if found else {}


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
        seen = await asyncio.wait_for(anext(aiter(turns)), 45)
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
