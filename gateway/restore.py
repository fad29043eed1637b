"""A thread's lasting part, as it is kept in the records against the loss of its checkpoint."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from contracts.identity import Rung
from contracts.messages import Turn
from nodes.state import RUNG, TURN, State

LASTING = (
    "summary",
    "summary_rung",
    "customer",
    "language",
    "collected",
    "sessions",
    "active_agent",
    "trail",
    "offers",
    "pending",
    "number",
    "turn",
)


def state_to_snapshot(values: State) -> dict[str, Any]:
    """What of a thread is kept in the records; the messages are in the transcript."""
    return {key: values[key] for key in LASTING if key in values}  # type: ignore[literal-required]


def snapshot_to_state(snapshot: dict[str, Any], turns: list[Turn]) -> dict[str, Any]:
    """A thread's state out of its snapshot and its last turns."""
    messages: list[AnyMessage] = []
    for turn in turns:
        told = {RUNG: int(Rung[turn.identity.upper().replace(" ", "_")])}
        if turn.said:  # a notice answers nothing
            said = HumanMessage(turn.said, id=turn.inbound_key, additional_kwargs=told)
            messages.append(said)
        if turn.told:  # all of it may have been talked over
            messages.append(
                AIMessage(turn.told, additional_kwargs={**told, TURN: turn.inbound_key})
            )
    return {**{key: snapshot[key] for key in LASTING if key in snapshot}, "messages": messages}
