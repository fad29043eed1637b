"""Sessions: which stretch of conversation a turn belongs to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.thread import Session
from nodes.sessions import open_session
from nodes.state import MAX_SESSIONS, State, TurnState
from tests.samples import NOW

pytestmark = pytest.mark.unit

IDLE = timedelta(minutes=30)


def turn(key: str, channel: str = "voice", address: str = "+1", at: datetime = NOW) -> TurnState:
    return {"key": key, "channel": channel, "address": address, "at": at.isoformat()}


def after(sessions: list[Session], turn_: TurnState) -> tuple[list[Session], str, bool]:
    given: Any = {"sessions": sessions}
    state: State = given
    return open_session(state, turn_, IDLE)


def test_the_first_turn_opens_a_session_and_a_replay_opens_the_same() -> None:
    sessions, session_id, fresh = after([], turn("k1"))
    assert fresh
    assert [s["session_id"] for s in sessions] == [session_id]
    assert sessions[0]["status"] == "active"
    assert after([], turn("k1"))[1] == session_id
    assert after([], turn("k2"))[1] != session_id


def test_a_session_goes_on_while_it_is_used() -> None:
    sessions, first, _ = after([], turn("k1"))
    later = NOW + timedelta(minutes=29)
    sessions, second, fresh = after(sessions, turn("k2", at=later))
    assert second == first
    assert not fresh
    assert len(sessions) == 1
    assert sessions[0]["last_at"] == later.isoformat()
    assert sessions[0]["started_at"] == NOW.isoformat()


def test_idle_too_long_it_has_ended_and_the_talk_starts_afresh() -> None:
    sessions, first, _ = after([], turn("k1"))
    sessions, second, fresh = after(sessions, turn("k2", at=NOW + timedelta(minutes=31)))
    assert fresh
    assert second != first
    assert [s["status"] for s in sessions] == ["ended", "active"]


@pytest.mark.parametrize(("channel", "address"), [("whatsapp", "+1"), ("voice", "+2")])
def test_another_channel_or_address_is_another_session_of_the_same_talk(
    channel: str, address: str
) -> None:
    sessions, first, _ = after([], turn("k1"))
    sessions, second, fresh = after(sessions, turn("k2", channel, address))
    assert second != first
    assert not fresh
    assert [s["status"] for s in sessions] == ["active", "active"]
    assert after(sessions, turn("k3"))[1] == first


def test_a_transferred_session_is_not_taken_up_again() -> None:
    sessions, first, _ = after([], turn("k1"))
    sessions[0]["status"] = "transferred"
    sessions, second, _ = after(sessions, turn("k2"))
    assert second != first
    assert sessions[0]["status"] == "transferred"


def test_they_are_bounded_and_what_was_given_is_not_changed() -> None:
    sessions: list[Session] = []
    for n in range(40):
        before = [s.copy() for s in sessions]
        grown, session_id, _ = after(sessions, turn(f"k{n}", address=f"+{n}"))
        assert sessions == before
        assert grown[-1]["session_id"] == session_id
        sessions = grown
    assert len(sessions) == MAX_SESSIONS
