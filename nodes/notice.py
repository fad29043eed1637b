"""notice: what happened outside of the conversation, such as a payment by a link.

It is told and known as if a tool had found it: on any channel the next turn goes on from there.
"""

from __future__ import annotations

import logging
from typing import Any

from langchain_core.messages import AIMessage

from contracts.errors import StoreUnavailable
from contracts.messages import Happening
from contracts.thread import Session, Settled
from contracts.tooling import Services
from nodes.calls import call_of
from nodes.outcomes import collecting
from nodes.sessions import of_turn
from nodes.settled import noted
from nodes.state import State, TurnState, holding, tagged, with_text
from tools import person

log = logging.getLogger(__name__)


class Notice:
    """Takes a `Happening` into the thread. It runs no model and asks nothing; who waits for a
    person takes their place in line."""

    def __init__(self, services: Services) -> None:
        self._services = services

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
        if happened.waits:
            facts = await self._in_line({**state, "turn": turn})
            update["collected"] = collecting(state, facts, say=happened.text, rung=happened.rung)
            update["sessions"] = _waiting(state, turn, happened)
        pending = state.get("pending")
        if pending and pending["tool"] == happened.settles:
            update["pending"] = None
        return update

    async def _in_line(self, state: State) -> dict[str, Any]:
        """What is known of the place in line; the case stands where there is no line."""
        call = call_of(state, self._services, key=state["turn"]["key"])
        try:
            case = await person.escalation(call)
            return (await person.in_line(call, case)).facts if case else {}
        except StoreUnavailable:
            log.warning("a caller whom nobody took is in no line")
            return {}


def _waiting(state: State, turn: TurnState, happened: Happening) -> list[Session]:
    """The sessions: in this one a person is waited for, whom the call was to be put through to."""
    words: Settled = {
        "kind": "found",
        "say": happened.text,
        "rung": int(happened.rung),
        "tool": "",
        "topics": ["escalation"],
    }
    return noted(state, of_turn(state, turn), words)
