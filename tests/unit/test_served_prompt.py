"""What a served model is shown, and what its answer is bound to."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from app.scenario import load_scenario
from cli.commands.llm import prefixes
from contracts.briefing import Brief, fence, system_text
from models.served.prompt import KEPT_MESSAGES, Prompt, prompt_of
from models.served.wire import ChatRequest
from tests.served import BILL, MOVE, TOOLS, body, tool, user
from tools import load_tools

pytestmark = pytest.mark.unit

BRIEF: Brief = {
    "agent": "billing",
    "channel": "voice",
    "now": "2026-11-20T09:00-08:00",
    "customer": {"first_name": "Maria"},
    "collected": {"bill": {"total": "162.87", "lines": [1, 2, 3], "note": ""}, "outage": {}},
    "pending": {"tool": "pay", "args": {"amount": "5"}, "read_back": "I'll pay $5.00."},
    "summary": "",
}


def shown(*messages: dict[str, Any], **more: Any) -> Prompt:
    return prompt_of(ChatRequest.model_validate(body(*messages, **more)))


def forms(prompt: Prompt) -> dict[str, Any]:
    """The forms an answer may take: `say`, or the name of a tool."""
    assert prompt.schema is not None
    properties = [form["properties"] for form in prompt.schema["oneOf"]]
    return {p["call"]["const"] if "call" in p else "say": p for p in properties}


def system(text: str) -> dict[str, Any]:
    return {"role": "system", "content": text}


def called(name: str, **args: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(args)}
    call = {"id": "c1", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def result(text: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": "c1", "content": text}


def test_a_tool_takes_one_line() -> None:
    prefix = shown(system("You are billing."), user("hi")).prefix
    assert prefix.startswith(
        "You are billing.\n\n# Your own tools\n- get_bill(month): Does get_bill.\n"
    )
    assert (
        '- pay(amount: Dollars, or "balance" for everything owed, method: A saved method, or '
        '"default"): Does pay.\n' in prefix
    )
    assert "- move(channel: sms|web): Does move.\n" in prefix
    assert "account_number" not in prefix


def test_tools_that_hand_over_stand_first() -> None:
    to_usage, to_sales = tool("handoff_usage_agent"), tool("transfer_to_sales")
    prefix = shown(user("hi"), tools=[BILL, to_usage, MOVE, to_sales]).prefix
    listed = re.findall(r"^(?:# |- )(\w+)", prefix, re.M)[:6]
    assert listed == [
        "Tools", "handoff_usage_agent", "transfer_to_sales", "Your", "get_bill", "move",
    ]  # fmt: skip


def test_the_first_part_is_the_same_in_every_turn() -> None:
    later: Brief = {**BRIEF, "now": "2026-11-20T09:30-08:00", "collected": {}}
    first = shown(system(system_text("You are billing.", BRIEF)), user("what do I owe?"))
    second = shown(system(system_text("You are billing.", later)), user("and when?"))
    assert first.prefix == second.prefix
    assert "Maria" not in first.prefix


def test_the_context_stands_with_the_last_message_and_is_short() -> None:
    prompt = shown(
        system(system_text("You are billing.", BRIEF)),
        user("hi"),
        {"role": "assistant", "content": "Hello."},
        user("pay it"),
    )
    assert [m["role"] for m in prompt.messages] == ["system", "user", "assistant", "user"]
    assert prompt.messages[1]["content"] == "hi"
    block, _, said = prompt.messages[-1]["content"].partition("</context>\n")
    assert said == "pay it"
    assert json.loads(block.removeprefix("<context>")) == {
        "now": "2026-11-20T09:00-08:00",
        "channel": "voice",
        "customer": {"first_name": "Maria"},
        "waits_for_yes": "I'll pay $5.00.",
        "known": {"bill": {"total": "162.87"}},
    }


def test_earlier_calls_are_shown_as_the_model_is_to_write_them() -> None:
    told = {"status": "done", "tool": "get_bill", "say": "You owe $5.00.", "data": {"x": [1] * 99}}
    prompt = shown(
        user("what do I owe?"),
        called("get_bill", month="May"),
        result(fence(json.dumps(told), source="tool_result")),
    )
    assert prompt.messages[2]["content"] == '{"call": "get_bill", "args": {"month": "May"}}'
    block = prompt.messages[3]["content"]
    assert json.loads(block.split("\n")[1]) == {"status": "done", "say": "You owe $5.00."}


def test_of_earlier_turns_only_the_words_are_shown() -> None:
    said = {"role": "assistant", "content": "You owe $5.00."}
    talk = [user("what do I owe?"), called("get_bill"), result("5"), said, user("thanks")]
    shown_turns = [m["content"] for m in shown(*talk).messages[1:]]
    assert shown_turns == ["what do I owe?", '{"say": "You owe $5.00."}', "thanks"]


@pytest.mark.parametrize("told", ["rain", '["a"]', '{"total": 5}'])
def test_a_result_without_words_of_its_own_is_shown_whole(told: str) -> None:
    prompt = shown(user("hi"), called("get_bill"), result(told))
    assert prompt.messages[-1]["content"] == f"<tool_result>\n{told}\n</tool_result>"


def test_a_long_conversation_is_cut_and_the_roles_take_turns() -> None:
    talk = [user(f"question {n}") for n in range(40)]
    prompt = shown(system("x"), *talk, user("y" * 9_000))
    assert [m["role"] for m in prompt.messages] == ["system", "user"]
    lines = prompt.messages[1]["content"].split("\n")
    assert len(lines) == KEPT_MESSAGES
    assert len(lines[-1]) < 3_000


def test_what_is_wanted_is_said_before_a_choice_is_made_and_not_again() -> None:
    asked = forms(shown(user("hi")))
    assert all(next(iter(form)) == "wants" for form in asked.values())
    told = forms(shown(user("hi"), called("get_bill"), result("5")))
    assert not any("wants" in form for form in told.values())
    assert set(forms(shown(user("hi"), tool_choice="none"))["say"]) == {"say"}


def test_words_and_each_tool_are_the_forms_of_an_answer() -> None:
    assert set(forms(shown(user("hi")))) == {"say", "get_bill", "pay", "move"}


def test_a_needed_argument_may_be_null_and_a_filled_in_one_is_not_asked_for() -> None:
    args = forms(shown(user("hi")))["pay"]["args"]
    assert args["required"] == ["amount", "method"]
    assert args["properties"]["amount"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert "account_number" not in args["properties"]


def test_a_tool_that_just_answered_is_not_offered_again() -> None:
    after = forms(shown(user("hi"), called("get_bill"), result("5")))
    assert set(after) == {"say", "pay", "move"}
    later = forms(shown(user("hi"), called("get_bill"), result("5"), user("again")))
    assert "get_bill" in later


def test_a_result_in_words_is_passed_on_before_anything_else_is_done() -> None:
    told = result(fence(json.dumps({"status": "done", "say": "Paid."}), source="tool_result"))
    assert set(forms(shown(user("hi"), called("get_bill"), told))) == {"say"}
    assert "pay" in forms(shown(user("hi"), called("get_bill"), told, tool_choice="required"))
    assert "pay" in forms(shown(user("hi"), called("get_bill"), told, user("pay it")))


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        ("none", {"say"}),
        ("required", {"get_bill", "pay", "move"}),
        ({"type": "function", "function": {"name": "move"}}, {"move"}),
    ],
)
def test_a_choice_leaves_only_what_was_chosen(choice: Any, left: set[str]) -> None:
    assert set(forms(shown(user("hi"), tool_choice=choice))) == left


def test_without_tools_the_answer_is_plain_text() -> None:
    said = {"role": "assistant", "content": "Hello."}
    prompt = shown(system("Be brief."), user("hi"), said, user("sum it up"), tools=[])
    assert prompt.schema is None
    assert prompt.prefix == "Be brief."
    assert prompt.messages[2] == said


def test_text_in_parts_is_joined() -> None:
    parts = [{"type": "text", "text": "pay "}, {"type": "text", "text": "it"}]
    assert shown({"role": "user", "content": parts}).messages[-1]["content"] == "pay it"


def test_a_tool_without_anything_said_about_it_is_shown() -> None:
    bare = tool("bare")
    bare["function"] |= {"description": "", "parameters": {}}
    assert "- bare(): \n" in shown(user("hi"), tools=[*TOOLS, bare]).prefix


def test_what_is_read_in_advance_is_what_the_product_sends() -> None:
    agents = load_scenario("utilities").agents
    toolbox = load_tools(agents)
    read = prefixes("utilities")
    assert set(read) == set(agents)
    for name, spec in agents.items():
        rules = "\n\n".join((spec.prompt.strip(), *spec.policies))
        tools = [toolbox.schema(held) for held in toolbox.granted_to(name)]
        sent = shown(system(system_text(rules, BRIEF)), user("hi"), tools=tools)
        assert sent.prefix == read[name]
