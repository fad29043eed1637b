"""The graph as a table: nodes, edges, compile.

intake -> guard -> identity -> channel_router -> AGENT <-> tools
                      |  \\-> settle (a yes or no) -^          |
                      |\\-> tools (emergency, passed check)     v
                      \\-> signals (STOP, a pin, a reaction) -> identity, or remember
channel_router -> elsewhere (an agent that others serve) -> remember, or the first agent
AGENT -> offer -> remember -> photos -> confirm (interrupt) -> intake, or END
AGENT -> goodbye (the call ends with it) -> remember
intake -> notice (a payment by a link) -> remember
intake -> silent (the end of a call, what was heard of a reply) -> remember
"""

from __future__ import annotations

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from contracts.clock import Clock
from contracts.ports import ExternalAgents
from contracts.tooling import Services
from graph.configuration import configuration_of
from nodes.agent import AgentNode, ChatModels
from nodes.channel_router import ChannelRouter, OfferNode
from nodes.confirm import Confirm, Settle
from nodes.desk import ELSEWHERE
from nodes.elsewhere import ElsewhereNode
from nodes.farewell import Goodbye
from nodes.guard import Guard
from nodes.identity import IdentityNode
from nodes.intake import Intake
from nodes.language import in_language
from nodes.notice import Notice
from nodes.photos import PhotosNode, to_keep
from nodes.remember import Remember
from nodes.signals import Signals
from nodes.silent import Silent
from nodes.state import Input, State
from nodes.tools import ToolsNode
from stores.directory import Directory
from tools.toolbox import Toolbox

Graph = CompiledStateGraph[State, Any, Input, State]
RECURSION_LIMIT = 60  # supersteps of a turn; MAX_MODEL_CALLS ends it well before


def build_graph(
    *,
    toolbox: Toolbox,
    services: Services,
    directory: Directory,
    models: ChatModels,
    clock: Clock,
    checkpointer: BaseCheckpointSaver[Any] | None = None,
    elsewhere: ExternalAgents | None = None,
) -> Graph:
    """Compile the agent network. Without a checkpointer it suits a server that brings its own."""
    scenario = services.scenario
    agents = (*scenario.agents, ELSEWHERE)
    graph = StateGraph(State, input_schema=Input, context_schema=configuration_of(scenario))

    graph.add_node("intake", in_language(Intake(clock)))
    graph.add_node("guard", in_language(Guard()))
    graph.add_node("notice", in_language(Notice(services)))
    graph.add_node("silent", in_language(Silent(directory)))
    graph.add_node(
        "identity",
        in_language(IdentityNode(directory, toolbox, services, clock)),
        destinations=("settle", "channel_router", "tools", "remember", "signals"),
    )
    graph.add_node(
        "signals",
        in_language(Signals(toolbox, services)),
        destinations=("identity", "remember"),
    )
    graph.add_node(
        "settle", in_language(Settle()), destinations=("tools", "channel_router", "remember")
    )
    graph.add_node(
        "channel_router",
        in_language(ChannelRouter(services)),
        destinations=(*agents, "tools", "remember"),
    )
    for name, spec in scenario.agents.items():
        graph.add_node(
            name,
            in_language(AgentNode(spec, models, toolbox, scenario, clock)),
            destinations=("tools", "offer", "goodbye", "remember"),
        )
    graph.add_node(
        ELSEWHERE,
        in_language(ElsewhereNode(elsewhere, scenario.first_agent)),
        destinations=(scenario.first_agent, "offer", "goodbye", "remember"),
    )
    graph.add_node(
        "tools",
        in_language(ToolsNode(toolbox, services, directory)),
        destinations=(*agents, "remember"),
    )
    graph.add_node("offer", in_language(OfferNode(services)), destinations=("remember",))
    graph.add_node("goodbye", in_language(Goodbye()))
    graph.add_node("remember", in_language(Remember(models)))
    graph.add_node("photos", in_language(PhotosNode(toolbox, services)))
    graph.add_node("confirm", in_language(Confirm()), destinations=("intake",))

    graph.add_edge(START, "intake")
    graph.add_conditional_edges("intake", after_intake, ["guard", "notice", "silent"])
    graph.add_edge("goodbye", "remember")
    graph.add_edge("notice", "remember")
    graph.add_edge("silent", "remember")
    graph.add_conditional_edges("guard", after_guard, ["identity", "remember"])
    graph.add_conditional_edges("remember", after_remember, ["photos", "confirm", END])
    graph.add_conditional_edges("photos", after_photos, ["confirm", END])
    return graph.compile(checkpointer=checkpointer, name="throughline").with_config(
        recursion_limit=RECURSION_LIMIT
    )


def after_intake(state: State) -> str:
    if state["turn"].get("silent"):
        return "silent"
    return "notice" if state["turn"].get("happening") else "guard"


def after_guard(state: State) -> str:
    return "remember" if state["turn"].get("over") else "identity"


def after_remember(state: State) -> str:
    return "photos" if to_keep(state) else after_photos(state)


def after_photos(state: State) -> str:
    return "confirm" if state.get("pending") else END
