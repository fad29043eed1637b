"""Which agent a number's customers begin with, and when another takes over from it.

The gateway's inbound says to whom its number is mapped. A session keeps what it was told last: only
a mapping that has changed moves a conversation, and never in the middle of something.
"""

from __future__ import annotations

from typing import Any

from contracts.scenario import Scenario
from contracts.thread import Session
from nodes.guard import raised
from nodes.state import State, TurnState, asked_of

ELSEWHERE = "elsewhere"  # the node that speaks for agents which are served elsewhere
AWAY = "@"  # begins the name of such an agent


def at_desk(
    state: State,
    turn: TurnState,
    sessions: list[Session],
    scenario: Scenario,
    *,
    fresh: bool,
) -> dict[str, Any]:
    """The update that brings this turn to its desk; nothing where it is there.

    fresh: the talk starts anew. A session of a customer who comes from another channel goes on with
    the agent they had, unless the number has one of its own.
    """
    entry = entry_of(turn, scenario)
    before = state.get("active_agent")
    current = next(it for it in sessions if it["session_id"] == turn["session_id"])
    if before and not fresh and (not entry or current.get("entry") == entry):
        return {}
    if before and not fresh and busy(state, turn):
        return {}
    update: dict[str, Any] = {"sessions": _entered(sessions, current, entry)} if entry else {}
    came_along = "entry" not in current and entry == scenario.first_agent
    if before and not fresh and came_along:
        return update
    return update | _moved(state, turn, _node(entry or scenario.first_agent), scenario)


def entry_of(turn: TurnState, scenario: Scenario) -> str:
    """The agent of the number that a message came in on: one of the scenario's, or AWAY and the id
    of one served elsewhere; empty where it came in on no number."""
    entry = turn.get("entry", "")
    known = entry in scenario.agents or entry.startswith(AWAY)
    return entry if known else (scenario.first_agent if turn.get("to") else "")


def busy(state: State, turn: TurnState) -> bool:
    """Whether something is under way that nobody may break into: a question that waits for a yes, a
    check of who somebody is, an emergency."""
    now: State = {**state, "turn": turn}
    under_way = turn.get("call") or turn.get("carried") or state.get("pending")
    return bool(under_way or asked_of(now) or raised(now))


def _entered(sessions: list[Session], current: Session, entry: str) -> list[Session]:
    return [{**it, "entry": entry} if it is current else it for it in sessions]


def _node(entry: str) -> str:
    return ELSEWHERE if entry.startswith(AWAY) else entry


def _moved(state: State, turn: TurnState, agent: str, scenario: Scenario) -> dict[str, Any]:
    """The floor is given to an agent. A DISCRETE one sees nothing from before this message, and
    neither does one that is served elsewhere."""
    update: dict[str, Any] = {"active_agent": agent}
    if agent == ELSEWHERE or scenario.agents[agent].entered == "discrete":
        update["entered"] = {**state.get("entered", {}), agent: turn["key"]}
    return update
