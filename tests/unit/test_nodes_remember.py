"""Folding: a thread stays bounded, and nothing of it is cut in the middle."""

from __future__ import annotations

import random
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.messages.tool import tool_call

from contracts.briefing import unfence
from contracts.errors import ModelUnavailable
from evals.scripted import OneModel, ScriptedChatModel
from nodes.remember import Remember, as_lines, older_part
from nodes.state import HANDOFF_NOTE, KEEP_MESSAGES, MAX_MESSAGES, MAX_SUMMARY, RUNG, State
from tests.sequences import violations

pytestmark = pytest.mark.unit


def talk(turns: int, seed: int = 1) -> list[AnyMessage]:
    """A conversation of that many turns, with none to three calls in each."""
    dice = random.Random(seed)
    messages: list[AnyMessage] = []
    for n in range(turns):
        messages.append(HumanMessage(f"question {n}", id=f"h{n}"))
        for round_ in range(dice.randrange(3)):
            ids = [f"c{n}-{round_}-{at}" for at in range(dice.randrange(1, 4))]
            asked = [tool_call(name="t", args={}, id=i) for i in ids]
            messages.append(AIMessage("", tool_calls=asked, id=f"a{n}-{round_}"))
            messages += [ToolMessage("{}", tool_call_id=i, name="t", id=f"t{i}") for i in ids]
        messages.append(AIMessage(f"answer {n}", id=f"r{n}"))
    return messages


def state(messages: list[AnyMessage], **more: Any) -> State:
    given: Any = {"messages": messages, "turn": {"key": "web:1"}, "number": 1, **more}
    made: State = given
    return made


def remembering(*script: Any) -> tuple[Remember, ScriptedChatModel]:
    model = ScriptedChatModel(script=list(script))
    return Remember(OneModel(model)), model


async def test_a_short_thread_is_left_alone_and_its_input_cleared() -> None:
    remember, model = remembering("never asked")
    update = await remember(state(talk(2), inbound={"text": "hi"}))
    assert update["inbound"] is None
    assert "messages" not in update
    assert model.seen == []


@pytest.mark.parametrize("seed", range(20))
async def test_a_long_one_is_folded_before_a_customers_message(seed: int) -> None:
    messages = talk(16, seed)
    assert len(messages) > MAX_MESSAGES
    remember, model = remembering("The summary.")
    update = await remember(state(messages, summary="What was before."))
    assert update["summary"] == "The summary."
    gone = {removed.id for removed in update["messages"]}
    kept = [m for m in messages if m.id not in gone]
    assert kept == messages[len(gone) :]
    assert 0 < len(kept) <= KEEP_MESSAGES
    assert violations(kept) == []
    told = unfence(str(model.seen[0][1].content))
    assert "What was before." in told
    assert "question 0" in told


async def test_the_summary_stands_on_the_highest_rung_of_what_it_folds() -> None:
    messages = talk(16)
    messages[1].additional_kwargs[RUNG] = 2
    remember, _ = remembering("The summary.")
    assert (await remember(state(messages)))["summary_rung"] == 2
    assert (await remember(state(talk(16), summary_rung=3)))["summary_rung"] == 3


async def test_a_summary_without_end_is_cut() -> None:
    remember, _ = remembering("word " * 5_000)
    assert len((await remember(state(talk(16))))["summary"]) <= MAX_SUMMARY


async def test_without_a_model_it_waits_but_not_for_ever() -> None:
    remember, _ = remembering(ModelUnavailable("none"))
    messages = talk(60)
    soon = await remember(state(messages[-(MAX_MESSAGES + 2) :]))
    assert "messages" not in soon
    assert "summary" not in soon
    late = await remember(state(messages))
    assert late["messages"]
    assert "summary" not in late


def test_one_endless_turn_is_cut_too() -> None:
    messages: list[AnyMessage] = [HumanMessage("q", id="h")]
    messages += [AIMessage(f"part {n}", id=f"a{n}") for n in range(40)]
    assert len(messages) - len(older_part(messages)) == KEEP_MESSAGES


def test_lines_hold_what_was_said_and_nothing_else() -> None:
    lines = as_lines(
        [
            HumanMessage("hello", id="1"),
            AIMessage("", tool_calls=[tool_call(name="t", args={}, id="c")]),
            ToolMessage('{"secret": 1}', tool_call_id="c"),
            HumanMessage("Hand-off from billing: x", id=f"{HANDOFF_NOTE}1"),
            AIMessage("hi"),
        ]
    )
    assert lines == "Customer: hello\nAgent: hi"
