"""Sessions: the stretches of conversation on one channel that make up a thread."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from contracts.thread import Session
from nodes.state import MAX_SESSIONS, State, TurnState


def open_session(state: State, turn: TurnState, idle: timedelta) -> tuple[list[Session], str, bool]:
    """The sessions with this turn's among them, its id, and whether the talk starts afresh.

    A session goes on while its channel and address are in use; after `idle` it has ended. The
    talk starts afresh when every session has been idle that long.
    """
    at = datetime.fromisoformat(turn["at"])
    kept = [_ended_if_idle(session, at, idle) for session in state.get("sessions", [])]
    fresh = all(at - datetime.fromisoformat(s["last_at"]) > idle for s in kept)
    current = next((s for s in reversed(kept) if _is_of(s, turn)), None)
    if current is None:
        current = _new(turn)
        kept.append(current)
    current["last_at"] = turn["at"]
    return kept[-MAX_SESSIONS:], current["session_id"], fresh


def _is_of(session: Session, turn: TurnState) -> bool:
    return (
        session["status"] == "active"
        and session["channel"] == turn["channel"]
        and session["address"] == turn["address"]
    )


def _ended_if_idle(session: Session, at: datetime, idle: timedelta) -> Session:
    if session["status"] == "active" and at - datetime.fromisoformat(session["last_at"]) > idle:
        return {**session, "status": "ended"}
    return session.copy()


def _new(turn: TurnState) -> Session:
    return {
        # From the inbound, so that a replayed turn opens the very same session.
        "session_id": uuid5(NAMESPACE_OID, f"session:{turn['key']}").hex[:16],
        "channel": turn["channel"],
        "address": turn["address"],
        "started_at": turn["at"],
        "last_at": turn["at"],
        "status": "active",
        "summary": "",
        "collected": {},
    }
