"""The model's input: what an agent is shown, and what it is not.

This is where a DISCRETE hand-off is enforced: the agent sees no message from before it, and
no summary of what was said, only the customer's facts and why it was called.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from langchain_core.messages import (
    AnyMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from contracts.briefing import Brief, fence, system_text
from contracts.clock import Clock
from contracts.scenario import AgentSpec, Scenario
from nodes.state import State, rung_of


def model_input(
    state: State, agent: AgentSpec, prompt: str, scenario: Scenario, clock: Clock
) -> list[AnyMessage]:
    """System message with the context block, then the messages this agent may see, fenced."""
    system = SystemMessage(system_text(prompt, brief(state, agent, scenario, clock)))
    return [system, *(_fenced(message) for message in visible(state, agent))]


def visible(state: State, agent: AgentSpec) -> list[AnyMessage]:
    """The messages an agent may see."""
    messages = state["messages"]
    if agent.entered != "discrete":
        return _whole(messages)
    start = state.get("entered", {}).get(agent.name)
    ids = [message.id for message in messages]
    # Folded away already: all that is left came after it.
    return _whole(messages[ids.index(start) :] if start in ids else messages)


def _whole(messages: list[AnyMessage]) -> list[AnyMessage]:
    """From the first message that can stand first: no tool result without its call."""
    for index, message in enumerate(messages):
        if isinstance(message, HumanMessage):
            return messages[index:]
    return messages


def brief(state: State, agent: AgentSpec, scenario: Scenario, clock: Clock) -> Brief:
    turn = state["turn"]
    customer = dict(state.get("customer") or {})
    for hidden in ("refreshed_at", "customer_id", "premise_id"):
        customer.pop(hidden, None)
    zone = ZoneInfo(scenario.brand.timezone)
    context: Brief = {
        "agent": agent.name,
        "channel": turn["channel"],
        "now": clock.now().astimezone(zone).isoformat(timespec="minutes"),
        "language": str(customer.get("language") or "en"),
        "identity": rung_of(turn).word,
        "customer": customer,
        "collected": {
            topic: {key: value for key, value in known.items() if key != "say"}
            for topic, known in state.get("collected", {}).items()
        },
    }
    trail = state.get("trail", [])
    if trail and trail[-1]["target"] == agent.name:
        last = trail[-1]
        context["handoff"] = {key: last[key] for key in ("source", "kind", "reason", "args")}
    if pending := state.get("pending"):
        context["pending"] = {key: pending[key] for key in ("tool", "args", "read_back")}
    offers = state.get("offers", [])
    if offers and offers[-1]["session_id"] == turn.get("session_id"):
        context["offer"] = {key: offers[-1][key] for key in ("channel", "reason", "status")}
    if agent.entered != "discrete" and state.get("summary"):
        context["summary"] = state["summary"]
    return context


def _fenced(message: AnyMessage) -> AnyMessage:
    if isinstance(message, HumanMessage):
        return HumanMessage(fence(_text(message), source="customer"), id=message.id)
    if isinstance(message, ToolMessage):
        return ToolMessage(
            fence(_text(message), source="tool_result"),
            tool_call_id=message.tool_call_id,
            name=message.name,
            id=message.id,
        )
    return message


def _text(message: AnyMessage) -> str:
    return message.content if isinstance(message.content, str) else str(message.text)
