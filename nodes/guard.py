"""guard: what came in is made safe to keep, and an emergency is known before all else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage

from contracts.language import t
from contracts.messages import MAX_TEXT, Location
from nodes import wording
from nodes.beside import nothing_readable
from nodes.emergency import Emergency, calls_off, emergency, place_in
from nodes.masking import clean, mask
from nodes.media import ALONE
from nodes.places import for_a_crew, shown
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
        pin = Location.model_validate(turn["location"]) if turn.get("location") else None
        report = emergency(said) or called_off(state, said) or placed(state, said, pin)
        if report is not None:
            place = place_in(said) or (for_a_crew(pin) if pin else "")
            turn = {**turn, "call": {"tool": report, "args": {"location": place}}}
        elif len(said) > MAX_TEXT:
            return {
                "turn": self._answer(
                    {**turn, "said": said[:SHOWN_OF_TOO_LONG]}, t(wording.TOO_LONG)
                )
            }
        elif turn.get("reaction") or nothing_readable({**turn, "said": said}):
            return {"turn": {**turn, "said": said}}  # nothing of it is for a model
        elif not (said or turn.get("media") or pin):
            return {"turn": self._answer({**turn, "said": ""}, t(wording.EMPTY))}
        # Verification answers are taken out by the identity node, which has to read them.
        turn = {**turn, "said": said[:MAX_TEXT]}
        words = turn["said"] or (shown(pin) if pin else ALONE)
        return {"turn": turn, "messages": [HumanMessage(words, id=turn["key"])]}

    @staticmethod
    def _answer(turn: TurnState, text: str) -> TurnState:
        return {**with_text(turn, text), "over": True}


def called_off(state: State, said: str) -> Emergency | None:
    """The report to make again where somebody calls off an emergency they have raised: only people
    on site can tell that there is no danger."""
    report = raised(state)
    return report if report and calls_off(said, answers_it=_just_told(state)) else None


def placed(state: State, said: str, pin: Location | None) -> Emergency | None:
    """The report to make again where the address comes that it asked for, or a pin: that is taken
    for the place also where we know an address, as that may be another."""
    report = raised(state)
    if report is None:
        return None
    known = (state.get("collected", {}).get("emergency") or {}).get("location")
    if pin and (not known or _just_told(state)):
        return report
    return report if not known and place_in(said) and _just_told(state) else None


def raised(state: State) -> Emergency | None:
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
