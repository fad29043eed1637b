"""guard: what came in is made safe to keep, and an emergency is known before all else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage

from contracts.language import t
from contracts.messages import MAX_TEXT
from nodes import wording
from nodes.emergency import Emergency, calls_off, emergency, place_in
from nodes.masking import clean, mask
from nodes.media import ALONE
from nodes.state import State, TurnState, with_text

SHOWN_OF_TOO_LONG = 80  # characters
_LASTS = timedelta(minutes=110)  # an emergency that was raised: less than the report tools join
_REPORTS: dict[str, Emergency] = {
    "gas leak": "report_gas_leak",
    "downed wire": "report_downed_wire",
}


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
        report = emergency(said) or called_off(state, said) or placed(state, said)
        if report is not None:
            turn = {**turn, "call": {"tool": report, "args": {"location": place_in(said)}}}
        elif len(said) > MAX_TEXT:
            return {
                "turn": self._answer(
                    {**turn, "said": said[:SHOWN_OF_TOO_LONG]}, t(wording.TOO_LONG)
                )
            }
        elif not said and not turn.get("media"):
            return {"turn": self._answer({**turn, "said": ""}, t(wording.EMPTY))}
        # Verification answers are taken out by the identity node, which has to read them.
        turn = {**turn, "said": said[:MAX_TEXT]}
        words = turn["said"] or ALONE
        return {"turn": turn, "messages": [HumanMessage(words, id=turn["key"])]}

    @staticmethod
    def _answer(turn: TurnState, text: str) -> TurnState:
        return {**with_text(turn, text), "over": True}


def called_off(state: State, said: str) -> Emergency | None:
    """The report to make again where somebody calls off an emergency they have raised: only people
    on site can tell that there is no danger."""
    report = _raised(state)
    return report if report and calls_off(said, answers_it=_just_told(state)) else None


def placed(state: State, said: str) -> Emergency | None:
    """The report to make again where the address comes that it asked for."""
    report = _raised(state)
    known = (state.get("collected", {}).get("emergency") or {}).get("location")
    return report if report and not known and place_in(said) and _just_told(state) else None


def _raised(state: State) -> Emergency | None:
    """The report of an emergency that was raised not long ago."""
    raised = state.get("collected", {}).get("emergency") or {}
    report = _REPORTS.get(str(raised.get("kind")))
    if report is None or not raised.get("at"):
        return None
    now = datetime.fromisoformat(state["turn"]["at"])
    return None if now - datetime.fromisoformat(raised["at"]) > _LASTS else report


def _just_told(state: State) -> bool:
    """Whether the last we said were its safety words."""
    raised = state.get("collected", {}).get("emergency") or {}
    opening = str(raised.get("say", "")).partition(".")[0]  # the first of the safety words
    told = (
        m.text for m in reversed(state.get("messages", [])) if isinstance(m, AIMessage) and m.text
    )
    return bool(opening) and next(told, "").startswith(opening)
