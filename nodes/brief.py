"""The model's input: what an agent is shown, and what it is not.

This is where a DISCRETE hand-off is enforced: the agent sees no message from before it, and
no summary of what was said, only the customer's facts and why it was called.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from contracts.briefing import Brief, fence, system_text
from contracts.clock import Clock
from contracts.identity import Rung
from contracts.language import ENGLISH, SPANISH
from contracts.scenario import AgentSpec, Scenario
from nodes.media import has_photo
from nodes.state import RUNG, State, pending_of, rung_of

# What of the customer's facts a model is told on which rung: it can't tell what it isn't told.
KNOWN_RECOGNISED = {"first_name", "service_address"}
KNOWN_VERIFIED = KNOWN_RECOGNISED | {"name", "account_number", "rate_plan"}
ANSWER_IN = {
    ENGLISH: "Answer in English, whatever language tools and notes are in.",
    SPANISH: 'Answer in Spanish, with "usted", whatever language tools and notes are in.',
}

BESIDE_A_PHOTO = (
    "A photo or a file came with the customer's last message. You can't see it: never say what is "
    "on it. It is kept for a person to look at, and the customer is told so after your answer, so "
    "say nothing about it."
)

LEAVING = (
    "The caller is saying goodbye, and the call ends after your answer. Say a short, warm goodbye. "
    "Ask nothing, offer nothing, and call no tool."
)


def model_input(
    state: State, agent: AgentSpec, prompt: str, scenario: Scenario, clock: Clock
) -> list[AnyMessage]:
    """System message with the agent's prompt, the policies it goes by and the context block; then
    the messages this agent may see, fenced."""
    known = brief(state, agent, scenario, clock)
    beside = ((BESIDE_A_PHOTO, has_photo(state["turn"])), (LEAVING, known.get("leaving")))
    with_it = [rule for rule, holds in beside if holds]
    rules = "\n\n".join((prompt.strip(), *agent.policies, *with_it, ANSWER_IN[known["language"]]))
    system = SystemMessage(system_text(rules, known))
    return [system, *(_fenced(message) for message in visible(state, agent))]


def visible(state: State, agent: AgentSpec) -> list[AnyMessage]:
    """The messages an agent may see: none from above the rung its customer stands on now."""
    messages = state["messages"] if agent.entered != "discrete" else _since_entry(state, agent)
    return _whole(paired([m for m in messages if said_on(m) <= rung_of(state["turn"])]))


def _since_entry(state: State, agent: AgentSpec) -> list[AnyMessage]:
    """The messages since a DISCRETE agent was entered; where that isn't known, of this turn."""
    messages = state["messages"]
    start = state.get("entered", {}).get(agent.name, state["turn"]["key"])
    ids = [message.id for message in messages]
    # Folded away already: all that is left came after it.
    return messages[ids.index(start) :] if start in ids else messages


def said_on(message: AnyMessage) -> int:
    """The rung on which a message was said."""
    return int(message.additional_kwargs.get(RUNG, 0))


def paired(messages: list[AnyMessage]) -> list[AnyMessage]:
    """Without calls that lost their results, or results that lost their calls."""
    answered = {m.tool_call_id for m in messages if isinstance(m, ToolMessage)}
    asking = [m for m in messages if isinstance(m, AIMessage) and _calls_of(m) <= answered]
    whole = {call["id"] for m in asking for call in m.tool_calls}
    return [m for m in messages if _calls_of(m) <= whole]


def _calls_of(message: AnyMessage) -> set[str | None]:
    if isinstance(message, AIMessage):
        return {call["id"] for call in message.tool_calls}
    return {message.tool_call_id} if isinstance(message, ToolMessage) else set()


def _whole(messages: list[AnyMessage]) -> list[AnyMessage]:
    """From the first message that can stand first: no tool result without its call."""
    for index, message in enumerate(messages):
        if isinstance(message, HumanMessage):
            return messages[index:]
    return messages


def brief(state: State, agent: AgentSpec, scenario: Scenario, clock: Clock) -> Brief:
    turn = state["turn"]
    known = KNOWN_VERIFIED if rung_of(turn) >= Rung.VERIFIED else KNOWN_RECOGNISED
    customer = {key: value for key, value in (state.get("customer") or {}).items() if key in known}
    zone = ZoneInfo(scenario.brand.timezone)
    context: Brief = {
        "agent": agent.name,
        "channel": turn["channel"],
        "now": clock.now().astimezone(zone).isoformat(timespec="minutes"),
        "language": state.get("language") or ENGLISH,
        "identity": rung_of(turn).word,
        "customer": customer,
        "collected": {
            topic: {key: value for key, value in known.items() if key not in {"say", RUNG}}
            for topic, known in state.get("collected", {}).items()
            if known.get(RUNG, 0) <= rung_of(turn)
        },
    }
    trail = state.get("trail", [])
    last = trail[-1] if trail else None
    if last and last["target"] == agent.name and last["rung"] <= rung_of(turn):
        context["handoff"] = {key: last[key] for key in ("source", "kind", "reason", "args")}
    if pending := pending_of(state):
        context["pending"] = {key: pending[key] for key in ("tool", "args", "read_back")}
    decision = turn.get("decision")
    if decision and decision["offer"]:
        context["offering"] = True
    if turn.get("leaves"):
        context["leaving"] = True
    offers = state.get("offers", [])
    if offers and offers[-1]["session_id"] == turn.get("session_id"):
        context["offer"] = {key: offers[-1][key] for key in ("channel", "reason", "status")}
    told = agent.entered != "discrete" and state.get("summary_rung", 0) <= rung_of(turn)
    quoted = (turn.get("quoted") or {}).get("text")
    if quoted and agent.entered != "discrete":
        context["quoted"] = quoted
    if told and state.get("summary"):
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
