"""Which agent a number's customers begin with, and when a changed mapping moves a conversation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

from contracts.thread import Session
from nodes.desk import ELSEWHERE, at_desk
from nodes.state import State, TurnState
from tests.fakes import scenario_of
from tests.samples import NOW

pytestmark = pytest.mark.unit

SCENARIO = scenario_of("utilities")
HER = "+15035550142"


def session(**given: Any) -> Session:
    begun = {
        "session_id": "s1",
        "channel": "whatsapp",
        "address": HER,
        "started_at": NOW.isoformat(),
        "last_at": NOW.isoformat(),
        "status": "active",
        "summary": "",
        "collected": {},
        **given,
    }
    return cast(Session, begun)


def turn(**given: Any) -> TurnState:
    begun = {
        "key": "whatsapp:7",
        "session_id": "s1",
        "address": HER,
        "at": NOW.isoformat(),
        "to": "number",
        "rung": 1,
        **given,
    }
    return cast(TurnState, begun)


def moved(
    state: dict[str, Any], current: TurnState, own: Session | None = None, *, fresh: bool = False
) -> dict[str, Any]:
    return at_desk(cast(State, state), current, [own or session()], SCENARIO, fresh=fresh)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [("billing", "billing"), ("", "concierge"), ("nobody", "concierge"), ("@asst_1", ELSEWHERE)],
)
def test_a_first_message_begins_at_its_numbers_agent(entry: str, expected: str) -> None:
    update = moved({}, turn(entry=entry), fresh=True)
    assert update["active_agent"] == expected


def test_a_message_on_no_number_begins_with_the_first_agent() -> None:
    assert moved({}, turn(to="", entry=""), fresh=True) == {"active_agent": "concierge"}
    assert moved({"active_agent": "billing"}, turn(to="", entry="")) == {}


def test_a_talk_that_starts_anew_starts_at_its_numbers_agent() -> None:
    own = session(entry="billing")
    update = moved({"active_agent": "usage"}, turn(entry="billing"), own, fresh=True)
    assert update["active_agent"] == "billing"


def test_a_conversation_stays_where_it_was_handed_to() -> None:
    own = session(entry="concierge")
    assert moved({"active_agent": "billing"}, turn(entry="concierge"), own) == {}


@pytest.mark.parametrize("entry", ["service", ""])
def test_a_changed_mapping_is_obeyed_at_the_next_message(entry: str) -> None:
    own = session(entry="billing")
    update = moved({"active_agent": "usage"}, turn(entry=entry), own)
    expected = entry or "concierge"
    assert update["active_agent"] == expected
    assert [it["entry"] for it in update["sessions"]] == [expected]
    assert moved({"active_agent": expected}, turn(entry=entry), update["sessions"][0]) == {}


def test_who_comes_from_another_channel_goes_on_with_their_agent() -> None:
    update = moved({"active_agent": "outage"}, turn(entry="concierge"))
    assert "active_agent" not in update
    assert [it["entry"] for it in update["sessions"]] == ["concierge"]


def test_a_number_with_an_agent_of_its_own_has_that_agent() -> None:
    assert moved({"active_agent": "outage"}, turn(entry="billing"))["active_agent"] == "billing"


@pytest.mark.parametrize(
    ("state", "given"),
    [
        ({"pending": {"tool": "make_payment", "rung": 2}}, {}),
        ({"verification": {"rung": 2, "address": HER, "asked": 1}}, {}),
        ({"collected": {"emergency": {"kind": "gas leak", "at": NOW.isoformat()}}}, {}),
        ({}, {"call": {"tool": "report_gas_leak", "args": {}}}),
        ({}, {"carried": True}),
    ],
)
def test_nothing_under_way_is_broken_into(state: dict[str, Any], given: dict[str, Any]) -> None:
    own = session(entry="concierge")
    before = {"active_agent": "billing", **state}
    assert moved(before, turn(entry="service", **given), own) == {}
    # Afterwards it is obeyed.
    assert moved({"active_agent": "billing"}, turn(entry="service"), own)["active_agent"] == (
        "service"
    )


def test_an_emergency_of_hours_ago_is_over() -> None:
    raised = {"kind": "gas leak", "at": (NOW - timedelta(hours=3)).isoformat()}
    state = {"active_agent": "outage", "collected": {"emergency": raised}}
    update = moved(state, turn(entry="billing"), session(entry="concierge"))
    assert update["active_agent"] == "billing"


@pytest.mark.parametrize(("entry", "agent"), [("outage", "outage"), ("@asst_1", ELSEWHERE)])
def test_a_discrete_agent_sees_nothing_from_before(entry: str, agent: str) -> None:
    state = {"active_agent": "billing", "entered": {agent: "an old message", "x": "y"}}
    update = moved(state, turn(entry=entry), session(entry="billing"))
    assert update["entered"] == {agent: "whatsapp:7", "x": "y"}
    announced = moved(state, turn(entry="service"), session(entry="billing"))
    assert "entered" not in announced


def test_other_sessions_are_left_alone() -> None:
    other = session(session_id="s0", channel="sms", entry="usage")
    update = at_desk(
        cast(State, {"active_agent": "usage"}),
        turn(entry="billing"),
        [other, session()],
        SCENARIO,
        fresh=False,
    )
    assert [it["entry"] for it in update["sessions"]] == ["usage", "billing"]
