"""What an OpenAI-compatible API demands of a list of messages."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

MAX_ID = 40  # characters, OpenAI's


def violations(messages: Sequence[BaseMessage]) -> list[str]:
    """Why such an API would refuse the messages; empty if it takes them.

    One system message, first; then a human one; each call of a tool answered by exactly one
    result right behind it, and no result without its call; no id used twice.
    """
    found: list[str] = []
    rest = list(messages)
    if rest and isinstance(rest[0], SystemMessage):
        rest = rest[1:]
    if any(isinstance(message, SystemMessage) for message in rest):
        found.append("a system message that is not the first")
    if not rest or not isinstance(rest[0], HumanMessage):
        found.append("the first message is not the human's")
    waiting: list[str] = []
    called: set[str] = set()
    for at, message in enumerate(rest):
        if isinstance(message, ToolMessage):
            if message.tool_call_id not in waiting:
                found.append(f"{at}: a result without its call, or a second one")
            else:
                waiting.remove(message.tool_call_id)
            continue
        if waiting:
            found.append(f"{at}: {len(waiting)} calls without results before this {message.type}")
            waiting = []
        if isinstance(message, AIMessage):
            if message.invalid_tool_calls:
                found.append(f"{at}: a garbled call")
            if any(len(str(call["id"])) > MAX_ID for call in message.tool_calls):
                found.append(f"{at}: the id of a call is too long")
            waiting = [str(call["id"]) for call in message.tool_calls]
            if called & set(waiting) or len(set(waiting)) < len(waiting):
                found.append(f"{at}: the id of a call is used twice")
            called |= set(waiting)
            if not message.tool_calls and not message.text:
                found.append(f"{at}: an AI message with neither text nor calls")
            if any(not call["name"] or not call["id"] for call in message.tool_calls):
                found.append(f"{at}: a call without name or id")
    if waiting:
        found.append("the last calls have no results")
    return found
