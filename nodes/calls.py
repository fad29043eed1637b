"""From the state of a thread to the `Call` that a tool gets."""

from __future__ import annotations

from datetime import datetime

from contracts.identity import Rung, is_anonymous
from contracts.language import t
from contracts.messages import Channel
from contracts.tooling import Agreed, Call, Services
from nodes.settled import settled
from nodes.state import MAX_SUMMARY, RUNG, UNHEARD, State, rung_of, session_of


def call_of(state: State, services: Services, *, key: str) -> Call:
    """The call's context, all of it from the thread and the ladder, none from a model."""
    turn = state["turn"]
    facts = state.get("customer") or {}
    known = not is_anonymous(turn["customer_id"]) and rung_of(turn) >= Rung.RECOGNISED
    return Call(
        services=services,
        customer_id=turn["customer_id"],
        rung=rung_of(turn),
        account_number=facts.get("account_number") if known else None,
        premise_id=facts.get("premise_id") if known else None,
        service_address=facts.get("service_address") if known else None,
        channel=Channel(turn["channel"]),
        address=turn["address"],
        session_id=turn.get("session_id", ""),
        agent=state.get("active_agent", ""),
        key=key,
        summary=gist(state),
        facts=state.get("collected", {}),
        agreed=_agreed(state, key),
        settled=settled(state, session_of(state), rung_of(turn)),
    )


def _agreed(state: State, key: str) -> Agreed | None:
    """What was read back under this key."""
    pending = state.get("pending")
    if not pending or pending["key"] != key:
        return None
    return Agreed(pending["read_back"], datetime.fromisoformat(pending["at"]))


def gist(state: State, rung: Rung = Rung.STEPPED_UP) -> str:
    """What the conversation settled so far, for whoever takes it up elsewhere.

    rung: nothing is told from above it. A human agent is told everything.
    """
    known = [it for it in state.get("collected", {}).values() if it.get(RUNG, 0) <= rung]
    told = dict.fromkeys(str(topic.get("say", "")) for topic in known)
    missed = dict.fromkeys(str(topic[UNHEARD]) for topic in known if topic.get(UNHEARD))
    not_told = [t("This may not have been heard: {text}", text=text) for text in missed]
    summary = state.get("summary", "") if state.get("summary_rung", 0) <= rung else ""
    return " ".join(part for part in (summary, *told, *not_told) if part)[-MAX_SUMMARY:]
