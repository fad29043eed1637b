"""reached: what of a reply was heard, found in the texts that it was said in."""

from __future__ import annotations

from typing import Any, cast

import pytest
from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, ToolMessage

from contracts.messages import Reached
from nodes.reached import cut_down, heard_of
from nodes.state import RUNG, TURN, UNHEARD, State

pytestmark = pytest.mark.unit

LOOKING, ANSWER = "Let me look that up.", "You owe $142.37.\n\nIt is due on  January 20."
SAY = "Your bill is $142.37. It is due on January 20. Autopay is off."


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        ("", ["", ""]),
        ("Let me", ["Let me", ""]),
        ("Let me look that up", [LOOKING, ""]),
        ("Let me look that up. You owe $142.37.", [LOOKING, "You owe $142.37."]),
        ("Let me look that up.\n\nYou owe $142.37. It is", [LOOKING, "You owe $142.37.\n\nIt is"]),
        ("Let me look that up. You owe $142.37. It is due on January 20.", [LOOKING, ANSWER]),
        # What the graph said beside the agent stands in no message.
        ("Thank you, that checks out. Let me look", ["Let me look", ""]),
        # What the agent said beside its call was not spoken.
        ("You owe $142.37", ["", "You owe $142.37"]),
        ("Something else entirely", ["", "Something else entirely"]),
    ],
)
def test_what_was_heard_of_two_texts(heard: str, kept: list[str]) -> None:
    assert heard_of([LOOKING, ANSWER], heard) == kept


def test_a_text_that_was_cut_off_too_early_is_made_whole() -> None:
    assert heard_of(["You owe"], "You owe $142.37. It") == ["You owe $142.37. It"]


def test_no_words_are_found_where_none_were_said() -> None:
    assert heard_of([], "You owe") == []


def state(**more: Any) -> State:
    call = {"name": "get_current_bill", "args": {}, "id": "c1"}
    of_it = {TURN: "voice:1", RUNG: 2}
    result = f'{{"status": "done", "say": "{SAY}"}}'
    given: dict[str, Any] = {
        "turn": {"key": "voice:1", "rung": 2},
        "messages": [
            HumanMessage("What do I owe?", id="voice:1"),
            AIMessage(LOOKING, tool_calls=[call], id="a1", additional_kwargs=of_it),
            ToolMessage(result, tool_call_id="c1", id="t1", additional_kwargs=of_it),
            AIMessage(ANSWER, id="a2", additional_kwargs=of_it),
            AIMessage("By the way.", id="a3", additional_kwargs={TURN: "sms:2", RUNG: 2}),
        ],
        "collected": {
            "bill": {"balance": "142.37", "say": SAY, RUNG: 2},
            "outage": {"id": "O-1", "say": "Crew 7 is on it.", RUNG: 1},
        },
    }
    return cast(State, {**given, **more})


def test_a_reply_nobody_heard_goes_and_its_tool_stays() -> None:
    update = cut_down(state(), Reached(key="voice:1"))
    first, second = update["messages"]
    assert (first.id, first.text, first.additional_kwargs[RUNG]) == ("a1", "", 2)
    assert first.tool_calls[0]["id"] == "c1"
    assert isinstance(second, RemoveMessage)
    assert second.id == "a2"
    bill = update["collected"]["bill"]
    assert (bill["balance"], bill["say"], bill[UNHEARD]) == ("142.37", "", SAY)
    assert update["collected"]["outage"]["say"] == "Crew 7 is on it."


def test_sentences_are_told_whose_words_or_figures_were_heard() -> None:
    heard = f"{LOOKING} You owe $142.37."
    bill = cut_down(state(), Reached(key="voice:1", text=heard))["collected"]["bill"]
    assert bill["say"] == "Your bill is $142.37."
    assert bill[UNHEARD] == SAY


@pytest.mark.parametrize("text", [f"{LOOKING}\n\n{ANSWER}", f"{LOOKING} {ANSWER}".rstrip(".")])
def test_nothing_changes_where_all_was_heard(text: str) -> None:
    assert cut_down(state(), Reached(key="voice:1", text=text)) == {}


def test_a_turn_that_is_not_known_any_more_changes_nothing() -> None:
    update = cut_down(state(), Reached(key="voice:0", text="Hello"))
    assert not any(update.values())


def test_a_pending_question_is_marked_where_its_end_was_not_heard() -> None:
    question = "It is due on January 20."
    asked = state(pending={"read_back": question}, spoke={"key": "voice:1", "question": question})
    cut = cut_down(asked, Reached(key="voice:1", text=f"{LOOKING} You owe $142.37. It is"))
    assert cut["pending"] == {"read_back": question, "unheard": True}
    assert cut["spoke"] == {"key": "voice:1", "question": ""}
    elsewhere = state(pending={"read_back": "Shall I pay $5?"})
    assert "pending" not in cut_down(elsewhere, Reached(key="voice:1"))
