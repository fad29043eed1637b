"""Asking the embedded model, with the tools and phrases of the scenario itself."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, BaseMessage

from app.scenario import load_scenario
from models.local.chat import LocalChatModel
from tests.catalogue import answered, human, system
from tools import load_tools

SCENARIO = load_scenario("utilities")
TOOLBOX = load_tools(SCENARIO.agents)


async def ask(model: LocalChatModel, agent: str, *messages: BaseMessage, **brief: Any) -> AIMessage:
    tools = [TOOLBOX.schema(spec) for spec in TOOLBOX.granted_to(agent)]
    known = {"identity": "verified"} | brief
    return await model.bind_tools(tools).ainvoke([system(agent, **known), *messages])


def asking(tool: str, missing: str, say: str, **content: Any) -> list[BaseMessage]:
    """A tool that asked for something, and its question as it was put."""
    wanted: dict[str, Any] = {"status": "ask_again", "missing": missing.split(), "say": say}
    return [human("please"), *answered(tool, **wanted, **content), AIMessage(say)]


def told(tool: str, say: str, **content: Any) -> list[BaseMessage]:
    return [human("please"), *answered(tool, say=say, **content), AIMessage(say)]
