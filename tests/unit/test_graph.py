"""The graph as it is documented and as Studio shows it."""

from __future__ import annotations

from typing import Any, cast

import pytest

from app.scenario import load_scenario
from contracts.clock import SystemClock
from contracts.scenario import Scenario
from contracts.tooling import Services
from evals.scripted import OneModel, ScriptedChatModel
from graph.build import RECURSION_LIMIT, Graph, build_graph
from graph.configuration import configuration_of
from nodes.state import MAX_MODEL_CALLS
from stores.directory import Directory
from tests.fakes import make_world
from tools import load_tools

pytestmark = pytest.mark.unit

AGENTS = {"billing", "concierge", "outage", "service", "usage"}
EDGES = {
    ("__start__", "intake"),
    ("intake", "guard"),
    ("intake", "notice"),
    ("notice", "remember"),
    ("intake", "silent"),
    ("silent", "remember"),
    ("guard", "identity"),
    ("guard", "remember"),
    ("identity", "settle"),
    ("identity", "channel_router"),
    ("identity", "tools"),
    ("identity", "remember"),
    ("identity", "signals"),
    ("signals", "identity"),
    ("signals", "remember"),
    ("settle", "tools"),
    ("settle", "channel_router"),
    ("settle", "remember"),
    ("channel_router", "tools"),
    ("channel_router", "remember"),
    ("tools", "remember"),
    ("offer", "remember"),
    ("goodbye", "remember"),
    ("remember", "photos"),
    ("photos", "confirm"),
    ("photos", "__end__"),
    ("remember", "confirm"),
    ("remember", "__end__"),
    ("confirm", "intake"),
    *((source, agent) for agent in AGENTS for source in ("channel_router", "tools")),
    *((agent, target) for agent in AGENTS for target in ("tools", "offer", "goodbye", "remember")),
    *((source, "elsewhere") for source in ("channel_router", "tools")),
    *(("elsewhere", target) for target in ("concierge", "offer", "goodbye", "remember")),
}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("utilities")


@pytest.fixture(scope="module")
def graph(scenario: Scenario) -> Graph:
    unused: Any = None
    services = make_world().services
    return build_graph(
        toolbox=load_tools(scenario.agents),
        services=Services(**{**_fields(services), "scenario": scenario}),
        directory=cast(Directory, unused),
        models=OneModel(ScriptedChatModel(script=["hello"])),
        clock=SystemClock(),
    )


def _fields(services: Services) -> dict[str, Any]:
    return {name: getattr(services, name) for name in Services.__dataclass_fields__}


def test_nodes_and_edges_are_the_documented_ones(graph: Graph) -> None:
    drawn = graph.get_graph()
    assert {(edge.source, edge.target) for edge in drawn.edges} == EDGES
    assert set(drawn.nodes) == {node for edge in EDGES for node in edge}


def test_it_can_be_drawn(graph: Graph) -> None:
    mermaid = graph.get_graph().draw_mermaid()
    assert mermaid.startswith("---") or mermaid.startswith("graph")
    for node in (*AGENTS, "intake", "channel_router", "confirm"):
        assert node in mermaid


def test_a_turn_of_the_most_model_calls_fits_into_its_supersteps(graph: Graph) -> None:
    # Each call of a model is followed by a visit of the tools; ten more nodes stand around them.
    assert 2 * MAX_MODEL_CALLS + 10 < RECURSION_LIMIT
    assert graph.config is not None
    assert graph.config["recursion_limit"] == RECURSION_LIMIT


def test_each_agents_prompt_and_model_can_be_edited_at_its_node(
    graph: Graph, scenario: Scenario
) -> None:
    fields = configuration_of(scenario).model_json_schema()["properties"]
    assert set(fields) == {f"{agent}_{what}" for agent in AGENTS for what in ("prompt", "model")}
    for agent, spec in scenario.agents.items():
        assert fields[f"{agent}_prompt"]["default"] == spec.prompt
        assert fields[f"{agent}_prompt"]["langgraph_type"] == "prompt"
        assert fields[f"{agent}_model"]["default"] == ""
        assert fields[f"{agent}_model"]["langgraph_nodes"] == [agent]
    shown = graph.get_context_jsonschema()
    assert shown is not None
    assert set(shown["properties"]) == set(fields)
