"""What of an agent can be edited in LangGraph Studio: its prompt and its model."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, create_model

from contracts.scenario import Scenario

MODEL_HINT = "local, openai:NAME or azure_openai:DEPLOYMENT; empty takes the tier's"


def configuration_of(scenario: Scenario) -> type[BaseModel]:
    """The graph's context schema: a prompt and a model for each agent, shown at its node."""
    fields: dict[str, Any] = {}
    for name, agent in scenario.agents.items():
        at_node: dict[str, Any] = {"langgraph_nodes": [name]}
        fields[f"{name}_prompt"] = (
            str,
            Field(
                default=agent.prompt,
                description=f"The prompt of the {name} agent.",
                json_schema_extra={**at_node, "langgraph_type": "prompt"},
            ),
        )
        fields[f"{name}_model"] = (
            str,
            Field(default="", description=MODEL_HINT, json_schema_extra=at_node),
        )
    model: type[BaseModel] = create_model("AgentConfiguration", **fields)
    return model
