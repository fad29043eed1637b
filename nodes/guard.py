"""guard: what came in is made safe to keep, and an emergency is known before all else."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import HumanMessage

from contracts.messages import MAX_TEXT
from nodes import wording
from nodes.emergency import emergency, place_in
from nodes.masking import clean, mask
from nodes.state import State, TurnState, with_text

SHOWN_OF_TOO_LONG = 80  # characters


class Guard:
    """Cleans, bounds and masks the customer's words, and adds them to the thread.

    What a tool may do depends on the rung alone, so nothing here tries to guess whether words
    are an attack: they are fenced as data wherever a model reads them.
    """

    async def __call__(self, state: State) -> dict[str, Any]:
        turn = state["turn"]
        if turn.get("carried"):
            return {"turn": turn}  # went through here before its thread was merged into this one
        said = mask(clean(turn["said"]))
        report = emergency(said)
        if report is not None:
            turn = {**turn, "call": {"tool": report, "args": {"location": place_in(said)}}}
        elif len(said) > MAX_TEXT:
            return {
                "turn": self._answer({**turn, "said": said[:SHOWN_OF_TOO_LONG]}, wording.TOO_LONG)
            }
        elif not said:
            return {"turn": self._answer({**turn, "said": ""}, wording.EMPTY)}
        # Verification answers are taken out by the identity node, which has to read them.
        turn = {**turn, "said": said[:MAX_TEXT]}
        return {"turn": turn, "messages": [HumanMessage(turn["said"], id=turn["key"])]}

    @staticmethod
    def _answer(turn: TurnState, text: str) -> TurnState:
        return {**with_text(turn, text), "over": True}
