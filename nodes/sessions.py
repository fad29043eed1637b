"""Sessions: the stretches of conversation on one channel that make up a thread.

A channel that has sessions of its own, as calls are, names them: then a session is just that, and
ends with it or with the next. Elsewhere one goes on while its channel and address are in use.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import NAMESPACE_OID, uuid5

from contracts.identity import Rung
from contracts.thread import Session
from nodes.settled import settled
from nodes.state import MAX_SESSIONS, RUNG, UNHEARD, State, TurnState


def open_session(state: State, turn: TurnState, idle: timedelta) -> tuple[list[Session], str, bool]:
    """The sessions with this turn's among them, its id, and whether the talk starts afresh.

    After `idle` a session has ended, but not a call that is still going on. The talk starts afresh
    when every session has been idle that long.
    """
    at = datetime.fromisoformat(turn["at"])
    before = state.get("sessions", [])
    fresh = all(at - datetime.fromisoformat(s["last_at"]) > idle for s in before)
    kept = [
        it.copy() if _is_own(it, turn) else _ended_if_idle(state, it, at, idle) for it in before
    ]
    kept = [closed(state, it) if _is_another_call(it, turn) else it for it in kept]
    current = next((s for s in reversed(kept) if _is_of(s, turn)), None)
    if current is None:
        current = _new(turn, kept)
        kept.append(current)
    current["last_at"] = turn["at"]
    return kept[-MAX_SESSIONS:], current["session_id"], fresh


def closed(
    state: State, session: Session, status: Literal["ended", "transferred"] = "ended"
) -> Session:
    """A session that is over, with what it settled."""
    collected = {
        topic: {key: value for key, value in known.items() if key not in {"say", RUNG, UNHEARD}}
        for topic, known in state.get("collected", {}).items()
    }
    summary = settled(state, session, Rung.STEPPED_UP) or session["summary"]
    return {**session, "status": status, "summary": summary, "collected": collected}


def session_over(state: State, turn: TurnState) -> tuple[list[Session], str]:
    """The sessions with this turn's ended, and its id if there is one. One that went on elsewhere
    stays so, with what it settled since."""
    sessions = state.get("sessions", [])
    current = next((s for s in reversed(sessions) if _is_of(s, turn)), None)
    if current is None:
        return sessions, ""
    if current["status"] == "transferred":
        over = closed(state, current, "transferred")
    else:
        over = closed(state, current)
        over["last_at"] = turn["at"]
    return [over if it is current else it for it in sessions], current["session_id"]


def of_turn(state: State, turn: TurnState) -> str:
    """The id of the session that this turn's message is of; empty where it is of none."""
    sessions = reversed(state.get("sessions", []))
    return next((s["session_id"] for s in sessions if _is_of(s, turn)), "")


def _is_of(session: Session, turn: TurnState) -> bool:
    """A call that goes on after its talk was moved elsewhere is still that call."""
    if turn.get("session"):
        return _is_own(session, turn)
    return _is_active_at(session, turn)


def _is_own(session: Session, turn: TurnState) -> bool:
    own = turn.get("session")
    here = session["channel"] == turn["channel"] and session["status"] != "ended"
    return bool(own) and session.get("own") == own and here


def _is_another_call(session: Session, turn: TurnState) -> bool:
    another = bool(turn.get("session")) and session.get("own", "") != turn.get("session")
    return another and _is_active_at(session, turn)


def _is_active_at(session: Session, turn: TurnState) -> bool:
    return (
        session["status"] == "active"
        and session["channel"] == turn["channel"]
        and session["address"] == turn["address"]
    )


def _ended_if_idle(state: State, session: Session, at: datetime, idle: timedelta) -> Session:
    if session["status"] == "active" and at - datetime.fromisoformat(session["last_at"]) > idle:
        return closed(state, session)
    return session.copy()


def _new(turn: TurnState, others: list[Session]) -> Session:
    session: Session = {
        "session_id": _id_for(turn, others),
        "channel": turn["channel"],
        "address": turn["address"],
        "started_at": turn["at"],
        "last_at": turn["at"],
        "status": "active",
        "summary": "",
        "collected": {},
    }
    if own := turn.get("session"):
        session["own"] = own
    return session


def _id_for(turn: TurnState, others: list[Session]) -> str:
    """The channel's own id, or else one from the inbound: a replayed turn opens the very same.
    What has ended is not gone on with."""
    own = turn.get("session", "")
    taken = any(it["session_id"] == own for it in others)
    return own if own and not taken else _id(turn["key"])


def _id(name: str) -> str:
    return uuid5(NAMESPACE_OID, f"session:{name}").hex[:16]
