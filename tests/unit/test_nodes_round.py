"""What an agent says beside its calls, where the graph's own question ends the turn."""

from __future__ import annotations

from typing import Any, cast

import pytest
from langchain_core.messages import AIMessage

from app.scenario import load_scenario
from nodes.round import Round
from nodes.state import State
from tools import load_tools

pytestmark = pytest.mark.unit

TOOLBOX = load_tools(load_scenario("utilities").agents)
QUESTION = "I'll turn on autopay. Shall I go ahead?"
BILL = {"kind": "card", "card": "bill", "title": "Your bill", "rows": [], "data": {}}


def asked(beside: str) -> dict[str, Any]:
    """The turn after an agent called a tool that is read back, and said something beside it."""
    turn: dict[str, Any] = {"key": "k", "held": [BILL], "tools": []}
    round_ = Round(cast(State, {"turn": turn, "active_agent": "billing"}))
    call = {"name": "setup_autopay", "args": {}, "id": "call-1"}
    round_.take(AIMessage(beside, tool_calls=[call]), TOOLBOX)
    round_.ask_yes_or_no(QUESTION)
    return cast(dict[str, Any], round_.turn)


def test_what_was_found_is_said_before_the_question() -> None:
    turn = asked("Your bill is $204.53.")
    assert turn["texts"] == ["Your bill is $204.53.", QUESTION]
    assert [part["kind"] for part in turn["parts"]] == ["text", "card", "text", "choices"]


@pytest.mark.parametrize("beside", ["", "  ", "Which card would you like?"])
def test_a_yes_can_mean_one_thing_only(beside: str) -> None:
    assert asked(beside)["texts"] == [QUESTION]
