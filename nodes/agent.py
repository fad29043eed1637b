"""An agent's node: its model, with the tools it is granted, on what it may see."""

from __future__ import annotations

import json
from typing import Any, Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    ToolCall,
    message_chunk_to_message,
)
from langchain_core.runnables import Runnable
from langgraph.config import get_config
from langgraph.runtime import Runtime
from langgraph.types import Command

from contracts.clock import Clock
from contracts.errors import ModelUnavailable
from contracts.language import t
from contracts.messages import TextDelta
from contracts.scenario import AgentSpec, Scenario
from nodes import wording
from nodes.brief import model_input
from nodes.cancel import Cancellation, cancellation_of
from nodes.farewell import after_answer
from nodes.state import MAX_MODEL_CALLS, State, TurnState, call_id, tagged, with_text
from tools.toolbox import Toolbox


class ChatModels(Protocol):
    """Where agents get their models: `models.registry.Models`, or a script in tests."""

    def chat(self, tier: str, model: str = "") -> BaseChatModel: ...


class AgentNode:
    def __init__(
        self,
        spec: AgentSpec,
        models: ChatModels,
        toolbox: Toolbox,
        scenario: Scenario,
        clock: Clock,
    ) -> None:
        self._spec = spec
        self._models = models
        self._scenario = scenario
        self._clock = clock
        self._schemas = [toolbox.schema(tool) for tool in toolbox.granted_to(spec.name)]
        self._bound: dict[tuple[str, str], Runnable[Any, AIMessage]] = {}

    async def __call__(self, state: State, *, runtime: Runtime[Any]) -> Command[str]:
        turn = state["turn"]
        if turn["calls"] >= MAX_MODEL_CALLS:
            return self._answer(turn, AIMessage(t(wording.STUCK)))
        cancellation = cancellation_of(get_config())
        prompt, model_name = self._configured(runtime.context)
        messages = model_input(state, self._spec, prompt, self._scenario, self._clock)
        turn = {**turn, "calls": turn["calls"] + 1}
        try:
            message = await self._ask(self._model(model_name), messages, runtime, cancellation)
        except ModelUnavailable:
            message = AIMessage(t(wording.NO_MODEL))
        if message.tool_calls:
            asked = [tagged(_with_own_ids(message, turn), turn)]
            return Command(update={"messages": asked, "turn": turn}, goto="tools")
        if cancellation.requested:
            return self._cut_off(turn, message)
        return self._answer(turn, message)

    def _configured(self, context: Any) -> tuple[str, str]:
        """Prompt and model, as edited in Studio or as the agent's folder has them."""
        prompt = getattr(context, f"{self._spec.name}_prompt", "") or self._spec.prompt
        return prompt, getattr(context, f"{self._spec.name}_model", "") or ""

    def _model(self, name: str) -> Runnable[Any, AIMessage]:
        key = (self._spec.tier, name)
        if key not in self._bound:
            self._bound[key] = self._models.chat(*key).bind_tools(self._schemas)
        return self._bound[key]

    @staticmethod
    async def _ask(
        model: Runnable[Any, AIMessage],
        messages: list[AnyMessage],
        runtime: Runtime[Any],
        cancellation: Cancellation,
    ) -> AIMessage:
        """The model's message, its text streamed as it comes; cut off where it was cancelled."""
        whole: AIMessageChunk | None = None
        async for chunk in model.astream(messages):
            if not isinstance(chunk, AIMessageChunk):
                continue
            whole = chunk if whole is None else whole + chunk
            if chunk.text:
                runtime.stream_writer(TextDelta(text=chunk.text))
            if cancellation.requested:
                return AIMessage(cancellation.heard_of(whole.text))
        if whole is None:
            return AIMessage(t(wording.STUCK))
        message = message_chunk_to_message(whole)
        assert isinstance(message, AIMessage)  # noqa: S101
        message.tool_calls, message.invalid_tool_calls = _whole_calls(whole), []
        return message

    @staticmethod
    def _cut_off(turn: TurnState, message: AIMessage) -> Command[str]:
        """The turn ends with what was heard, if anything was; no offer comes after it."""
        text = message.text.strip()
        if not text:
            return Command(update={"turn": turn}, goto="remember")
        update = {"messages": [tagged(message, turn)], "turn": with_text(turn, text)}
        return Command(update=update, goto="remember")

    def _answer(self, turn: TurnState, message: AIMessage) -> Command[str]:
        text = message.text.strip()
        if not text:
            text = t(wording.STUCK)
            message = AIMessage(text)
        update = {"messages": [tagged(message, turn)], "turn": with_text(turn, text)}
        return Command(update=update, goto=after_answer(turn))


def _whole_calls(message: AIMessageChunk) -> list[ToolCall]:
    """The calls whose arguments came whole. What broke off must neither run nor be sent again."""
    calls = []
    for chunk in message.tool_call_chunks:
        try:
            args = json.loads(chunk["args"] or "{}")
        except ValueError:
            continue
        if chunk["name"] and isinstance(args, dict):
            calls.append(ToolCall(name=chunk["name"], args=args, id=chunk["id"]))
    return calls


def _with_own_ids(message: AIMessage, turn: TurnState) -> AIMessage:
    """Calls under ids of ours: some servers count from one again in every answer."""
    calls = [
        {**call, "id": call_id(turn, f"{turn['calls']}.{at}")}
        for at, call in enumerate(message.tool_calls)
    ]
    return AIMessage(message.content, tool_calls=calls, id=message.id)
