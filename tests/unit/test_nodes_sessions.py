"""Sessions: which stretch of conversation a turn belongs to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.thread import Session
from nodes.sessions import open_session, session_over
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


# --- sessions of the channel's own ------------------------------------------------------------


def call(key: str, own: str = "call-1", at: datetime = NOW, **more: Any) -> TurnState:
    made: Any = {**turn(key, at=at), "session": own, **more}
    return made  # type: ignore[no-any-return]


def knowing(sessions: list[Session], turn_: TurnState) -> tuple[list[Session], str, bool]:
    bill = {"balance": "9", "say": "You owe $9.", "rung": 2}
    given: Any = {"sessions": sessions, "summary": "Wants a plan.", "collected": {"bill": bill}}
    return open_session(given, turn_, IDLE)


def having_settled(session: Session, say: str) -> Session:
    one: Any = {"kind": "done", "say": say, "rung": 2, "tool": "pay", "topics": []}
    return {**session, "settled": [one]}


def test_a_call_is_one_session_however_long_it_is_silent() -> None:
    sessions, first, _ = after([], call("k1"))
    hours_later = NOW + timedelta(hours=2)
    sessions, second, _ = after(sessions, call("k2", at=hours_later))
    assert second == first
    assert [(s["own"], s["status"]) for s in sessions] == [("call-1", "active")]
    assert after([], call("other key"))[1] == first


def test_the_next_call_ends_the_one_before_with_what_it_settled() -> None:
    [before], first, _ = after([], call("k1"))
    sessions, second, _ = knowing([having_settled(before, "I've paid $9.")], call("k2", "call-2"))
    assert (first, second) == ("call-1", "call-2")  # as in the records
    assert [s["status"] for s in sessions] == ["ended", "active"]
    assert (sessions[0]["summary"], sessions[0]["collected"]) == (
        "I've paid $9.",
        {"bill": {"balance": "9"}},
    )
    assert sessions[1]["summary"] == ""


def test_what_was_idle_too_long_says_what_it_settled() -> None:
    [before], _, _ = after([], turn("k1"))
    later = turn("k2", at=NOW + timedelta(minutes=31))
    sessions, _, _ = knowing([having_settled(before, "I've paid $9.")], later)
    assert [s["summary"] for s in sessions] == ["I've paid $9.", ""]


def test_another_callers_call_goes_on() -> None:
    sessions, _, _ = after([], call("k1"))
    sessions, _, _ = after(sessions, call("k2", "call-2", address="+2"))
    assert [s["status"] for s in sessions] == ["active", "active"]


def test_what_has_ended_is_not_gone_on_with() -> None:
    sessions, first, _ = after([], call("k1"))
    state: Any = {"sessions": sessions}
    ended, session_id = session_over(state, call("k2"))
    assert (session_id, ended[0]["status"]) == (first, "ended")
    assert sessions[0]["status"] == "active"  # what was given is not changed
    again, _ = session_over({"sessions": ended}, call("k3"))
    assert again == ended
    _, second, _ = after(ended, call("k4"))
    assert second not in {"", first}


def test_a_call_whose_talk_was_moved_stays_so() -> None:
    sessions, first, _ = after([], call("k1"))
    sessions[0]["status"] = "transferred"
    sessions, second, _ = after(sessions, call("k2"))
    assert second == first
    over, session_id = session_over({"sessions": sessions}, call("k3"))
    assert (session_id, [s["status"] for s in over]) == (first, ["transferred"])
    since = [having_settled(sessions[0], "Your visit is booked.")]
    [over_too], _ = session_over({"sessions": since}, call("k3"))
    assert (over_too["status"], over_too["summary"]) == ("transferred", "Your visit is booked.")


def test_calls_are_bounded_like_the_rest() -> None:
    sessions: list[Session] = []
    for n in range(40):
        sessions, _, _ = after(sessions, call(f"k{n}", f"call-{n}"))
    assert len(sessions) == MAX_SESSIONS
    assert [s["status"] for s in sessions] == ["ended"] * (MAX_SESSIONS - 1) + ["active"]
