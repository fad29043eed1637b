"""notice: what happened outside of the conversation, such as a payment by a link.

It is told and known as if a tool had found it: on any channel the next turn goes on from there.
"""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage

from contracts.messages import Happening
from nodes.outcomes import collecting
from nodes.state import State, TurnState, holding, tagged, with_text


class Notice:
    """Takes a `Happening` into the thread. It runs no model, reads no record and asks nothing."""

    async def __call__(self, state: State) -> dict[str, Any]:
        happened = Happening.model_validate(state["turn"].get("happening"))
        turn: TurnState = {
            **state["turn"],
            "happening": None,
            "customer_id": happened.customer_id,
            "rung": int(happened.rung),
            "over": True,
        }
        turn = with_text(holding(turn, *happened.cards), happened.text)
        update: dict[str, Any] = {
            "turn": turn,
            "messages": [tagged(AIMessage(happened.text), turn)],
            "collected": collecting(state, happened.facts, say=happened.text, rung=happened.rung),
        }
        pending = state.get("pending")
        if pending and pending["tool"] == happened.settles:
            update["pending"] = None
        return update
