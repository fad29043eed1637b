"""silent: a message that nobody answers. How much of a reply was heard, which intake has taken up;
or that a session of the channel's own is over, as when a caller rings off.
"""

from __future__ import annotations

from typing import Any

from nodes.sessions import of_turn, session_over
from nodes.speaker import speaker
from nodes.state import State, TurnState
from stores.directory import Directory


class Silent:
    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def __call__(self, state: State) -> dict[str, Any]:
        who = await speaker(self._directory, state["turn"])
        turn: TurnState = {
            **state["turn"],
            "customer_id": who.customer_id,
            "rung": int(who.rung),
            "session_id": of_turn(state, state["turn"]),
            "over": True,
        }
        if not turn.get("ended"):
            return {"turn": turn}
        sessions, session_id = session_over(state, turn)
        offers = [
            {**offer, "status": "lapsed"}
            if offer["status"] == "open" and offer["session_id"] == session_id
            else offer
            for offer in state.get("offers", [])
        ]
        return {"turn": turn, "sessions": sessions, "offers": offers}
