"""What a message holds beside words for an agent: whether `signals` has to see it first."""

from __future__ import annotations

from langchain_core.messages import AIMessage

from contracts.messages import Channel
from nodes.keywords import Keyword, keyword_of
from nodes.media import has_photo
from nodes.state import State, TurnState, asked_of, open_offer


def has_signal(state: State) -> bool:
    """Whether something of this turn's message waits to be taken up before its words."""
    turn = state["turn"]
    if turn.get("heard") or turn.get("call"):
        return False
    kinds = ("reaction", "location", "quoted", "unreadable")
    beside = any(turn.get(kind) for kind in kinds)
    return beside or keyword_in(state) is not None


def keyword_in(state: State) -> Keyword | None:
    turn = state["turn"]
    return keyword_of(turn["said"], Channel(turn["channel"]), asked=_waits(state))


def nothing_readable(turn: TurnState) -> bool:
    """Whether all that came is something that can't be opened."""
    return bool(turn.get("unreadable")) and not turn["said"] and not has_photo(turn)


def _waits(state: State) -> bool:
    """Whether a question of ours waits for an answer."""
    if state.get("pending") or asked_of(state) or open_offer(state):
        return True
    told = (m.text for m in reversed(state.get("messages", [])) if isinstance(m, AIMessage))
    return next((text for text in told if text), "").rstrip().endswith("?")
